// Jobs that nobody starts in time, as the queue has them.

#include <breakerd/actors/log/recovery.hpp>
#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;
using Names = std::vector<std::string>;

namespace {

JobSpec expiring_in(std::chrono::milliseconds time, LaneId lane = {}) {
  JobSpec spec = QueueStory::job_of(lane);
  spec.expires_in_ms = static_cast<std::uint64_t>(time.count());
  return spec;
}

JobView enqueue_expiring(QueueStory& story, std::chrono::milliseconds time, LaneId lane = {}) {
  return story.get<JobView>(EnqueueJob{expiring_in(time, lane)});
}

JobStatus status_of(QueueStory& story, JobId id) { return story.job(id).status; }

/// What the tick does until nothing is left to do.
void settle(QueueStory& story) {
  for (Seq before = 0; before != story.log.head().seq;) {
    before = story.log.head().seq;
    story.expire_jobs();
    story.expire_jobs();
  }
}

}  // namespace

TEST_CASE("a job that nobody starts in time expires, and is leased no more") {
  QueueStory story;
  const JobView job = enqueue_expiring(story, 10s);
  CHECK(job.expires_at == story.now.wall + 10s);
  story.enqueue();
  story.wait(10s - 1ms);
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::pending);
  CHECK(story.core.next_wake(story.now) == story.now.steady + 1ms);
  story.wait(1ms);
  CHECK(story.core.may_have_overdue(story.now.steady));
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
  CHECK(story.last_events(1) == Names{"JobExpired"});
  CHECK(story.job(1).row.error_type == "expired");
  CHECK(story.job(1).expires_at == no_time);
  CHECK(story.counts().expired == 1);
  CHECK(story.lease_ids(2) == Ids{2});
  CHECK_FALSE(story.core.may_have_overdue(story.now.steady));
}

TEST_CASE("a job is not started behind its deadline, even before it is seen that this has come") {
  QueueStory story;
  enqueue_expiring(story, 1s);
  story.enqueue();
  story.wait(1s);
  CHECK(story.lease_ids(2) == Ids{2});
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
}

TEST_CASE("a job that a lease has passed over expires, though a hold came first") {
  QueueStory story;
  enqueue_expiring(story, 10s);
  story.wait(10s);
  CHECK(story.lease_ids(1).empty());
  story.get<JobHoldView>(PlaceJobHold{"mail", "", "x"});  // before anybody has seen that the job is over
  settle(story);
  CHECK(story.job(1).row.deadline.is_held);
  story.get<JobHoldView>(LiftJobHold{1, "x"});
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
}

TEST_CASE("a job that was started does not expire") {
  QueueStory story;
  enqueue_expiring(story, 1s);
  const LeasedJob job = story.lease_one();
  CHECK(job.job.row.deadline == Deadline{});
  story.wait(2s);
  settle(story);
  story.release(job);
  story.wait(10min);
  settle(story);
  CHECK(story.lease_ids(1) == Ids{1});
}

TEST_CASE("a job that waits for its time expires, too") {
  QueueStory story;
  JobSpec spec = expiring_in(10s);
  spec.delay_ms = 5'000;
  story.get<JobView>(EnqueueJob{spec});
  story.wait(10s);
  settle(story);
  story.make_due();
  CHECK(status_of(story, 1) == JobStatus::expired);
  CHECK(story.counts().scheduled == 0);
  JobSpec never = expiring_in(10s);
  never.run_at = story.now.wall + 10s;
  CHECK(story.refused(EnqueueJob{never}) == ErrorCode::invalid);
}

TEST_CASE("an outage ends no job, and a deadline is as far away behind it") {
  QueueStory story;
  enqueue_expiring(story, 10s);
  story.wait(4s);
  story.open();
  story.wait(24h);
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::paused);
  CHECK_FALSE(story.core.may_have_overdue(story.now.steady));
  story.close();
  story.resume_queue();
  CHECK(story.job(1).expires_at == story.now.wall + 6s);
  story.wait(6s - 1ms);
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::pending);
  story.wait(1ms);
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
}

TEST_CASE("a deadline that comes under a hold waits for its end, over a restart too") {
  const bool restart = GENERATE(false, true);
  QueueStory story;
  const CampaignId spring = story.running();
  enqueue_expiring(story, 10s, spring);
  story.wait(4s);
  story.hold("apollo");
  story.wait(1h);
  settle(story);
  CHECK(story.last_events(1) == Names{"DeadlinesMoved"});
  CHECK(story.job(1).row.deadline.is_held);
  if (restart) story.restart();
  const Seq quiet = story.log.head().seq;
  story.wait(1h);
  settle(story);
  CHECK(story.log.head().seq == quiet);  // while it is held, nothing is written
  story.lift("apollo");
  settle(story);
  CHECK(story.last_events(1) == Names{"DeadlinesMoved"});
  CHECK_FALSE(story.job(1).row.deadline.is_held);
  CHECK(story.job(1).expires_at == story.now.wall + 6s);
  if (restart) story.restart();
  story.wait(6s);
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
}

TEST_CASE("a job that was over its deadline before it was held is not leased when the hold has ended") {
  QueueStory story;
  const CampaignId spring = story.running();
  enqueue_expiring(story, 10s, spring);
  story.wait(15s);
  story.hold("apollo");
  settle(story);
  CHECK(story.job(1).row.deadline.is_held);
  story.wait(1h);
  story.lift("apollo");
  CHECK(story.lease_ids(1).empty());
  settle(story);
  CHECK(status_of(story, 1) == JobStatus::expired);
}

TEST_CASE("a deadline that is put aside while its hold is lifted is not forgotten") {
  QueueStory story;
  const CampaignId spring = story.running();
  enqueue_expiring(story, 10s, spring);
  story.change(spring, PauseCampaign{"lunch"});
  story.wait(1h);
  story.lag();
  story.expire_jobs();
  story.change(spring, ResumeCampaign{});
  story.expire_jobs();  // it is not on disk yet
  story.commit();
  settle(story);
  story.commit();
  CHECK(story.job(1).expires_at == story.now.wall + 10s);
}

TEST_CASE("a campaign completes when its last job expires") {
  QueueStory story;
  const CampaignId spring = story.running();
  enqueue_expiring(story, 1s, spring);
  story.change(spring, SealCampaign{});
  story.wait(1s);
  settle(story);
  CHECK(story.last_events(2) == Names{"JobExpired", "CampaignCompleted"});
  CHECK(story.campaign(spring).job_counts.expired == 1);
  SECTION("and runs again when that is retried") {
    CHECK(story.get<JobView>(RetryJob{1, "again"}).expires_at == story.now.wall + 1s);
    CHECK(story.campaign(spring).status == CampaignStatus::running);
    story.wait(1s);
    settle(story);
    CHECK(story.campaign(spring).status == CampaignStatus::completed);
  }
}

TEST_CASE("jobs of a campaign that has ended expire no more, and are forgotten when their time comes") {
  QueueStory story;
  const CampaignId spring = story.running();
  enqueue_expiring(story, 1s, spring);
  story.change(spring, CancelCampaign{"x"});
  story.wait(1s);
  settle(story);
  CHECK(story.last_events(1) == Names{"DeadlinesMoved"});
  CHECK(status_of(story, 1) == JobStatus::cancelled);
  CHECK_FALSE(story.job(1).row.deadline.exists());
}

TEST_CASE("many deadlines at once are taken in turns, over a restart, and no lease gets one of these jobs") {
  QueueStory story;
  const std::size_t count = 2'500;
  story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(count, expiring_in(1s))});
  story.enqueue();
  story.wait(1s);
  if (GENERATE(false, true)) story.restart();
  CHECK(story.lease_ids(10) == Ids{count + 1});
  settle(story);
  CHECK(story.counts().expired == count);
}

TEST_CASE("an expired job lets go of its unique key") {
  QueueStory story;
  JobSpec spec = expiring_in(1s);
  spec.unique_key = "ada";
  story.get<JobView>(EnqueueJob{spec});
  CHECK(story.refused(EnqueueJob{spec}) == ErrorCode::duplicate);
  story.wait(1s);
  settle(story);
  CHECK(story.get<JobView>(EnqueueJob{spec}).row.id == 2);
  CHECK(story.refused(RetryJob{1, "again"}) == ErrorCode::duplicate);
}

TEST_CASE("expired jobs are retried and discarded by a command of their own") {
  QueueStory story;
  story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(250, expiring_in(1s))});
  story.wait(1s);
  settle(story);
  StartJobCommand failed{JobCommandKind::retry, {}, {}, "again", 0};
  story.get<JobCommandRow>(failed);
  story.advance();
  CHECK(story.counts().expired == 250);
  StartJobCommand expired = failed;
  expired.filter.status = JobStatus::expired;
  story.get<JobCommandRow>(expired);
  story.advance();
  CHECK(story.counts().expired == 0);
  CHECK(story.counts().pending == 250);
  story.wait(1s);
  settle(story);
  expired.kind = JobCommandKind::discard;
  story.get<JobCommandRow>(expired);
  story.advance();
  CHECK(story.counts().cancelled == 250);
}

TEST_CASE("a wall clock that was set changes no deadline, once the log tells queue time") {
  QueueStory story;
  const auto set_wall_clock = [&](std::chrono::milliseconds by) {
    CHECK_FALSE(story.core.clock_was_set(story.now));
    story.now.wall += by;
    REQUIRE(story.core.clock_was_set(story.now));
    story.tell_queue_time();
    CHECK(story.last_events(1) == Names{"QueueTimeSet"});
    CHECK_FALSE(story.core.clock_was_set(story.now));
  };
  const auto by = GENERATE(-1h, 1h);
  SECTION("of a job that comes after it") {
    set_wall_clock(by);
    CHECK(enqueue_expiring(story, 10s).expires_at == story.now.wall + 10s);
    story.restart();
    CHECK(story.job(1).expires_at == story.now.wall + 10s);
  }
  SECTION("of a job that waits, also behind a start") {
    enqueue_expiring(story, 10s);
    story.wait(1s);
    set_wall_clock(by);
    story.restart();
    CHECK(story.job(1).expires_at == story.now.wall + 9s);
  }
  SECTION("of a job that is held then") {
    enqueue_expiring(story, 10s);
    story.wait(1s);
    story.get<JobHoldView>(PlaceJobHold{"mail", "", "x"});
    story.wait(20s);
    set_wall_clock(by);
    story.wait(20s);
    story.get<JobHoldView>(LiftJobHold{1, "x"});
    settle(story);
    CHECK(story.job(1).expires_at == story.now.wall + 9s);
    story.wait(9s);
    settle(story);
    CHECK(status_of(story, 1) == JobStatus::expired);
  }
  SECTION("of a job that a pause holds") {
    enqueue_expiring(story, 10s);
    story.wait(1s);
    story.open();
    story.now.wall += by;
    CHECK_FALSE(story.core.clock_was_set(story.now));  // queue time stands still, whatever the clock says
    story.wait(20s);
    story.close();
    story.get<HoldsAnswer>(ResumeQueue{});
    CHECK(story.job(1).expires_at == story.now.wall + 9s);
  }
}

TEST_CASE("a pause that recovery has written by a clock that was set counts from when it began") {
  QueueStory story;
  enqueue_expiring(story, 10s);
  story.wait(1s);
  const auto by = GENERATE(-1h, 1h);
  story.now.wall += by;
  must(record_storage_trouble(story.log, "the disk was full", {}, story.now.wall));
  story.restart();
  story.wait(5s);
  REQUIRE(story.core.clock_was_set(story.now));
  story.tell_queue_time();
  CHECK(story.last_events(1) == Names{"QueueTimeSet"});
  story.wait(20s);
  story.close();
  story.get<HoldsAnswer>(ResumeQueue{});
  CHECK(story.job(1).expires_at == story.now.wall + 9s);
  CHECK_FALSE(story.core.clock_was_set(story.now));
}

TEST_CASE("no time passes in a pause that is read again after the clock was set back") {
  QueueStory story;
  enqueue_expiring(story, 10s);
  story.wait(1s);
  story.open();
  story.wait(20s);
  story.now.wall -= 1h;
  story.restart();
  CHECK_FALSE(story.core.clock_was_set(story.now));
  story.close();
  story.get<HoldsAnswer>(ResumeQueue{});
  CHECK(story.job(1).expires_at == story.now.wall + 9s);
}

TEST_CASE("clocks that are read one after the other were not set") {
  QueueStory story;
  enqueue_expiring(story, 10s);
  story.now.wall += 90ms;
  CHECK_FALSE(story.core.clock_was_set(story.now));
}

TEST_CASE("many deadlines come in steps, each when the one before is in the log") {
  QueueStory story;
  std::vector<JobSpec> specs(600, expiring_in(1s));
  story.get<EnqueuedBatch>(EnqueueJobs{std::move(specs)});
  story.wait(1s);
  story.lag();
  story.expire_jobs();
  CHECK(story.counts().expired == 0);
  story.expire_jobs();
  CHECK_FALSE(story.core.may_have_overdue(story.now.steady));
  CHECK(story.core.next_wake(story.now) > story.now.steady);
  story.commit();
  CHECK(story.counts().expired == 250);
  story.expire_jobs();
  CHECK(story.core.next_wake(story.now) > story.now.steady);
  story.commit();
  CHECK(story.counts().expired == 500);
}
