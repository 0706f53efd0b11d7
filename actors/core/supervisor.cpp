#include <breakerd/actors/core/supervisor.hpp>

#include <algorithm>

namespace breakerd {
namespace {

using std::chrono::milliseconds;

milliseconds period_of(milliseconds stall_after) {
  return std::clamp(stall_after / 10, milliseconds{10}, milliseconds{500});
}

}  // namespace

caf::behavior Supervisor::make_behavior() {
  for (const auto& [address, name] : watched_) monitor(caf::actor_cast<caf::strong_actor_ptr>(address));
  set_down_handler([this](caf::down_msg& down) { take_end(down); });
  if (context_.stall_after.count() > 0) delayed_send(this, period_of(context_.stall_after), tick_atom_v);
  return {[this](tick_atom) { watch_commit(); }};
}

void Supervisor::take_end(const caf::down_msg& down) {
  const auto at = watched_.find(down.source);
  if (at == watched_.end()) return;
  context_.gate.shut(Gate::Reason::ended);  // it has done so itself, unless it never ran
  context_.health.set_ended("the " + at->second + " actor has ended: " + caf::to_string(down.reason));
  if (!std::exchange(told_, true)) context_.on_fatal(at->second);
}

/// The log actor waits for the disk and cannot tell: its commit's beginning is looked at from here.
void Supervisor::watch_commit() {
  delayed_send(this, period_of(context_.stall_after), tick_atom_v);
  const auto began = context_.progress.commit_began.load();
  const auto age = clock().now() - caf::actor_clock::time_point{caf::actor_clock::duration_type{began}};
  const bool stalled = began != 0 && age >= context_.stall_after;
  if (stalled == stalled_) return;
  stalled_ = stalled;
  if (stalled) {
    context_.gate.shut(Gate::Reason::stall);
    const auto ms = std::chrono::duration_cast<milliseconds>(age).count();
    context_.health.set_stalled("the disk hangs: a commit began " + std::to_string(ms) + " ms ago");
    context_.log_line(LineLevel::warn, "the disk hangs: a commit began " + std::to_string(ms) +
                                           " ms ago; the gate is shut until it comes "
                                           "through");
  } else {
    context_.health.clear_stalled();
    context_.gate.lift(Gate::Reason::stall);
    context_.log_line(LineLevel::info,
                      "the commit that hung has come to its end: the gate is as the circuit's state says again");
  }
}

}  // namespace breakerd
