#include "http/cli/commands.hpp"

#include <fmt/format.h>

#include <charconv>

namespace breakerd::cli {

std::vector<Command> command_table() {
  std::vector<Command> all;
  for (auto* part : {&circuit_commands, &campaign_commands, &enqueue_commands, &job_commands, &event_commands,
                     &work_commands, &offline_commands}) {
    for (auto& command : part()) all.push_back(std::move(command));
  }
  return all;
}

CLI::Validator whole_number(std::uint64_t least) {
  return CLI::Validator{[least](const std::string& text) -> std::string {
                          std::uint64_t value = 0;
                          const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
                          const bool canonical = text.size() == 1 || text.front() != '0';
                          if (error == std::errc{} && end == text.data() + text.size() && canonical && value >= least)
                            return {};
                          return fmt::format("\"{}\" is not a whole number from {} up", text, least);
                        },
                        fmt::format(">={}", least)};
}

std::string group_summary(const std::string& group) {
  if (group == "campaign") return "Create, start, pause, resume, seal, end and show campaigns";
  if (group == "jobs") return "List, show and cancel jobs";
  return {};
}

}  // namespace breakerd::cli
