#include <breakerd/http/api/lease_delivery.hpp>

#include <string>
#include <utility>
#include <vector>

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {
namespace {

using Leases = std::vector<std::pair<JobId, std::string>>;  ///< with their tokens

Leases leases_of(const LeaseAnswer& answer) {
  Leases leases;
  leases.reserve(answer.jobs.size());
  for (const LeasedJob& leased : answer.jobs) leases.emplace_back(leased.job.row.id, leased.token);
  return leases;
}

/// A token that nobody has. When it cannot be given back now, its lease ends by itself.
void release(Backend& backend, const Leases& leases, const std::string& principal) {
  for (const auto& [job, token] : leases) backend.submit(ReleaseJob{job, token}, principal, [](Outcome&&) {});
}

}  // namespace

void release_leases(Backend& backend, Exchange& exchange, const LeaseAnswer& answer) {
  release(backend, leases_of(answer), exchange.principal());
}

void keep_deliverable(Backend& backend, Exchange& exchange, LeaseAnswer& answer) {
  if (answer.jobs.empty()) return;
  if (answer.waited && exchange.has_client_ended()) {
    release_leases(backend, exchange, answer);
    return answer.jobs.clear();
  }
  exchange.when_lost([&backend, leases = leases_of(answer), principal = exchange.principal()] {
    release(backend, leases, principal);
  });
}

bool begin_lease_wait(Exchange& exchange) {
  if (exchange.begin_wait()) return true;
  exchange.refuse(
      {503, "too_many_waiters", "as many leases wait for jobs as may (waiters-max): try again, or ask without wait_ms"},
      retry_soon);
  return false;
}

}  // namespace breakerd::http
