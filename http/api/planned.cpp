#include <breakerd/http/api/planned.hpp>

#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/events/views/job_command_json.hpp>
#include <breakerd/events/views/plan_json.hpp>
#include <breakerd/http/api/query.hpp>
#include <breakerd/http/json/plan_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {
namespace {

/// A close that would be refused is so when it is only looked at, too.
Result<void> check_now(const ReadView& view, const CloseCircuit& command) {
  const auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();
  const auto closed = decide(*breaker, command);
  return closed ? Result<void>{} : Result<void>{closed.error()};
}

/// What it would resume can be looked at while the circuit is open.
Result<void> check_now(const ReadView& /*view*/, const ResumeQueue& /*command*/) { return {}; }

/// Without a plan everything is released.
template <class C>
void show_preview(Call& call, C&& command) {
  call.read_all(
      [command = std::forward<C>(command), clock = call.options.clock](const ReadView& view) -> Result<std::string> {
        if (auto ok = check_now(view, command); !ok) return ok.error();
        const auto preview = preview_plan(view, command.plan.value_or(Plan{}), clock->wall());
        if (!preview) return preview.error();
        return success_body([&](JsonWriter& json) { write_preview(json, *preview); });
      });
}

/// `fields` lead into `command`.
template <class C>
void submit_or_preview(Call& call, C&& command, const FieldSet& fields, Render render) {
  Query query{call.request.query};
  const bool dry_run = query.flag("dry_run");
  if (!call.read_body(fields, query)) return;
  Command checked{std::forward<C>(command)};
  if (const auto problem = call.check(checked)) return call.exchange.refuse(*problem);
  if (dry_run) return show_preview(call, std::move(std::get<C>(checked)));
  call.submit_checked(std::move(checked), render);
}

}  // namespace

void submit_close(Call& call, Render render) {
  CloseCircuit command;
  FieldSet fields;
  fields.optional("reason", &command.reason)
      .optional("epoch", &command.epoch)
      .optional("plan", NestedObject{&command.plan, read_plan});
  submit_or_preview(call, std::move(command), fields, render);
}

void submit_resume_queue(Call& call, Render render) {
  ResumeQueue command;
  FieldSet fields;
  fields.optional("reason", &command.reason).optional("plan", NestedObject{&command.plan, read_plan});
  submit_or_preview(call, std::move(command), fields, render);
}

void write_plan(JsonWriter& json, const std::optional<JobCommandRow>& plan) {
  json.key("plan");
  if (plan)
    write_job_command(json, *plan);
  else
    json.null();
}

void write_plan_if(JsonWriter& json, const std::optional<JobCommandRow>& plan) {
  if (plan) write_plan(json, plan);
}

}  // namespace breakerd::http
