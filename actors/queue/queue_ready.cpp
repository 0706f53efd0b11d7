// What becomes ready for leases that wait, and what a lease is told besides its jobs (queue_core.hpp).

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/pause_reason.hpp>

namespace breakerd {
namespace {

template <class E, class... Of>
constexpr bool is_one_of = (std::is_same_v<E, Of> || ...);

}  // namespace

void QueueCore::watch_ready(bool waits) {
  watches_ready_ = waits;
  if (waits) return;
  ready_.clear();
  ready_later_.clear();
}

void QueueCore::note_ready(const std::string& job_type, bool kept) {
  if (!kept) left_on_disk_ = number_;
  if (!watches_ready_) return;
  ready_.add(job_type);
  if (!kept) ready_later_.add(job_type);
}

void QueueCore::note_new_waiter() {
  if (left_on_disk_ > committed_) ready_later_.add_all();
}

void QueueCore::offer_rest_later() { ready_later_.add(std::exchange(ready_, {})); }

void QueueCore::note_ready(const EventData& event) {
  std::visit(
      [this]<class E>([[maybe_unused]] const E& e) {
        if constexpr (is_one_of<E, QueueResumed, HoldsLifted, JobHoldLifted>) all_may_be_ready();
        if constexpr (is_one_of<E, CampaignStarted, CampaignResumed>) jobs_may_be_ready(e.campaign);
      },
      event);
}

/// Jobs that were enqueued in turns which are not committed yet may be on disk only.
void QueueCore::jobs_may_be_ready(const LaneId& lane) {
  const auto at = lanes_.find(lane);
  if (!watches_ready_ || at == lanes_.end()) return;
  for (const JobClass& one : ready_classes(at->second.row.classes)) {
    ready_.add(one.job_type);
    ready_later_.add(one.job_type);
  }
}

void QueueCore::all_may_be_ready() {
  if (!watches_ready_) return;
  ready_.add_all();
  ready_later_.add_all();
}

LeaseAnswer QueueCore::begin_lease(Append& append) const {
  LeaseAnswer answer;
  answer.paused = queue_.paused || held_;
  answer.circuit = circuit();
  if (queue_.paused) {
    answer.pause = PauseView{breaker_.opened_reason, breaker_.opened_by, breaker_.opened_at};
  } else if (held_) {
    answer.pause = PauseView{std::string{gate_shut_reason}, {}, no_time};
  } else {
    // Also when no job is leased: the answer says that the queue is not paused.
    append.preconditions.emplace_back(ClosedIn{breaker_.epoch});
  }
  return answer;
}

void QueueCore::decide_empty_lease(Op& op, Append& append) { op.outcome = Reply{begin_lease(append)}; }

}  // namespace breakerd
