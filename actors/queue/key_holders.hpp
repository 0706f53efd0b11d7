#pragma once
// Who holds which unique key, as far as it has changed and is not known to be committed. Everything else is on disk.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <breakerd/events/model/ids.hpp>

namespace breakerd {

class KeyHolders {
 public:
  /// nullopt: it has not changed. 0: nobody holds it.
  [[nodiscard]] std::optional<JobId> find(const std::string& key) const;
  /// Changed in submission `number`. 0: nobody holds it any more.
  void set(const std::string& key, JobId holder, std::uint64_t number);
  /// Drops what was changed last in submissions up to `committed`.
  void prune(std::uint64_t committed);
  void clear();

 private:
  struct Change {
    JobId holder = 0;
    std::uint64_t number = 0;
  };
  std::unordered_map<std::string, Change> changes_;
  std::deque<std::pair<std::uint64_t, std::string>> order_;
};

}  // namespace breakerd
