#include <breakerd/http/api/start_job_command.hpp>

#include <algorithm>
#include <charconv>
#include <memory>

#include <breakerd/events/views/job_command_json.hpp>
#include <breakerd/http/api/query.hpp>
#include <breakerd/http/json/failed_jobs_body.hpp>
#include <breakerd/http/json/parked_jobs_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {
namespace {

void show_started(Exchange& exchange, Reply& reply) {
  const auto& row = std::get<JobCommandRow>(reply);
  exchange.kept_body.assign("Location: /api/v1/commands/").append(std::to_string(row.id)).append("\r\n");
  succeed(
      exchange, [&](JsonWriter& json) { write_job_command(json, row); }, 202, exchange.kept_body);
}

/// Counts what the command is about, on a reader thread; then it is shown, or the command goes to the core.
void count_and_start(Call& call, StartJobCommand command, bool dry_run) {
  FailedJobs filter = command.filter;
  if (command.older_than_ms)
    filter.ended_by = call.options.clock->wall() - std::chrono::milliseconds{*command.older_than_ms};
  std::sort(filter.ids.begin(), filter.ids.end());
  const auto count = [filter = std::move(filter), kind = command.kind](const ReadView& view) -> Result<std::string> {
    const auto matched = is_about_parked(kind) ? count_parked_jobs(view, filter) : count_failed_jobs(view, filter);
    if (!matched) return matched.error();
    return std::to_string(*matched);
  };
  // Shared, because functions can be copied.
  const auto waiting = std::make_shared<StartJobCommand>(std::move(command));
  call.backend.read(
      ReadSize::all, call.exchange.gone(), count,
      [&to = call.exchange, &core = call.backend, waiting, dry_run](Result<std::string>&& matched) {
        if (!matched) return refuse(to, matched.error());
        if (dry_run)
          return succeed(to, [&](JsonWriter& json) { json.begin_object().key("matched").raw(*matched).end_object(); });
        std::from_chars(matched->data(), matched->data() + matched->size(), waiting->matched);
        core.submit(std::move(*waiting), to.principal(), show_outcome(to, show_started));
      });
}

}  // namespace

void start_job_command(Call& call, JobCommandKind kind) {
  StartJobCommand command;
  command.kind = kind;
  Query query{call.request.query};
  const bool dry_run = query.flag("dry_run");
  FieldSet fields;
  fields.required("filter", NestedObject{&command, is_about_parked(kind) ? read_parked_jobs : read_failed_jobs})
      .optional("reason", &command.reason);
  if (!call.read_body(fields, query)) return;
  Command checked{std::move(command)};
  if (const auto problem = call.check(checked)) return call.exchange.refuse(*problem);
  count_and_start(call, std::get<StartJobCommand>(std::move(checked)), dry_run);
}

}  // namespace breakerd::http
