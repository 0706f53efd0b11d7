// Schedules: jobs that come again and again.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/schedule_json.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/json/schedule_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_schedule(json, std::get<ScheduleRow>(reply)); });
}

void show_created(Exchange& exchange, Reply& reply) {
  const auto& schedule = std::get<ScheduleRow>(reply);
  exchange.kept_body.assign("Location: /api/v1/schedules/").append(std::to_string(schedule.id)).append("\r\n");
  succeed(
      exchange, [&](JsonWriter& json) { write_schedule(json, schedule); }, 201, exchange.kept_body);
}

void show_run(Exchange& exchange, Reply& reply) {
  succeed(
      exchange, [&](JsonWriter& json) { write_job(json, std::get<JobView>(reply)); }, 201);
}

/// The field `missed`, which is empty when it was not given.
std::optional<MissedRuns> read_missed(Call& call, const std::string& text) {
  if (text == "once") return MissedRuns::once;
  if (text == "skip") return MissedRuns::skip;
  if (!text.empty()) call.refuse_field("missed", R"("once" or "skip")");
  return std::nullopt;
}

/// 0 is a mistake, and not "not given": it is named here, and the rules are given one that they take.
void read_every(Call& call, std::optional<std::uint64_t> every_ms, SchedulePlan& plan) {
  if (every_ms == 0)
    call.refuse_field("every_ms", std::to_string(limits::every_ms_min) + " to " + std::to_string(limits::every_ms_max));
  plan.every_ms = every_ms == 0 ? limits::every_ms_min : every_ms.value_or(0);
}

/// Text that is empty when it was not given.
std::optional<std::string> given(std::string&& text) {
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

/// A command that has a reason and nothing else.
template <class Command>
void change(Call& call) {
  Command command{call.path.job, {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show);
}

}  // namespace

void create_schedule(Call& call) {
  CreateSchedule command;
  SchedulePlan& plan = command.plan;
  std::string missed;
  std::optional<std::uint64_t> every_ms;
  FieldSet fields;
  fields.required("name", &plan.name)
      .optional("cron", FilledText{&plan.cron})
      .optional("time_zone", FilledText{&plan.time_zone})
      .optional("every_ms", &every_ms)
      .optional("missed", FilledText{&missed})
      .required("job", NestedObject{&plan.job, read_scheduled_job})
      .optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  plan.missed = read_missed(call, missed).value_or(MissedRuns::once);
  read_every(call, every_ms, plan);
  call.submit(std::move(command), show_created);
}

void change_schedule(Call& call) {
  ChangeSchedule command;
  command.schedule = call.path.job;
  std::string name, cron, time_zone, missed;
  FieldSet fields;
  fields.optional("name", FilledText{&name})
      .optional("cron", FilledText{&cron})
      .optional("time_zone", FilledText{&time_zone})
      .optional("every_ms", &command.every_ms)
      .optional("missed", FilledText{&missed})
      .optional("job", NestedObject{&command.new_job, read_new_scheduled_job})
      .optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  command.name = given(std::move(name));
  command.cron = given(std::move(cron));
  command.time_zone = given(std::move(time_zone));
  command.missed = read_missed(call, missed);
  call.submit(std::move(command), show);
}

void remove_schedule(Call& call) { change<RemoveSchedule>(call); }
void pause_schedule(Call& call) { change<PauseSchedule>(call); }
void resume_schedule(Call& call) { change<ResumeSchedule>(call); }

void run_schedule(Call& call) {
  if (!call.read_body(FieldSet{})) return;
  call.submit(RunSchedule{call.path.job}, show_run);
}

void get_schedule(Call& call) {
  call.read_small([id = call.path.job](const ReadView& view) -> Result<std::string> {
    const auto row = read_schedule(view, id);
    if (!row) return row.error();
    return success_body([&](JsonWriter& json) { write_schedule(json, *row); });
  });
}

void list_schedules(Call& call) {
  Query query{call.request.query};
  PageAsk ask;
  ask.limit = take_limit(query);
  ask.cursor = query.text("cursor");
  std::string name = query.text("name");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([ask = std::move(ask), name = std::move(name)](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t) {
      return breakerd::list_schedules(view, name, step, from);
    };
    const auto count = [] { return Result<std::optional<std::uint64_t>>{std::nullopt}; };
    return page_body("schedules", ask, fetch, count, write_schedule);
  });
}

}  // namespace breakerd::http::calls
