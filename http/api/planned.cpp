#include <breakerd/http/api/planned.hpp>

#include <breakerd/events/views/job_command_json.hpp>
#include <breakerd/events/views/plan_json.hpp>
#include <breakerd/http/api/query.hpp>
#include <breakerd/http/json/plan_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {
namespace {

/// Without a plan everything is released.
void show_preview(Call& call, std::optional<Plan> plan) {
  call.read([plan = std::move(plan).value_or(Plan{}),
             clock = call.options.clock](const ReadView& view) -> Result<std::string> {
    const auto preview = preview_plan(view, plan, clock->wall());
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
  if (dry_run) return show_preview(call, std::move(std::get<C>(checked).plan));
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
