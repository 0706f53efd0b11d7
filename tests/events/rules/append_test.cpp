// What belongs to each type of event: what it needs, what stands behind it, and whom it stops.

#include <breakerd/events/rules/append.hpp>

#include <map>

#include "tests/support/sample_events.hpp"
#include "tests/support/whole.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);

/// "closed", "campaign", both or neither.
std::string needs(const EventData& event) {
  LaneRow lane;
  lane.version = 7;
  const Needs needs = needs_of(event, lane_wanted(event) ? &lane : nullptr);
  if (needs.campaign) CHECK(needs.campaign->version == 7);
  return std::string{needs.closed_circuit ? "closed" : ""} + (needs.campaign ? "campaign" : "");
}

/// "everywhere", "campaign" or nothing.
std::string stops(const EventData& event) {
  const Stops stops = stops_of(event);
  return std::string{stops.everywhere ? "everywhere" : ""} + (stops.campaign ? "campaign" : "");
}

}  // namespace

TEST_CASE("what each type of event needs where it is appended, and whom it stops") {
  struct Row {
    std::string needs, stops;
  };
  const std::map<std::string, Row, std::less<>> wanted{
      {"CircuitOpened", {"", ""}},
      {"FailureRecorded", {"", ""}},
      {"CircuitClosed", {"", ""}},
      {"QueuePaused", {"", ""}},
      {"QueueResumed", {"", ""}},
      {"HoldPlaced", {"", "everywhere"}},
      {"HoldsLifted", {"closed", ""}},
      {"CampaignCreated", {"campaign", ""}},
      {"CampaignUpdated", {"campaign", ""}},
      {"CampaignStarted", {"closedcampaign", ""}},
      {"CampaignPaused", {"campaign", "campaign"}},
      {"CampaignResumed", {"closedcampaign", ""}},
      {"CampaignSealed", {"campaign", ""}},
      {"CampaignCompleted", {"", ""}},
      {"CampaignFailed", {"campaign", "campaign"}},
      {"CampaignCancelled", {"campaign", "campaign"}},
      {"JobEnqueued", {"", ""}},
      {"JobLeased", {"closed", ""}},
      {"JobCompleted", {"", ""}},
      {"JobAttemptFailed", {"", ""}},
      {"JobFailed", {"", ""}},
      {"JobReturned", {"", ""}},
      {"JobReleased", {"", ""}},
      {"JobLeaseExpired", {"", ""}},
      {"JobCancelled", {"", ""}},
      {"OpeningReaffirmed", {"", ""}},
      {"JobsDue", {"", ""}},
      {"JobRetried", {"", ""}},
      {"CampaignReopened", {"campaign", ""}},
      {"JobCommandStarted", {"", ""}},
      {"JobCommandAdvanced", {"", ""}},
      {"JobCommandEnded", {"", ""}},
      {"JobHoldPlaced", {"", ""}},
      {"JobHoldLifted", {"", ""}},
      {"LeaseLimitSet", {"", ""}},
      {"LeaseLimitRemoved", {"", ""}},
      {"JobTypeSet", {"", ""}},
      {"JobTypeRemoved", {"", ""}},
      {"RequestAnswered", {"", ""}},
      {"JobExpired", {"", ""}},
      {"DeadlinesMoved", {"", ""}},
      {"QueueTimeSet", {"", ""}},
      {"ScheduleSet", {"", ""}},
      {"SchedulePaused", {"", ""}},
      {"ScheduleResumed", {"", ""}},
      {"ScheduleRemoved", {"", ""}},
      {"ScheduleRan", {"", ""}},
      {"ScheduleSkipped", {"", ""}},
      {"JobParked", {"", ""}},
      {"JobUnparked", {"", ""}},
      {"CanaryPassed", {"", ""}},
      {"RolloutEnded", {"", ""}},
  };
  REQUIRE(wanted.size() == std::variant_size_v<EventData>);
  for (const EventData& event : sample_events()) {
    INFO(type_name(event));
    const Row& row = wanted.find(type_name(event))->second;
    CHECK(needs(event) == row.needs);
    CHECK(stops(event) == row.stops);
  }
}

TEST_CASE("an opening that stops runs stops them everywhere, and so does a later word that they stop") {
  CHECK(stops(CircuitOpened{}) == "everywhere");
  CHECK(stops(OpeningReaffirmed{}) == "everywhere");
  CHECK(stops(HoldPlaced{1, HoldKind::circuit, "", "", 0}).empty());  // its opening says so
}

TEST_CASE("an event of a campaign needs the campaign as it was") {
  LaneRow lane;
  lane.version = 3;
  CHECK(needs_of(CampaignPaused{spring, "lunch"}, &lane).campaign == CampaignAt{spring, 3});
  CHECK(needs_of(CampaignCreated{spring, "spring", "", ""}, nullptr).campaign == CampaignAt{spring, 0});
}

TEST_CASE("the last end of a job completes its campaign when that is sealed, and no other end does") {
  const EventData end = GENERATE(values<EventData>({completed(1, spring), JobFailed{1, spring, 3, "it broke", "bug"},
                                                    JobCancelled{1, spring, "x"}, JobExpired{1, spring}}));
  INFO(type_name(end));
  LaneRow sealed;
  sealed.status = CampaignStatus::running;
  sealed.sealed = true;
  sealed.jobs = {0, 0, 1, 2, 3, 4};
  CHECK(lane_wanted(end) == spring);
  const auto behind = [&](const LaneRow& lane) { return whole(consequences_of(end, QueueState{}, &lane, "alice")); };
  const std::string nothing = whole(std::vector<EventData>{});
  CHECK(behind(sealed) == whole(std::vector<EventData>{CampaignCompleted{spring, 1, 2, 3, 4}}));
  LaneRow busy = sealed;
  busy.jobs[0] = 1;
  CHECK(behind(busy) == nothing);
  LaneRow open = sealed;
  open.sealed = false;
  CHECK(behind(open) == nothing);
  LaneRow ended = sealed;
  ended.status = CampaignStatus::completed;
  CHECK(behind(ended) == nothing);
}

TEST_CASE("jobs of no campaign want no lane, and end without a consequence") {
  CHECK_FALSE(lane_wanted(completed(1, {})));
  CHECK(consequences_of(completed(1, {}), QueueState{}, nullptr, "alice").empty());
}
