#include <breakerd/actors/campaign/campaign_actor.hpp>

#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::seconds rest_after{5};

}  // namespace

CampaignActor::behavior_type CampaignActor::make_behavior() {
  return {
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        ask(request, std::move(asked.responder));
        return asked.promise;
      },
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

void CampaignActor::ask(Ask& request, Responder<Answer> responder) {
  plan_rest();
  used_ = true;
  LaneChange change;
  change.campaign = id_;
  change.principal = request.principal;
  if (auto* create = std::get_if<CreateCampaign>(&request.command)) change.create = std::move(*create);
  if (auto* action = std::get_if<ChangeCampaign>(&request.command)) change.action = std::move(action->action);
  auto to = shared(std::move(responder));
  this->request(queue_, request_timeout, std::move(change))
      .await(
          [this, to, principal = request.principal](const LaneCommitted& result) {
            to->deliver(Answer{result.effect ? outcome_of(*result.effect, principal) : Outcome{result.effect.error()}});
          },
          [this, to](const caf::error& error) {
            row_.reset();
            to->deliver(
                Answer::of(make_error(ErrorCode::outcome_unknown,
                                      "outcome unknown: no answer from the queue (" + caf::to_string(error) + ")")));
          });
}

Outcome CampaignActor::outcome_of(const CampaignEffect& effect, const std::string& principal) {
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
      [this](CommandBatchPtr& batch) { run(std::move(batch)); },
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        if (CommandBatchPtr batch = make_asked_batch(std::move(request), std::move(asked.responder)))
          run(std::move(batch));
        return asked.promise;
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
  gate_.shut(Gate::Reason::ended);
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

void CampaignsActor::run(CommandBatchPtr batch) {
  Op& op = batch->ops.front();
  CampaignId id;
  if (std::holds_alternative<CreateCampaign>(op.command))
    id = random_.campaign_id(clock_.wall());
  else if (const auto* change = std::get_if<ChangeCampaign>(&op.command))
    id = change->campaign;
  else
    return batch->answer_all(make_error(ErrorCode::invalid, "this command is not one of a campaign's"));
  batch->mark_undecided();
  this->request(wake(id), request_timeout, Ask{std::move(op.command), std::move(op.principal)})
      .then(
          [batch](Answer& answer) {
            batch->ops.front().outcome = std::move(answer.outcome);
            batch->answer();
          },
          [batch](const caf::error& error) {
            batch->answer_all(make_error(ErrorCode::outcome_unknown, "outcome unknown: no answer from the campaign (" +
                                                                         caf::to_string(error) + ")"));
          });
}

}  // namespace breakerd
