#pragma once
// Why a job is not with a worker now, as a list of conditions. Plain values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_hold.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// What may stand between a job and a worker, in the order in which it is told. A further kind needs a name in
/// to_string() and a function in events/rules/conditions.cpp.
enum class ConditionKind : std::uint8_t {
  ended,     ///< the job has ended; told alone
  circuit,   ///< the circuit is open, or the gate is shut for another reason
  hold,      ///< of the circuit or of a service on the job's campaign, or on jobs like it
  campaign,  ///< it is not started, or paused by an operator
  parked,    ///< a plan has parked it, or is about to park or cancel it
  run_at,    ///< the job's own time has not come
  retry,     ///< the delay after a failure is not over
  lease,     ///< a worker holds the job
  limit,     ///< a limit on leases of its service, campaign or type is used up
  lane,      ///< ready jobs are leased before it
};

/// Lower case, as the API shows it, e.g. "run_at".
[[nodiscard]] std::string_view to_string(ConditionKind kind);

struct Condition {
  ConditionKind kind = ConditionKind::circuit;
  std::string detail;     ///< a sentence for a person
  std::string by;         ///< the principal whose doing it is; of `lease` and `retry` the worker; empty: nobody's
  Time since = no_time;   ///< no_time: not known
  Time until = no_time;   ///< wall time, if nothing pauses the queue until then; no_time: not known
  std::string ends_by;    ///< what ends it, as docs/http-api.md lists it; empty: nothing does
  std::string service;    ///< of a hold
  Epoch epoch = 0;        ///< of the opening; 0: it is no opening's
  CampaignId campaign{};  ///< of a hold, and of `campaign`
  JobHoldId hold = 0;     ///< of a hold on jobs; 0: it is none
};

struct JobWhy {
  JobId job = 0;
  JobStatus status = JobStatus::pending;  ///< as shown
  std::vector<Condition> conditions;      ///< in the order of kinds

  /// A worker that asks for its type could have it now.
  [[nodiscard]] bool runnable() const { return conditions.empty(); }
};

}  // namespace breakerd
