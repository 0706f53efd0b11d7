#include <breakerd/events/rules/queue.hpp>

#include <breakerd/events/model/limits.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);
const CampaignId summer = campaign_id(2);
const CampaignId autumn = campaign_id(3);

World& pause_for(World& world, const std::string& service) {
  return world.tell(must(decide(world.the_queue, PauseCampaignsForService{service, "slow"})));
}
HoldsLifted resume_for(World& world, const std::string& service) {
  auto lifted = must(decide(world.the_queue, ResumeCampaignsForService{service}));
  REQUIRE(lifted);
  world.tell(*lifted);
  return *lifted;
}
HoldsLifted resume_queue(World& world) {
  auto lifted = must(decide(world.the_queue, ResumeQueue{}));
  REQUIRE(lifted);
  world.tell(*lifted);
  return *lifted;
}

}  // namespace

TEST_CASE("an opening pauses the queue and holds what runs, and says how much") {
  World world;
  world.add(spring).start(spring).add(summer).enqueue().enqueue(spring).enqueue(summer).lease(2);
  const PauseDecision decision = decide_pause(world.the_queue, opened(1), "alice");
  CHECK(decision.pause.epoch == 1);
  CHECK(decision.pause.jobs_held == 3);
  CHECK(decision.hold.kind == HoldKind::circuit);
  CHECK(decision.hold.service == "apollo");
  CHECK(decision.hold.cause == "circuit breaker opened by apollo: 429 Too Many Requests");
  CHECK(decision.hold.campaigns_held == 1);
  CHECK(decision.hold.ordinal == world.the_queue.last_ordinal + 1);
  world.open_circuit();
  CHECK(world.the_queue.paused);
  CHECK(world.the_queue.job_counts().paused == 3);
  CHECK(world.the_queue.job_counts().pending == 0);
  CHECK(world.the_queue.job_counts().processing == 0);
  CHECK(world.shown(spring) == CampaignStatus::paused);
  CHECK(world.shown(summer) == CampaignStatus::created);
}

TEST_CASE("a paused queue accepts jobs but starts none") {
  World world;
  world.open_circuit().enqueue();
  CHECK(world.the_queue.job_counts().paused == 1);
  CHECK_FALSE(is_served(world.the_queue, world.lanes[LaneId{}], true));
  CHECK(refusal(world.try_tell(leased(1))) == ErrorCode::misfit);
}

TEST_CASE("a close serves jobs without a campaign and leaves the holds") {
  World world;
  world.add(spring).start(spring).enqueue().enqueue(spring).open_circuit();
  CHECK(decide_resume(world.the_queue, 1).jobs_resumed == 1);
  world.close_circuit();
  CHECK_FALSE(world.the_queue.paused);
  CHECK(world.the_queue.job_counts().pending == 1);
  CHECK(world.the_queue.job_counts().paused == 1);
  CHECK(is_served(world.the_queue, world.lanes[LaneId{}], true));
  CHECK_FALSE(is_served(world.the_queue, world.lanes[spring], false));
}

TEST_CASE("lifting is refused while the circuit is open") {
  World world;
  pause_for(world.add(spring).start(spring), "hermes").open_circuit();
  CHECK(refusal(decide(world.the_queue, ResumeQueue{})) == ErrorCode::circuit_open);
  CHECK(refusal(decide(world.the_queue, ResumeCampaignsForService{"hermes"})) == ErrorCode::circuit_open);
}

TEST_CASE("resuming without holds is no event") {
  const World world;
  CHECK_FALSE(must(decide(world.the_queue, ResumeQueue{})));
  CHECK_FALSE(must(decide(world.the_queue, ResumeCampaignsForService{"hermes"})));
}

TEST_CASE("resume-queue lifts every hold and skips what was paused by hand") {
  World world;
  world.add(spring).start(spring).add(summer).start(summer).enqueue(spring);
  world.tell(CampaignPaused{summer, "lunch"});
  pause_for(world, "hermes").open_circuit().close_circuit();
  const HoldsLifted lifted = resume_queue(world);
  CHECK(lifted.ordinals.size() == 2);
  CHECK(lifted.campaigns_resumed == 1);
  CHECK(lifted.campaigns_skipped == 1);
  CHECK(lifted.jobs_resumed == 1);
  CHECK(world.the_queue.holds.empty());
  CHECK(world.the_queue.generations.size() == 1);
  CHECK(world.shown(spring) == CampaignStatus::running);
  CHECK(world.shown(summer) == CampaignStatus::paused);
}

TEST_CASE("a campaign under two holds counts once and waits for both, in whatever order they are lifted") {
  World world;
  pause_for(world.add(spring).start(spring), "hermes");
  pause_for(world.add(summer).start(summer), "apollo");
  CHECK(world.the_queue.holds[0].service == "hermes");
  CHECK(world.the_queue.campaign_counts().paused == 2);
  CHECK(world.the_queue.campaign_counts().running == 0);
  const bool older_first = GENERATE(true, false);
  const HoldsLifted first = resume_for(world, older_first ? "hermes" : "apollo");
  // Both holds cover spring; only the newer one covers summer.
  CHECK(first.campaigns_resumed == (older_first ? 0 : 1));
  CHECK(first.campaigns_skipped == 1);
  CHECK(world.shown(spring) == CampaignStatus::paused);
  CHECK(world.shown(summer) == (older_first ? CampaignStatus::paused : CampaignStatus::running));
  const HoldsLifted second = resume_for(world, older_first ? "apollo" : "hermes");
  CHECK(second.campaigns_resumed == (older_first ? 2 : 1));
  CHECK(second.campaigns_skipped == 0);
  CHECK(world.shown(spring) == CampaignStatus::running);
  CHECK(world.the_queue.campaign_counts().running == 2);
}

TEST_CASE("a second hold for the same service takes the place of the first") {
  World world;
  pause_for(world.add(spring).start(spring), "hermes");
  world.add(summer).start(summer);
  CHECK(world.shown(summer) == CampaignStatus::running);
  const HoldPlaced again = must(decide(world.the_queue, PauseCampaignsForService{"hermes", "slower"}));
  CHECK(again.campaigns_held == 1);  // newly
  world.tell(again);
  CHECK(world.the_queue.holds.size() == 1);
  CHECK(world.the_queue.holds[0].cause == "campaigns held for hermes: slower");
  CHECK(world.shown(spring) == CampaignStatus::paused);
  CHECK(world.shown(summer) == CampaignStatus::paused);
  CHECK(resume_for(world, "hermes").campaigns_resumed == 2);
}

TEST_CASE("a second opening's hold takes the place of the first one's") {
  World world;
  world.add(spring).start(spring).open_circuit("apollo").close_circuit();
  pause_for(world.add(summer).start(summer), "hermes").open_circuit("zeus").close_circuit();
  REQUIRE(world.the_queue.holds.size() == 2);
  CHECK(world.the_queue.hold_on(world.lanes[spring].started)->service == "hermes");
  CHECK(world.the_queue.holds[1].service == "zeus");
  CHECK(resume_queue(world).campaigns_resumed == 2);
}

TEST_CASE("a service's hold may be placed while open and outlives the circuit's close") {
  World world;
  world.add(spring).start(spring).open_circuit();
  pause_for(world, "hermes").close_circuit();
  CHECK(world.the_queue.holds.size() == 2);
  CHECK(world.shown(spring) == CampaignStatus::paused);
}

TEST_CASE("a campaign that ends under a hold leaves the counts right") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).add(autumn).enqueue(autumn).open_circuit();
  world.tell(CampaignCancelled{spring, "enough", 2}).tell(CampaignFailed{autumn, "bad", 1});
  const JobCounts jobs = world.the_queue.job_counts();
  CHECK(jobs.paused == 0);
  CHECK(jobs.cancelled == 3);
  const CampaignCounts campaigns = world.the_queue.campaign_counts();
  CHECK(campaigns.paused == 0);
  CHECK(campaigns.cancelled == 1);
  CHECK(campaigns.failed == 1);
}

TEST_CASE("no more services hold campaigns at a time than the limit") {
  World world;
  for (std::size_t i = 0; i < limits::service_holds_max; ++i) pause_for(world, "s" + std::to_string(i));
  CHECK(refusal(decide(world.the_queue, PauseCampaignsForService{"one-more", "x"})) == ErrorCode::limit);
  CHECK(must(decide(world.the_queue, PauseCampaignsForService{"s7", "x"})).service == "s7");
  world.open_circuit();  // the circuit's own hold always finds a place
  CHECK(world.the_queue.holds.size() == limits::service_holds_max + 1);
  CHECK(refusal(decide(world.the_queue, PauseCampaignsForService{"one-more", "x"})) == ErrorCode::limit);
}

TEST_CASE("a lane knows the types of its pending jobs, sorted, and no others") {
  World world;
  world.enqueue({}, "b").enqueue({}, "a").enqueue({}, "b");
  const auto& classes = world.lanes[LaneId{}].classes;
  CHECK(classes == std::vector<ClassCount>{{{"a", {}}, 1}, {{"b", {}}, 2}});
  world.lease(2).lease(1);
  CHECK(classes == std::vector<ClassCount>{{{"b", {}}, 1}});
  world.tell(JobReleased{2, {}}).tell(JobCancelled{3, {}, "x"});
  CHECK(classes == std::vector<ClassCount>{{{"a", {}}, 1}});
}
