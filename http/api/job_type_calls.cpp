// Settings of job types.

#include <utility>

#include <breakerd/events/views/job_type_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/json/retry_body.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_job_type(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job_type(json, std::get<JobTypeRow>(reply)); });
}

}  // namespace

void set_job_type(Call& call) {
  SetJobType command;
  command.job_type = call.path.text;
  JobSpec said;  // the fields are those of a job
  FieldSet fields;
  fields.optional("retry", NestedObject{&said, read_retry})
      .optional("timeout_ms", GivenNumber{&said.timeout_ms})
      .optional("max_expiries", GivenNumber{&said.max_expiries})
      .optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  command.settings = {said.max_attempts, std::move(said.backoff), said.timeout_ms, said.max_expiries};
  call.submit(std::move(command), show_job_type);
}

void remove_job_type(Call& call) {
  RemoveJobType command{std::string{call.path.text}, {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_job_type);
}

void get_job_type(Call& call) {
  call.read_small([name = std::string{call.path.text}](const ReadView& view) -> Result<std::string> {
    const auto row = read_job_type(view, name);
    if (!row) return row.error();
    return success_body([&](JsonWriter& json) { write_job_type(json, *row); });
  });
}

void list_job_types(Call& call) {
  Query query{call.request.query};
  PageAsk ask;
  ask.limit = take_limit(query);
  ask.cursor = query.text("cursor");
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([ask = std::move(ask)](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t) {
      return breakerd::list_job_types(view, step, from);
    };
    const auto count = [] { return Result<std::optional<std::uint64_t>>{std::nullopt}; };
    return page_body("job_types", ask, fetch, count, write_job_type);
  });
}

}  // namespace breakerd::http::calls
