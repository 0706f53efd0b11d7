#pragma once
// What is promised of GET jobs/{id}/why and GET workers: each answer agrees with itself, and what a quiet daemon shows
// is what its events add up to.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/job_holds.hpp"
#include "tests/simulation/promises/limits.hpp"
#include "tests/simulation/promises/look.hpp"
#include "tests/simulation/promises/plans.hpp"
#include "tests/simulation/promises/rollouts.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

/// Complains when an answer to one of the two calls does not agree with itself.
void check_explanation(const Ended& ended, const std::function<void(std::string)>& complain);

/// Whether it is an answer that a job could be handed out as far as the circuit is concerned.
bool shows_no_circuit(const Ended& ended);

/// Complains when what a quiet daemon says of jobs that wait, and of workers, is not what the events add up to.
void compare_explanations(const Seen& seen, const History& history, const Times& times, const JobHolds& holds,
                          const Limits& limits, const Plans& plans, const Rollouts& rollouts,
                          const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
