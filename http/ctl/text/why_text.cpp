#include <breakerd/http/ctl/text/why_text.hpp>

#include <fmt/format.h>

#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

/// The command, or what happens by itself.
std::string ending_text(const Json& condition, std::uint64_t job) {
  const auto ends_by = text_at(condition, "ends_by");
  const auto campaign = printable(text_at(condition, "campaign_id"));
  if (ends_by == "close")
    return fmt::format("breakerctl close --epoch {} --reason TEXT", number_at(condition, "epoch"));
  if (ends_by == "resume-queue") return "breakerctl resume-queue";
  if (ends_by == "resume-campaigns-for-service")
    return fmt::format("breakerctl service resume {}, or breakerctl resume-queue",
                       printable(text_at(condition, "service")));
  if (ends_by == "lift") return fmt::format("breakerctl holds lift {}", number_at(condition, "hold_id"));
  if (ends_by == "start" || ends_by == "resume") return fmt::format("breakerctl campaign {} {}", ends_by, campaign);
  if (ends_by == "release") return fmt::format("breakerctl parked release {}", job);
  if (ends_by == "retry") return fmt::format("breakerctl jobs retry {}", job);
  if (ends_by == "time") return "its time comes";
  if (ends_by == "worker")
    return text_at(condition, "kind") == "limit" ? "a worker reports its job, or a lease ends"
                                                 : "its worker reports, or its lease ends";
  if (ends_by == "leases") return "workers lease those jobs";
  if (ends_by == "breakerd") return "the daemon, soon, or by opening the circuit";
  return printable(ends_by);
}

void add_line(std::string& out, std::string_view label, const std::string& value) {
  if (!value.empty()) out += fmt::format("    {:<8} {}\n", label, value);
}

void add_condition(std::string& out, const Json& condition, std::uint64_t job, const Terminal& terminal) {
  const auto time = [&](const char* key) { return terminal.time_and_age(printable(text_at(condition, key))); };
  out += fmt::format("  {:<9} {}\n", printable(text_at(condition, "kind")), printable(text_at(condition, "detail")));
  add_line(out, "since", time("since"));
  add_line(out, "by", printable(text_at(condition, "by")));
  add_line(out, "until", time("until"));
  const auto ending = ending_text(condition, job);
  add_line(out, "ends by", ending.empty() ? ending : terminal.paint(Tone::strong, ending));
}

}  // namespace

std::string why_text(const Json& why, const Terminal& terminal) {
  const auto job = number_at(why, "id");
  auto out = fmt::format("job {} is {}", job, terminal.paint_status(printable(text_at(why, "status"))));
  if (flag_at(why, "runnable")) return out + ": a worker that asks for its type can have it now\n";
  const auto& conditions = member_at(why, "conditions");
  const bool has_ended = text_at(element_at(conditions, 0), "kind") == "ended";
  out += has_ended ? "\n" : ", and this stands between it and a worker:\n";
  for (const auto& condition : conditions) add_condition(out, condition, job, terminal);
  return out;
}

}  // namespace breakerd::ctl
