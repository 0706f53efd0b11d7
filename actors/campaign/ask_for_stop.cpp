#include <breakerd/actors/campaign/ask_for_stop.hpp>

#include <algorithm>

namespace breakerd {
namespace {

class StopAnswers final : public Completion {
 public:
  StopAnswers(std::vector<WaitingHeartbeatPtr> heartbeats, CampaignsHandle registry)
      : heartbeats_{std::move(heartbeats)}, registry_{std::move(registry)} {}

  void complete(std::vector<Op>&& ops) noexcept override {
    NotStopped waiting;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      WaitingHeartbeatPtr& heartbeat = heartbeats_[i];
      if (!ops[i].outcome) {
        heartbeat->batch->answer_all(ops[i].outcome.error());
        continue;
      }
      heartbeat->answer = std::get<HeartbeatAnswer>(*ops[i].outcome);
      if (heartbeat->answer.stop || heartbeat->is_over)
        heartbeat->deliver();
      else
        waiting.heartbeats.push_back(std::move(heartbeat));
    }
    if (!waiting.heartbeats.empty()) caf::anon_send(registry_, std::move(waiting));
  }

 private:
  std::vector<WaitingHeartbeatPtr> heartbeats_;  ///< one for each op
  CampaignsHandle registry_;
};

}  // namespace

void ask_for_stop(std::vector<WaitingHeartbeatPtr> heartbeats, const QueueHandle& queue, CampaignsHandle registry) {
  std::vector<Op> ops;
  ops.reserve(heartbeats.size());
  for (const WaitingHeartbeatPtr& heartbeat : heartbeats) {
    Heartbeat asked = heartbeat->command();
    // The heartbeat itself counts, as any other. A worker that has died later keeps no lease.
    const bool asked_before = heartbeat->until.has_value();
    if (asked_before && heartbeat->batch->client_ended) asked.extends = false;
    if (asked_before) asked.progress.reset();  // a newer one may have come meanwhile
    ops.push_back({std::move(asked), heartbeat->batch->ops.front().principal, Reply{}, 0});
  }
  auto batch =
      std::make_shared<CommandBatch>(std::make_unique<StopAnswers>(std::move(heartbeats), std::move(registry)));
  batch->ops = std::move(ops);
  caf::anon_send(queue, std::move(batch));
}

SteadyTime end_of_wait(const WaitingHeartbeat& heartbeat) {
  return heartbeat.asked_at +
         std::chrono::milliseconds{std::min(heartbeat.command().wait_ms, heartbeat.answer.lease_ms / 2)};
}

}  // namespace breakerd
