#include <breakerd/events/model/why.hpp>

namespace breakerd {

std::string_view to_string(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::ended:
      return "ended";
    case ConditionKind::circuit:
      return "circuit";
    case ConditionKind::hold:
      return "hold";
    case ConditionKind::campaign:
      return "campaign";
    case ConditionKind::parked:
      return "parked";
    case ConditionKind::run_at:
      return "run_at";
    case ConditionKind::retry:
      return "retry";
    case ConditionKind::lease:
      return "lease";
    case ConditionKind::limit:
      return "limit";
    case ConditionKind::lane:
      return "lane";
  }
  return {};
}

}  // namespace breakerd
