// What each event makes of the queue's state: the whole of it.

#include <numeric>

#include "tests/support/numbered_queue.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1), summer = campaign_id(2), autumn = campaign_id(3);

}  // namespace

TEST_CASE("a hold keeps what was said, who asked and when") {
  World world;
  world.tell(service_hold(3, "hermes"), "carol");
  CHECK(world.the_queue.last_ordinal == 3);
  CHECK(world.the_queue.generations.size() == 2);
  REQUIRE(world.the_queue.holds.size() == 1);
  CHECK((world.the_queue.holds[0] ==
         Hold{3, HoldKind::service, "hermes", "campaigns held for hermes: slow", "carol", at(1), at(1)}));
  world.open_circuit();
  REQUIRE(world.the_queue.holds.size() == 2);
  CHECK(world.the_queue.holds[1].kind == HoldKind::circuit);
  CHECK(world.the_queue.holds[1].placed_at == at(4));
  CHECK(world.the_queue.holds[1].principal == "alice");
}

TEST_CASE("a hold in the place of an older one forgets nothing that the older one covered") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).lease(1);
  world.add(summer).start(summer).enqueue(summer);
  world.tell(service_hold(3, "hermes")).tell(CampaignPaused{summer, "x"});
  CHECK((world.the_queue.generations == std::vector<Generation>{{1, {1, 1}, 1}, {}}));
  world.add(autumn).start(autumn).enqueue(autumn);
  CHECK((world.the_queue.generations == std::vector<Generation>{{1, {1, 1}, 1}, {1, {1, 0}, 0}}));
  world.tell(service_hold(5, "hermes"));  // takes the place of hold 3
  CHECK((world.the_queue.generations == std::vector<Generation>{{2, {2, 1}, 1}, {}}));
  REQUIRE(world.the_queue.holds.size() == 1);
  CHECK(world.the_queue.holds[0].ordinal == 5);
  const auto lifted = must(decide(world.the_queue, ResumeCampaignsForService{"hermes"}));
  REQUIRE(lifted);
  CHECK(lifted->campaigns_resumed == 2);
  CHECK(lifted->campaigns_skipped == 1);
  CHECK(lifted->jobs_resumed == 3);
  world.tell(*lifted);
  CHECK((world.the_queue.generations == std::vector<Generation>{{2, {2, 1}, 1}}));
  CHECK(world.the_queue.holds.empty());
}

TEST_CASE("jobs and campaigns are counted where they are, from one end of the queue to the other") {
  World world;
  world.enqueue().enqueue().lease(1);
  CHECK((world.the_queue.default_lane == LiveJobs{1, 1}));
  world.add(spring).enqueue(spring);
  CHECK((world.the_queue.created == LiveJobs{1, 0}));
  CHECK((world.the_queue.campaigns == std::array<std::uint64_t, campaign_statuses>{1, 0, 0, 0, 0, 0}));
  world.start(spring).lease(3);
  CHECK((world.the_queue.created == LiveJobs{0, 0}));
  CHECK((world.the_queue.generations == std::vector<Generation>{{1, {0, 1}, 0}}));
  CHECK((world.the_queue.campaigns == std::array<std::uint64_t, campaign_statuses>{0, 1, 0, 0, 0, 0}));
  world.tell(CampaignPaused{spring, "x"}).enqueue(spring);
  CHECK((world.the_queue.operator_paused == LiveJobs{1, 1}));
  CHECK((world.the_queue.generations == std::vector<Generation>{{0, {0, 0}, 1}}));
  world.tell(CampaignResumed{spring, 2});
  CHECK((world.the_queue.operator_paused == LiveJobs{0, 0}));
  CHECK((world.the_queue.generations == std::vector<Generation>{{1, {1, 1}, 0}}));
  CHECK(world.lanes[spring].started == 2);
  CHECK(world.the_queue.last_ordinal == 2);
  world.tell(CampaignFailed{spring, "x", 2}).tell(completed(1));
  CHECK((world.the_queue.generations == std::vector<Generation>{{}}));
  CHECK((world.the_queue.campaigns == std::array<std::uint64_t, campaign_statuses>{0, 0, 0, 0, 1, 0}));
  CHECK((world.the_queue.default_lane == LiveJobs{1, 0}));
  CHECK(world.the_queue.last_job == 4);
  CHECK(world.lanes[spring].live_jobs() == 0);
  CHECK(world.lanes[spring].count(JobStatus::cancelled) == 2);
  CHECK(world.lanes[spring].classes.empty());
  CHECK(world.lanes[LaneId{}].count(JobStatus::completed) == 1);
  CHECK((world.lanes[LaneId{}].classes == std::vector<ClassCount>{{{"mail", {}}, 1}}));
  const JobCounts counts = world.the_queue.job_counts();
  CHECK(counts.completed == 1);
  CHECK(counts.cancelled == 2);
  CHECK(counts.failed == 0);
}

TEST_CASE("the types of a lane are those that have waiting jobs, in order") {
  World world;
  for (const char* type : {"mail", "call", "text", "call"}) world.enqueue({}, type);
  CHECK((world.lanes[LaneId{}].classes ==
         std::vector<ClassCount>{{{"call", {}}, 2}, {{"mail", {}}, 1}, {{"text", {}}, 1}}));
  world.lease(2).lease(1);
  CHECK((world.lanes[LaneId{}].classes == std::vector<ClassCount>{{{"call", {}}, 1}, {{"text", {}}, 1}}));
}

namespace {

std::vector<std::uint64_t> by_status(const JobCounts& counts) {
  std::vector<std::uint64_t> numbers;
  for (int status = 0; status <= 7; ++status) numbers.push_back(counts.of(static_cast<JobStatus>(status)));
  CHECK(counts.total() == std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}));
  return numbers;
}
std::vector<std::uint64_t> by_status(const CampaignCounts& counts) {
  std::vector<std::uint64_t> numbers;
  for (int status = 0; status <= 6; ++status) numbers.push_back(counts.of(static_cast<CampaignStatus>(status)));
  CHECK(counts.total() == std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}));
  return numbers;
}

}  // namespace

TEST_CASE("what is shown of a queue's counts is the sum of its parts, status by status; no status has none") {
  QueueState queue = numbered_queue();
  const std::uint64_t free_pending = 512 + 4'096 + 16'384, free_processing = 1'024 + 8'192 + 32'768;
  const std::uint64_t held = 2 + 4 + 32 + 64 + 65'536 + 131'072;
  CHECK((queue.held() == Generation{1 + 16, {2 + 32, 4 + 64}, 0}));
  CHECK(queue.in_flight() == free_processing + 4 + 64 + 131'072);
  CHECK(by_status(queue.job_counts()) ==
        std::vector<std::uint64_t>{free_pending, free_processing, 3, 5, 7, 13, held, 0});
  CHECK(by_status(queue.campaign_counts()) == std::vector<std::uint64_t>{11, 1'013 - 17, 17 + 17, 19, 23, 29, 0});
  queue.paused = true;
  CHECK(queue.in_flight() == free_processing + 4 + 64 + 131'072);
  CHECK(by_status(queue.job_counts()) ==
        std::vector<std::uint64_t>{0, 0, 3, 5, 7, 13, held + free_pending + free_processing, 0});
}

TEST_CASE("a hold covers what started before it, and the oldest one is named") {
  const QueueState queue = numbered_queue();
  CHECK(queue.newest_hold() == 9);
  for (const Ordinal started : {0, 4}) CHECK(queue.hold_on(started) == &queue.holds[0]);
  for (const Ordinal started : {5, 8}) CHECK(queue.hold_on(started) == &queue.holds[1]);
  for (const Ordinal started : {9, 10}) CHECK(queue.hold_on(started) == nullptr);
  CHECK(QueueState{}.newest_hold() == 0);
}
