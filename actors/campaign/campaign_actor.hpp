#pragma once
// One campaign while it is awake: its commands one after the other, its cold half, what is shown of it, its progress,
// and the heartbeats of its jobs that wait for a stop. Its lane, and so the order of its events among those of jobs, is
// at the queue actor. It wakes with its first lease, command or waiting heartbeat, and rests after a while without any;
// at rest it is a row on disk and nothing else. The jobs without a campaign have an actor too, with the nil id.

#include <breakerd/actors/base/campaign_paces.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/base/responder.hpp>
#include <breakerd/actors/base/token.hpp>
#include <breakerd/actors/campaign/stop_waiters.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

class CampaignActor final : public CampaignHandle::base {
 public:
  CampaignActor(caf::actor_config& config, CampaignId id, EventLog& log, QueueHandle queue, CampaignsHandle registry,
                std::shared_ptr<CampaignPaces> paces);

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void ask(Ask& request, Responder<Answer> responder);
  [[nodiscard]] Outcome outcome_of(const CampaignEffect& effect, const std::string& principal);
  void add_progress(std::uint32_t jobs);
  void plan_rest();
  void wait_for_stop(std::vector<WaitingHeartbeatPtr>& heartbeats);
  void end_due_waits();
  /// With `are_over`, their next answer is given, whatever it says.
  void end_wait(JobId job);
  void ask_queue(std::vector<WaitingHeartbeatPtr> heartbeats, bool are_over);
  void plan_tick();
  void leave();

  CampaignId id_;
  EventLog& log_;
  QueueHandle queue_;
  CampaignsHandle registry_;
  std::optional<CampaignRow> row_;  ///< as of `version_`
  std::uint64_t version_ = 0;
  static constexpr std::chrono::seconds rest_after_least{5};
  std::chrono::seconds rest_after_ = rest_after_least;  ///< how long it is idle before it asks for its rest
  bool used_ = false;                                   ///< since the last look at the clock
  StopWaiters waiters_;
  std::optional<SteadyTime> tick_at_;  ///< the next time at which waits are looked at
  Progress progress_;
  std::shared_ptr<CampaignPaces> paces_;  ///< shared: an actor may end later than its core
  std::optional<CampaignPaces::Place> place_;
};

}  // namespace breakerd
