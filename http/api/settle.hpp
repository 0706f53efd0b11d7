#pragma once
// A lease that settles what has ended (POST /api/v1/leases with `settle`). Internal to http/api.

#include <vector>

#include <breakerd/http/api/call.hpp>
#include <breakerd/http/json/settle_body.hpp>

namespace breakerd::http {

/// Settles them and leases, in one commit unless one of them reports a failure of a service: then the circuit opens,
/// the others are settled, and nothing is leased. With `wait_ms` the lease waits when all of that is durable. `call`
/// has read the body. Answers the call.
void settle_and_lease(Call& call, std::vector<Settlement>&& settlements, LeaseJobs&& lease);

}  // namespace breakerd::http
