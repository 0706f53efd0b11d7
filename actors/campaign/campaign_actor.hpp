#pragma once
// One campaign while it is awake: its commands one after the other, its cold half, and what is shown of it. Its lane,
// and so the order of its events among those of jobs, is at the queue actor. It wakes with its first command, and rests
// after a while without any; at rest it is a row on disk and nothing else.

#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/base/responder.hpp>
#include <breakerd/actors/base/token.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

class CampaignActor final : public CampaignHandle::base {
 public:
  CampaignActor(caf::actor_config& config, CampaignId id, EventLog& log, QueueHandle queue, CampaignsHandle registry)
      : CampaignHandle::base{config}, id_{id}, log_{log}, queue_{std::move(queue)}, registry_{std::move(registry)} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override {
    queue_ = nullptr;
    registry_ = nullptr;
  }

 private:
  void ask(Ask& request, Responder<Answer> responder);
  [[nodiscard]] Outcome outcome_of(const CampaignEffect& effect, const std::string& principal);
  void plan_rest();

  CampaignId id_;
  EventLog& log_;
  QueueHandle queue_;
  CampaignsHandle registry_;
  std::optional<CampaignRow> row_;  ///< as of `version_`
  std::uint64_t version_ = 0;
  bool used_ = false;  ///< since the last look at the clock
  bool rest_planned_ = false;
};

/// Knows which campaigns are awake. The only one that hands them commands, so that none is lost when one goes to rest.
class CampaignsActor final : public CampaignsHandle::base {
 public:
  CampaignsActor(caf::actor_config& config, EventLog& log, QueueHandle queue, Gate& gate, const Clock& clock,
                 Randomness& randomness)
      : CampaignsHandle::base{config},
        log_{log},
        queue_{std::move(queue)},
        gate_{gate},
        clock_{clock},
        random_{randomness} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void run(CommandBatchPtr batch);
  [[nodiscard]] CampaignHandle wake(const CampaignId& id);
  void forget(const caf::down_msg& down);

  EventLog& log_;
  QueueHandle queue_;
  Gate& gate_;
  const Clock& clock_;
  RandomSource random_;
  std::unordered_map<CampaignId, CampaignHandle> awake_;
};

}  // namespace breakerd
