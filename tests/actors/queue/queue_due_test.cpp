// Jobs that wait for their time: run_at, delays between attempts, and queue time.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;

namespace {

JobSpec job_at(Time run_at, int priority = 0) {
  JobSpec spec = QueueStory::job_of();
  spec.run_at = run_at;
  spec.priority = priority;
  return spec;
}

JobId enqueue_at(QueueStory& story, Time run_at) { return story.get<JobView>(EnqueueJob{job_at(run_at)}).row.id; }

JobSpec with_backoff(std::uint32_t delay_ms) {
  JobSpec spec = QueueStory::job_of();
  spec.backoff = std::make_shared<const Backoff>(Backoff{BackoffKind::fixed, Jitter::none, delay_ms});
  return spec;
}

Ids due_now(QueueStory& story) {
  story.make_due();
  return story.lease_ids(1'000);
}

}  // namespace

TEST_CASE("a job is leased at its time and not before") {
  QueueStory story;
  const JobView job = story.get<JobView>(EnqueueJob{job_at(story.now.wall + 10s)});
  CHECK(job.status == JobStatus::pending);
  CHECK(job.next_attempt_at == story.now.wall + 10s);
  CHECK(story.counts().pending == 1);
  CHECK(story.counts().scheduled == 1);
  story.wait(9s);
  CHECK(due_now(story).empty());
  story.wait(1s);
  CHECK(due_now(story) == Ids{1});
  CHECK(story.counts().scheduled == 0);
  CHECK(story.job(1).next_attempt_at == no_time);
}

TEST_CASE("a time that has come already is no time to wait for") {
  QueueStory story;
  enqueue_at(story, story.now.wall);
  CHECK(story.counts().scheduled == 0);
  CHECK(story.lease_ids(1) == Ids{1});
}

TEST_CASE("a delay is counted from when the job is enqueued, and the job shows the time") {
  QueueStory story;
  JobSpec spec = QueueStory::job_of();
  spec.delay_ms = 2'500;
  story.get<JobView>(EnqueueJob{spec});
  CHECK(story.job(1).spec->run_at == story.now.wall + 2'500ms);
  story.wait(2'499ms);
  CHECK(due_now(story).empty());
  story.wait(1ms);
  CHECK(due_now(story) == Ids{1});
}

TEST_CASE("jobs that are due are leased by priority and then by number, whatever their time was") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{job_at(story.now.wall + 3s)});
  story.get<JobView>(EnqueueJob{job_at(story.now.wall + 2s)});
  story.get<JobView>(EnqueueJob{job_at(story.now.wall + 1s, -1)});
  story.get<JobView>(EnqueueJob{job_at(no_time)});
  story.get<JobView>(EnqueueJob{job_at(no_time, 5)});
  story.wait(5s);
  CHECK(due_now(story) == Ids{5, 1, 2, 4, 3});
}

TEST_CASE("a job that has failed waits for its next attempt, and no other job does") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_backoff(4'000)});
  story.get<JobView>(EnqueueJob{with_backoff(0)});
  const auto leased = story.lease(2);
  const JobView first = story.fail(leased[0]);
  CHECK(first.next_attempt_at == story.now.wall + 4s);
  CHECK(story.fail(leased[1]).next_attempt_at == no_time);
  CHECK(story.lease_ids(2) == Ids{2});
  story.wait(4s);
  CHECK(due_now(story) == Ids{1});
  CHECK(story.job(1).row.attempts == 1);
}

TEST_CASE("a worker says when to try again, or that no attempt can help") {
  QueueStory story;
  story.enqueue_many(2);
  const auto leased = story.lease(2);
  FailJob later{1, leased[0].token, "slow down", "http", {}};
  later.retry_after_ms = 60'000;
  CHECK(story.get<JobView>(later).next_attempt_at == story.now.wall + 60s);
  FailJob never{2, leased[1].token, "no such address", "smtp", {}};
  never.retry = false;
  CHECK(story.get<JobView>(never).status == JobStatus::failed);
  CHECK(story.job(2).row.attempts == 1);
  CHECK(story.last_events(2) == std::vector<std::string>{"JobAttemptFailed", "JobFailed"});
}

TEST_CASE("a delay stands still while the queue is paused, and run_at does not") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_backoff(10'000)});
  story.fail(story.lease_one());
  enqueue_at(story, story.now.wall + 10s);
  story.wait(4s);
  story.open();
  CHECK(story.job(1).next_attempt_at == no_time);
  story.wait(1h);
  CHECK(due_now(story).empty());  // the circuit is OPEN
  CHECK(story.core.next_expiry() == std::nullopt);
  story.close();
  story.resume_queue();
  CHECK(due_now(story) == Ids{2});
  CHECK(story.job(1).next_attempt_at == story.now.wall + 6s);
  story.wait(5'999ms);
  CHECK(due_now(story).empty());
  story.wait(1ms);
  CHECK(due_now(story) == Ids{1});
}

TEST_CASE("who sets the wall clock moves run_at and no delay between attempts") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_backoff(10'000)});
  story.fail(story.lease_one());
  enqueue_at(story, story.now.wall + 10s);
  story.now.wall += 1h;
  CHECK(due_now(story) == Ids{2});
  story.now.wall -= 2h;
  story.wait(10s);
  CHECK(due_now(story) == Ids{1});
}

TEST_CASE("what waits goes on waiting over a restart") {
  QueueStory story;
  story.get<JobView>(EnqueueJob{with_backoff(10'000)});
  story.fail(story.lease_one());
  enqueue_at(story, story.now.wall + 20s);
  story.wait(5s);
  story.restart();
  CHECK(due_now(story).empty());
  story.wait(5s);
  CHECK(due_now(story) == Ids{1});
  story.wait(10s);
  CHECK(due_now(story) == Ids{2});
}

TEST_CASE("a queue that is not touched wakes up for the next time") {
  QueueStory story;
  CHECK_FALSE(story.core.next_wake(story.now));
  story.get<JobView>(EnqueueJob{with_backoff(300)});
  story.fail(story.lease_one());
  CHECK(story.core.next_wake(story.now) == story.now.steady + 300ms);
  enqueue_at(story, story.now.wall + 200ms);
  CHECK(story.core.next_wake(story.now) == story.now.steady + 200ms);
  story.wait(300ms);
  CHECK(due_now(story) == Ids{1, 2});
  enqueue_at(story, story.now.wall + 24h);
  CHECK(story.core.next_wake(story.now) == story.now.steady + 1s);  // the wall clock may be set
}

TEST_CASE("a scheduled job that is cancelled waits no more") {
  QueueStory story;
  enqueue_at(story, story.now.wall + 1s);
  CHECK(story.cancel(1).status == JobStatus::cancelled);
  CHECK(story.counts().scheduled == 0);
  story.wait(1s);
  CHECK(due_now(story).empty());
}

TEST_CASE("jobs of a campaign that has ended leave the order of times, and change no count") {
  QueueStory story;
  const CampaignId id = story.running();
  JobSpec spec = job_at(story.now.wall + 1s);
  spec.campaign = id;
  story.get<JobView>(EnqueueJob{spec});
  CHECK(story.campaign(id).job_counts.scheduled == 1);
  story.change(id, CancelCampaign{"enough"});
  CHECK(story.counts().cancelled == 1);
  CHECK(story.counts().scheduled == 0);
  story.wait(1s);
  CHECK(due_now(story).empty());
  CHECK(story.last_events(1) == std::vector<std::string>{"JobsDue"});
  CHECK(story.counts().cancelled == 1);
  CHECK_FALSE(story.core.next_wake(story.now));
}

TEST_CASE("a paused campaign's jobs become ready and are leased when it goes on") {
  QueueStory story;
  const CampaignId id = story.running();
  JobSpec spec = job_at(story.now.wall + 1s);
  spec.campaign = id;
  story.get<JobView>(EnqueueJob{spec});
  story.change(id, PauseCampaign{"lunch"});
  CHECK(story.counts().scheduled == 0);  // it reads PAUSED
  story.wait(1s);
  CHECK(due_now(story).empty());
  story.change(id, ResumeCampaign{});
  CHECK(story.lease_ids(1) == Ids{1});
}

TEST_CASE("more jobs than fit into memory become due in order, each once") {
  QueueStory story;
  const std::size_t count = 2 * DueJobs::jobs_max + 500;
  std::vector<JobSpec> specs;
  for (std::size_t i = 0; i < count; ++i) specs.push_back(job_at(story.now.wall + 1s + 1ms * ((i * 7) % count)));
  story.get<EnqueuedBatch>(EnqueueJobs{specs});
  CHECK(story.counts().scheduled == count);
  story.wait(1s + 1ms * (count / 2));
  Ids first;
  for (Ids some = due_now(story); !some.empty(); some = story.lease_ids(1'000))
    first.insert(first.end(), some.begin(), some.end());
  CHECK(first.size() == count / 2 + 1);
  story.restart();
  story.wait(1h);
  std::size_t rest = 0;
  story.make_due();
  for (Ids some = story.lease_ids(1'000); !some.empty(); some = story.lease_ids(1'000)) rest += some.size();
  CHECK(rest == count - first.size());
  CHECK(story.counts().scheduled == 0);
}

TEST_CASE("jobs that become due while their enqueue is not committed are found") {
  QueueStory story;
  story.lag();
  for (std::size_t i = 0; i < DueJobs::jobs_max + 10; ++i) enqueue_at(story, story.now.wall + 1s);
  story.wait(1s);
  Ids all;
  for (int step = 0; step < 3; ++step) {
    story.make_due();
    for (Ids some = story.lease_ids(1'000); !some.empty(); some = story.lease_ids(1'000))
      all.insert(all.end(), some.begin(), some.end());
    story.commit();
  }
  CHECK(all.size() == DueJobs::jobs_max + 10);
  CHECK(story.counts().processing == all.size());
}
