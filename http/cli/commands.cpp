#include "http/cli/commands.hpp"

namespace breakerd::cli {

std::vector<Command> command_table() {
  std::vector<Command> all;
  for (auto* part : {&circuit_commands, &campaign_commands, &enqueue_commands, &job_commands, &event_commands,
                     &work_commands, &offline_commands}) {
    for (auto& command : part()) all.push_back(std::move(command));
  }
  return all;
}

std::string group_summary(const std::string& group) {
  if (group == "campaign") return "Create, start, pause, resume, seal, end and show campaigns";
  if (group == "jobs") return "List, show and cancel jobs";
  return {};
}

}  // namespace breakerd::cli
