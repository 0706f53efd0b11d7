#include <breakerd/events/model/job_commands.hpp>

namespace breakerd {

std::string_view to_string(JobCommandKind kind) { return kind == JobCommandKind::retry ? "retry" : "discard"; }

std::string_view to_string(JobCommandState state) {
  switch (state) {
    case JobCommandState::running:
      return "running";
    case JobCommandState::done:
      return "done";
    case JobCommandState::stopped:
      return "stopped";
  }
  return "running";
}

}  // namespace breakerd
