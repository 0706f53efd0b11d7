#pragma once
// What was answered to a call that settles leases, as answers to the calls that would end them one by one.

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

/// The call of part `index` of call `call`: no other call has this number.
std::uint64_t call_of_part(std::uint64_t call, std::size_t index);

/// `parts` are settled_by() of the whole's request. Calls `complain` when the answer tells not of all of them, in their
/// order, or when a job was leased although a failure of a service was reported. Nothing when the answer cannot be
/// read.
std::vector<Ended> ends_of_parts(const Ended& whole, const std::vector<Request>& parts,
                                 const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
