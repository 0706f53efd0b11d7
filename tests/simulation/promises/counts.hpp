#pragma once
// Holds what a quiet daemon shows against what its own events add up to: status and counts, every job, every campaign.

#include <functional>
#include <string>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/look.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

void compare_rows(const Seen& seen, const History& history, const Times& times,
                  const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
