#include <breakerd/actors/campaign/campaign_actor.hpp>

#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/actors/campaign/ask_for_stop.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/pace.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::seconds rest_after_most{40};
constexpr std::chrono::milliseconds tick_min{1};

}  // namespace

CampaignActor::CampaignActor(caf::actor_config& config, CampaignId id, EventLog& log, QueueHandle queue,
                             CampaignsHandle registry, std::shared_ptr<CampaignPaces> paces)
    : CampaignHandle::base{config},
      id_{id},
      log_{log},
      queue_{std::move(queue)},
      registry_{std::move(registry)},
      progress_{clock().now()},
      paces_{std::move(paces)},
      place_{std::in_place, *paces_, id_, progress_} {}

void CampaignActor::on_exit() {
  (void)waiters_.take_all();  // each is answered as it is dropped
  place_.reset();
  queue_ = nullptr;
  registry_ = nullptr;
}

CampaignActor::behavior_type CampaignActor::make_behavior() {
  plan_rest();
  return {
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        ask(request, std::move(asked.responder));
        return asked.promise;
      },
      [this](WaitForStop& waiting) { wait_for_stop(waiting.heartbeats); },
      [this](const AskAgain& about) { ask_queue(about.job ? waiters_.take(*about.job) : waiters_.take_all(), false); },
      [this](const EndWait& end) { end_wait(end.job); },
      [this](Progressed progressed) { add_progress(progressed.jobs); },
      [this](tick_atom) { end_due_waits(); },
      [this](end_waits_atom) { ask_queue(waiters_.take_all(), true); },
      [this](rest_atom) {
        const bool idle = !used_ && waiters_.empty();
        if (idle) send(registry_, Resting{id_});
        // While it has leases it is not let rest, and asks again, less and less often.
        rest_after_ = idle ? std::min(2 * rest_after_, rest_after_most) : rest_after_least;
        plan_rest();
      },
      [this](farewell_atom) { leave(); },
  };
}

void CampaignActor::plan_rest() {
  used_ = false;
  delayed_send(this, rest_after_, rest_atom_v);
}

void CampaignActor::ask(Ask& request, Responder<Answer> responder) {
  used_ = true;
  LaneChange change;
  change.campaign = id_;
  change.principal = request.principal;
  change.operation = request.operation;
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
  CampaignView shown = view_of(id_, *row_, effect.lane, effect.queue);
  shown.pace = pace_of(shown, progress_.jobs_per_minute(clock().now()));
  return Reply{std::move(shown)};
}

void CampaignActor::add_progress(std::uint32_t jobs) {
  used_ = true;
  progress_.add(clock().now(), jobs);
  place_->publish(progress_);
}

// --- heartbeats that wait ---

void CampaignActor::wait_for_stop(std::vector<WaitingHeartbeatPtr>& heartbeats) {
  used_ = true;
  for (WaitingHeartbeatPtr& heartbeat : heartbeats) waiters_.add(std::move(heartbeat));
  plan_tick();
}

void CampaignActor::end_due_waits() {
  const SteadyTime now = clock().now();
  if (tick_at_ && now < *tick_at_) return;  // of a wait that has ended before; the right one will come
  tick_at_.reset();
  ask_queue(waiters_.take_due(now), true);
  plan_tick();
}

/// Of that heartbeat of the job whose client has ended, and not of a later one.
void CampaignActor::end_wait(JobId job) {
  std::vector<WaitingHeartbeatPtr> over;
  for (WaitingHeartbeatPtr& heartbeat : waiters_.take(job)) {
    if (heartbeat->batch->client_ended)
      over.push_back(std::move(heartbeat));
    else
      waiters_.add(std::move(heartbeat));
  }
  ask_queue(std::move(over), true);
}

void CampaignActor::ask_queue(std::vector<WaitingHeartbeatPtr> heartbeats, bool are_over) {
  if (heartbeats.empty()) return;
  if (are_over)
    for (const WaitingHeartbeatPtr& heartbeat : heartbeats) heartbeat->is_over = true;
  ask_for_stop(std::move(heartbeats), queue_, registry_);
}

void CampaignActor::plan_tick() {
  const auto next = waiters_.next_due();
  if (!next || (tick_at_ && *tick_at_ <= *next)) return;
  tick_at_ = next;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - clock().now());
  delayed_send(this, std::max(wait, tick_min), tick_atom_v);
}

/// Heartbeats that came after it asked for its rest go back, and find the campaign awake again.
void CampaignActor::leave() {
  if (!waiters_.empty()) send(registry_, NotStopped{waiters_.take_all()});
  quit();
}

}  // namespace breakerd
