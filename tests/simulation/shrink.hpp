#pragma once
// A script that fails, made shorter: what it fails without is left out, until nothing more can be (Zeller and
// Hildebrandt: Simplifying and isolating failure-inducing input, 2002).

#include <cstddef>
#include <functional>
#include <optional>

#include "tests/simulation/script.hpp"

namespace breakerd::simulation {

/// Simulates a script: the moves that there was time for when it fails as the first one did, else nullopt.
using StillFails = std::function<std::optional<Moves>(const Script&)>;

/// Gives a script that fails and does no more than `failing`, which failed and had time for `moves`. Asks `still_fails`
/// at most `tries_max` times.
[[nodiscard]] Script shrink(const Script& failing, const Moves& moves, const StillFails& still_fails,
                            std::size_t tries_max = 300);

}  // namespace breakerd::simulation
