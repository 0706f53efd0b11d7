#pragma once
// What is promised of jobs: what was enqueued is there for ever, with what it was enqueued with; what has ended stays
// as it ended; attempts and expiries are what was reported.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/promises/rising.hpp"

namespace breakerd::simulation {

class Jobs {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Jobs(Complain complain) : complain_{std::move(complain)} {}

  void begun(const Request& request, std::uint64_t call, Step begun);
  void ended(const Ended& ended);

  /// A row of a list or an answer: of a job as somebody saw it while the call was under way.
  void row(const nlohmann::json& row, Step begun, Step ended);
  /// Whether the job may have been ended by a call without a token: a cancel, or the end of its campaign.
  bool may_have_been_ended(std::uint64_t id) const;
  /// The campaign that the job is known to be of; empty: none, or not known.
  std::string campaign_of(std::uint64_t id) const;

 private:
  /// Calls that may have done something to a job or campaign.
  struct Attempt {
    std::uint64_t call = 0;
    Step begun = 0;
    Step ended = never;  ///< when it was answered as done
  };
  struct Job {
    Step known_since = never;
    nlohmann::json fixed;  ///< members that never change, as far as they were seen
    std::string end;       ///< COMPLETED, FAILED or CANCELLED, when it is known to have ended
    Step ended_since = never;
    nlohmann::json result;
    bool has_result = false;
    Rising attempts, expiries, expiries_counted;
    std::vector<Attempt> failures;  ///< fails of its own
    std::vector<Attempt> cancels;
    bool may_be_retried = false;   ///< somebody has asked for that: FAILED is no end then
    bool may_be_given_up = false;  ///< a worker said that no attempt can help
  };

  void enqueued_batch(const Ended& ended);
  void enqueued(const Ended& ended, std::uint64_t id, const nlohmann::json& asked);
  void ended_as(std::uint64_t id, const std::string& status, Step ended);
  void check_fixed(std::uint64_t id, Job& job, const nlohmann::json& row);
  void check_status(std::uint64_t id, Job& job, const nlohmann::json& row, Step begun, Step ended);
  void check_counts(std::uint64_t id, Job& job, const nlohmann::json& row, Step begun);
  bool may_leave_failed(const Job& job) const { return job.may_be_retried || many_retried_ || many_discarded_; }
  void settle(std::vector<Attempt>& attempts, const Ended& ended);
  void completed_many(const Ended& ended);

  Complain complain_;
  std::map<std::uint64_t, Job> jobs_;
  std::map<std::string, std::vector<Attempt>> campaign_ends_;
  bool many_retried_ = false;    ///< by a command about many
  bool many_discarded_ = false;  ///< likewise
  bool some_replaced_ = false;   ///< by jobs with their unique keys
};

}  // namespace breakerd::simulation
