// How long runs of jobs take, and what the queue does with those that are late.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

JobSpec with_timeout(LaneId lane = {}, std::uint32_t timeout_ms = 60'000) {
  JobSpec spec = QueueStory::job_of(lane);
  spec.timeout_ms = timeout_ms;
  return spec;
}

/// Heartbeats as often as a worker sends them.
HeartbeatAnswer work_for(QueueStory& story, const LeasedJob& job, std::chrono::seconds time) {
  HeartbeatAnswer answer;
  for (std::chrono::seconds passed{0}; passed < time; passed += 10s) {
    story.wait(10s);
    answer = story.heartbeat(job);
  }
  return answer;
}

}  // namespace

TEST_CASE("from its timeout on a run is told to stop, and its lease ends as it would have ended") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  CHECK(job.job.row.timeout_ms == 60'000);
  const HeartbeatAnswer last = work_for(story, job, 50s);
  CHECK_FALSE(last.stop);
  story.wait(9'999ms);
  const HeartbeatAnswer before = story.heartbeat(job);
  CHECK_FALSE(before.stop);
  story.wait(1ms);
  const HeartbeatAnswer stopped = story.heartbeat(job);
  CHECK(stopped.stop);
  CHECK(stopped.expires_at == before.expires_at);
  story.wait(29'998ms);
  CHECK(story.heartbeat(job).stop);
  story.expire();
  CHECK(story.job(1).status == JobStatus::processing);
  story.wait(1ms);
  story.expire();
  const JobView failed = story.job(1);
  CHECK(failed.status == JobStatus::pending);
  CHECK(failed.row.attempts == 1);
  CHECK(failed.row.expiries == 0);
  CHECK(failed.row.error == "timeout: the run took longer than 60000 ms");
  CHECK(failed.row.error_type == "timeout");
  const LeasedJob again = story.lease_one();
  CHECK(again.attempt == 2);
  CHECK_FALSE(story.heartbeat(again).stop);  // the next run has its own time
}

TEST_CASE("the last attempt that takes too long ends the job") {
  QueueStory story;
  JobSpec spec = with_timeout();
  spec.max_attempts = 1;
  story.get<JobView>(EnqueueJob{spec});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 60s);
  story.wait(30s);
  story.expire();
  CHECK(story.job(1).status == JobStatus::failed);
  CHECK(story.job(1).row.error_type == "timeout");
}

TEST_CASE("a late run may be completed and may fail; given back it is a failed attempt") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 60s);
  SECTION("completed") { CHECK(story.complete(job).status == JobStatus::completed); }
  SECTION("failed") { CHECK(story.fail(job).row.error == "no mailbox"); }
  SECTION("given back") {
    const JobView back = story.release(job);
    CHECK(back.status == JobStatus::pending);
    CHECK(back.row.attempts == 1);
    CHECK(back.row.error_type == "timeout");
  }
}

TEST_CASE("a lease that ends before the timeout is an expiry, and given back in time it counts as nothing") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  story.release(story.lease_one());
  CHECK(story.job(1).row.attempts == 0);
  story.lease_one();
  story.wait(30s);
  story.expire();
  CHECK(story.job(1).row.expiries_counted == 1);
  CHECK(story.job(1).row.attempts == 0);
  CHECK(story.job(1).row.error.empty());
}

TEST_CASE("an outage takes nothing of the time of a run") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 50s);
  story.open();
  const HeartbeatAnswer paused = work_for(story, job, 30s);
  CHECK(paused.stop);
  SECTION("its lease ends meanwhile") {
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.attempts == 0);
    CHECK(story.job(1).row.expiries_counted == 0);
  }
  SECTION("it is given back meanwhile") { CHECK(story.release(job).row.attempts == 0); }
  SECTION("it goes on behind it, with its whole time") {
    story.close();
    CHECK_FALSE(work_for(story, job, 50s).stop);
    CHECK(work_for(story, job, 10s).stop);
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.error_type == "timeout");
  }
  SECTION("its worker is not heard of behind it") {
    story.close();
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.attempts == 0);
    CHECK(story.job(1).row.expiries == 1);
  }
}

TEST_CASE("the time of a run that an opening lets finish goes on, and the close gives it no more") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 40s);
  story.open(InFlight::finish);
  CHECK_FALSE(work_for(story, job, 10s).stop);
  if (GENERATE(true, false)) story.close();
  const HeartbeatAnswer before = story.heartbeat(job);
  CHECK_FALSE(before.stop);
  story.wait(10s);
  const HeartbeatAnswer late = story.heartbeat(job);
  CHECK(late.stop);
  CHECK(late.expires_at == before.expires_at);
  story.wait(20s);
  story.expire();
  CHECK(story.job(1).row.attempts == 1);
  CHECK(story.job(1).row.error_type == "timeout");
}

TEST_CASE("a late run that an opening lets finish is a failed attempt when it is given back") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  story.open(InFlight::finish);
  work_for(story, job, 60s);
  CHECK(story.release(job).row.attempts == 1);
}

TEST_CASE("a run that was told to stop and may finish after all has its whole time from then on") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 50s);
  story.open(InFlight::stop);
  CHECK(work_for(story, job, 30s).stop);
  story.open(InFlight::finish);
  CHECK_FALSE(work_for(story, job, 20s).stop);
  story.open(InFlight::finish);  // which says nothing new
  CHECK_FALSE(work_for(story, job, 30s).stop);
  CHECK(work_for(story, job, 10s).stop);
  story.open(InFlight::stop);  // from here on it is not late, but paused
  const HeartbeatAnswer paused = story.heartbeat(job);
  CHECK(paused.stop);
  CHECK(paused.expires_at == story.now.wall + 30s);
}

TEST_CASE("a lease that ends while its run may finish is an expiry that does not count") {
  QueueStory story;
  story.enqueue();
  story.lease_one();
  story.open(InFlight::finish);
  story.wait(30s);
  story.expire();
  CHECK(story.job(1).row.expiries == 1);
  CHECK(story.job(1).row.expiries_counted == 0);
  CHECK(story.lease().empty());
}

TEST_CASE("when the state is read again the time of a run goes on") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 40s);
  SECTION("it has begun before") {
    story.restart();
    CHECK_FALSE(work_for(story, job, 10s).stop);
    CHECK(work_for(story, job, 10s).stop);
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.error_type == "timeout");
  }
  SECTION("the process was away for long: nobody was heard of, and the expiry does not count") {
    story.wait(1h);
    story.restart();
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.attempts == 0);
    CHECK(story.job(1).row.expiries_counted == 0);
  }
  SECTION("the process was away for long, and the worker is there") {
    story.wait(1h);
    story.restart();
    CHECK(story.heartbeat(job).stop);
    story.wait(30s);
    story.expire();
    CHECK(story.job(1).row.attempts == 1);
  }
  SECTION("the wall clock was set back meanwhile") {
    story.now.wall -= 1h;
    story.restart();
    CHECK_FALSE(work_for(story, job, 10s).stop);
    CHECK(work_for(story, job, 10s).stop);
  }
}

namespace {

/// Whether a daemon that starts now tells the worker to stop so long after its start.
bool stops_after_start(QueueStory& story, const LeasedJob& job, std::chrono::milliseconds later) {
  LeaseTimes times;
  QueueCore core{story.log, times, machine_randomness()};
  Moment now = story.now;
  must(core.load(now));
  now.steady += later;
  now.wall += later;
  core.begin_turn(now, 1, 0);
  Op op{Heartbeat{job.job.row.id, job.token}, "alice", Reply{}, 0};
  Append append;
  core.decide(op, append, now);
  core.end_turn();
  return std::get<HeartbeatAnswer>(must(std::move(op.outcome))).stop;
}

}  // namespace

TEST_CASE("after a start the time of a run is counted by the wall clock, from its lease or the last end of a pause") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  work_for(story, job, 40s);
  SECTION("its lease") {
    CHECK_FALSE(stops_after_start(story, job, 19'999ms));
    CHECK(stops_after_start(story, job, 20s));
  }
  SECTION("a pause has ended since") {
    story.open();
    story.wait(10s);
    story.close();
    story.wait(1s);
    CHECK_FALSE(stops_after_start(story, job, 58'999ms));
    CHECK(stops_after_start(story, job, 59s));
  }
  SECTION("an opening lets runs finish that were told to stop") {
    story.open();
    story.wait(1h);
    story.open(InFlight::finish);
    story.wait(1s);
    CHECK_FALSE(stops_after_start(story, job, 58'999ms));
    CHECK(stops_after_start(story, job, 59s));
  }
  SECTION("an opening has let runs finish from the beginning") {
    story.open(InFlight::finish);
    CHECK_FALSE(stops_after_start(story, job, 19'999ms));
    CHECK(stops_after_start(story, job, 20s));
  }
  SECTION("the daemon was away for long") {
    story.wait(1h);
    CHECK(stops_after_start(story, job, 0s));
  }
  SECTION("the wall clock was set back meanwhile") {
    story.now.wall -= 1h;
    CHECK_FALSE(stops_after_start(story, job, 59'999ms));
    CHECK(stops_after_start(story, job, 60s));
  }
}

TEST_CASE("a heartbeat that waits is told when its run becomes late") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_timeout()});
  const LeasedJob job = story.lease_one();
  (void)story.core.take_interruption();
  story.get<HeartbeatAnswer>(Heartbeat{1, job.token, 10'000});
  story.core.note_late_runs(story.now);
  CHECK_FALSE(story.core.has_interruption());
  CHECK(story.core.next_wake(story.now).value() <= story.now.steady + 30s);
  work_for(story, job, 50s);
  story.get<HeartbeatAnswer>(Heartbeat{1, job.token, 10'000});
  (void)story.core.take_interruption();
  story.wait(10s);
  CHECK(story.core.next_wake(story.now).value() <= story.now.steady);
  story.core.note_late_runs(story.now);
  const Interruption late = story.core.take_interruption();
  REQUIRE(late.jobs.size() == 1);
  CHECK(late.jobs.front().job == 1);
  CHECK(story.core.next_wake(story.now).value() > story.now.steady);
}

TEST_CASE("jobs have the settings of their type that were there when they were enqueued") {
  QueueStory story;
  const auto shown = [&](JobId id) { return story.job(id).row; };
  JobSpec plain = QueueStory::job_of();
  plain.backoff = nullptr;
  story.get<JobView>(EnqueueJob{plain});
  const SetJobType set{"mail", {7, at_once(), 60'000, 4}, "slow"};
  CHECK(story.get<JobTypeRow>(set).settings == set.settings);
  const Seq before = story.log.head().seq;
  story.get<JobTypeRow>(SetJobType{"mail", set.settings, "again"});
  CHECK(story.log.head().seq == before);
  story.get<JobView>(EnqueueJob{plain});
  JobSpec own = plain;
  own.max_attempts = 2;
  own.timeout_ms = 5'000;
  story.get<EnqueuedBatch>(EnqueueJobs{{plain, own}});
  story.restart();
  story.get<JobView>(EnqueueJob{plain});
  story.get<JobTypeRow>(RemoveJobType{"mail", "fast"});
  CHECK(story.refused(RemoveJobType{"mail", "fast"}) == ErrorCode::not_found);
  story.get<JobView>(EnqueueJob{plain});
  for (const JobId id : {1, 6}) {
    CHECK(shown(id).max_attempts == 3);
    CHECK(shown(id).max_expiries == 10);
    CHECK(shown(id).timeout_ms == 0);
  }
  for (const JobId id : {2, 3, 5}) {
    CHECK(shown(id).max_attempts == 7);
    CHECK(shown(id).max_expiries == 4);
    CHECK(shown(id).timeout_ms == 60'000);
  }
  CHECK(shown(4).max_attempts == 2);
  CHECK(shown(4).max_expiries == 4);
  CHECK(shown(4).timeout_ms == 5'000);
}
