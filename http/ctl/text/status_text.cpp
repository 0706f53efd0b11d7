#include <breakerd/http/ctl/text/status_text.hpp>

#include <fmt/format.h>

#include <breakerd/http/ctl/text/limit_text.hpp>
#include <breakerd/http/ctl/text/rollout_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view resume_queue = "breakerctl resume-queue";

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool is_open(const Json& circuit) { return lower(text_at(circuit, "state")) == "open"; }

/// "pending 3, paused 120" of {"PENDING": 3, ...}; counts of zero are left out.
std::string counts_line(const Json& counts) {
  std::string line;
  for (const auto& [name, count] : counts.items()) {
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() == 0) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", printable(lower(name)), count.get<std::uint64_t>());
  }
  return line.empty() ? "none" : line;
}

/// Lines below a heading, of those members that have a value.
class Fields {
 public:
  explicit Fields(const Terminal& terminal) : terminal_{terminal} {}

  void add(std::string_view label, const std::string& value) {
    if (!value.empty() && value != "-" && value != "0") out += fmt::format("  {:<11} {}\n", label, value);
  }
  void member(std::string_view label, const Json& object, std::string_view key) {
    add(label, printable(cell_at(object, key)));
  }
  void time(std::string_view label, const Json& object, std::string_view key) {
    add(label, terminal_.time_and_age(printable(text_at(object, key))));
  }

  std::string out;

 private:
  const Terminal& terminal_;
};

/// "429 Too Many Requests (rate_limit), job 17, worker w-3, at ..."
std::string failure_text(const Json& failure, const Terminal& terminal) {
  if (!failure.is_object()) return {};
  auto text = printable(text_at(failure, "error"));
  const auto add = [&](std::string_view before, std::string_view key, std::string_view after = "") {
    const auto value = cell_at(failure, key);
    if (value != "-" && value != "0") text += fmt::format("{}{}{}", before, printable(value), after);
  };
  add(" (", "error_type", ")");
  add(", service ", "service");
  add(", job ", "job_id");
  add(", worker ", "worker");
  if (const auto at = text_at(failure, "failed_at"); !at.empty()) text += ", at " + terminal.time(printable(at));
  return text;
}

std::string reaffirmed_text(const Json& reaffirmed) {
  if (!reaffirmed.is_object()) return {};
  const auto& last = member_at(reaffirmed, "last");
  const auto times = number_at(reaffirmed, "count");
  return fmt::format("{} more {}, lastly by {}: {}", times, times == 1 ? "time" : "times",
                     printable(cell_at(last, "principal")), printable(cell_at(last, "reason")));
}

std::string outage_text(const Json& outage, const Terminal& terminal) {
  if (!outage.is_object()) return {};
  auto text = fmt::format("epoch {}, {} to {}: {}", number_at(outage, "epoch"),
                          terminal.time(printable(text_at(outage, "opened_at"))),
                          terminal.time(printable(text_at(outage, "closed_at"))), printable(cell_at(outage, "reason")));
  if (const auto by = text_at(outage, "opened_by"); !by.empty()) text += " (" + printable(by) + ")";
  return text;
}

std::string hold_line(const Json& hold, const Terminal& terminal) {
  const auto service = text_at(hold, "service");
  const auto who = text_at(hold, "kind") == "circuit" ? std::string{"the circuit"} : "a pause for service " + service;
  return fmt::format("by {} since {}: {} ({})", printable(who),
                     terminal.time_and_age(printable(text_at(hold, "placed_at"))), printable(cell_at(hold, "cause")),
                     printable(cell_at(hold, "principal")));
}

/// resume-queue lifts every hold; where services alone hold, each may be lifted for itself.
std::string command_for(const Json& holds) {
  if (holds.empty()) return "breakerctl campaign resume ID (breakerctl campaign list --status PAUSED shows them)";
  const auto& first = holds.front();
  if (holds.size() == 1 && text_at(first, "kind") == "service")
    return "breakerctl service resume " + printable(text_at(first, "service"));
  return std::string{resume_queue};
}

/// Jobs whose workers are at work, whatever their status shows.
std::string in_flight_text(const Json& data) {
  const auto count = number_at(data, "in_flight");
  return count == 0 ? std::string{} : fmt::format("in flight    {} held by workers now\n", count);
}

/// Workers whose leases wait for jobs.
std::string waiting_text(const Json& data) {
  const auto count = number_at(data, "waiting_leases");
  return count == 0 ? std::string{} : fmt::format("waiting      {} for a job\n", count);
}

std::string job_holds_text(const Json& data, const Terminal& terminal) {
  Fields fields{terminal};
  for (const auto& hold : member_at(member_at(data, "queue"), "job_holds")) {
    fields.add("held", fmt::format("{} since {}: {} ({})", held_jobs_text(hold),
                                   terminal.time_and_age(printable(text_at(hold, "placed_at"))),
                                   printable(cell_at(hold, "reason")), printable(cell_at(hold, "principal"))));
    fields.add("to lift", terminal.paint(Tone::strong, fmt::format("breakerctl holds lift {}", number_at(hold, "id"))));
  }
  return fields.out;
}

/// Jobs that plans have parked: they wait for a person.
std::string parked_text(const Json& data, const Terminal& terminal) {
  if (number_at(member_at(data, "job_counts"), "parked") == 0) return {};
  Fields fields{terminal};
  fields.add("parked", "breakerctl parked list shows them");
  fields.add("to release", terminal.paint(Tone::strong, "breakerctl parked release --all"));
  return fields.out;
}

/// Limits that are used up.
std::string limits_text(const Json& data, const Terminal& terminal) {
  Fields fields{terminal};
  for (const auto& limit : member_at(member_at(data, "queue"), "limits")) {
    const auto concurrency = number_at(limit, "concurrency");
    const bool is_full = concurrency != 0 && number_at(limit, "in_flight") >= concurrency;
    if (!is_full && text_at(limit, "free_at").empty()) continue;
    fields.add("limited", fmt::format("{}: {} in flight, {} ready", limit_text(limit), number_at(limit, "in_flight"),
                                      number_at(limit, "waiting")));
  }
  return fields.out;
}

std::string damage_text(const Json& data, const Terminal& terminal) {
  const auto& damaged = member_at(data, "damaged_reads");
  const auto count = number_at(damaged, "count");
  if (count == 0) return {};
  Fields fields{terminal};
  fields.add("last", printable(text_at(damaged, "last")));
  fields.time("at", damaged, "last_at");
  fields.add("to see all", "breakerctl verify --data-dir DIR");
  return terminal.paint(Tone::caution, fmt::format("damage       {} reads met damage in the data directory", count)) +
         '\n' + fields.out;
}

}  // namespace

std::string circuit_text(const Json& circuit, const Terminal& terminal) {
  const bool open = is_open(circuit);
  const auto& metadata = member_at(circuit, "metadata");
  const auto since = text_at(circuit, open ? "opened_at" : "closed_at");
  auto out = fmt::format(
      "circuit      {}{}, epoch {}\n", terminal.paint_status(upper(printable(text_at(circuit, "state")))),
      since.empty() ? "" : " since " + terminal.time_and_age(printable(since)), number_at(circuit, "epoch"));
  Fields fields{terminal};
  fields.member("error", metadata, "last_error");
  fields.member("error type", metadata, "error_type");
  fields.member("service", metadata, "service");
  fields.member("job", metadata, "job_id");
  fields.time("failed at", metadata, "failed_at");
  fields.member("failures", metadata, "failures");
  fields.member("reason", metadata, "reason");
  fields.member("opened by", metadata, "opened_by");
  fields.member("in flight", circuit, "in_flight");
  fields.member("closed by", metadata, "closed_by");
  fields.add("evidence", failure_text(member_at(circuit, "opened_by_failure"), terminal));
  fields.add("asked again", reaffirmed_text(member_at(circuit, "reaffirmed")));
  fields.add("last outage", outage_text(member_at(circuit, "last_outage"), terminal));
  return out + fields.out;
}

std::string held_jobs_text(const Json& hold) {
  std::string text = "jobs";
  if (const auto type = text_at(hold, "job_type"); !type.empty()) text += " of type " + printable(type);
  if (const auto service = text_at(hold, "service"); !service.empty()) text += " of service " + printable(service);
  if (const auto campaign = text_at(hold, "campaign_id"); !campaign.empty())
    text += " of campaign " + printable(campaign);
  return text;
}

std::string close_command_text(std::uint64_t epoch) {
  return fmt::format("breakerctl close --epoch {} --reason TEXT, then {}", epoch, resume_queue);
}

std::optional<Held> held_campaigns(const Json& data, const Terminal& terminal) {
  if (number_at(member_at(data, "campaign_counts"), "PAUSED") == 0) return std::nullopt;
  const auto& circuit = member_at(data, "circuit_breaker");
  const auto& holds = member_at(member_at(data, "queue"), "holds");
  Held held{{}, is_open(circuit) ? close_command_text(number_at(circuit, "epoch")) : command_for(holds)};
  for (const auto& hold : holds) held.holds.push_back(hold_line(hold, terminal));
  return held;
}

std::string one_line(const Held& held) {
  auto text =
      held.holds.empty() ? std::string{"campaigns are paused by hand"} : "campaigns are held " + held.holds.front();
  if (held.holds.size() > 1) text += fmt::format(", and by {} more", held.holds.size() - 1);
  return text + "; to resume them: " + held.command;
}

std::string status_text(const Json& data, const Terminal& terminal) {
  auto out = circuit_text(member_at(data, "circuit_breaker"), terminal);
  const bool paused = flag_at(member_at(data, "queue"), "paused");
  out += fmt::format("queue        {}\n", paused ? terminal.paint(Tone::caution, "paused") : "running");
  out += rollout_lines(member_at(data, "rollout"), terminal);
  out += fmt::format("jobs         {}\n", counts_line(member_at(data, "job_counts")));
  out += parked_text(data, terminal);
  out += job_holds_text(data, terminal);
  out += limits_text(data, terminal);
  out += in_flight_text(data);
  out += waiting_text(data);
  out += fmt::format("campaigns    {}\n", counts_line(member_at(data, "campaign_counts")));
  if (const auto held = held_campaigns(data, terminal)) {
    Fields fields{terminal};
    for (const auto& hold : held->holds) fields.add("held", hold);
    if (held->holds.empty()) fields.add("held", "by hand, one by one");
    fields.add("to resume", terminal.paint(Tone::strong, held->command));
    out += fields.out;
  }
  return out + damage_text(data, terminal);
}

}  // namespace breakerd::ctl
