#include "actors/campaign_actor.hpp"

#include "actors/admission.hpp"
#include "events/campaign.hpp"
#include "storage/row_read.hpp"

namespace breakerd {
namespace {

constexpr std::chrono::seconds rest_after{5};

}  // namespace

CampaignActor::behavior_type CampaignActor::make_behavior() {
  return {
      [this](Ask& request) { return ask(request); },
      [this](rest_atom) {
        rest_planned_ = false;
        if (used_) return plan_rest();
        send(registry_, Resting{id_});
      },
      [this](farewell_atom) { quit(); },
  };
}

void CampaignActor::plan_rest() {
  used_ = false;
  if (rest_planned_) return;
  rest_planned_ = true;
  delayed_send(this, rest_after, rest_atom_v);
}

CampaignActor::Promise CampaignActor::ask(Ask& request) {
  auto promise = make_response_promise<Promise>();
  plan_rest();
  used_ = true;
  LaneChange change;
  change.campaign = id_;
  change.principal = request.principal;
  if (auto* create = std::get_if<CreateCampaign>(&request.command)) change.create = std::move(*create);
  if (auto* action = std::get_if<ChangeCampaign>(&request.command)) change.action = std::move(action->action);
  this->request(queue_, request_timeout, std::move(change))
      .await(
          [this, promise, principal = request.principal](const LaneLanded& result) mutable {
            promise.deliver(Answer{result.effect ? landed(*result.effect, principal) : Outcome{result.effect.error()}});
          },
          [this, promise](const caf::error& error) mutable {
            row_.reset();
            promise.deliver(
                Answer{make_error(ErrorCode::outcome_unknown,
                                  "outcome unknown: no answer from the queue (" + caf::to_string(error) + ")")});
          });
  return promise;
}

Outcome CampaignActor::landed(const CampaignEffect& effect, const std::string& principal) {
  if (row_ && version_ + effect.events.size() == effect.lane.version) {
    for (const Event& event : effect.events) evolve(*row_, event.data, principal, event.time);
  } else {  // just woken, or the campaign completed between two commands
    auto view = log_.view();
    if (!view) return view.error();
    auto row = read_known_row<CampaignRow>(**view, Table::campaigns, uuid_key(id_));
    if (!row) return row.error();
    row_ = std::move(*row);
  }
  version_ = effect.lane.version;
  return Reply{view_of(id_, *row_, effect.lane, effect.queue)};
}

CampaignsActor::behavior_type CampaignsActor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { forget(down); });
  return {
      [this](FlightPtr& flight) {
        Op& op = flight->ops.front();
        run(Ask{std::move(op.command), std::move(op.principal)}, [flight](Outcome&& outcome) {
          flight->ops.front().outcome = std::move(outcome);
          flight->sink->landed(flight);
        });
      },
      [this](Ask& request) {
        auto promise = make_response_promise<caf::typed_response_promise<Answer>>();
        if (auto ok = admit(request); !ok) return promise.deliver(Answer{ok.error()});
        run(std::move(request), [promise](Outcome&& outcome) mutable { promise.deliver(Answer{std::move(outcome)}); });
        return promise;
      },
      [this](const Resting& resting) {
        const auto at = awake_.find(resting.campaign);
        if (at == awake_.end()) return;
        send(at->second, farewell_atom_v);
        awake_.erase(at);
      },
  };
}

void CampaignsActor::on_exit() {
  for (const auto& [id, campaign] : awake_) send_exit(campaign, caf::exit_reason::user_shutdown);
  awake_.clear();
  queue_ = nullptr;
}

/// One that ended by itself, and not because it was told to, is a defect; the next command wakes a new one.
void CampaignsActor::forget(const caf::down_msg& down) {
  if (!down.reason) return;
  std::erase_if(awake_, [&](const auto& entry) { return entry.second == down.source; });
}

CampaignHandle CampaignsActor::wake(const CampaignId& id) {
  const auto at = awake_.find(id);
  if (at != awake_.end()) return at->second;
  auto campaign =
      spawn<CampaignActor, caf::monitored>(id, std::ref(log_), queue_, caf::actor_cast<CampaignsHandle>(this));
  awake_.emplace(id, campaign);
  return campaign;
}

void CampaignsActor::run(Ask request, const std::function<void(Outcome&&)>& reply) {
  CampaignId id;
  if (std::holds_alternative<CreateCampaign>(request.command))
    id = random_.campaign_id(wall_());
  else if (const auto* change = std::get_if<ChangeCampaign>(&request.command))
    id = change->campaign;
  else
    return reply(make_error(ErrorCode::invalid, "this command is not one of a campaign's"));
  this->request(wake(id), request_timeout, std::move(request))
      .then([reply](Answer& answer) { reply(std::move(answer.outcome)); },
            [reply](const caf::error& error) {
              reply(make_error(ErrorCode::outcome_unknown,
                               "outcome unknown: no answer from the campaign (" + caf::to_string(error) + ")"));
            });
}

}  // namespace breakerd
