#include <breakerd/events/model/triage.hpp>

namespace breakerd {

std::string_view to_string(PlanVerb verb) {
  switch (verb) {
    case PlanVerb::release:
      return "release";
    case PlanVerb::park:
      return "park";
    case PlanVerb::cancel:
      return "cancel";
  }
  return "release";
}

std::optional<PlanVerb> parse_plan_verb(std::string_view text) {
  for (const PlanVerb verb : {PlanVerb::release, PlanVerb::park, PlanVerb::cancel})
    if (text == to_string(verb)) return verb;
  return std::nullopt;
}

}  // namespace breakerd
