#pragma once
// The registry of campaigns that are awake. It wakes them and hands them what is theirs: commands, heartbeats that wait
// for a stop, and how many of their jobs have ended.

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include <breakerd/actors/campaign/campaign_actor.hpp>

namespace breakerd {

/// The only one that hands campaigns anything, so that nothing is lost when one goes to rest.
///
/// A heartbeat that waits is asked of the queue first. When the answer has no stop, the heartbeat goes to the campaign
/// of its job. No stop gets lost between the two: the answer and the Interruption of whatever was committed behind it
/// come from the thread that settles, in this order, to this one mailbox; and from here on to the campaign's.
class CampaignsActor final : public CampaignsHandle::base {
 public:
  CampaignsActor(caf::actor_config& config, EventLog& log, QueueHandle queue, Gate& gate, const Clock& clock,
                 Randomness& randomness, std::shared_ptr<CampaignPaces> paces)
      : CampaignsHandle::base{config},
        log_{log},
        queue_{std::move(queue)},
        gate_{gate},
        clock_{clock},
        random_{randomness},
        paces_{std::move(paces)} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void run(CommandBatchPtr batch);
  void run_campaign_command(CommandBatchPtr batch);
  void begin_wait(CommandBatchPtr batch);
  void hand_over(std::vector<WaitingHeartbeatPtr>& heartbeats);
  void ask_again(const Interruption& interruption);
  void ask_again(const CampaignId& campaign, std::optional<JobId> job);
  void hand_out(const JobsEnded& ended);
  void lay_to_rest(const CampaignId& id);
  void end_waits();
  [[nodiscard]] CampaignsHandle self() { return caf::actor_cast<CampaignsHandle>(this); }
  [[nodiscard]] CampaignHandle wake(const CampaignId& id);
  void forget(const caf::down_msg& down);

  EventLog& log_;
  QueueHandle queue_;
  Gate& gate_;
  const Clock& clock_;
  RandomSource random_;
  std::shared_ptr<CampaignPaces> paces_;  ///< shared: an actor of a campaign may end later than the core
  std::unordered_map<CampaignId, CampaignHandle> awake_;
  std::set<CampaignId> resting_;    ///< asked for their rest, and were handed nothing since
  std::set<CampaignId> waited_in_;  ///< campaigns that were handed heartbeats since all were last asked again
  std::unordered_map<JobId, CampaignId>
      waited_for_;  ///< jobs whose heartbeats were handed over, until their leases end
  std::uint64_t arrivals_ = 0;
  bool waits_ended_ = false;
};

}  // namespace breakerd
