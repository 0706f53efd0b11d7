// What workers ask: leases and what comes of them.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/settle.hpp>

namespace breakerd::http::calls {
namespace {

void show_leases(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<LeaseAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    write_lease_members(json, answer);
    json.end_object();
  });
}

void show_heartbeat(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<HeartbeatAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("stop", answer.stop);
    json.key("lease_expires_at").value_or_null(answer.expires_at);
    json.key("circuit");
    write_circuit(json, answer.circuit);
    json.end_object();
  });
}

void show_job(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job(json, std::get<JobView>(reply)); });
}

FieldSet failure_fields(FailJob& command) {
  FieldSet fields;
  fields.required("token", &command.token)
      .required("error", &command.error)
      .optional("error_type", &command.error_type)
      .optional("service", &command.service)
      .optional("retry", &command.retry)
      .optional("retry_after_ms", &command.retry_after_ms);
  return fields;
}

BodyErrors read_progress(std::string_view text, void* into, const BodyRules& rules) {
  JobProgress& progress = static_cast<Heartbeat*>(into)->progress.emplace();
  FieldSet fields;
  fields.required("percent", &progress.percent).optional("message", &progress.message);
  return read_object(text, fields, rules);
}

/// Refuses a report about a job; if it is about a service, the circuit opens first.
void refuse_report(Call& call, FailJob report, Problem problem) {
  if (report.service.empty() && !is_about(problem, "service")) return call.exchange.refuse(problem);
  RecordFailure failure;
  failure.error = std::move(report.error);
  failure.error_type = std::move(report.error_type);
  failure.service = std::move(report.service);
  failure.job = report.job;
  call.open_and_refuse(std::move(failure), std::move(problem));
}

}  // namespace

void lease_jobs(Call& call) {
  LeaseJobs command;
  std::optional<std::vector<Settlement>> settlements;
  FieldSet fields;
  fields.required("worker", &command.worker)
      .optional("max", &command.max)
      .optional("lease_ms", &command.lease_ms)
      .optional("job_types", &command.job_types)
      .optional("wait_ms", &command.wait_ms)
      .optional("settle", NestedObject{&settlements, read_settlements, true});
  if (!call.read_body(fields)) return;
  if (settlements) return settle_and_lease(call, std::move(*settlements), std::move(command));
  if (command.wait_ms > 0) return call.submit_wait(std::move(command), show_leases);
  call.submit(std::move(command), show_leases);
}

void heartbeat(Call& call) {
  Heartbeat command;
  command.job = call.path.job;
  FieldSet fields;
  fields.required("token", &command.token)
      .optional("wait_ms", &command.wait_ms)
      .optional("progress", NestedObject{&command, read_progress});
  if (!call.read_body(fields)) return;
  if (command.wait_ms > 0) return call.submit_wait(std::move(command), show_heartbeat);
  call.submit(std::move(command), show_heartbeat);
}

void complete_job(Call& call) {
  CompleteJob command{call.path.job, {}, {}};
  FieldSet fields;
  fields.required("token", &command.token).optional("result", RawJson{&command.result, limits::result_bytes_max});
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_job);
}

void fail_job(Call& call) {
  FailJob report;
  report.job = call.path.job;
  if (!call.read_body(failure_fields(report))) return;
  Command command{report};
  if (auto problem = call.check(command)) return refuse_report(call, std::move(report), std::move(*problem));
  call.submit_checked(std::move(command), show_job);
}

void fail_unknown_job(Call& call) {
  FailJob report;
  if (!call.read_body(failure_fields(report))) return;
  Command command{report};
  auto problem = call.check(command);
  if (!problem) problem = Problem{404, "not_found", "job not found", {}, {}};
  refuse_report(call, std::move(report), std::move(*problem));
}

void release_job(Call& call) {
  ReleaseJob command{call.path.job, {}};
  FieldSet fields;
  fields.required("token", &command.token);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_job);
}

}  // namespace breakerd::http::calls
