// Producers' calls and looks at jobs.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/events/views/why_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/job_read.hpp>
#include <breakerd/http/api/lease_end.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http {

namespace calls {
namespace {

void show_job(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_job(json, std::get<JobView>(reply)); });
}

void write_id_or_null(JsonWriter& json, JobId id) {
  if (id == 0)
    json.null();
  else
    json.value(id);
}

void show_created_job(Exchange& exchange, Reply& reply) {
  const auto& job = std::get<JobView>(reply);
  exchange.kept_body.assign("Location: /api/v1/jobs/").append(std::to_string(job.row.id)).append("\r\n");
  succeed(
      exchange, [&](JsonWriter& json) { write_job(json, job); }, 201, exchange.kept_body);
}

void show_batch(Exchange& exchange, Reply& reply) {
  const auto& batch = std::get<EnqueuedBatch>(reply);
  succeed(
      exchange,
      [&](JsonWriter& json) {
        json.begin_object();
        json.member("count", batch.count);
        write_id_or_null(json.key("first_id"), batch.first_id);
        write_id_or_null(json.key("last_id"), batch.last_id);
        if (!batch.items.empty()) {
          json.key("items").begin_array();
          for (const EnqueuedItem& item : batch.items)
            json.begin_object().member("id", item.id).member("created", item.created).end_object();
          json.end_array();
        }
        json.end_object();
      },
      201);
}

void list(Call& call, std::optional<CampaignId> campaign) {
  Query query{call.request.query};
  JobFilter filter;
  filter.campaign = campaign;
  const std::string status = query.text("status");
  filter.status = parse_job_status(status);
  if (!status.empty() && !filter.status) {
    query.refuse("status", "PENDING, PROCESSING, PAUSED, COMPLETED, FAILED, EXPIRED or CANCELLED");
  }
  filter.job_type = query.text("job_type");
  filter.service = query.text("service");
  filter.error_contains = query.text("error_contains");
  if (query.has("older_than_ms"))
    filter.ended_by = call.options.clock->wall() -
                      std::chrono::milliseconds{query.number("older_than_ms", 0, 0, limits::delay_ms_max)};
  PageAsk ask = take_page(query);
  if (!campaign) {
    const std::string id = query.text("campaign_id");
    filter.campaign = Uuid::parse(id);
    if (!id.empty() && !filter.campaign) query.refuse("campaign_id", "a UUID");
  }
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  const LeaseTimes* times = call.backend.lease_times();
  call.read([filter = std::move(filter), ask = std::move(ask), times](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t skip) {
      auto page = breakerd::list_jobs(view, filter, step, from, skip);
      if (page)
        for (JobView& job : page->items) fill_lease_end(job, times);
      return page;
    };
    return page_body(
        "jobs", ask, fetch, [&] { return count_jobs(view, filter); }, write_job);
  });
}

}  // namespace

void enqueue_job(Call& call) {
  EnqueueJob command;
  if (!call.read_body(job_fields(command.spec))) return;
  call.submit_enqueue(std::move(command), show_created_job);
}

void enqueue_batch(Call& call) {
  EnqueueJobs command;
  if (!call.read_batch(items_of(command.specs))) return;
  call.submit(std::move(command), show_batch);
}

void list_jobs(Call& call) { list(call, std::nullopt); }
void list_campaign_jobs(Call& call) { list(call, call.path.campaign); }

void get_job(Call& call) { call.read(job_read(call.path.job, call.backend.lease_times())); }

void job_status(Call& call) {
  const bool gate_is_open = call.backend.gate().allowed;
  call.read([id = call.path.job, gate_is_open](const ReadView& view) -> Result<std::string> {
    const auto job = read_job(view, id);
    if (!job) return job.error();
    const auto breaker = read_breaker(view);
    if (!breaker) return breaker.error();
    return success_body([&](JsonWriter& json) { write_job_status(json, *job, *breaker, gate_is_open); });
  });
}

void job_why(Call& call) {
  call.read([id = call.path.job, clock = call.options.clock, gate_is_open = call.backend.gate().allowed,
             times = call.backend.lease_times()](const ReadView& view) -> Result<std::string> {
    const auto limit_use = [times](const LimitName& name) {
      return times == nullptr ? LimitUse{} : times->limits.of(name);
    };
    const Time ramp_free_at = times == nullptr ? no_time : times->ramp_free_at.load(std::memory_order_relaxed);
    const auto why = read_why(view, id, {clock->wall(), gate_is_open, lease_end(id, times), limit_use, ramp_free_at});
    if (!why) return why.error();
    return success_body([&](JsonWriter& json) { write_why(json, *why); });
  });
}

void cancel_job(Call& call) {
  CancelJob command{call.path.job, {}};
  FieldSet fields;
  fields.optional("reason", &command.reason);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_job);
}

}  // namespace calls
}  // namespace breakerd::http
