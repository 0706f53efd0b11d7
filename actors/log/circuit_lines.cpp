#include <breakerd/actors/log/circuit_lines.hpp>

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd {
namespace {

constexpr std::size_t text_bytes_max = 300;
constexpr std::string_view own_principal = "breakerd";

std::string quoted(std::string text) {
  clip_text(text, text_bytes_max);
  std::string out;
  JsonWriter{out}.value(text);
  return out;
}

std::string said(std::string_view what, const std::string& text) {
  return text.empty() ? std::string{} : ", " + std::string{what} + ' ' + quoted(text);
}

std::string count(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + ' ' + std::string{what} + (number == 1 ? "" : "s");
}

std::string in_flight(InFlight choice) { return ", in flight: " + std::string{to_string(choice)}; }

template <class E>
const E* find(std::span<const Event> append) {
  for (const Event& event : append)
    if (const auto* found = std::get_if<E>(&event.data)) return found;
  return nullptr;
}

class Line {
 public:
  explicit Line(std::span<const Event> append) : append_{append}, by_{" by " + quoted(append.front().principal)} {}

  std::optional<std::string> operator()(const CircuitOpened& e) const {
    std::string line = "the circuit is OPEN, epoch " + std::to_string(e.epoch) + ": opened" + by_ +
                       said("reason", e.reason) + said("service", e.service);
    if (e.job != 0) line += ", job " + std::to_string(e.job);
    line += said("worker", e.worker) + in_flight(e.in_flight);
    const auto* pause = find<QueuePaused>(append_);
    const auto* hold = find<HoldPlaced>(append_);
    if (pause != nullptr && hold != nullptr)
      line += "; held: " + count(pause->jobs_held, "job") + " and " + count(hold->campaigns_held, "campaign");
    return line;
  }
  std::optional<std::string> operator()(const OpeningReaffirmed& e) const {
    return "the circuit is OPEN already, epoch " + std::to_string(e.epoch) + ": an opening was asked for" + by_ +
           said("reason", e.reason) + said("service", e.service) + in_flight(e.in_flight);
  }
  std::optional<std::string> operator()(const CircuitClosed& e) const {
    std::string line =
        "the circuit is CLOSED, epoch " + std::to_string(e.epoch) + ": closed" + by_ + said("reason", e.reason);
    if (const auto* resumed = find<QueueResumed>(append_)) line += "; resumed: " + count(resumed->jobs_resumed, "job");
    return line;
  }
  std::optional<std::string> operator()(const HoldPlaced& e) const {
    return count(e.campaigns_held, "campaign") + " held" + by_ + said("cause", e.cause);
  }
  std::optional<std::string> operator()(const HoldsLifted& e) const {
    return count(e.ordinals.size(), "hold") + " lifted" + by_ + said("reason", e.reason) +
           "; resumed: " + count(e.campaigns_resumed, "campaign") + " and " + count(e.jobs_resumed, "job") +
           "; still paused: " + count(e.campaigns_skipped, "campaign");
  }
  std::optional<std::string> operator()(const JobHoldPlaced& e) const {
    return "hold " + std::to_string(e.hold) + " on jobs placed" + by_ + said("job type", e.job_type) +
           said("service", e.service) + said("campaign", e.campaign.is_nil() ? std::string{} : e.campaign.to_string()) +
           said("reason", e.reason);
  }
  std::optional<std::string> operator()(const JobHoldLifted& e) const {
    return "hold " + std::to_string(e.hold) + " on jobs lifted" + by_ + said("reason", e.reason);
  }
  std::optional<std::string> operator()(const LeaseLimitSet& e) const {
    std::string line = "limit on " + std::string{to_string(e.kind)} + " \"" + e.name + "\" set" + by_;
    if (e.concurrency != 0) line += ", " + count(e.concurrency, "lease") + " at a time";
    if (e.rate_thousandths != 0)
      line += ", " + decimal_text(e.rate_thousandths) + " per second, burst " + std::to_string(e.burst);
    return line + said("reason", e.reason);
  }
  std::optional<std::string> operator()(const LeaseLimitRemoved& e) const {
    return "limit on " + std::string{to_string(e.kind)} + " \"" + e.name + "\" removed" + by_ +
           said("reason", e.reason);
  }
  std::optional<std::string> operator()(const auto&) const { return std::nullopt; }

 private:
  std::span<const Event> append_;
  std::string by_;
};

}  // namespace

std::optional<std::string> circuit_line(std::span<const Event> append) {
  if (append.empty()) return std::nullopt;
  const EventData& first = append.front().data;
  // Most appends are of jobs: nothing is made of them.
  const StreamKind kind = stream_of(first).kind;
  if (kind != StreamKind::breaker && kind != StreamKind::queue) return std::nullopt;
  return std::visit(Line{append}, first);
}

std::optional<std::string> own_pause_line(const Event& event) {
  const auto* paused = std::get_if<SchedulePaused>(&event.data);
  if (paused == nullptr || event.principal != own_principal) return std::nullopt;
  return "schedule " + std::to_string(paused->schedule) + " is paused, and runs no more until somebody resumes it" +
         said("reason", paused->reason);
}

}  // namespace breakerd
