#pragma once
// Logs that break a rule about commands about many jobs, or about what they do: for broken_logs.hpp.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/broken_log.hpp"

namespace breakerd::test {

class BrokenCommands {
 public:
  [[nodiscard]] static std::vector<BrokenLog> all() {
    BrokenCommands made;
    made.failed_jobs();
    made.plans();
    made.rollouts();
    return std::move(made.logs_);
  }

 private:
  using Append = std::vector<EventData>;

  void add(const std::string& rule, const World& before, std::vector<Append> appends) {
    for (Append& append : appends) logs_.push_back({rule, before, std::move(append), false});
  }
  void add_early_end(const std::string& rule, const World& before, std::vector<Append> appends) {
    for (Append& append : appends) logs_.push_back({rule, before, std::move(append), true});
  }

  static World live() { return World{}.add(spring).start(spring).enqueue(spring).enqueue(); }

  void failed_jobs() {
    World failed = live().lease(1).lease(2);
    for (const JobId id : {1, 2}) {
      JobFailed given_up{id, id == 1 ? spring : CampaignId{}, 1, "x", ""};
      given_up.no_retry = true;
      failed.tell(given_up);
    }
    const JobRetried retried{2, {}, "x"};
    const JobCancelled discarded{2, {}, "x", true};
    const std::string only = "Only a job that has FAILED or EXPIRED is retried or discarded.";
    add(only, live(), {{retried}, {discarded}});
    add(only, World{failed}.tell(retried), {{retried}, {discarded}});
    add(only, World{failed}.tell(discarded), {{retried}, {discarded}});
    const World ended = World{failed}.tell(CampaignFailed{spring, "x", 0});
    const World completed_one = World{failed}.tell_with_consequences(CampaignSealed{spring});
    const std::string lives = "A job is retried only while its campaign has not ended.";
    add(lives, ended, {{JobRetried{1, spring, ""}}});
    add(lives, completed_one, {{JobRetried{1, spring, ""}}});
    const std::string reopened =
        "`CampaignReopened` stands before a `JobRetried` of a campaign that has COMPLETED, and nowhere else.";
    add(reopened, failed, {{CampaignReopened{spring}}});
    add(reopened, ended, {{CampaignReopened{spring}}});
    add(reopened, completed_one, {{CampaignReopened{spring}, retried}, {CampaignReopened{spring}, enqueued(3)}});
    add_early_end(reopened, completed_one, {{CampaignReopened{spring}}});
    const JobCommandStarted started{1, JobCommandKind::retry, {}, "x", 2, 2};
    const std::string numbers = "Commands about many jobs are numbered densely, and name the last job there is.";
    add(numbers, failed,
        {{JobCommandStarted{2, JobCommandKind::retry, {}, "x", 2, 2}},
         {JobCommandStarted{1, JobCommandKind::retry, {}, "x", 2, 1}},
         {started, started}});
    const std::string goes = "A command about many jobs goes forward, to its last job at most, until it ends once.";
    add(goes, failed, {{JobCommandAdvanced{1, 1, 0, 0}}, {JobCommandEnded{1, false}}});
    add(goes, World{failed}.tell(started),
        {{JobCommandAdvanced{1, 0, 0, 0}}, {JobCommandAdvanced{1, 3, 0, 0}}, {JobCommandAdvanced{2, 1, 0, 0}}});
    add(goes, World{failed}.tell(started).tell(JobCommandAdvanced{1, 1, 1, 0}), {{JobCommandAdvanced{1, 1, 0, 0}}});
    add(goes, World{failed}.tell(started).tell(JobCommandEnded{1, true}),
        {{JobCommandEnded{1, true}}, {JobCommandAdvanced{1, 1, 0, 0}}});
  }

  void plans() {
    const World waits = World{}.enqueue().enqueue().enqueue();
    const JobCommandStarted parks = started_plan(1, {{PlanVerb::park}}, 3);
    const std::string one = "At most one plan runs, and only a plan has actions, a canary or a ramp.";
    JobCommandStarted with_actions = parks;
    with_actions.kind = JobCommandKind::retry;
    JobCommandStarted with_canary = with_actions;
    with_canary.actions.clear();
    with_canary.canary = 1;
    JobCommandStarted with_ramp = with_canary;
    with_ramp.canary = 0;
    with_ramp.ramp = {1'000, 1'000, 1'000};
    add(one, waits, {{parks, started_plan(2, {}, 3)}, {with_actions}, {with_canary}, {with_ramp}});
    const std::string kept = "No `JobLeased` of a job that the running plan parks or cancels.";
    add(kept, World{waits}.tell(parks), {{leased(1)}, {leased(3)}});
    add(kept, World{waits}.tell(started_plan(1, {{PlanVerb::cancel, {}, at(2), {}, "mail", ""}}, 3)), {{leased(2)}});
    const std::string parked =
        "Only a job for which the running plan says so is parked, and only a parked one is released.";
    add(parked, waits, {{JobParked{1, {}, 1}}, {JobUnparked{1, {}}}});
    add(parked, World{waits}.tell(started_plan(1, {{PlanVerb::cancel}}, 3)), {{JobParked{1, {}, 1}}});
    add(parked, World{waits}.tell(parks).enqueue(), {{JobParked{4, {}, 1}}, {JobParked{1, {}, 2}}});
    add(parked, World{waits}.tell(parks).tell(JobParked{1, {}, 1}), {{JobParked{1, {}, 1}}, {JobUnparked{2, {}}}});
    const World had_a_worker = World{waits}.lease(1).tell(parks).tell(JobReleased{1, {}});
    add(parked, had_a_worker, {{JobParked{1, {}, 1}}});
    const World was_released = World{waits}.tell(parks).tell(JobParked{1, {}, 1}).tell(JobUnparked{1, {}});
    add(parked, was_released, {{JobParked{1, {}, 1}}});
    add(parked, World{waits}.tell(parks).tell(JobCommandEnded{1, true}), {{JobParked{1, {}, 1}}});
    const std::string counts = "Of the jobs that a step of a command is about, no more are parked than were.";
    add(counts, World{waits}.tell(parks), {{JobCommandAdvanced{1, 1, 1, 0, 2}}});
  }

  static JobCommandStarted cautious(JobCommandId id, std::uint32_t canary, Ramp ramp = {}) {
    JobCommandStarted plan = started_plan(id, {}, 3);
    plan.canary = canary;
    plan.ramp = ramp;
    return plan;
  }

  void rollouts() {
    const World waits = World{}.enqueue().enqueue().enqueue();
    const Ramp ramp{1'000, 2'000, 60'000};
    const World canary = World{waits}.tell(cautious(1, 2, ramp));
    const World ramps = World{waits}.tell(cautious(1, 0, ramp));
    const std::string few = "No more jobs of a canary are leased, or have succeeded, than it has.";
    add(few, World{canary}.lease(1).lease(2), {{leased(3)}});
    add(few, World{canary}.lease(1).tell(completed(1)).lease(2), {{leased(3)}});
    const std::string passes =
        "`CanaryPassed` comes when all jobs of the canary have succeeded, or when it has none to wait for, and says "
        "how "
        "many have.";
    add(passes, canary, {{CanaryPassed{1, 0}}});
    add(passes, World{canary}.lease(1).tell(completed(1)), {{CanaryPassed{1, 1}}, {CanaryPassed{1, 2}}});
    const World both = World{canary}.lease(1).lease(2).tell(completed(1)).tell(completed(2));
    add(passes, both, {{CanaryPassed{2, 2}}, {CanaryPassed{1, 1}}});
    add(passes, World{canary}.lease(1).lease(2).tell(completed(1)).tell(JobReleased{2, {}}), {{CanaryPassed{1, 2}}});
    add(passes, ramps, {{CanaryPassed{1, 0}}});
    add(passes, World{both}.tell(CanaryPassed{1, 2}), {{CanaryPassed{1, 2}}});
    const std::string ends =
        "A `RolloutEnded` is of the rollout there is: `opened` exactly while the circuit is OPEN, and `done` only of a "
        "ramp.";
    add(ends, waits, {{RolloutEnded{1, RolloutEnd::stopped, ""}}});
    add(ends, ramps, {{RolloutEnded{2, RolloutEnd::done, ""}}, {RolloutEnded{1, RolloutEnd::opened, ""}}});
    add(ends, canary, {{RolloutEnded{1, RolloutEnd::done, ""}}});
    add(ends, World{ramps}.tell(RolloutEnded{1, RolloutEnd::done, ""}), {{RolloutEnded{1, RolloutEnd::done, ""}}});
    const std::string behind = "Behind the circuit's `HoldPlaced` comes the `RolloutEnded` of the rollout there is.";
    add_early_end(behind, ramps, {{opened(1), QueuePaused{1, 3}, circuit_hold(1)}});
    add(behind, ramps, {{opened(1), QueuePaused{1, 3}, circuit_hold(1), enqueued(4)}});
    add(behind, waits, {{opened(1), QueuePaused{1, 3}, circuit_hold(1), RolloutEnded{0, RolloutEnd::opened, ""}}});
    const std::string one = "A rollout ends before a plan begins.";
    const World goes_on = World{ramps}.tell(JobCommandEnded{1, false});
    add(one, goes_on, {{cautious(2, 1)}, {started_plan(2, {}, 3)}});
  }

  inline static const CampaignId spring = campaign_id(1);
  std::vector<BrokenLog> logs_;
};

}  // namespace breakerd::test
