#pragma once
// Leases that have waited for jobs, and clients that may have gone meanwhile.

#include <breakerd/events/model/views.hpp>
#include <breakerd/http/api/backend.hpp>
#include <breakerd/http/edge/exchange.hpp>

namespace breakerd::http {

/// Gives back what was leased and nobody will hear of.
void release_leases(Backend& backend, Exchange& exchange, const LeaseAnswer& answer);

/// A client that has ended its side since the lease began to wait looks like one that has gone: it gets no jobs. Those
/// of others are released if the answer does not get out. To be called right before the answer.
void keep_deliverable(Backend& backend, Exchange& exchange, LeaseAnswer& answer);

/// begin_wait(); false when too many wait: that has been answered.
[[nodiscard]] bool begin_lease_wait(Exchange& exchange);

}  // namespace breakerd::http
