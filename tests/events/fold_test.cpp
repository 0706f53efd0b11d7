// What cannot follow what went before is refused, whoever says it happened.

#include "events/fold.hpp"

#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const CampaignId spring = campaign_id(1);
const CampaignId nobody = campaign_id(99);

/// Refused as a misfit, with the event and its place named.
void refuse(const World& world, const EventData& data) {
  INFO(type_name(data));
  World copy = world;
  const auto outcome = copy.try_tell(data);
  REQUIRE(outcome.has_error());
  CHECK(outcome.error().code == ErrorCode::misfit);
  CHECK_THAT(outcome.error().detail,
             ContainsSubstring("event " + std::to_string(world.last_seq() + 1) + ", " + std::string{type_name(data)} +
                               " of " + stream_of(data).to_string()));
}

void refuse(const World& world, std::initializer_list<EventData> all) {
  for (const EventData& data : all) refuse(world, data);
}

}  // namespace

TEST_CASE("the circuit: no second opening, no skipped epoch, no close of what is not open") {
  World world;
  refuse(world, {opened(0), opened(2), closed(0), closed(1), FailureRecorded{0, "x", "", "", 0, {}}});
  world.open_circuit();
  refuse(world, {opened(1), opened(2), closed(0), closed(2), FailureRecorded{2, "x", "", "", 0, {}}});
  world.tell(FailureRecorded{1, "x", "", "", 0, {}}).close_circuit();
  refuse(world, {opened(1), opened(3), closed(1), FailureRecorded{1, "x", "", "", 0, {}}});
}

TEST_CASE("an opening is reaffirmed only while it is the one there is") {
  World world;
  refuse(world, {OpeningReaffirmed{0, "x", ""}, OpeningReaffirmed{1, "x", ""}});
  world.open_circuit();
  refuse(world, {OpeningReaffirmed{0, "x", ""}, OpeningReaffirmed{2, "x", ""}});
  world.tell(OpeningReaffirmed{1, "x", ""});
  CHECK(world.circuit.reaffirmations == 1);
  world.close_circuit();
  refuse(world, OpeningReaffirmed{1, "x", ""});
}

TEST_CASE("the queue pauses with an opening and resumes with a close, once") {
  World world;
  refuse(world, {QueuePaused{0, 0}, QueuePaused{1, 0}, QueueResumed{0, 0}});
  world.tell(opened(1));
  refuse(world, {QueuePaused{0, 0}, QueuePaused{2, 0}, QueueResumed{1, 0}});
  world.tell(QueuePaused{1, 0});
  refuse(world, {QueuePaused{1, 0}, QueueResumed{1, 0}});  // still open
  world.tell(closed(1));
  refuse(world, {QueueResumed{0, 0}, QueueResumed{2, 0}, QueuePaused{1, 0}});
  world.tell(QueueResumed{1, 0});
  refuse(world, QueueResumed{1, 0});
}

TEST_CASE("holds come in order and are lifted once, while the circuit is closed") {
  World world;
  world.tell(service_hold(3, "hermes"));
  refuse(world, {service_hold(3, "apollo"), service_hold(2, "apollo"), circuit_hold(1)});
  refuse(world, {HoldsLifted{{4}, 0, 0, 0}, HoldsLifted{{3, 4}, 0, 0, 0}, HoldsLifted{}});
  world.open_circuit();
  refuse(world, HoldsLifted{{3}, 0, 0, 0});
  world.close_circuit().tell(HoldsLifted{{3}, 0, 0, 0});
  refuse(world, HoldsLifted{{3}, 0, 0, 0});
}

TEST_CASE("a campaign's events need the campaign") {
  const World world;
  refuse(world, {CampaignUpdated{nobody, "x", {}, {}}, CampaignStarted{nobody, 1}, CampaignPaused{nobody, "x"},
                 CampaignResumed{nobody, 1}, CampaignSealed{nobody}, CampaignCompleted{nobody, 0, 0, 0},
                 CampaignFailed{nobody, "x", 0}, CampaignCancelled{nobody, "x", 0}, enqueued(1, nobody)});
}

TEST_CASE("a campaign is created once, started once, and moves only as the rules say") {
  World world;
  world.add(spring);
  refuse(world, {created(spring), CampaignPaused{spring, "x"}, CampaignResumed{spring, 1}});
  world.start(spring);
  refuse(world, {CampaignStarted{spring, 2}, CampaignResumed{spring, 2}});
  world.tell(CampaignPaused{spring, "x"});
  refuse(world, {CampaignPaused{spring, "x"}, CampaignStarted{spring, 2}, CampaignResumed{spring, 1}});
}

TEST_CASE("nothing starts or resumes while the circuit is open") {
  World world;
  world.add(spring).start(spring).tell(CampaignPaused{spring, "x"}).add(campaign_id(2)).open_circuit();
  refuse(world, {CampaignResumed{spring, 9}, CampaignStarted{campaign_id(2), 9}});
}

TEST_CASE("a campaign completes only sealed and with nothing left to end") {
  World world;
  world.add(spring).start(spring).enqueue(spring);
  refuse(world, CampaignCompleted{spring, 0, 0, 0});
  world.tell(CampaignSealed{spring});
  refuse(world, {CampaignCompleted{spring, 0, 0, 0}, enqueued(2, spring)});
  world.tell(JobCancelled{1, spring, "x"}).tell(CampaignCompleted{spring, 0, 0, 1});
}

TEST_CASE("a campaign that has ended changes nothing but its texts") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).lease(2).tell(CampaignFailed{spring, "x", 2});
  refuse(world, {CampaignStarted{spring, 9}, CampaignPaused{spring, "x"}, CampaignResumed{spring, 9},
                 CampaignSealed{spring}, CampaignCompleted{spring, 0, 0, 2}, CampaignFailed{spring, "x", 0},
                 CampaignCancelled{spring, "x", 0}, enqueued(3, spring), leased(1, spring), completed(2, spring),
                 JobCancelled{1, spring, "x"}, JobLeaseExpired{2, spring, "worker-1"}});
  world.tell(CampaignUpdated{spring, "summer", {}, {}});
  CHECK(world.campaigns[spring].name == "summer");
}

TEST_CASE("jobs are numbered densely") {
  World world;
  refuse(world, {enqueued(0), enqueued(2)});
  world.enqueue();
  refuse(world, {enqueued(1), enqueued(3)});
}

TEST_CASE("a job's events need the job, in its campaign") {
  World world;
  world.add(spring).start(spring).enqueue(spring);
  refuse(world, {leased(2), leased(1), leased(1, nobody), JobCancelled{1, {}, "x"}});
  world.lease(1);
}

TEST_CASE("a lease needs a waiting job; an end of a lease needs a leased one") {
  World world;
  world.enqueue();
  const std::vector<EventData> ends{completed(1),
                                    JobAttemptFailed{1, {}, 1, "x", ""},
                                    JobFailed{1, {}, 1, "x", ""},
                                    JobReturned{1, {}, "x", "", "apollo"},
                                    JobReleased{1, {}},
                                    JobLeaseExpired{1, {}, "w"}};
  for (const EventData& end : ends) refuse(world, end);
  world.lease(1);
  refuse(world, leased(1));
  for (const EventData& end : ends) {
    World copy = world;
    copy.tell(end);
    for (const EventData& again : ends) refuse(copy, again);
  }
  world.tell(completed(1));
  refuse(world, {leased(1), JobCancelled{1, {}, "x"}});
}

TEST_CASE("no job is leased between an opening and its close, nor under a hold") {
  World world;
  world.add(spring).start(spring).enqueue().enqueue(spring).tell(opened(1));
  refuse(world, {leased(1), leased(2, spring)});  // even before the queue's pause
  world.tell(QueuePaused{1, 2}).tell(circuit_hold(2));
  refuse(world, {leased(1), leased(2, spring)});
  world.tell(closed(1));
  refuse(world, leased(1));  // the queue has not resumed yet
  world.tell(QueueResumed{1, 1});
  refuse(world, leased(2, spring));
  world.lease(1).tell(HoldsLifted{{2}, 1, 0, 1}).lease(2);
}

TEST_CASE("no job is leased of a campaign that is not running") {
  World world;
  world.add(spring).enqueue(spring);
  refuse(world, leased(1, spring));
  world.start(spring).tell(CampaignPaused{spring, "lunch"});
  refuse(world, leased(1, spring));
  world.tell(CampaignResumed{spring, 2}).lease(1);
}
