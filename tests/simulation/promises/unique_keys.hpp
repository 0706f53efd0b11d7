#pragma once
// What is promised of unique keys: one job at most holds a key, from its enqueue to its end and for the time that was
// asked for. Written from docs/http-api.md, "Unique keys".

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

/// Of a job to be enqueued: its key, empty without one.
std::string unique_key_of(const nlohmann::json& asked);
/// "refuse", "existing" or "replace".
std::string on_conflict_of(const nlohmann::json& asked);

class UniqueKeys {
 public:
  using Complain = std::function<void(std::string)>;
  explicit UniqueKeys(Complain complain) : complain_{std::move(complain)} {}

  void ended(const Ended& ended);
  /// The next event of the log.
  void take(const nlohmann::json& event);
  /// Whether the last event was a JobsDue that ended the time for which this job, which had ended, kept its key.
  bool has_let_go(std::uint64_t job) const { return let_go_.count(job) > 0; }

 private:
  struct Job {
    std::string key;
    std::string campaign;
    std::optional<std::int64_t> until_us;
    bool ended = false;
  };

  void one(const nlohmann::json& asked, const Ended& ended);
  void refused(const Ended& ended);
  void take_key(std::uint64_t id);
  void end(std::uint64_t id, bool is_cancelled);
  void let_go(std::uint64_t id);

  Complain complain_;
  std::string at_;                     ///< the event at hand, for sentences
  std::int64_t now_us_ = 0;            ///< its time
  std::map<std::uint64_t, Job> jobs_;  ///< with a key, as the events have them
  std::map<std::string, std::uint64_t> holders_;
  std::set<std::uint64_t> let_go_;
  std::string replaces_;                        ///< the key that the job enqueued next must have; empty: any
  std::map<std::uint64_t, std::string> shown_;  ///< the keys of jobs, as answers showed them
};

}  // namespace breakerd::simulation
