#include <breakerd/http/ctl/client/lease_api.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace breakerd::ctl {
namespace {

/// The epoch of the last time that the circuit of an answer was closed: an open one has opened since.
std::uint64_t known_epoch(const Json& answer) {
  const auto& circuit = member_at(answer, "circuit");
  const auto epoch = number_at(circuit, "epoch");
  return text_at(circuit, "state") == "open" && epoch > 0 ? epoch - 1 : epoch;
}

LeasedJob leased_job(const Json& job, std::string_view raw) {
  LeasedJob leased{number_at(job, "id"),
                   text_at(job, "job_type"),
                   text_at(job, "name"),
                   text_at(job, "campaign_id"),
                   text_at(job, "service"),
                   compact(raw_member(raw, "payload").value_or("null")),
                   number_at(job, "attempt"),
                   text_at(job, "token"),
                   0,
                   0};
  return leased;
}

}  // namespace

CliResult<Lease> LeaseApi::lease(const LeaseAsk& ask, std::uint64_t max, std::chrono::milliseconds wait, int end_fd) {
  Json body{{"worker", ask.worker}, {"max", max}, {"lease_ms", ask.lease_ms}};
  if (!ask.types.empty()) body["job_types"] = ask.types;
  if (wait.count() > 0) body["wait_ms"] = wait.count();
  Request request{Verb::post, "/api/v1/leases", body.dump(-1, ' ', false, Json::error_handler_t::replace)};
  request.wait = wait;
  request.end_fd = end_fd;
  auto reply = client_.call(request);
  if (!reply) return reply.error();
  const auto& data = reply->data();
  const auto& jobs = member_at(data, "jobs");
  const auto list = raw_member(reply->raw(), "jobs");
  const auto raw = raw_elements(list ? *list : std::string_view{});
  Lease lease{{}, flag_at(data, "paused"), number_at(member_at(data, "circuit"), "epoch")};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    auto& job = lease.jobs.emplace_back(leased_job(element_at(jobs, i), raw[i]));
    job.lease_ms = ask.lease_ms;
    job.known_epoch = known_epoch(data);
  }
  return lease;
}

CliResult<Reply> LeaseApi::post(const LeasedJob& job, std::string_view what, const std::string& members,
                                std::chrono::milliseconds timeout, Deadline::Moving latest) {
  auto body = "{\"token\":" + json_string(job.token) + members + "}";
  return client_.call({Verb::post, fmt::format("/api/v1/jobs/{}/{}", job.id, what), std::move(body), Repeat::never,
                       timeout, std::move(latest)});
}

CliResult<Beat> LeaseApi::heartbeat(const LeasedJob& job, std::chrono::milliseconds timeout, Deadline::Moving latest) {
  auto reply = post(job, "heartbeat", "", timeout, std::move(latest));
  if (!reply) return reply.error();
  return Beat{flag_at(reply->data(), "stop"), known_epoch(reply->data())};
}

CliResult<Reply> LeaseApi::complete(const LeasedJob& job, const std::string& result) {
  return post(job, "complete", result.empty() ? "" : ",\"result\":" + result);
}

CliResult<Reply> LeaseApi::fail(const LeasedJob& job, const std::string& error, const std::string& error_type,
                                const std::string& service) {
  auto members = ",\"error\":" + json_string(error) + ",\"error_type\":" + json_string(error_type);
  if (!service.empty()) members += ",\"service\":" + json_string(service);
  return post(job, "fail", members);
}

CliResult<Reply> LeaseApi::release(const LeasedJob& job) { return post(job, "release", ""); }

CliResult<Trace> LeaseApi::trace(const LeasedJob& job) {
  auto shown = client_.call({Verb::get, fmt::format("/api/v1/jobs/{}", job.id), "", Repeat::safe});
  if (!shown) return shown.error();
  auto breaker = client_.call({Verb::get, "/api/v1/breaker", "", Repeat::safe});
  if (!breaker) return breaker.error();
  const auto& circuit = breaker->data();
  // Of the opening there is, or of the last one when it has been closed meanwhile.
  const auto& evidence =
      circuit.contains("last_outage") ? member_at(member_at(circuit, "last_outage"), "evidence") : circuit;
  const auto& failure = member_at(evidence, "last_failure");
  return Trace{text_at(shown->data(), "error"), text_at(failure, "error"), number_at(failure, "job_id"),
               number_at(circuit, "epoch")};
}

CliResult<bool> LeaseApi::any_listed(const std::string& type, std::string_view status) {
  const auto is_parked = [](const Json& job) { return text_at(job, "pause_reason").starts_with("parked: "); };
  std::string cursor;
  for (;;) {
    std::string target = "/api/v1/jobs";
    add_query(target, "status", status);
    add_query(target, "job_type", type);
    add_query(target, "limit", cursor.empty() ? "1" : "100");  // further ones only where some are parked
    add_query(target, "cursor", cursor);
    auto reply = client_.call({Verb::get, target, "", Repeat::safe});
    if (!reply) return reply.error();
    const auto& data = reply->data();
    const auto& jobs = member_at(data, "jobs");
    if (!std::all_of(jobs.begin(), jobs.end(), is_parked) || !member_at(data, "items").empty()) return true;
    const auto next = text_at(data, "next_cursor");
    if (next.empty() || next == cursor) return false;
    cursor = next;
  }
}

CliResult<Json> LeaseApi::status() {
  auto reply = client_.call({Verb::get, "/api/v1/queue-management/status", "", Repeat::safe});
  if (!reply) return reply.error();
  return CliResult<Json>{Json(reply->data())};
}

CliResult<bool> LeaseApi::any_held(const std::vector<std::string>& types) {
  if (types.empty()) {
    const auto shown = status();
    if (!shown) return shown.error();
    const auto& counts = member_at(*shown, "job_counts");
    if (number_at(counts, "PROCESSING") + number_at(counts, "PAUSED") > number_at(counts, "parked")) return true;
  }
  for (const auto& type : types) {
    for (const auto* status : {"PROCESSING", "PAUSED"}) {
      auto listed = any_listed(type, status);
      if (!listed || *listed) return listed;
    }
  }
  const auto plan = plan_runs();
  if (!plan || *plan) return plan;
  return rollout_keeps_any(types);
}

/// A canary or a ramp gives no job for now, although some are ready. Of types it is not looked at which jobs wait for
/// their time.
CliResult<bool> LeaseApi::rollout_keeps_any(const std::vector<std::string>& types) {
  const auto shown = status();
  if (!shown) return shown.error();
  const auto rollout = shown->find("rollout");
  if (rollout == shown->end() || rollout->is_null()) return false;
  const auto& counts = member_at(*shown, "job_counts");
  if (types.empty()) return number_at(counts, "PENDING") > number_at(counts, "scheduled");
  for (const auto& type : types) {
    auto listed = any_listed(type, "PENDING");
    if (!listed || *listed) return listed;
  }
  return false;
}

/// The newest one tells: it has taken the place of those before.
CliResult<bool> LeaseApi::plan_runs() {
  const auto listed = client_.call({Verb::get, "/api/v1/commands?limit=1000", "", Repeat::safe});
  if (!listed && listed.error().status == 404) return false;  // an older daemon, which knows no plans
  if (!listed) return listed.error();
  for (const auto& command : member_at(listed->data(), "commands"))
    if (text_at(command, "kind") == "plan") return text_at(command, "state") == "running";
  return false;
}

}  // namespace breakerd::ctl
