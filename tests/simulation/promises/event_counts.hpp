#pragma once
// The counts that events carry for people: of what they pause, resume and end.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/promises/history.hpp"

namespace breakerd::simulation {

/// Complains when a count in `event`, which comes next, is not what the events before it add up to.
void check_event_counts(const nlohmann::json& event, const History& before,
                        const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
