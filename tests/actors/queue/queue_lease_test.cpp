// Leases: what they grant, how they end, and what a heartbeat says.

#include <algorithm>

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Ids = std::vector<JobId>;

TEST_CASE("jobs of a lane are leased in order of arrival, whatever their types") {
  QueueStory story;
  story.enqueue({}, "mail");
  story.enqueue({}, "post");
  story.enqueue({}, "mail");
  story.enqueue({}, "fax");
  CHECK(story.lease_ids(10) == Ids{1, 2, 3, 4});
  CHECK(story.lease_ids(10).empty());
}

TEST_CASE("a lease with job types takes these only, in order of arrival") {
  QueueStory story;
  for (const char* type : {"mail", "post", "fax", "post", "mail"}) story.enqueue({}, type);
  CHECK(story.lease_ids(10, {"post", "fax"}) == Ids{2, 3, 4});
  CHECK(story.lease_ids(10, {"pigeon"}).empty());
  CHECK(story.lease_ids(10) == Ids{1, 5});
}

TEST_CASE("a leased job is answered whole, with a token of its own") {
  QueueStory story;
  const CampaignId campaign = story.running();
  JobSpec spec = QueueStory::job_of(campaign);
  spec.name = "greet";
  spec.payload = R"({"to":"zoe"})";
  story.get<JobView>(EnqueueJob{spec});
  story.enqueue(campaign);
  const auto jobs = story.lease(2);
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].job.spec->name == "greet");
  CHECK(jobs[0].job.spec->payload == spec.payload);
  CHECK(jobs[0].job.row.campaign == campaign);
  CHECK(jobs[0].attempt == 1);
  CHECK(jobs[0].expires_at == story.now.wall + std::chrono::seconds{30});
  CHECK(jobs[0].token.size() == 32);
  CHECK(jobs[0].token != jobs[1].token);
  CHECK(story.job(1).status == JobStatus::processing);
}

TEST_CASE("a completed job keeps its result and its token is of no use again") {
  QueueStory story;
  story.enqueue();
  const LeasedJob job = story.lease_one();
  const JobView done = story.complete(job);
  CHECK(done.status == JobStatus::completed);
  CHECK(done.result == "2");
  CHECK(story.job(1).result == "2");
  CHECK(story.job(1).row.attempts == 1);
  const Error again = error_of(story.ask(CompleteJob{1, job.token, "3"}));
  CHECK(again.code == ErrorCode::stale_lease);
  CHECK(again.job_status == "COMPLETED");
}

TEST_CASE("a failing job waits again until its attempts are used up") {
  QueueStory story;
  story.enqueue();
  for (std::uint32_t attempt = 1; attempt <= 2; ++attempt) {
    const LeasedJob job = story.lease_one();
    CHECK(job.attempt == attempt);
    CHECK(story.fail(job).status == JobStatus::pending);
  }
  CHECK(story.fail(story.lease_one()).status == JobStatus::failed);
  CHECK(story.lease().empty());
  CHECK(story.job(1).row.attempts == 3);
  CHECK(story.job(1).row.error == "no mailbox");
}

TEST_CASE("a released job is the first to be leased again, with no attempt counted") {
  QueueStory story;
  story.enqueue_many(3);
  const auto jobs = story.lease(2);
  story.release(jobs[0]);
  CHECK(story.refused(ReleaseJob{1, jobs[0].token}) == ErrorCode::stale_lease);
  const auto again = story.lease(2);
  CHECK(QueueStory::ids(again) == Ids{1, 3});
  CHECK(again[0].attempt == 1);
  CHECK(again[0].token != jobs[0].token);
}

TEST_CASE("a lease that is over returns its job and counts an expiry but no attempt") {
  QueueStory story;
  story.enqueue();
  const LeasedJob job = story.lease_one();
  story.wait(std::chrono::milliseconds{29'999});
  story.expire();
  CHECK(story.job(1).status == JobStatus::processing);
  story.wait(std::chrono::milliseconds{1});
  story.expire();
  CHECK(story.job(1).status == JobStatus::pending);
  CHECK(story.job(1).row.expiries == 1);
  CHECK(story.refused(CompleteJob{1, job.token, {}}) == ErrorCode::stale_lease);
  CHECK(story.lease_one().attempt == 1);
}

TEST_CASE("a lease whose grant was durable late has its whole period from then on") {
  QueueStory story;
  story.enqueue();
  story.enqueue();
  story.lease_one();
  story.wait(std::chrono::seconds{29});  // the commit hangs
  story.late = {2, story.now.steady};
  const bool is_late = GENERATE(true, false);
  if (is_late) story.late.number = 1'000;
  story.wait(std::chrono::seconds{1});
  story.expire();
  CHECK(story.job(1).status == (is_late ? JobStatus::processing : JobStatus::pending));
  story.wait(std::chrono::milliseconds{28'999});
  story.expire();
  CHECK(story.job(1).status == (is_late ? JobStatus::processing : JobStatus::pending));
  story.wait(std::chrono::milliseconds{1});
  story.expire();
  CHECK(story.job(1).status == JobStatus::pending);
  CHECK(story.job(1).row.expiries == 1);
}

namespace {

/// The first job is leased, and its worker dies.
void kill_a_worker(QueueStory& story) {
  story.lease_one();
  story.wait(std::chrono::seconds{30});
  story.expire();
}

}  // namespace

TEST_CASE(
    "a job that kills every worker fails with the expiry beyond its bound, and its campaign goes on as with any") {
  QueueStory story;
  const CampaignId spring = story.running();
  story.enqueue(spring);
  story.change(spring, SealCampaign{});
  for (std::uint32_t i = 1; i <= 10; ++i) {
    kill_a_worker(story);
    CHECK(story.job(1).status == JobStatus::pending);
    CHECK(story.job(1).row.expiries_counted == i);
  }
  kill_a_worker(story);
  CHECK(story.last_events(2) == std::vector<std::string>{"JobFailed", "CampaignCompleted"});
  const JobView job = story.job(1);
  CHECK(job.status == JobStatus::failed);
  CHECK(job.row.error_type == "lease_expired");
  CHECK(job.row.error == "its lease expired 11 times, the last one of worker worker-1, and max_expiries is 10");
  CHECK(job.row.attempts == 0);
  CHECK(story.campaign(spring).status == CampaignStatus::completed);
  CHECK(story.campaign(spring).job_counts.failed == 1);
  CHECK(story.lease().empty());
  CHECK_FALSE(story.core.next_expiry());
}

TEST_CASE("an expiry while the circuit is open or the job is held does not count") {
  QueueStory story;
  const CampaignId spring = story.running();
  story.enqueue(spring);
  story.lease_one();
  story.open();
  story.wait(std::chrono::seconds{30});
  story.expire();
  CHECK(story.job(1).row.expiries == 1);
  story.close();
  story.resume_queue();
  story.lease_one();
  story.hold("hermes");
  story.wait(std::chrono::seconds{30});
  story.expire();
  story.lift("hermes");
  story.lease_one();
  story.change(spring, PauseCampaign{"lunch"});
  story.wait(std::chrono::seconds{30});
  story.expire();
  CHECK(story.job(1).row.expiries == 3);
  CHECK(story.job(1).row.expiries_counted == 0);
}

TEST_CASE("an expiry of a lease of before a restart counts only when its worker was heard of since") {
  QueueStory story;
  story.enqueue_many(2);
  const auto jobs = story.lease(2);
  story.restart();
  story.heartbeat(jobs[1]);
  story.wait(std::chrono::seconds{30});
  story.expire();
  CHECK(story.job(1).row.expiries == 1);
  CHECK(story.job(1).row.expiries_counted == 0);
  CHECK(story.job(2).row.expiries_counted == 1);
  kill_a_worker(story);  // a lease of this run
  CHECK(story.job(1).row.expiries_counted == 1);
}

TEST_CASE("leases end in order of their expiries and the next one is known") {
  QueueStory story;
  story.enqueue_many(3);
  CHECK_FALSE(story.core.next_expiry());
  const SteadyTime start = story.now.steady;
  story.lease(1, {}, 3'000);
  story.lease(1, {}, 1'000);
  story.lease(1, {}, 2'000);
  CHECK(story.core.next_expiry() == start + std::chrono::seconds{1});
  story.wait(std::chrono::seconds{2});
  story.expire();
  CHECK(story.core.next_expiry() == start + std::chrono::seconds{3});
  CHECK(story.counts().pending == 2);
}

TEST_CASE("more leases than one turn returns are all returned in the end") {
  QueueStory story;
  story.enqueue_many(2'500);
  for (int i = 0; i < 3; ++i) story.lease(1'000);
  CHECK(story.counts().processing == 2'500);
  story.wait(std::chrono::seconds{30});
  story.expire();
  CHECK(story.counts().pending == 2'500);
  CHECK_FALSE(story.core.next_expiry());
  Ids again;
  for (int i = 0; i < 3; ++i)
    for (const JobId id : story.lease_ids(1'000)) again.push_back(id);
  CHECK(again.size() == 2'500);
  CHECK(std::is_sorted(again.begin(), again.end()));
}

TEST_CASE("a heartbeat gives a full period again and writes no event") {
  QueueStory story;
  story.enqueue();
  const LeasedJob job = story.lease_one();
  const Seq last = story.log.head().seq;
  story.wait(std::chrono::seconds{20});
  const HeartbeatAnswer answer = story.heartbeat(job);
  CHECK_FALSE(answer.stop);
  CHECK(answer.expires_at == story.now.wall + std::chrono::seconds{30});
  CHECK(story.log.head().seq == last);
  story.wait(std::chrono::seconds{20});
  story.expire();
  CHECK(story.job(1).status == JobStatus::processing);
}

TEST_CASE("a heartbeat with a token that is not the living lease's is stale") {
  QueueStory story;
  story.enqueue();
  CHECK(story.refused(Heartbeat{1, "nonsense"}) == ErrorCode::stale_lease);
  const LeasedJob first = story.lease_one();
  story.release(first);
  story.lease_one();
  CHECK(story.refused(Heartbeat{1, first.token}) == ErrorCode::stale_lease);
  CHECK(story.refused(Heartbeat{7, first.token}) == ErrorCode::not_found);
}

TEST_CASE("a cancelled job under lease is told to stop and cannot be completed") {
  QueueStory story;
  story.enqueue();
  const LeasedJob job = story.lease_one();
  CHECK(story.cancel(1).status == JobStatus::cancelled);
  CHECK(story.heartbeat(job).stop);
  CHECK_FALSE(story.core.next_expiry());
  CHECK(story.refused(CompleteJob{1, job.token, {}}) == ErrorCode::stale_lease);
  CHECK(story.cancel(1).status == JobStatus::cancelled);  // already so
}

TEST_CASE("a job that was cancelled while it waited is not leased") {
  QueueStory story;
  story.enqueue_many(4);
  story.cancel(1);
  story.cancel(3);
  CHECK(story.lease_ids(10) == Ids{2, 4});
}

TEST_CASE("after a restart every lease gets a full period and its token still counts") {
  QueueStory story;
  story.enqueue_many(2);
  const LeasedJob job = story.lease_one();
  story.wait(std::chrono::seconds{29});
  story.restart();
  story.wait(std::chrono::seconds{29});
  story.expire();
  CHECK(story.job(1).status == JobStatus::processing);
  CHECK(story.complete(job).status == JobStatus::completed);
  CHECK(story.lease_ids(5) == Ids{2});
}

TEST_CASE("when a lease ends is known as long as there is one") {
  QueueStory story;
  story.enqueue_many(3);
  const auto ends = [&](JobId job) { return story.lease_times.find(job); };
  const auto in = [&](int seconds) { return story.now.wall + std::chrono::seconds{seconds}; };
  CHECK(!ends(1));
  const LeasedJob first = story.lease_one();
  const LeasedJob second = story.lease_one();
  CHECK(ends(1) == first.expires_at);
  CHECK(ends(1) == in(30));
  CHECK(!ends(3));
  story.wait(std::chrono::seconds{10});
  CHECK(ends(1) == in(20));
  must(story.ask(Heartbeat{1, first.token}));
  CHECK(ends(1) == in(30));
  CHECK(ends(2) == in(20));
  story.restart();
  CHECK(ends(1) == in(30));
  CHECK(ends(2) == in(30));
  story.complete(first);
  CHECK(!ends(1));
  story.wait(std::chrono::seconds{31});
  story.expire();
  CHECK(!ends(2));
}

TEST_CASE("who works is known from the lease to its end, and after a restart from the log") {
  QueueStory story;
  story.enqueue_many(3);
  const auto workers = [&] { return story.lease_times.workers("", 10).items; };
  CHECK(workers().empty());
  const LeasedJob first = story.lease_one();
  const Time granted = story.now.wall;
  story.wait(std::chrono::seconds{10});
  const LeasedJob second = story.lease_one();
  REQUIRE(workers().size() == 1);
  CHECK(workers()[0].name == "worker-1");
  CHECK(workers()[0].in_flight == 2);
  CHECK(workers()[0].since == granted);
  CHECK(workers()[0].heard_at == story.now.wall);
  story.wait(std::chrono::seconds{10});
  story.heartbeat(first);
  CHECK(workers()[0].heard_at == story.now.wall);
  story.restart();
  REQUIRE(workers().size() == 1);
  CHECK(workers()[0].in_flight == 2);
  CHECK(workers()[0].since == granted);
  CHECK(workers()[0].heard_at == granted + std::chrono::seconds{10});  // the last grant
  story.complete(first);
  CHECK(workers()[0].in_flight == 1);
  story.wait(std::chrono::seconds{31});
  story.expire();
  CHECK(workers().empty());
}

TEST_CASE("a job that is returned after a restart is leased before those behind it") {
  QueueStory story;
  story.enqueue_many(5);
  const LeasedJob job = story.lease_one();
  story.restart();
  story.release(job);
  CHECK(story.lease_ids(10) == Ids{1, 2, 3, 4, 5});
}

TEST_CASE("a job that is returned after a restart is leased even before its return is committed") {
  QueueStory story;
  story.enqueue_many(5);
  const LeasedJob job = story.lease_one();
  story.restart();
  story.lag();
  story.release(job);
  CHECK(story.lease_ids(10) == Ids{1, 2, 3, 4, 5});
  story.commit();
  CHECK(story.counts().processing == 5);
}

TEST_CASE("jobs that are cancelled after a restart do not upset the accounts of memory") {
  QueueStory story;
  story.enqueue_many(3);
  story.lease(3);
  story.restart();
  story.wait(std::chrono::seconds{30});
  story.expire();
  for (JobId id = 1; id <= 3; ++id) story.cancel(id);
  story.enqueue();
  CHECK(story.lease_ids(10) == Ids{4});
}

TEST_CASE("a batch is enqueued whole or not at all") {
  QueueStory story;
  const CampaignId sealed = story.create();
  story.enqueue(sealed);
  story.change(sealed, SealCampaign{});
  const Seq last = story.log.head().seq;
  const Error error = error_of(story.ask(EnqueueJobs{{QueueStory::job_of(), QueueStory::job_of(sealed)}}));
  CHECK(error.code == ErrorCode::sealed);
  CHECK(error.detail.starts_with("[1]"));
  CHECK(story.log.head().seq == last);
  CHECK(story.enqueue() == 2);
}

TEST_CASE("a batch may not bring more types into a lane than it may have waiting") {
  QueueStory story;
  std::vector<JobSpec> specs;
  for (std::size_t i = 0; i <= limits::lane_job_classes_max; ++i)
    specs.push_back(QueueStory::job_of({}, "type-" + std::to_string(i)));
  CHECK(story.refused(EnqueueJobs{specs}) == ErrorCode::limit);
  specs.pop_back();
  CHECK(story.get<EnqueuedBatch>(EnqueueJobs{specs}).count == limits::lane_job_classes_max);
  CHECK(story.refused(EnqueueJob{QueueStory::job_of({}, "one more")}) == ErrorCode::limit);
  story.lease(1);
  CHECK(story.enqueue({}, "one more") == limits::lane_job_classes_max + 1);
}

TEST_CASE("a lease grants no more jobs than their payloads have room for in one answer") {
  QueueStory story;
  JobSpec spec = QueueStory::job_of();
  spec.payload = '"' + std::string(200'000, 'x') + '"';
  for (int i = 0; i < 3; ++i) story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(10, spec)});
  const std::size_t most = limits::lease_payload_bytes_max / spec.payload.size() + 1;
  std::size_t granted = 0;
  for (auto jobs = story.lease(1'000); !jobs.empty(); jobs = story.lease(1'000)) {
    CHECK(jobs.size() <= most);
    CHECK((jobs.size() > 1 || granted + jobs.size() == 30));
    granted += jobs.size();
  }
  CHECK(granted == 30);
}
