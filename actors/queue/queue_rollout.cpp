// The canary and the ramp of a plan (queue_core.hpp): they are kept where jobs are leased, and end by events. The rules
// are in events/rules/rollout.hpp.

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/rollout.hpp>

namespace breakerd {
namespace {

const std::string own_principal = "breakerd";

}  // namespace

/// The ramp goes on where its time has come to. After a start of the process nobody knows what was leased just before.
void QueueCore::load_rollout(const Moment& now) {
  using Bucket = RampMeter::Bucket;
  const Duration elapsed = queue_now_ - queue_.rollout.ramp_since;
  rollout_gate_.follow(queue_.rollout, elapsed, now.steady, was_loaded_ ? Bucket::full : Bucket::empty);
  show_ramp(now);
}

/// After any event: the rollout may have begun, gone on or ended, and a job of the canary may have ended.
void QueueCore::note_rollout(const EventData& event) {
  const bool has_moved = std::holds_alternative<JobCommandStarted>(event) ||
                         std::holds_alternative<CanaryPassed>(event) || std::holds_alternative<RolloutEnded>(event);
  if (has_moved) {
    rollout_gate_.follow(queue_.rollout, Duration{0}, moment_.steady, RampMeter::Bucket::full);
    show_ramp(moment_);
    all_may_be_ready();
  } else if (rollout_gate_.take_freed(queue_.rollout, moment_.steady)) {
    all_may_be_ready();
  }
}

/// Behind every event and its consequences: the canary passes with the one that leaves nothing to wait for.
Result<void> QueueCore::pass_canary(const Context& context, std::size_t cause) {
  if (!canary_passes(queue_)) return {};
  const Rollout& rollout = queue_.rollout;
  return place(context, CanaryPassed{rollout.command, rollout.succeeded}, static_cast<int>(cause));
}

std::size_t QueueCore::rollout_room(const Moment& now) const { return rollout_gate_.room(queue_.rollout, now.steady); }

/// Tells those who look.
void QueueCore::show_ramp(const Moment& now) {
  Time free_at = no_time;
  if (rollout_gate_.runs() && rollout_gate_.free_at() > now.steady)
    free_at = now.wall + std::chrono::ceil<Duration>(rollout_gate_.free_at() - now.steady);
  lease_times_.ramp_free_at.store(free_at, std::memory_order_relaxed);
}

void QueueCore::end_rollout(Append& append, const Moment& now) {
  if (held_ || !may_step() || !rollout_gate_.runs() || now.steady < rollout_gate_.ends_at()) return;
  last_step_ = number_;
  const Context context{append, own_principal, now};
  if (!emit(context, RolloutEnded{queue_.rollout.command, RolloutEnd::done, {}}) || !holds()) append = Append{};
}

Outcome QueueCore::run(const Context& context, const StopRollout& command) {
  RolloutAnswer answer{queue_.rollout.exists(), view_rollout(queue_, context.now.wall)};
  if (auto ended = breakerd::decide(queue_.rollout, command))
    if (auto ok = emit(context, std::move(*ended)); !ok) return ok.error();
  Outcome outcome{Reply{}};
  outcome->emplace<RolloutAnswer>(std::move(answer));
  return outcome;
}

}  // namespace breakerd
