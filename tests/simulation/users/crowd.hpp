#pragma once
// The users of one seed.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/users/user.hpp"

namespace breakerd::simulation {

/// Makes the wire of one user, by the user's name. The wire must outlive the crowd.
using WireOf = std::function<Wire&(const std::string& name)>;

/// Between 3 and 16 users, drawn from `chance`, at least one producer, worker and operator among them. `known` must
/// outlive them.
std::vector<std::unique_ptr<User>> make_crowd(Chance& chance, Known& known, const WireOf& wire_of,
                                              const std::function<std::int64_t()>& now_ms);

}  // namespace breakerd::simulation
