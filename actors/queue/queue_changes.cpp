// What the breaker and the campaigns change of the queue (queue_core.hpp).

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// What the breaker cannot know of the job whose worker reported the failure.
void name_evidence(EventData& event, const CampaignId& campaign, const std::string& worker) {
  const auto name = [&](auto& failure) {
    failure.campaign = campaign;
    failure.worker = worker;
  };
  if (auto* opened = std::get_if<CircuitOpened>(&event)) name(*opened);
  if (auto* failure = std::get_if<FailureRecorded>(&event)) name(*failure);
}

}  // namespace

Result<BreakerEffect> QueueCore::apply(const BreakerChange& change, Append& append, const Moment& now) {
  auto effect = decide_apply(change, append, now);
  if (!holds()) return void_decision(append);
  return effect;
}

Result<BreakerEffect> QueueCore::decide_apply(const BreakerChange& change, Append& append, const Moment& now) {
  const Context context{append, change.principal, now};
  append.operation = change.operation;
  BreakerEffect effect;
  effect.event = change.event;
  auto job = change.report ? find_job(change.report->job) : Result<ActiveJob*>{nullptr};
  if (change.report && job) {
    // A token that is not the living lease's does not tell whose it was.
    const JobRow& row = (*job)->row;
    const bool is_holder = row.status == JobStatus::processing && row.token == digest_token(change.report->token);
    name_evidence(effect.event, row.campaign, is_holder ? row.worker : std::string{});
  }
  if (auto ok = emit(context, effect.event); !ok) return ok.error();
  for (const Event& event : append.events) {
    if (const auto* paused = std::get_if<QueuePaused>(&event.data)) effect.jobs = paused->jobs_held;
    if (const auto* resumed = std::get_if<QueueResumed>(&event.data)) effect.jobs = resumed->jobs_resumed;
    if (const auto* hold = std::get_if<HoldPlaced>(&event.data)) effect.campaigns = hold->campaigns_held;
  }
  if (change.plan) {
    auto plan = start_plan(context, *change.plan, std::get<CircuitClosed>(change.event).reason, 0);
    if (!plan) return plan.error();
    effect.plan = std::move(*plan);
  }
  if (!change.report) return effect;

  if (!job) return effect.report = job.error(), effect;
  auto lane = find_lane((*job)->row.campaign);
  if (!lane) return effect.report = lane.error(), effect;
  auto returned =
      decide_return({(*job)->row, (*lane)->row, queue_}, digest_token(change.report->token), *change.report);
  if (!returned) return effect.report = returned.error(), effect;
  // The failure led to it.
  if (auto ok = place(context, std::move(*returned), 0); !ok) return ok.error();
  make_ready(**job);
  auto spec = spec_to_show(**job);
  effect.report = spec ? show(**job, std::move(*spec)) : Outcome{spec.error()};
  return effect;
}

Result<CampaignEffect> QueueCore::create(const CampaignId& id, const CreateCampaign& command,
                                         const std::string& principal, Append& append, const Moment& now) {
  const Context context{append, principal, now};
  if (auto ok = emit(context, CampaignCreated{id, command.name, command.description, command.metadata, command.weight});
      !ok)
    return void_decision(append);
  return CampaignEffect{append.events, lanes_.at(id).row, queue_};
}

Result<CampaignEffect> QueueCore::change(const ChangeCampaign& command, const std::string& principal, Append& append,
                                         const Moment& now) {
  const Context context{append, principal, now};
  // The nil lane is that of the jobs without a campaign.
  if (command.campaign.is_nil()) return not_found("campaign " + LaneId{}.to_string());
  auto lane = find_lane(command.campaign);
  if (!lane) return lane.error();
  auto event = breakerd::decide(CampaignContext{command.campaign, cold_row_, (*lane)->row, queue_}, command.action);
  if (!event) return event.error();
  if (*event) {
    if (auto ok = emit(context, std::move(**event)); !ok) return void_decision(append);
  } else {
    // The answer, that it is already so, rests on this.
    append.preconditions.emplace_back(CampaignAt{command.campaign, (*lane)->row.version});
  }
  if (!holds()) return void_decision(append);
  return CampaignEffect{append.events, (*lane)->row, queue_};
}

namespace {

bool has_leases(const LaneRow& row) { return !is_terminal(row.status) && row.count(JobStatus::processing) > 0; }

}  // namespace

/// A lane that is not in memory is looked at and not taken in: others would have to leave for one that rests. One that
/// cannot be read has nothing to tell its campaign.
bool QueueCore::let_rest(const CampaignId& campaign) {
  if (ended_.any_of(campaign)) return false;
  if (const auto lane = lanes_.find(campaign); lane != lanes_.end()) {
    if (has_leases(lane->second.row)) return false;
    lane->second.is_awake = false;
    return true;
  }
  auto view = committed();
  if (!view) return true;
  auto row = read_row<LaneRow>(**view, Table::lanes, uuid_key(campaign));
  if (!row) (void)remember_unreadable(row.error());
  return !row || !*row || !has_leases(**row);
}

}  // namespace breakerd
