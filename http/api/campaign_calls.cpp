// Campaigns.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/campaign_pace.hpp>
#include <breakerd/http/api/pages.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

void show_created(Exchange& exchange, Reply& reply) {
  const auto& campaign = std::get<CampaignView>(reply);
  exchange.kept_body.assign("Location: /api/v1/campaigns/");
  campaign.id.append_to(exchange.kept_body);
  exchange.kept_body.append("\r\n");
  succeed(
      exchange, [&](JsonWriter& json) { write_campaign(json, campaign); }, 201, exchange.kept_body);
}

void show(Exchange& exchange, Reply& reply) {
  succeed(exchange, [&](JsonWriter& json) { write_campaign(json, std::get<CampaignView>(reply)); });
}

/// An action without fields, or with a reason if it has room for one.
template <class Action>
void change(Call& call) {
  Action action;
  FieldSet fields;
  if constexpr (requires { action.reason; }) fields.optional("reason", &action.reason);
  if (!call.read_body(fields)) return;
  ChangeCampaign command{call.path.campaign, std::move(action)};
  call.submit(std::move(command), show);
}

}  // namespace

void create_campaign(Call& call) {
  CreateCampaign command;
  FieldSet fields;
  fields.required("name", &command.name)
      .optional("description", &command.description)
      .optional("metadata", RawJson{&command.metadata, limits::metadata_bytes_max, true})
      .optional("weight", &command.weight);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_created);
}

void list_campaigns(Call& call) {
  Query query{call.request.query};
  const std::string name = query.text("status");
  const auto status = parse_campaign_status(name);
  if (!name.empty() && !status) query.refuse("status", "CREATED, RUNNING, PAUSED, COMPLETED, FAILED or CANCELLED");
  PageAsk ask = take_page(query);
  if (const auto problem = query.problem()) return call.exchange.refuse(*problem);
  call.read([status, ask = std::move(ask), paces = call.backend.campaign_paces()](const ReadView& view) {
    const auto fetch = [&](std::uint32_t step, const std::string& from, std::uint32_t skip) {
      auto page = breakerd::list_campaigns(view, status, step, from, skip);
      if (page)
        for (CampaignView& campaign : page->items) fill_pace(campaign, paces);
      return page;
    };
    return page_body(
        "campaigns", ask, fetch, [&] { return count_campaigns(view, status); }, write_campaign);
  });
}

void get_campaign(Call& call) {
  call.read(
      [id = call.path.campaign, paces = call.backend.campaign_paces()](const ReadView& view) -> Result<std::string> {
        auto campaign = read_campaign(view, id);
        if (!campaign) return campaign.error();
        fill_pace(*campaign, paces);
        return success_body([&](JsonWriter& json) { write_campaign(json, *campaign); });
      });
}

void update_campaign(Call& call) {
  UpdateCampaign action;
  FieldSet fields;
  fields.optional("name", &action.name)
      .optional("description", &action.description)
      .optional("metadata", OptionalRawJson{&action.metadata, limits::metadata_bytes_max, true})
      .optional("weight", &action.weight);
  if (!call.read_body(fields)) return;
  ChangeCampaign command{call.path.campaign, std::move(action)};
  call.submit(std::move(command), show);
}

void start_campaign(Call& call) {
  StartCampaign action;
  FieldSet fields;
  fields.optional("status_message", &action.status_message);
  if (!call.read_body(fields)) return;
  ChangeCampaign command{call.path.campaign, std::move(action)};
  call.submit(std::move(command), show);
}
void pause_campaign(Call& call) { change<PauseCampaign>(call); }
void resume_campaign(Call& call) { change<ResumeCampaign>(call); }
void seal_campaign(Call& call) { change<SealCampaign>(call); }
void fail_campaign(Call& call) { change<FailCampaign>(call); }
void cancel_campaign(Call& call) { change<CancelCampaign>(call); }

}  // namespace breakerd::http::calls
