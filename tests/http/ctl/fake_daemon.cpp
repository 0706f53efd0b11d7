#include "tests/http/ctl/fake_daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace breakerd::ctl::test {

std::uint64_t FakeDaemon::add(const std::string& payload, const std::string& type) {
  const auto id = jobs_.size() + 1;
  FakeJob made;
  made.id = id;
  made.payload = payload;
  made.type = type;
  jobs_[id] = made;
  return id;
}

PeerAnswer FakeDaemon::answer(const PeerRequest& request) {
  if (interfere) {
    if (auto instead = interfere(request)) return *instead;
  }
  const auto body = request.body.empty() ? Json::object() : Json::parse(request.body);
  if (request.target == "/api/v1/leases") return lease(body);
  if (request.target == "/api/v1/queue-management/status") return status();
  if (request.target == "/api/v1/breaker") return breaker();
  const std::string jobs = "/api/v1/jobs/";
  if (request.target.rfind(jobs, 0) != 0) return problem(404, "not_found", "no such path");
  const auto slash = request.target.find('/', jobs.size());
  auto& job = jobs_.at(std::stoull(request.target.substr(jobs.size(), slash - jobs.size())));
  if (slash == std::string::npos) {
    return success(fmt::format(R"({{"id":{},"status":"{}","error":{}}})", job.id, job.status, json_string(job.error)));
  }
  const auto verb = request.target.substr(slash + 1);
  if (verb == "fail" && body.contains("service")) record_failure(job, body);
  if (job.status != "PROCESSING" || text_at(body, "token") != job.token) {
    return problem(409, "stale_lease", "the token is not the living lease's",
                   fmt::format(R"(,"job_status":"{}")", job.status));
  }
  if (verb == "heartbeat")
    return success(fmt::format(R"({{"stop":{},"lease_expires_at":"x","circuit":{}}})", stop, circuit()));
  return end(job, verb, body);
}

PeerAnswer FakeDaemon::lease(const Json& ask) {
  lease_max_seen = std::max<std::size_t>(lease_max_seen, number_at(ask, "max"));
  std::string list;
  auto left = number_at(ask, "max");
  for (auto& [id, job] : jobs_) {
    if (paused || left == 0) break;
    if (job.status != "PENDING") continue;
    --left;
    job.status = "PROCESSING";
    job.token = fmt::format("token-{}-{}", id, ++job.leases);
    list += fmt::format(
        R"({}{{"id":{},"job_type":"{}","name":null,"campaign_id":null,"service":{},"payload":{},"attempt":{},"token":"{}"}})",
        list.empty() ? "" : ",", id, job.type, job.service.empty() ? "null" : json_string(job.service), job.payload,
        job.leases, job.token);
  }
  return success(fmt::format(R"({{"jobs":[{}],"paused":{},"circuit":{}}})", list, paused, circuit()));
}

PeerAnswer FakeDaemon::end(FakeJob& job, const std::string& verb, const Json& body) {
  ++job.reports;
  job.report = body;
  if (verb == "complete") job.status = "COMPLETED";
  if (verb == "fail") job.status = body.contains("service") ? "PENDING" : "FAILED";
  if (verb == "fail") job.error = text_at(body, "error");
  if (verb == "release") job.status = "PENDING";
  return success("{}");
}

void FakeDaemon::record_failure(const FakeJob& job, const Json& report) {
  if (!std::exchange(paused, true)) ++epoch;
  last_error_ = text_at(report, "error");
  last_job_ = job.id;
}

std::string FakeDaemon::circuit() const {
  return fmt::format(R"({{"state":"{}","epoch":{}}})", paused ? "open" : "closed", epoch);
}

PeerAnswer FakeDaemon::breaker() const {
  const auto failure = fmt::format(R"("last_failure":{{"error":{},"job_id":{}}})", json_string(last_error_), last_job_);
  const bool was_open = epoch > 0;
  const auto evidence = paused     ? "," + failure
                        : was_open ? fmt::format(R"(,"last_outage":{{"evidence":{{{}}}}})", failure)
                                   : std::string{};
  return success(
      fmt::format(R"({{"state":"{}","epoch":{},"metadata":{{}}{}}})", paused ? "open" : "closed", epoch, evidence));
}

PeerAnswer FakeDaemon::status() {
  std::uint64_t processing = 0;
  for (const auto& [id, job] : jobs_) processing += job.status == "PROCESSING" ? 1 : 0;
  return success(fmt::format(
      R"({{"circuit_breaker":{},"job_counts":{{"PROCESSING":{},"PAUSED":{},"parked":{}}},"campaign_counts":{{"PAUSED":{}}},"queue":{{"paused":{},"holds":{}}}}})",
      circuit(), processing, held, parked, paused_campaigns, paused, holds));
}

}  // namespace breakerd::ctl::test
