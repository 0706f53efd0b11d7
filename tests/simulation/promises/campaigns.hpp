#pragma once
// What is promised of campaigns: they are there for ever, end once, take no job when they are sealed, and hand out none
// unless they run.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Campaigns {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Campaigns(Complain complain) : complain_{std::move(complain)} {}

  void begun(const Request& request, std::uint64_t call, Step begun);
  void ended(const Ended& ended);
  /// The daemon's process has died.
  void restarted(Step now) { restarted_ = now; }
  /// A job of this campaign was leased by a call that was under way from `begun` to now.
  void leased(const std::string& id, Step begun);
  /// Since when it is known to run, if nobody may have paused it at any time; `never` if not.
  Step runs_since(const std::string& id) const;

 private:
  struct Change {
    std::uint64_t call = 0;
    Step begun = 0;
    Step ended = never;  ///< when it was answered as done
  };
  struct Campaign {
    Step known_since = never;
    std::string created_at;
    std::string end;
    Step ended_since = never;
    Step sealed_since = never;
    bool may_be_sealed = false;  ///< somebody has asked for it
    std::vector<Change> starts, pauses, resumes;
  };

  std::vector<Change>* changes(const Request& request);
  void enqueued(const Ended& ended, const nlohmann::json& job);
  void row(const nlohmann::json& row, const Ended& ended);

  void created(const Ended& ended);

  struct Created {
    std::string id;
    Step begun = 0;
    Step ended = 0;
  };

  Complain complain_;
  Step restarted_ = 0;
  bool retries_begun_ = false;    ///< COMPLETED is no end then
  std::vector<Created> created_;  ///< in the order of the answers
  std::map<std::string, Campaign> campaigns_;
};

}  // namespace breakerd::simulation
