#include "tests/simulation/promises/waits.hpp"

#include <utility>

#include "tests/simulation/promises/in_flight_jobs.hpp"

namespace breakerd::simulation {

namespace {

/// After such a call there may be no reason to stop any more.
bool may_undo(const Request& request) {
  const Kind kind = request.kind();
  return may_let_finish(request) || kind == Kind::close || kind == Kind::resume || kind == Kind::resume_queue ||
         kind == Kind::lift_hold;
}

}  // namespace

void Waits::begun(const Request& request, std::uint64_t call, bool is_alone) {
  if (longest_ms_ == 0) return;
  if (may_undo(request)) {
    undoing_.insert(call);
    for (auto& [id, waiting] : waiting_) waiting = Waiting{waiting.job, Waiting{}.answered_by_ms, {}};
  }
  if (request.kind() == Kind::heartbeat && request.job && is_alone && request.number("wait_ms").value_or(0) > 0)
    waiting_[call].job = *request.job;
}

void Waits::ended(const Ended& ended, bool stops_runs) {
  if (longest_ms_ == 0) return;
  answered(ended);
  undoing_.erase(ended.call);
  const Kind kind = ended.request.kind();
  if (ended.opened_for_certain() && ended.code() != "outcome_unknown" && stops_runs)
    return stopped(ended, "the circuit opened", [](const Waiting&) { return true; });
  if (!ended.ok()) return;
  if (kind == Kind::cancel)
    return stopped(ended, "its job was cancelled",
                   [&](const Waiting& waiting) { return waiting.job == ended.request.job; });
  if (kind == Kind::pause || kind == Kind::cancel_campaign || kind == Kind::fail_campaign)
    stopped(ended, "its campaign was paused or has ended",
            [&](const Waiting& waiting) { return campaign_of_(waiting.job) == ended.request.campaign; });
}

void Waits::stopped(const Ended& ended, const char* because, const std::function<bool(const Waiting&)>& concerns) {
  if (!undoing_.empty()) return;
  for (auto& [call, waiting] : waiting_) {
    if (!waiting.because.empty() || !concerns(waiting)) continue;
    waiting.answered_by_ms = ended.ended_ms + longest_ms_;
    waiting.because = because;
  }
}

void Waits::answered(const Ended& ended) {
  const auto found = waiting_.find(ended.call);
  if (found == waiting_.end()) return;
  const Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  if (ended.ended_ms <= waiting.answered_by_ms) return;
  complain_("a heartbeat of job " + std::to_string(waiting.job) + " waited on for " +
            std::to_string(ended.ended_ms - waiting.answered_by_ms + longest_ms_) + " ms after it was answered that " +
            waiting.because);
}

}  // namespace breakerd::simulation
