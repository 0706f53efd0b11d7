#pragma once
// The jobs that an answer to an enqueue says are new.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

/// Each with what was asked for it. Empty for other calls, and for answers that are no success.
std::vector<std::pair<std::uint64_t, nlohmann::json>> new_jobs(const Ended& ended);

}  // namespace breakerd::simulation
