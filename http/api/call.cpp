#include <breakerd/http/api/call.hpp>

#include <algorithm>

#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/api/answer_bytes.hpp>
#include <breakerd/http/api/job_read.hpp>
#include <breakerd/http/api/lease_delivery.hpp>
#include <breakerd/http/api/query.hpp>

namespace breakerd::http {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Fills in `detail` from the fields when nothing better was said.
Problem fields_problem(int status, std::string code, std::vector<FieldError> fields, std::size_t count) {
  std::string detail = fields.front().field + ": expected " + fields.front().expected;
  if (count > 1) detail += " (and " + std::to_string(count - 1) + " more)";
  return {status, std::move(code), std::move(detail), std::move(fields), {}};
}

Problem problem_of(BodyErrors errors) {
  if (errors.fields.empty()) return {errors.status, std::string{errors.code}, std::move(errors.detail), {}, {}};
  return fields_problem(errors.status, std::string{errors.code}, std::move(errors.fields), errors.field_count);
}

/// Visits the service labels of a command with the name of their field.
template <class Visit>
void each_service(const Command& command, const Visit& visit) {
  std::visit(
      [&]<class C>(const C& one) {
        if constexpr (std::is_same_v<C, EnqueueJob>) {
          visit(one.spec.service, std::string{"service"});
        } else if constexpr (std::is_same_v<C, EnqueueJobs>) {
          for (std::size_t i = 0; i < one.specs.size(); ++i) {
            if (!one.specs[i].service.empty()) visit(one.specs[i].service, "[" + std::to_string(i) + "].service");
          }
        } else if constexpr (std::is_same_v<C, CreateSchedule>) {
          visit(one.plan.job.service, std::string{"job.service"});
        } else if constexpr (std::is_same_v<C, ChangeSchedule>) {
          if (one.new_job) visit(one.new_job->service, std::string{"job.service"});
        } else if constexpr (std::is_same_v<C, SetLeaseLimit>) {
          if (one.of.kind == LimitKind::service) visit(one.of.name, std::string{"name"});
        } else if constexpr (std::is_same_v<C, CloseCircuit> || std::is_same_v<C, ResumeQueue>) {
          if (!one.plan) return;
          for (std::size_t i = 0; i < one.plan->actions.size(); ++i)
            visit(one.plan->actions[i].service, "plan.actions[" + std::to_string(i) + "].service");
        } else if constexpr (requires { one.service; }) {
          visit(one.service, std::string{"service"});
        }
      },
      command);
}

constexpr std::size_t label_bytes_shown = 256;

/// Adds what validate() found to what was wrong with the body; a field is named once.
void merge(BodyErrors& into, const std::vector<FieldError>& found) {
  for (const FieldError& error : found) {
    const auto same = [&](const FieldError& known) { return known.field == error.field; };
    if (std::none_of(into.fields.begin(), into.fields.end(), same)) into.add_field(error.field, error.expected);
  }
}

/// `show` is called with the exchange and the reply, on the I/O thread.
template <class Show>
auto shown_by(Exchange& exchange, Show show) {
  // With a Render two words, so that std::function keeps them in place. The exchange lives until it is answered.
  return [to = &exchange, show](Outcome&& outcome) {
    if (outcome) {
      show(*to, *outcome);
    } else {
      refuse(*to, outcome.error());
    }
  };
}

template <class Show>
void hand_on(Backend& backend, Exchange& exchange, Command&& command, Show show) {
  backend.submit(std::move(command), exchange.principal(), shown_by(exchange, show));
}

void answer_read(Exchange& to, const Result<std::string>& body) {
  if (body) {
    to.answer({200, BodyType::json, {}, *body});
  } else {
    refuse(to, body.error());
  }
}

void start_read(Backend& backend, Exchange& exchange, ReadSize size, Backend::Read work) {
  backend.read(size, exchange.gone(), std::move(work),
               [to = &exchange](Result<std::string>&& body) { answer_read(*to, body); });
}

void show_refused_report(Exchange& exchange, Reply& /*reply*/) {
  exchange.answer({exchange.kept_status, BodyType::problem, {}, exchange.kept_body});
}

}  // namespace

std::optional<Problem> unknown_service(const Command& command, const std::vector<std::string>& services) {
  if (services.empty()) return std::nullopt;
  BodyErrors unknown;
  std::string first;
  each_service(command, [&](const std::string& service, std::string field) {
    if (service.empty() || std::find(services.begin(), services.end(), service) != services.end()) return;
    if (first.empty()) first = service;
    unknown.add_field(std::move(field), "one of " + joined(services));
  });
  if (unknown.field_count == 0) return std::nullopt;
  clip_text(first, label_bytes_shown);
  Problem problem = fields_problem(400, "unknown_service", std::move(unknown.fields), unknown.field_count);
  problem.detail = "unknown service \"" + first + "\"; valid services are " + joined(services);
  return problem;
}

bool Call::take(BodyErrors errors, const std::optional<Problem>& unknown) {
  if (errors.ok() || errors.status == 422) {
    body_errors_ = std::move(errors);
    if (unknown || !key_refused.empty()) {
      body_errors_.status = 422;
      body_errors_.code = "invalid";
    }
    if (unknown)
      for (const FieldError& error : unknown->errors) body_errors_.add_field(error.field, error.expected);
    if (!key_refused.empty()) body_errors_.add_field("Idempotency-Key", std::string{key_refused});
    return true;
  }
  exchange.refuse(problem_of(std::move(errors)));
  return false;
}

std::optional<Problem> Call::unknown_parameters() const {
  if (request.query.empty()) return std::nullopt;
  return Query{request.query}.problem();
}

bool Call::refuse_parameters() {
  const auto problem = unknown_parameters();
  if (problem) exchange.refuse(*problem);
  return problem.has_value();
}

/// Only what a browser sends for a page has to say what it is (docs/decisions/bodies-are-taken-as-json.md).
bool Call::is_foreign_type(ContentType also_taken) const {
  if (!request.from_page) return false;
  return request.content_type != ContentType::absent && request.content_type != ContentType::json &&
         request.content_type != also_taken;
}

bool Call::read_body(const FieldSet& fields, Query& query) {
  if (!request.body.empty() && is_foreign_type(ContentType::json)) {
    exchange.refuse({415, "unsupported_media_type", "the body must be application/json"});
    return false;
  }
  return take(read_object(request.body, fields, body_rules()), query.problem());
}

bool Call::read_body(const FieldSet& fields) {
  Query query{request.query};
  return read_body(fields, query);
}

bool Call::read_batch(BatchItems items) {
  if (is_foreign_type(ContentType::ndjson)) {
    exchange.refuse({415, "unsupported_media_type", "the body must be application/json or application/x-ndjson"});
    return false;
  }
  const std::size_t first = request.body.find_first_not_of(" \t\r\n");
  const char begin = first == std::string_view::npos ? '\0' : request.body[first];
  const bool said_lines = request.content_type == ContentType::ndjson && (request.from_page || begin != '[');
  const bool lines = said_lines || begin == '{';
  return take(http::read_batch(request.body, lines, std::move(items), body_rules()), unknown_parameters());
}

void Call::refuse_field(std::string field, std::string expected) {
  body_errors_.add_field(std::move(field), std::move(expected));
  if (body_errors_.ok()) {
    body_errors_.status = 422;
    body_errors_.code = "invalid";
  }
}

std::optional<Problem> Call::refused_fields() {
  if (body_errors_.field_count == 0) return std::nullopt;
  return fields_problem(422, "invalid", std::move(body_errors_.fields), body_errors_.field_count);
}

std::optional<Problem> Call::check(Command& command) {
  const Result<void> valid = validate(command);
  if (!valid && valid.error().code == ErrorCode::limit && body_errors_.ok()) {
    const Error& error = valid.error();
    return Problem{413, "payload_too_large", error.detail, error.fields, {}};
  }
  auto unknown = unknown_service(command, options.services);
  if (valid && body_errors_.ok()) return unknown;
  if (!valid) merge(body_errors_, valid.error().fields);
  if (unknown) merge(body_errors_, unknown->errors);
  // A label that is not even well-formed is answered like any other label outside the configured list.
  const bool only_service = unknown && request.query.empty() && body_errors_.field_count == 1 &&
                            body_errors_.fields.front().field == "service";
  if (only_service) return unknown;
  return refused_fields();
}

void Call::submit(Command&& command, Render render) {
  if (auto problem = check(command)) return exchange.refuse(*problem);
  submit_checked(std::move(command), render);
}

void Call::submit(Command&& command, TimedRender render) {
  if (auto problem = check(command)) return exchange.refuse(*problem);
  hand_to_core(std::move(command),
               [render, clock = options.clock](Exchange& to, Reply& reply) { render(to, reply, clock->wall()); });
}

/// The reply comes behind the commit of all that was decided before it, so what is committed then has the job.
void Call::submit_enqueue(EnqueueJob&& enqueue, Render render) {
  Command command{std::move(enqueue)};
  if (const auto problem = check(command)) return exchange.refuse(*problem);
  hand_to_core(std::move(command), [render, core = &backend](Exchange& to, Reply& reply) {
    const auto& job = std::get<JobView>(reply);
    if (!job.is_existing) return render(to, reply);
    const auto shown = std::make_shared<JobView>();
    core->read(ReadSize::small, to.gone(), job_read(job.row.id, core->lease_times(), shown),
               [&to, core, shown](Result<std::string>&& body) {
                 if (body) core->note_shown(*shown);
                 answer_read(to, body);
               });
  });
}

void Call::submit_wait(Heartbeat&& heartbeat, Render render) {
  Command command{std::move(heartbeat)};
  if (const auto problem = check(command)) return exchange.refuse(*problem);
  auto end = backend.submit_wait(std::move(command), exchange.principal(), show_outcome(exchange, render));
  exchange.when_client_ends(std::move(end));
}

void Call::submit_wait(LeaseJobs&& lease, Render render) {
  Command command{std::move(lease)};
  if (const auto problem = check(command)) return exchange.refuse(*problem);
  if (!begin_lease_wait(exchange)) return;
  auto end = backend.submit_wait(std::move(command), exchange.principal(),
                                 [to = &exchange, core = &backend, render](Outcome&& outcome) {
                                   if (!outcome) return refuse(*to, outcome.error());
                                   keep_deliverable(*core, *to, std::get<LeaseAnswer>(*outcome));
                                   render(*to, *outcome);
                                 });
  exchange.when_client_ends(std::move(end));
}

void Call::submit_checked(Command&& command, Render render) { hand_to_core(std::move(command), render); }

template <class Show>
void Call::hand_to_core(Command&& command, Show show) {
  const std::size_t bytes = answer_bytes(command);
  if (bytes == 0 || exchange.take_room(Share::commands, bytes)) {
    return hand_on(backend, exchange, std::move(command), show);
  }
  // Shared, because functions can be copied.
  const auto waiting = std::make_shared<Command>(std::move(command));
  exchange.when_room(Share::commands, bytes, [&to = exchange, &core = backend, waiting, show] {
    hand_on(core, to, std::move(*waiting), show);
  });
}

void Call::open_and_refuse(RecordFailure report, Problem problem) {
  const bool says_nothing = report.error.empty() && report.service.empty() && !is_about(problem, "service");
  if (says_nothing) return exchange.refuse(problem);
  report = recordable(std::move(report));
  if (is_about(problem, "service")) move_label_into_text(report);  // well-formed, but none of the configured ones
  problem.detail += counted_all_the_same;
  exchange.kept_body.clear();
  append_problem(exchange.kept_body, problem);
  exchange.kept_status = problem.status;
  Command command{std::move(report)};
  if (const auto valid = validate(command); !valid) return refuse(exchange, valid.error());
  submit_checked(std::move(command), show_refused_report);
}

void Call::read_in_room(ReadSize size, Backend::Read work) {
  if (exchange.take_room(Share::reads, page_answer_bytes)) {
    return start_read(backend, exchange, size, std::move(work));
  }
  exchange.when_room(Share::reads, page_answer_bytes, [&to = exchange, &core = backend, size, work = std::move(work)] {
    start_read(core, to, size, work);
  });
}

void Call::read(Backend::Read work) { read_in_room(ReadSize::page, std::move(work)); }

void Call::read_all(Backend::Read work) { read_in_room(ReadSize::all, std::move(work)); }

void Call::read_small(Backend::Read work) { start_read(backend, exchange, ReadSize::small, std::move(work)); }

Backend::Done show_outcome(Exchange& exchange, Render render) { return shown_by(exchange, render); }

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 422;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::circuit_open:
    case ErrorCode::circuit_changed:
    case ErrorCode::stale_lease:
    case ErrorCode::wrong_state:
    case ErrorCode::held:
    case ErrorCode::duplicate:
    case ErrorCode::sealed:
    case ErrorCode::limit:
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unavailable:
    case ErrorCode::outcome_unknown:
    case ErrorCode::storage:
      return 503;
    case ErrorCode::misfit:
    case ErrorCode::corrupt:
      return 500;
  }
  return 500;
}

void refuse(Exchange& exchange, Error error) {
  Problem problem{status_of(error.code),   std::string{to_string(error.code)}, std::move(error.detail),
                  std::move(error.fields), std::move(error.job_status),        error.job};
  if (error.code == ErrorCode::circuit_open && exchange.kept_status != 0) {
    problem.status = exchange.kept_status;
  }
  if (error.code == ErrorCode::outcome_unknown && !problem.detail.starts_with("outcome unknown"))
    problem.detail = "outcome unknown: " + problem.detail;
  exchange.refuse(problem, problem.status == 503 ? retry_soon : std::string_view{});
}

bool is_about(const Problem& problem, std::string_view name) {
  return std::any_of(problem.errors.begin(), problem.errors.end(),
                     [&](const FieldError& error) { return error.field == name; });
}

}  // namespace breakerd::http
