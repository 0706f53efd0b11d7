#include <breakerd/http/ctl/text/rollout_text.hpp>

#include <fmt/format.h>

#include <breakerd/http/ctl/text/measures.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

std::string jobs_text(std::uint64_t count) { return fmt::format("{} {}", count, count == 1 ? "job" : "jobs"); }

/// "from 1 to 50 per second over 10m"; "at 2 per second for 10m" when that stays so.
std::string ramp_text(const Json& ramp) {
  const auto from = printable(cell_at(ramp, "from_per_second"));
  const auto given = printable(cell_at(ramp, "to_per_second"));
  const auto& to = given == "-" ? from : given;
  const auto length = length_text(number_at(ramp, "over_ms"));
  return from == to ? fmt::format("at {} per second for {}", from, length)
                    : fmt::format("from {} to {} per second over {}", from, to, length);
}

std::string canary_text(const Json& canary) {
  return fmt::format("{} of {} succeeded, {} in flight", number_at(canary, "succeeded"),
                     jobs_text(number_at(canary, "jobs")), number_at(canary, "in_flight"));
}

/// How far it is, in one line.
std::string phase_text(const Json& rollout) {
  const auto& ramp = member_at(rollout, "ramp");
  if (text_at(rollout, "state") == "ramp")
    return fmt::format("ramp: {} per second now, {}, {} left", printable(cell_at(ramp, "per_second")), ramp_text(ramp),
                       length_text(number_at(ramp, "remaining_ms")));
  return fmt::format("canary: {}; then {}", canary_text(member_at(rollout, "canary")),
                     ramp.is_object() ? ramp_text(ramp) : "leases are free");
}

std::string labelled(std::string_view label, std::string_view text) {
  return fmt::format("  {:<11} {}\n", label, text);
}

bool is_none(const Json& rollout) {
  const auto state = text_at(rollout, "state");
  return state.empty() || state == "none";
}

std::string first_line(const Json& rollout) { return fmt::format("rollout      {}\n", phase_text(rollout)); }

std::string last_line(const Terminal& terminal) {
  return labelled("to end it", terminal.paint(Tone::strong, "breakerctl ramp stop"));
}

}  // namespace

std::string begin_text(const Json& plan) {
  const auto canary = number_at(plan, "canary");
  const auto& ramp = member_at(plan, "ramp");
  if (canary == 0 && !ramp.is_object()) return {};
  const auto leased = ramp.is_object() ? "jobs are leased " + ramp_text(ramp) : std::string{"leases are free"};
  if (canary == 0) return "work begins slowly: " + leased;
  return fmt::format("work begins with {}; when so many have succeeded, {}", jobs_text(canary), leased);
}

std::string drain_text(const Json& plan, const Json& data) {
  const auto drain_ms = number_at(data, "drain_ms");
  if (drain_ms == 0) return {};
  const auto jobs = number_at(member_at(member_at(data, "preview"), "release"), "jobs");
  if (drain_ms < number_at(member_at(plan, "ramp"), "over_ms"))
    return fmt::format("at that rate {} take {} or longer", jobs_text(jobs), length_text(drain_ms));
  return fmt::format("that is over in {}, and what is left of {} can be leased at once then", length_text(drain_ms),
                     jobs_text(jobs));
}

std::string rollout_lines(const Json& rollout, const Terminal& terminal) {
  return is_none(rollout) ? std::string{} : first_line(rollout) + last_line(terminal);
}

std::string rollout_text(const Json& rollout, const Terminal& terminal) {
  if (is_none(rollout)) return "leases are free: there is no canary and no ramp\n";
  auto out = first_line(rollout);
  const auto& canary = member_at(rollout, "canary");
  if (text_at(rollout, "state") == "ramp" && canary.is_object()) out += labelled("canary", canary_text(canary));
  out += labelled(
      "begun", fmt::format("{} by {}, with command {}", terminal.time_and_age(printable(text_at(rollout, "began_at"))),
                           printable(cell_at(rollout, "by")), number_at(rollout, "command_id")));
  return out + last_line(terminal);
}

}  // namespace breakerd::ctl
