#include <breakerd/http/ctl/commands/commands.hpp>

#include <fmt/format.h>

#include <charconv>

#include <breakerd/events/model/time.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd::ctl {

std::vector<Command> command_table() {
  std::vector<Command> all;
  for (auto* part :
       {&circuit_commands, &ramp_commands, &dependency_commands, &campaign_commands, &enqueue_commands, &job_commands,
        &why_commands, &failed_job_commands, &parked_commands, &hold_commands, &limit_commands, &job_type_commands,
        &schedule_commands, &event_commands, &work_commands, &offline_commands}) {
    for (auto& command : part()) all.push_back(std::move(command));
  }
  return all;
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const bool is_open = most == UINT64_MAX;
  return CLI::Validator{
      [least, most, is_open](const std::string& text) -> std::string {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool canonical = text.size() <= 1 || text.front() != '0';
        if (error == std::errc{} && end == text.data() + text.size() && canonical && value >= least && value <= most)
          return {};
        return fmt::format("\"{}\" is not a whole number from {} {}", text, least,
                           is_open ? std::string{"up"} : fmt::format("to {}", most));
      },
      is_open ? fmt::format(">={}", least) : fmt::format("{}-{}", least, most)};
}

CLI::Validator service_name() {
  return CLI::Validator{[](std::string& text) -> std::string {
                          fold_case(text);
                          return is_service_name(text) ? "" : "a service is " + std::string{service_expected};
                        },
                        ""};
}

CLI::Validator not_empty() {
  return CLI::Validator{[](const std::string& text) { return std::string{text.empty() ? "is empty" : ""}; }, ""};
}

CLI::Validator rfc3339_time() {
  return CLI::Validator{[](const std::string& text) {
                          return std::string{parse_rfc3339(text) ? "" : "expected a time such as 2026-11-23T22:14:05Z"};
                        },
                        "TIME"};
}

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator{[words = std::move(words)](std::string& text) -> std::string {
                          std::string wanted = text;
                          fold_case(wanted);
                          for (const auto& word : words) {
                            std::string folded = word;
                            fold_case(folded);
                            if (folded != wanted) continue;
                            text = word;
                            return {};
                          }
                          return fmt::format("\"{}\" is none of {}", text, fmt::join(words, ", "));
                        },
                        ""};
}

std::string group_summary(const std::string& group) {
  if (group == "campaign") return "Create, start, pause, resume, seal, end and show campaigns";
  if (group == "jobs") return "List, show and cancel jobs, and say why one waits; retry and discard failed ones";
  if (group == "commands") return "Follow and stop commands about many jobs";
  if (group == "parked") return "List, release and cancel jobs that a plan has parked";
  if (group == "failures") return "Report failures of dependencies";
  if (group == "schedules") return "Enqueue jobs again and again, at times of a crontab or at intervals";
  if (group == "service") return "Pause and resume campaigns for a service";
  return {};
}

}  // namespace breakerd::ctl
