// Holds on jobs: who may place and lift them, and what they cover.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/job_holds.hpp>
#include <breakerd/events/rules/turns.hpp>

#include "tests/support/results.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

QueueState holding(std::vector<JobHold> holds) {
  QueueState queue;
  queue.job_holds = std::move(holds);
  return queue;
}

JobHold on(const std::string& job_type, const std::string& service, JobHoldId id = 1) {
  return {id, job_type, service, "x", "alice", at(1)};
}

}  // namespace

TEST_CASE("a hold covers the jobs of its type and of its service") {
  CHECK(on("mail", "").covers({"mail", "apollo"}, LaneId{}));
  CHECK(on("mail", "").covers({"mail", ""}, LaneId{}));
  CHECK(!on("mail", "").covers({"sms", "apollo"}, LaneId{}));
  CHECK(on("", "apollo").covers({"sms", "apollo"}, LaneId{}));
  CHECK(!on("", "apollo").covers({"sms", ""}, LaneId{}));
  CHECK(on("mail", "apollo").covers({"mail", "apollo"}, LaneId{}));
  CHECK(!on("mail", "apollo").covers({"mail", "hermes"}, LaneId{}));
  CHECK(!on("mail", "apollo").covers({"sms", "apollo"}, LaneId{}));
}

TEST_CASE("a hold on a campaign covers its jobs and no others") {
  const CampaignId spring = campaign_id(1), summer = campaign_id(2);
  JobHold hold = on("", "");
  hold.campaign = spring;
  CHECK(hold.covers({"mail", "apollo"}, spring));
  CHECK(!hold.covers({"mail", "apollo"}, summer));
  CHECK(!hold.covers({"mail", "apollo"}, LaneId{}));
  CHECK(hold.is_on_campaign());
  CHECK(holding({hold}).has_hold_on(spring));
  CHECK(!holding({hold}).has_hold_on(summer));
  hold.job_type = "mail";
  CHECK(hold.covers({"mail", ""}, spring));
  CHECK(!hold.covers({"sms", ""}, spring));
  CHECK(!hold.is_on_campaign());
  const QueueState queue = holding({hold});
  CHECK(queue.job_hold_on({"mail", ""}, spring) != nullptr);
  CHECK(queue.job_hold_on({"mail", ""}) == nullptr);
  CHECK(!queue.has_hold_on(spring));
  CHECK(must(decide(queue, PlaceJobHold{"mail", "", "x", summer}))->campaign == summer);
  CHECK(!must(decide(queue, PlaceJobHold{"mail", "", "x", spring})));
}

TEST_CASE("the oldest hold on a job is found") {
  const QueueState queue = holding({on("", "apollo", 3), on("mail", "", 7)});
  CHECK(queue.job_hold_on({"mail", "apollo"})->id == 3);
  CHECK(queue.job_hold_on({"mail", ""})->id == 7);
  CHECK(queue.job_hold_on({"sms", ""}) == nullptr);
}

TEST_CASE("a hold is placed once on the same jobs, and numbered anew after it was lifted") {
  QueueState queue;
  const auto place = [&] { return must(decide(queue, PlaceJobHold{"mail", "apollo", "slow"})); };
  const auto placed = place();
  REQUIRE(placed);
  CHECK(placed->hold == 1);
  CHECK(placed->reason == "slow");
  evolve(queue, *placed, "alice", at(5));
  CHECK(queue.job_holds == std::vector<JobHold>{{1, "mail", "apollo", "slow", "alice", at(5), {}, at(5)}});
  CHECK(!place());
  CHECK(must(decide(queue, PlaceJobHold{"mail", "", "slow"})));
  const auto lifted = must(decide(queue, LiftJobHold{1, "fast"}));
  CHECK(lifted.reason == "fast");
  evolve(queue, lifted, at(9));
  CHECK(queue.job_holds.empty());
  CHECK(place()->hold == 2);
}

TEST_CASE("a hold that is not there cannot be lifted, and there is a bound to their number") {
  QueueState queue;
  CHECK(error_of(decide(queue, LiftJobHold{1, {}})).code == ErrorCode::not_found);
  for (JobHoldId id = 1; id <= limits::job_holds_max; ++id)
    queue.job_holds.push_back(on("t" + std::to_string(id), "", id));
  CHECK(error_of(decide(queue, PlaceJobHold{"one more", {}, {}})).code == ErrorCode::limit);
  CHECK(!must(decide(queue, PlaceJobHold{"t1", {}, {}})));
}

TEST_CASE("a lane has no turn while all that is wanted of it is held") {
  TurnOrder order;
  const LaneId spring = campaign_id(1), summer = campaign_id(2);
  order.list(spring, 1, std::vector<JobClass>{{"mail", "apollo"}, {"mail", "hermes"}});
  order.list(summer, 2, std::vector<JobClass>{{"sms", "apollo"}});
  const auto next = [&](const QueueState& queue, const std::vector<std::string>& types = {}) {
    LimitMeter no_limits;
    const auto turn = order.next(0, {queue, no_limits, SteadyTime{}}, types);
    return turn ? turn->turn : 0;
  };
  CHECK(next(holding({})) == 1);
  CHECK(next(holding({on("mail", "")})) == 2);
  CHECK(next(holding({on("mail", "apollo")})) == 1);
  CHECK(next(holding({on("", "apollo")})) == 1);
  CHECK(next(holding({on("", "apollo")}), {"sms"}) == 0);
  CHECK(next(holding({on("", "apollo"), on("", "hermes")})) == 0);
  CHECK(next(holding({}), {"sms"}) == 2);
  CHECK(next(holding({}), {"fax"}) == 0);
}
