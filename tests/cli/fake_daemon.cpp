#include "tests/cli/fake_daemon.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace breakerd::cli::test {

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
  const std::string jobs = "/api/v1/jobs/";
  if (request.target.rfind(jobs, 0) != 0) return problem(404, "not_found", "no such path");
  const auto slash = request.target.find('/', jobs.size());
  auto& job = jobs_.at(std::stoull(request.target.substr(jobs.size(), slash - jobs.size())));
  const auto verb = request.target.substr(slash + 1);
  if (job.status != "PROCESSING" || text_at(body, "token") != job.token) {
    return problem(409, "stale_lease", "the token is not the living lease's",
                   fmt::format(R"(,"job_status":"{}")", job.status));
  }
  if (verb == "heartbeat") return success(fmt::format(R"({{"stop":{},"lease_expires_at":"x","circuit":{{}}}})", stop));
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
  return success(fmt::format(R"({{"jobs":[{}],"paused":{},"circuit":{{"state":"closed","epoch":7}}}})", list, paused));
}

PeerAnswer FakeDaemon::end(FakeJob& job, const std::string& verb, const Json& body) {
  ++job.reports;
  job.report = body;
  if (verb == "complete") job.status = "COMPLETED";
  if (verb == "fail") job.status = body.contains("service") ? "PENDING" : "FAILED";
  if (verb == "fail" && body.contains("service")) paused = true;
  if (verb == "release") job.status = "PENDING";
  return success("{}");
}

PeerAnswer FakeDaemon::status() {
  std::uint64_t processing = 0;
  for (const auto& [id, job] : jobs_) processing += job.status == "PROCESSING" ? 1 : 0;
  return success(fmt::format(R"({{"job_counts":{{"PROCESSING":{},"PAUSED":{}}}}})", processing, held));
}

}  // namespace breakerd::cli::test
