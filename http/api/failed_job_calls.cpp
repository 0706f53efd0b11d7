// Failed jobs: one is tried again or discarded, or all that match, by a command that runs in the background.

#include <charconv>
#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/job_command_json.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/json/failed_jobs_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_job(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job(json, std::get<JobView>(reply)); });
}

void show_started(Exchange& exchange, Reply& reply) {
  const auto& row = std::get<JobCommandRow>(reply);
  exchange.kept_body.assign("Location: /api/v1/commands/").append(std::to_string(row.id)).append("\r\n");
  succeed(
      exchange, [&](JsonWriter& json) { write_job_command(json, row); }, 202, exchange.kept_body);
}

void show_command(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job_command(json, std::get<JobCommandRow>(reply)); });
}

template <class One>
void change_one(Call& call) {
  One command{call.path.job, {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_job);
}

/// Counts what the command is about, on a reader thread; then it is shown, or the command goes to the core.
void count_and_start(Call& call, StartJobCommand command, bool dry_run) {
  FailedJobs filter = command.filter;
  if (command.older_than_ms)
    filter.ended_by = call.options.clock->wall() - std::chrono::milliseconds{*command.older_than_ms};
  std::sort(filter.ids.begin(), filter.ids.end());
  const auto count = [filter = std::move(filter)](const ReadView& view) -> Result<std::string> {
    const auto matched = count_failed_jobs(view, filter);
    if (!matched) return matched.error();
    return std::to_string(*matched);
  };
  // Shared, because functions can be copied.
  const auto waiting = std::make_shared<StartJobCommand>(std::move(command));
  call.backend.read(
      ReadSize::page, call.exchange.gone(), count,
      [&to = call.exchange, &core = call.backend, waiting, dry_run](Result<std::string>&& matched) {
        if (!matched) return refuse(to, matched.error());
        if (dry_run)
          return succeed(to, [&](JsonWriter& json) { json.begin_object().key("matched").raw(*matched).end_object(); });
        std::from_chars(matched->data(), matched->data() + matched->size(), waiting->matched);
        core.submit(std::move(*waiting), to.principal(), show_outcome(to, show_started));
      });
}

/// One more than is wanted tells whether the list goes on.
Result<Page<JobCommandRow>> command_page(const ReadView& view, std::uint32_t count, const std::string& from) {
  JobCommandId before = 0;
  std::from_chars(from.data(), from.data() + from.size(), before);
  auto rows = breakerd::list_job_commands(view, before, count + 1);
  if (!rows) return rows.error();
  Page<JobCommandRow> page;
  if (rows->size() > count) {
    rows->resize(count);
    page.next = cursor_behind(rows->back());
  }
  page.items = std::move(*rows);
  return page;
}

void start(Call& call, JobCommandKind kind) {
  StartJobCommand command;
  command.kind = kind;
  Query query{call.request.query};
  const std::string dry_run = query.text("dry_run");
  if (!dry_run.empty() && dry_run != "true" && dry_run != "false") query.refuse("dry_run", "true or false");
  FieldSet fields;
  fields.required("filter", NestedObject{&command, read_failed_jobs}).optional("reason", &command.reason);
  if (!call.read_body(fields, query)) return;
  Command checked{std::move(command)};
  if (const auto problem = call.check(checked)) return call.exchange.refuse(*problem);
  count_and_start(call, std::get<StartJobCommand>(std::move(checked)), dry_run == "true");
}

}  // namespace

void retry_job(Call& call) { change_one<RetryJob>(call); }
void discard_job(Call& call) { change_one<DiscardJob>(call); }
void retry_jobs(Call& call) { start(call, JobCommandKind::retry); }
void discard_jobs(Call& call) { start(call, JobCommandKind::discard); }

void stop_job_command(Call& call) {
  if (!call.read_body(FieldSet{})) return;
  call.submit(StopJobCommand{call.path.job}, show_command);
}

void get_job_command(Call& call) {
  call.read([id = call.path.job](const ReadView& view) -> Result<std::string> {
    const auto row = read_job_command(view, id);
    if (!row) return row.error();
    return success_body([&](JsonWriter& json) { write_job_command(json, *row); });
  });
}

void list_job_commands(Call& call) {
  Query query{call.request.query};
  const auto limit = static_cast<std::uint32_t>(take_limit(query));
  const auto before = query.number("cursor", 0, 1, ~std::uint64_t{0}, "the next_cursor of the page before");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  PageAsk ask;
  ask.limit = limit;
  if (before != 0) ask.cursor = std::to_string(before);
  call.read([ask = std::move(ask)](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t) {
      return command_page(view, step, from);
    };
    const auto count = [] { return Result<std::optional<std::uint64_t>>{std::nullopt}; };
    return page_body("commands", ask, fetch, count, write_job_command);
  });
}

}  // namespace breakerd::http::calls
