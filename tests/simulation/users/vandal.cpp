#include "tests/simulation/users/vandal.hpp"

#include <utility>

namespace breakerd::simulation {

namespace {

/// More than a plan may have.
std::string many_actions() {
  std::string actions = "[";
  for (int left = 1'001; left > 0; --left) actions += left > 1 ? R"({"do":"park"},)" : R"({"do":"park"}])";
  return actions;
}

const std::vector<Call>& bad_calls() {
  static const std::vector<Call> calls{
      {"POST", "/api/v1/jobs", R"({"job_type":)", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","job_type":"b"})", {}},
      {"POST", "/api/v1/jobs", "\xef\xbb\xbf{}", {}},
      {"POST", "/api/v1/jobs", "[]", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":7})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","max_attempts":-1})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","max_attempts":1001})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","colour":"red"})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","payload":1e999})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","campaign_id":"01a22528-3edc-7b99-a493-80c76353a001"})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","campaign_id":"autumn"})", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a"})", {{"Idempotency-Key", ""}}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a"})", {{"Idempotency-Key", "two words"}}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a"})", {{"Idempotency-Key", std::string(256, 'k')}}},
      {"POST", "/api/v1/leases", R"({"worker":"w"})", {{"Idempotency-Key", "once"}}},
      {"POST", "/api/v1/campaigns", R"({"name":"vandals"})", {{"Idempotency-Key", "once"}}},
      {"POST", "/api/v1/campaigns", R"({"name":"goths"})", {{"Idempotency-Key", "once"}}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","payload":)" + std::string(40, '[') + std::string(40, ']') + "}", {}},
      {"POST", "/api/v1/jobs/batch", "[]", {}},
      {"POST", "/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":""}])", {}},
      {"POST", "/api/v1/jobs/batch", "{\"job_type\":\"a\"}\n{\"job_type\":}", {}},
      {"POST", "/api/v1/jobs/complete", R"([{"id":1,"token":"x"},{"id":1,"token":"x"}])", {}},
      {"POST", "/api/v1/jobs/complete", R"([{"id":"1","token":"x"}])", {}},
      {"POST", "/api/v1/jobs/settle", R"([{"job_id":1,"token":"x","outcome":"done"}])", {}},
      {"POST", "/api/v1/jobs/settle", R"([{"job_id":1,"token":"x","outcome":"release"}])", {}},
      {"POST", "/api/v1/leases", R"({"worker":"w","settle":[{"job_id":1,"outcome":"release"}]})", {}},
      {"POST",
       "/api/v1/leases",
       R"({"worker":"w","settle":[{"job_id":1,"token":"x","outcome":"complete","retry":true}]})",
       {}},
      {"POST", "/api/v1/jobs/0/complete", R"({"token":"x"})", {}},
      {"POST", "/api/v1/jobs/18446744073709551616/complete", R"({"token":"x"})", {}},
      {"POST", "/api/v1/jobs/1/heartbeat", "{}", {}},
      {"POST", "/api/v1/jobs/1/heartbeat", R"({"token":"x","progress":{"percent":101}})", {}},
      {"POST", "/api/v1/jobs/1/release", R"({"token":"00000000000000000000000000000000"})", {}},
      {"POST", "/api/v1/jobs/1/fail", R"({"token":"00000000000000000000000000000000","error":"no"})", {}},
      {"POST", "/api/v1/jobs/987654321/cancel", "", {}},
      {"PUT", "/api/v1/jobs/1", "{}", {}},
      {"GET", "/api/v1/leases", "", {}},
      {"DELETE", "/api/v1/breaker", "", {}},
      {"POST", "/api/v1/breaker/allow", "", {}},
      {"POST", "/api/v1/leases", R"({"worker":"w","max":1001})", {}},
      {"POST", "/api/v1/leases", R"({"worker":"w","lease_ms":99})", {}},
      {"POST", "/api/v1/leases", R"({"worker":"w","job_types":[]})", {}},
      {"POST", "/api/v1/leases", R"({"max":1})", {}},
      {"POST", "/api/v1/breaker/close", R"({"epoch":"1"})", {}},
      {"POST", "/api/v1/breaker/close", R"({"epoch":18446744073709551615})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":[]})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"canary":0}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"canary":1001}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"ramp":{"over_ms":1000}}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"ramp":{"from_per_second":1}}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"ramp":{"from_per_second":0,"over_ms":1000}}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"ramp":{"from_per_second":0.0001,"over_ms":1000}}})", {}},
      {"POST", "/api/v1/queue-management/resume-queue", R"({"plan":{"ramp":{"from_per_second":1,"over_ms":0}}})", {}},
      {"POST", "/api/v1/queue-management/ramp", "{}", {}},
      {"POST", "/api/v1/queue-management/ramp/stop", R"({"why":"me"})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"actions":[{}]}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"actions":[{"do":"burn"}]}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"actions":[{"do":"park","older_than_ms":-1}]}})", {}},
      {"POST", "/api/v1/breaker/close", R"({"plan":{"actions":[{"do":"park","colour":"red"}]}})", {}},
      {"POST",
       "/api/v1/queue-management/resume-queue",
       R"({"plan":{"actions":[{"do":"cancel","campaign_id":"autumn"}]}})",
       {}},
      {"POST", "/api/v1/queue-management/resume-queue", R"({"plan":{"actions":)" + many_actions() + "}}", {}},
      {"POST", "/api/v1/queue-management/resume-queue?dry_run=true", R"({"plan":{"actions":7}})", {}},
      {"POST", "/api/v1/parked/release", "{}", {}},
      {"POST", "/api/v1/parked/release", R"({"filter":{"status":"FAILED"}})", {}},
      {"POST", "/api/v1/parked/cancel", R"({"filter":{"error_contains":"x"}})", {}},
      {"POST", "/api/v1/parked/cancel", R"({"filter":{"ids":[]}})", {}},
      {"POST", "/api/v1/parked", "{}", {}},
      {"GET", "/api/v1/parked?limit=0", "", {}},
      {"GET", "/api/v1/parked?status=PENDING", "", {}},
      {"GET", "/api/v1/parked?cursor=elsewhere", "", {}},
      {"POST", "/api/v1/breaker/failures", "{}", {}},
      {"POST", "/api/v1/queue-management/resume-service", "{}", {}},
      {"POST", "/api/v1/queue-management/nothing", "{}", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a","timeout_ms":999})", {}},
      {"PUT", "/api/v1/job-types/mail", "{}", {}},
      {"PUT", "/api/v1/job-types/mail", R"({"timeout_ms":604800001})", {}},
      {"PUT", "/api/v1/job-types/mail", R"({"retry":{"max_attempts":0}})", {}},
      {"POST", "/api/v1/job-types/mail", "{}", {}},
      {"DELETE", "/api/v1/job-types/nothing", "", {}},
      {"GET", "/api/v1/job-types/nothing", "", {}},
      {"POST", "/api/v1/schedules", "{}", {}},
      {"POST", "/api/v1/schedules", R"({"name":"x","cron":"61 * * * *","job":{"job_type":"a"}})", {}},
      {"POST", "/api/v1/schedules", R"({"name":"x","every_ms":999,"job":{"job_type":"a"}})", {}},
      {"POST", "/api/v1/schedules", R"({"name":"x","cron":"@daily","time_zone":"","job":{"job_type":"a"}})", {}},
      {"PATCH", "/api/v1/schedules/1", "{}", {}},
      {"POST", "/api/v1/schedules/987654321/run", "", {}},
      {"GET", "/api/v1/schedules/night", "", {}},
      {"POST", "/api/v1/holds", "{}", {}},
      {"POST", "/api/v1/holds", R"({"service":"Not A Label!"})", {}},
      {"POST", "/api/v1/holds/987654321/lift", "{}", {}},
      {"PUT", "/api/v1/limits/service/apollo", "{}", {}},
      {"PUT", "/api/v1/limits/service/apollo", R"({"concurrency":0})", {}},
      {"PUT", "/api/v1/limits/job_type/mail", R"({"rate_per_second":0.0001})", {}},
      {"PUT", "/api/v1/limits/job_type/mail", R"({"concurrency":1,"burst":2})", {}},
      {"DELETE", "/api/v1/limits/service/nobody", "", {}},
      {"PUT", "/api/v1/limits/worker/w", R"({"concurrency":1})", {}},
      {"POST", "/api/v1/campaigns", R"({"name":""})", {}},
      {"POST", "/api/v1/campaigns", R"({"name":")" + std::string(256, 'x') + "\"}", {}},
      {"POST", "/api/v1/campaigns/01a22528-3edc-7b99-a493-80c76353a002/start", "", {}},
      {"POST", "/api/v1/campaigns/autumn/cancel", "", {}},
      {"PATCH", "/api/v1/campaigns/01a22528-3edc-7b99-a493-80c76353a003", R"({"name":"n"})", {}},
      {"GET", "/api/v1/jobs?limit=1001", "", {}},
      {"GET", "/api/v1/jobs?limit=0", "", {}},
      {"GET", "/api/v1/jobs?status=ASLEEP", "", {}},
      {"GET", "/api/v1/jobs?page=101&per_page=100", "", {}},
      {"GET", "/api/v1/jobs?colour=red", "", {}},
      {"GET", "/api/v1/jobs?cursor=elsewhere", "", {}},
      {"GET", "/api/v1/events?from=0", "", {}},
      {"GET", "/api/v1/events?type=Nothing", "", {}},
      {"GET", "/api/v2/jobs", "", {}},
      {"GET", "/api/v1/jobs/-1", "", {}},
  };
  return calls;
}

/// Refused, and yet each of them opens the circuit.
const std::vector<Call>& bad_reports() {
  static const std::vector<Call> calls{
      {"POST", "/api/v1/breaker/failures", R"({"error":"refused-1","job_id":"seven"})", {}},
      {"POST", "/api/v1/breaker/failures", R"({"error":"refused-2","colour":"red"})", {}},
      {"POST", "/api/v1/breaker/failures", R"({"error":"refused-3","service":"Not A Label!"})", {}},
      {"POST", "/api/v1/breaker/failures", R"({"service":"apollo"})", {}},
      {"POST", "/api/v1/jobs/1/fail", R"({"token":"0","service":"apollo"})", {}},
      {"POST", "/api/v1/jobs/2/fail", R"({"token":"0","error":"","service":"hermes"})", {}},
      {"POST", "/api/v1/jobs/1/fail", R"({"token":"0","error":"refused-4","service":"apollo"})", {}},
      {"POST", "/api/v1/jobs/987654321/fail", R"({"token":"0","error":"refused-5","service":"apollo"})", {}},
      {"POST",
       "/api/v1/jobs/settle",
       R"([{"job_id":1,"token":"0","outcome":"complete","retry":true},)"
       R"({"job_id":2,"token":"0","outcome":"fail","error":"refused-6","service":"apollo"}])",
       {}},
      {"POST",
       "/api/v1/leases",
       R"({"worker":"w","max":0,"settle":[{"job_id":1,"token":"0","outcome":"fail","error":"refused-7","service":"apollo"}]})",
       {}},
  };
  return calls;
}

/// No HTTP that can be taken, and what the connection is asked before.
const std::vector<Call>& bad_requests() {
  static const std::vector<Call> calls{
      {"HEAD", "/api/v1/breaker", "", {}},
      {"HEAD", "/api/v1/jobs", "", {}},
      {"GET", "/api/v1/breaker", "", {{"Host", "another"}}},
      {"GET", "/api/v1/jobs/%00", "", {}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a"})", {{"Content-Length", "1"}}},
      {"POST", "/api/v1/jobs", R"({"job_type":"a"})", {{"Transfer-Encoding", "gzip"}}},
  };
  return calls;
}

}  // namespace

Vandal::Vandal(Setting setting)
    : User{std::move(setting)},
      recorded_failures_per_mille_{chance_.per_mille(600) ? 0u : static_cast<std::uint32_t>(chance_.below(40))} {}

void Vandal::move() {
  if (chance_.per_mille(150)) return send(chance_.pick(bad_requests()));
  send(chance_.pick(chance_.per_mille(recorded_failures_per_mille_) ? bad_reports() : bad_calls()));
}

}  // namespace breakerd::simulation
