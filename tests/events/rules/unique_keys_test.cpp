// Who holds a unique key, and what becomes of a job that asks for one that is held.

#include <breakerd/events/rules/unique_keys.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

EventData keyed(JobId id, Time until = no_time) {
  auto spec = *breakerd::test::spec();
  spec.unique_key = "ada";
  spec.unique_until = until;
  return JobEnqueued{id, std::make_shared<const JobSpec>(std::move(spec)), {}};
}

JobSpec asking(OnConflict on_conflict) {
  JobSpec spec;
  spec.unique_key = "ada";
  spec.on_conflict = on_conflict;
  return spec;
}

}  // namespace

TEST_CASE("a job that waits gives way to one that replaces it, and no other does") {
  World world;
  world.tell(keyed(1));
  CHECK(must(decide_conflict(world.about(1), asking(OnConflict::existing))) == KeyDecision::answer_holder);
  CHECK(must(decide_conflict(world.about(1), asking(OnConflict::replace))) == KeyDecision::cancel_holder);
  const Error refused = error_of(decide_conflict(world.about(1), asking(OnConflict::refuse)));
  CHECK(refused.code == ErrorCode::duplicate);
  CHECK(refused.job == 1);
  CHECK(refused.job_status == "PENDING");
  CHECK(refused.detail == "unique_key: \"ada\" is held by job 1, which is PENDING");
  world.lease(1);
  CHECK(error_of(decide_conflict(world.about(1), asking(OnConflict::replace))).job_status == "PROCESSING");
}

TEST_CASE("a job has its key from its enqueueing to its end, and not longer than it keeps it") {
  World world;
  world.tell(keyed(1));
  CHECK(world.key_holders.at("ada") == 1);
  world.lease(1).tell(completed(1));
  CHECK(world.key_holders.empty());
  CHECK_FALSE(world.jobs.at(1).due.exists());
  world.tell(keyed(2, at(1'000))).lease(2).tell(completed(2));
  CHECK(world.key_holders.at("ada") == 2);
  CHECK(world.jobs.at(2).due == Due{at(1'000), DueClock::wall});
  CHECK(world.the_queue.job_counts().scheduled == 0);
  world.tell(JobsDue{{2}});
  CHECK(world.key_holders.empty());
  CHECK(world.jobs.at(2).status == JobStatus::completed);
}

TEST_CASE("a cancelled job keeps no key, and one whose campaign was cancelled may lose it") {
  World world;
  world.tell(keyed(1, at(1'000))).tell(JobCancelled{1, {}, "x"});
  CHECK(world.key_holders.empty());
  JobRow row;
  LaneRow lane;
  CHECK(keeps_key(row, lane));
  row.campaign = campaign_id(1);
  lane.status = CampaignStatus::cancelled;
  CHECK_FALSE(keeps_key(row, lane));
  row.status = JobStatus::completed;
  CHECK(keeps_key(row, lane));
}
