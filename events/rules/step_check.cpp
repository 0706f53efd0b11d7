#include <breakerd/events/rules/step_check.hpp>

#include <span>
#include <string>

namespace breakerd {

Result<void> StepCheck::take(Seq seq, const Event& event, RowAccess& rows) {
  const bool may_end = rows.follow_up().next == FollowUp::Next::any;
  if (!may_end || !joined_.empty()) joined_.push_back(event);
  if (!may_end) return {};
  const Whole whole{rows.breaker(), rows.queue()};
  const Marks after = marks_of(whole);
  const std::span<const Event> one{&event, 1};
  auto ok = check(Step{marks_, joined_.empty() ? one : std::span<const Event>{joined_}, after});
  if (ok) ok = check(whole);
  const StreamKind kind = stream_of(event.data).kind;
  if (ok && (kind == StreamKind::breaker || kind == StreamKind::queue)) ok = check(Holds{rows.breaker(), rows.queue()});
  marks_ = after;
  joined_.clear();
  if (ok) return {};
  Error broken = ok.error();
  broken.detail = "event " + std::to_string(seq) + ": " + broken.detail;
  return broken;
}

}  // namespace breakerd
