// Failed jobs: one is tried again or discarded, or all that match; and the commands about many jobs, of every kind.

#include <charconv>

#include <breakerd/events/views/job_command_json.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/api/start_job_command.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_job(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job(json, std::get<JobView>(reply)); });
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

}  // namespace

void retry_job(Call& call) { change_one<RetryJob>(call); }
void discard_job(Call& call) { change_one<DiscardJob>(call); }
void retry_jobs(Call& call) { start_job_command(call, JobCommandKind::retry); }
void discard_jobs(Call& call) { start_job_command(call, JobCommandKind::discard); }

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
