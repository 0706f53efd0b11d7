// The queue-management API: campaigns, and what is paused for which service.

#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/lease_end.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/http/api/service_param.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

/// Every list has an equal share of a page's bytes, and what those before it left.
std::string show_overview(const CampaignOverview& overview, Time now) {
  const CampaignCounts& totals = overview.totals;
  const std::size_t lists = campaign_statuses + overview.paused_by_service.size();
  std::size_t written = 0;
  std::string body{success_open};
  JsonWriter json{body};
  const auto write_list = [&](const std::vector<CampaignView>& campaigns) {
    write_first(body, json, campaigns, page_bytes_max * ++written / lists, write_campaign_summary);
  };
  json.begin_object().key("totals").begin_object();
  json.member("total_campaigns", totals.total());
  write_count_members(json, totals);
  json.end_object();
  json.key("campaigns_by_status").begin_object();
  for (std::size_t i = 0; i < campaign_statuses; ++i) {
    json.text_key(to_string(static_cast<CampaignStatus>(i)));
    write_list(overview.by_status[i]);
  }
  json.end_object();
  json.key("paused_by_service").begin_object();
  for (const auto& [service, campaigns] : overview.paused_by_service) {
    json.text_key(service);
    write_list(campaigns);
  }
  json.end_object();
  json.member("timestamp", now);
  json.end_object();
  body += '}';
  return body;
}

Result<std::string> overview_body(const ReadView& view, Time now) {
  const auto overview = read_campaign_overview(view);
  if (!overview) return overview.error();
  return show_overview(*overview, now);
}

/// `service`, the named list, `count` and a message.
template <class T, class Write>
std::string paused_body(const std::string& service, std::string_view what, const Sample<T>& sample,
                        const Write& write) {
  std::string body{success_open};
  JsonWriter json{body};
  json.begin_object();
  json.member("service", service);
  json.text_key("paused_" + std::string{what});
  write_first(body, json, sample.items, page_bytes_max, write);
  json.member("count", sample.total);
  json.member("message", std::to_string(sample.total) + " " + std::string{what} + " paused for " + service);
  json.end_object();
  body += '}';
  return body;
}

void show_paused(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<HoldsAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("service", exchange.kept_body);
    json.key("reason").value_or_null(answer.reason);
    json.member("campaigns_paused", answer.campaigns_paused);
    json.member("message", std::to_string(answer.campaigns_paused) + " campaigns paused for " + exchange.kept_body);
    json.end_object();
  });
}

void show_resumed(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<HoldsAnswer>(reply);
  std::string message = std::to_string(answer.campaigns_resumed) + " campaigns resumed for " + exchange.kept_body;
  if (answer.campaigns_skipped > 0)
    message += ", " + std::to_string(answer.campaigns_skipped) + " held otherwise skipped";
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("service", exchange.kept_body);
    json.member("campaigns_eligible", answer.campaigns_eligible);
    json.member("campaigns_resumed", answer.campaigns_resumed);
    json.member("campaigns_skipped", answer.campaigns_skipped);
    json.member("jobs_resumed", answer.jobs_resumed);
    json.member("message", message);
    json.end_object();
  });
}

}  // namespace

void campaign_status(Call& call) {
  call.read([clock = call.options.clock](const ReadView& view) { return overview_body(view, clock->wall()); });
}

void paused_campaigns(Call& call) {
  std::string service{call.path.text};
  if (!check_service(call, service)) return;
  call.read([service](const ReadView& view) -> Result<std::string> {
    const auto sample = read_paused_campaigns(view, service);
    if (!sample) return sample.error();
    return paused_body(service, "campaigns", *sample, write_campaign_summary);
  });
}

void paused_jobs(Call& call) {
  std::string service{call.path.text};
  if (!check_service(call, service)) return;
  call.read([service, times = call.backend.lease_times()](const ReadView& view) -> Result<std::string> {
    auto sample = read_paused_jobs(view, service);
    if (!sample) return sample.error();
    for (JobView& job : sample->items) fill_lease_end(job, times);
    return paused_body(service, "jobs", *sample, write_job_summary);
  });
}

void pause_campaigns(Call& call) {
  PauseCampaignsForService command;
  FieldSet fields;
  fields.required("service", &command.service).optional("reason", &command.reason);
  if (!call.read_body(fields) || !check_service(call, command.service)) return;
  call.exchange.kept_body = command.service;
  call.submit(std::move(command), show_paused);
}

void resume_campaigns(Call& call) {
  ResumeCampaignsForService command;
  FieldSet fields;
  fields.required("service", &command.service).optional("reason", &command.reason);
  if (!call.read_body(fields) || !check_service(call, command.service)) return;
  call.exchange.kept_body = command.service;
  call.submit(std::move(command), show_resumed);
}

}  // namespace breakerd::http::calls
