#include <breakerd/events/model/job_commands.hpp>

namespace breakerd {

std::string_view to_string(JobCommandKind kind) {
  switch (kind) {
    case JobCommandKind::retry:
      return "retry";
    case JobCommandKind::discard:
      return "discard";
    case JobCommandKind::plan:
      return "plan";
    case JobCommandKind::release_parked:
      return "release_parked";
    case JobCommandKind::cancel_parked:
      return "cancel_parked";
  }
  return "retry";
}

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
