#include <breakerd/http/ctl/text/plan_text.hpp>

#include <fmt/format.h>

#include <breakerd/http/ctl/text/table.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::size_t shown_max = 3;

/// "mail 8000, sms 123, - 7 and 4 more": the rows that come first, of which "-" is those of none.
std::string counts_cell(const Json& planned, std::string_view list, std::string_view name) {
  const auto& rows = member_at(planned, list);
  std::string text;
  std::uint64_t left_out = number_at(member_at(planned, "more"), list);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i >= shown_max) {
      ++left_out;
      continue;
    }
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", cell_at(rows[i], name), number_at(rows[i], "jobs"));
  }
  if (left_out > 0) text += fmt::format(" and {} more", left_out);
  return text.empty() ? "-" : text;
}

}  // namespace

std::string preview_text(const Json& data, const Terminal& terminal) {
  Table table{{"JOBS TO", "COUNT", "OLDEST", "TYPES", "SERVICES", "CAMPAIGNS"}};
  const auto& preview = member_at(data, "preview");
  for (const char* verb : {"release", "park", "cancel"}) {
    const auto& planned = member_at(preview, verb);
    table.add({verb, std::to_string(number_at(planned, "jobs")),
               terminal.without_colour().time_and_age(cell_at(planned, "oldest_at")),
               counts_cell(planned, "by_type", "job_type"), counts_cell(planned, "by_service", "service"),
               counts_cell(planned, "by_campaign", "campaign_id")});
  }
  return table.to_string(terminal);
}

std::string command_text(const Json& command) {
  const auto begin = fmt::format("command {}: {} {}, ", number_at(command, "id"), printable(text_at(command, "kind")),
                                 printable(text_at(command, "state")));
  if (text_at(command, "kind") == "plan")
    return begin +
           fmt::format("{} jobs parked, {} cancelled", number_at(command, "parked"), number_at(command, "cancelled"));
  const auto skipped = number_at(command, "skipped");
  return begin + fmt::format("{} of {} jobs done{}", number_at(command, "done"), number_at(command, "matched"),
                             skipped == 0 ? std::string{} : fmt::format(", {} skipped", skipped));
}

}  // namespace breakerd::ctl
