#include <breakerd/events/model/rollout.hpp>

namespace breakerd {

std::string_view to_string(RolloutPhase phase) {
  switch (phase) {
    case RolloutPhase::none:
      return "none";
    case RolloutPhase::canary:
      return "canary";
    case RolloutPhase::ramp:
      return "ramp";
  }
  return "none";
}

std::string_view to_string(RolloutEnd end) {
  switch (end) {
    case RolloutEnd::done:
      return "done";
    case RolloutEnd::stopped:
      return "stopped";
    case RolloutEnd::opened:
      return "opened";
    case RolloutEnd::replaced:
      return "replaced";
  }
  return "done";
}

}  // namespace breakerd
