#include <breakerd/actors/campaign/campaigns_actor.hpp>

#include <algorithm>

#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/actors/campaign/ask_for_stop.hpp>

namespace breakerd {

CampaignsActor::behavior_type CampaignsActor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { forget(down); });
  send(queue_, attach_atom_v, QueueListenerHandle{self()});
  return {
      [this](CommandBatchPtr& batch) { run(std::move(batch)); },
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        if (CommandBatchPtr batch = make_asked_batch(std::move(request), std::move(asked.responder)))
          run(std::move(batch));
        return asked.promise;
      },
      [this](NotStopped& decided) { hand_over(decided.heartbeats); },
      [this](const Interruption& interruption) { ask_again(interruption); },
      [this](const EndWait& end) {
        if (const auto at = waited_for_.find(end.job); at != waited_for_.end())
          if (const auto campaign = awake_.find(at->second); campaign != awake_.end()) send(campaign->second, end);
      },
      [this](const FirstLeases& leased) {
        for (const CampaignId& campaign : leased.campaigns) (void)wake(campaign);
      },
      [this](const JobsEnded& ended) { hand_out(ended); },
      [this](end_waits_atom) { end_waits(); },
      [this](const Resting& resting) {
        if (!awake_.contains(resting.campaign)) return;
        resting_.insert(resting.campaign);
        send(queue_, MayRest{resting.campaign});
      },
      [this](const Rest& rest) { lay_to_rest(rest.campaign); },
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
  resting_.erase(id);
  const auto at = awake_.find(id);
  if (at != awake_.end()) return at->second;
  auto campaign = spawn<CampaignActor, caf::monitored>(id, std::ref(log_), queue_, self(), paces_);
  awake_.emplace(id, campaign);
  return campaign;
}

/// One that was handed something since it asked stays.
void CampaignsActor::lay_to_rest(const CampaignId& id) {
  if (resting_.erase(id) == 0) return;
  const auto at = awake_.find(id);
  if (at == awake_.end()) return;
  send(at->second, farewell_atom_v);
  awake_.erase(at);
  waited_in_.erase(id);
}

/// Jobs may end in a campaign that is asleep: when they are cancelled, or their lease is older than the last start.
void CampaignsActor::hand_out(const JobsEnded& ended) {
  for (const JobsEnded::Campaign& one : ended.campaigns) {
    const auto at = awake_.find(one.campaign);
    if (at == awake_.end()) continue;
    resting_.erase(one.campaign);
    send(at->second, Progressed{one.jobs});
  }
}

void CampaignsActor::run(CommandBatchPtr batch) {
  if (std::holds_alternative<Heartbeat>(batch->ops.front().command)) return begin_wait(std::move(batch));
  run_campaign_command(std::move(batch));
}

void CampaignsActor::run_campaign_command(CommandBatchPtr batch) {
  Op& op = batch->ops.front();
  CampaignId id;
  if (std::holds_alternative<CreateCampaign>(op.command))
    id = random_.campaign_id(clock_.wall());
  else if (const auto* change = std::get_if<ChangeCampaign>(&op.command))
    id = change->campaign;
  else
    return batch->answer_all(make_error(ErrorCode::invalid, "this command is not one of a campaign's"));
  batch->mark_undecided();
  this->request(wake(id), request_timeout, Ask{std::move(op.command), std::move(op.principal), op.operation})
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

// --- heartbeats that wait ---

/// The wait is counted from here on, so that the time of the commit does not come on top of half the lease.
void CampaignsActor::begin_wait(CommandBatchPtr batch) {
  auto heartbeat = std::make_shared<WaitingHeartbeat>();
  heartbeat->batch = std::move(batch);
  heartbeat->arrival = ++arrivals_;
  heartbeat->asked_at = clock().now();
  heartbeat->is_over = waits_ended_;
  ask_for_stop({std::move(heartbeat)}, queue_, self());
}

void CampaignsActor::hand_over(std::vector<WaitingHeartbeatPtr>& heartbeats) {
  const SteadyTime now = clock().now();
  std::map<CampaignId, WaitForStop> by_campaign;
  for (WaitingHeartbeatPtr& heartbeat : heartbeats) {
    if (!heartbeat->until) heartbeat->until = end_of_wait(*heartbeat);
    if (waits_ended_ || *heartbeat->until <= now || heartbeat->batch->client_ended) {
      heartbeat->deliver();
      continue;
    }
    const CampaignId campaign = heartbeat->answer.campaign;
    waited_for_.insert_or_assign(heartbeat->command().job, campaign);
    by_campaign[campaign].heartbeats.push_back(std::move(heartbeat));
  }
  for (auto& [campaign, waiting] : by_campaign) {
    waited_in_.insert(campaign);
    send(wake(campaign), std::move(waiting));
  }
}

void CampaignsActor::ask_again(const Interruption& interruption) {
  if (interruption.everywhere) {  // whoever waits on comes back through hand_over()
    waited_for_.clear();
    for (const CampaignId& campaign : std::exchange(waited_in_, {})) ask_again(campaign, std::nullopt);
    return;
  }
  for (const CampaignId& campaign : interruption.campaigns) ask_again(campaign, std::nullopt);
  for (const Interruption::Job& ended : interruption.jobs) {
    ask_again(ended.campaign, ended.job);
    waited_for_.erase(ended.job);
  }
}

void CampaignsActor::ask_again(const CampaignId& campaign, std::optional<JobId> job) {
  const auto at = awake_.find(campaign);
  if (at != awake_.end()) send(at->second, AskAgain{job});
}

void CampaignsActor::end_waits() {
  waits_ended_ = true;
  for (const auto& [id, campaign] : awake_) send(campaign, end_waits_atom_v);
}

}  // namespace breakerd
