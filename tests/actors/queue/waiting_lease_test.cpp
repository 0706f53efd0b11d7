// Leases that wait for jobs: what wakes them, in which order, and how a wait ends without one.

#include <set>

#include "tests/actors/core/core_story.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::uint32_t wait_ms = 20'000;

LeaseJobs waiting(std::string worker = "worker-1", std::vector<std::string> types = {}, std::uint32_t max = 1) {
  return {std::move(worker), max, 30'000, std::move(types), wait_ms};
}

class Answered final : public Completion {
 public:
  explicit Answered(PendingPtr pending) : pending_{std::move(pending)} {}
  void complete(std::vector<Op>&& ops) noexcept override { pending_->outcome = std::move(ops.front().outcome); }

 private:
  PendingPtr pending_;
};

class WaitStory : public CoreStory {
 public:
  using CoreStory::CoreStory;

  /// A lease that is known to wait.
  PendingPtr wait(LeaseJobs command = waiting()) {
    const std::size_t before = core->waiting_leases();
    PendingPtr lease = send(std::move(command));
    run();
    REQUIRE_FALSE(lease->there());
    REQUIRE(core->waiting_leases() == before + 1);
    return lease;
  }
  /// The same, whose client the core can be told of.
  struct OfClient {
    CommandBatchPtr batch;
    PendingPtr pending;
  };
  OfClient wait_for_client(LeaseJobs command = waiting()) {
    OfClient lease{nullptr, std::make_shared<Pending>()};
    lease.batch = std::make_shared<CommandBatch>(std::make_unique<Answered>(lease.pending));
    lease.batch->ops.push_back({std::move(command), "alice", Reply{}, 0});
    core->dispatch(lease.batch);
    run();
    return lease;
  }
  JobId enqueue_type(std::string type, CampaignId campaign = {}) {
    JobSpec spec = job_of(campaign);
    spec.job_type = std::move(type);
    return get<JobView>(EnqueueJob{std::move(spec)}).row.id;
  }
};

std::vector<JobId> jobs_of(const PendingPtr& lease) {
  std::vector<JobId> ids;
  for (const LeasedJob& job : lease->get<LeaseAnswer>().jobs) ids.push_back(job.job.row.id);
  return ids;
}

bool is_empty(const PendingPtr& lease) { return jobs_of(lease).empty(); }

}  // namespace

TEST_CASE("a lease that waits gets the next job, in the commit that has the job") {
  WaitStory story;
  const PendingPtr lease = story.wait();
  const std::size_t commits = story.log.commits.size();
  const JobId job = story.enqueue();
  CHECK(jobs_of(lease) == std::vector<JobId>{job});
  REQUIRE(story.log.commits.size() == commits + 1);
  CHECK(story.log.commits.back() == std::vector<std::string>{"JobEnqueued", "JobLeased"});
  CHECK(story.core->waiting_leases() == 0);
  const LeasedJob leased = lease->get<LeaseAnswer>().jobs.at(0);
  CHECK(story.get<JobView>(CompleteJob{job, leased.token, {}}).status == JobStatus::completed);
}

TEST_CASE("one job wakes one worker, and those who wait are served in order of arrival") {
  WaitStory story;
  std::vector<PendingPtr> leases;
  for (int i = 0; i < 3; ++i) leases.push_back(story.wait());
  story.enqueue();
  CHECK(leases[0]->there());
  CHECK_FALSE(leases[1]->there());
  must(story.ask(EnqueueJobs{{CoreStory::job_of(), CoreStory::job_of(), CoreStory::job_of()}}));
  CHECK(jobs_of(leases[1]) == std::vector<JobId>{2});
  CHECK(jobs_of(leases[2]) == std::vector<JobId>{3});
  CHECK(story.lease(5).size() == 1);
}

TEST_CASE("a lease that waits takes jobs of its types only, and as many as it asked for") {
  WaitStory story;
  const PendingPtr calls = story.wait(waiting("a", {"call"}));
  const PendingPtr mails = story.wait(waiting("b", {"mail", "fax"}, 2));
  story.enqueue_type("other");
  CHECK_FALSE(calls->there());
  CHECK_FALSE(mails->there());
  must(story.ask(EnqueueJobs{{CoreStory::job_of(), CoreStory::job_of(), CoreStory::job_of()}}));
  CHECK_FALSE(calls->there());
  CHECK(jobs_of(mails) == std::vector<JobId>{2, 3});
  CHECK(story.enqueue_type("call") == 5);
  CHECK(jobs_of(calls) == std::vector<JobId>{5});
}

TEST_CASE("a lease that finds a job does not wait") {
  WaitStory story;
  story.enqueue();
  const PendingPtr lease = story.send(waiting());
  story.run();
  CHECK(jobs_of(lease) == std::vector<JobId>{1});
  CHECK_FALSE(lease->get<LeaseAnswer>().waited);
}

TEST_CASE("a lease that waits holds no timer of its own, and its wait ends with an empty answer of then") {
  WaitStory story;
  std::vector<PendingPtr> leases;
  for (int i = 0; i < 100; ++i) leases.push_back(story.wait());
  const std::size_t commits = story.log.commits.size();
  CHECK(story.advance(milliseconds{wait_ms - 1}) <= 1);
  CHECK_FALSE(leases.front()->there());
  CHECK(story.advance(milliseconds{10}) <= 2);
  for (const PendingPtr& lease : leases) CHECK(is_empty(lease));
  CHECK(story.log.commits.size() == commits);
  CHECK(story.core->waiting_leases() == 0);
}

TEST_CASE("what comes back wakes a worker: released, returned, failed for now, expired") {
  WaitStory story;
  story.enqueue();
  const LeasedJob leased = story.lease(1, 1'000).at(0);
  const PendingPtr lease = story.wait();
  SECTION("released") { must(story.ask(ReleaseJob{1, leased.token})); }
  SECTION("to be tried again") { must(story.ask(FailJob{1, leased.token, "no", "x", {}, true, 0})); }
  SECTION("to be tried again after a delay") {
    must(story.ask(FailJob{1, leased.token, "no", "x", {}, true, 500}));
    story.advance(milliseconds{490});
    CHECK_FALSE(lease->there());
    story.advance(milliseconds{20});
  }
  SECTION("retried by somebody") {
    must(story.ask(FailJob{1, leased.token, "no", "x", {}, false, {}}));
    CHECK_FALSE(lease->there());
    must(story.ask(RetryJob{1, "fixed"}));
  }
  SECTION("expired") { story.advance(milliseconds{1'010}); }
  SECTION("returned by an opening, and the circuit is closed") {
    must(story.ask(FailJob{1, leased.token, "429", "http", "apollo"}));
    CHECK_FALSE(lease->there());
    story.close();
  }
  CHECK(jobs_of(lease) == std::vector<JobId>{1});
}

TEST_CASE("a campaign that starts or is resumed wakes workers, and so does a hold that is lifted") {
  WaitStory story;
  const CampaignId campaign = story.create().id;
  story.enqueue_type("mail", campaign);
  const PendingPtr lease = story.wait();
  SECTION("started") { story.change(campaign, StartCampaign{}); }
  SECTION("resumed") {
    const PendingPtr other = story.wait();
    story.change(campaign, StartCampaign{});
    const LeasedJob first = lease->get<LeaseAnswer>().jobs.at(0);
    story.change(campaign, PauseCampaign{"lunch"});
    must(story.ask(ReleaseJob{1, first.token}));
    CHECK_FALSE(other->there());
    story.change(campaign, ResumeCampaign{});
    CHECK(jobs_of(other) == std::vector<JobId>{1});
  }
  SECTION("held, and the queue is resumed") {
    const PendingPtr other = story.wait();
    story.change(campaign, StartCampaign{});
    const LeasedJob first = lease->get<LeaseAnswer>().jobs.at(0);
    must(story.ask(PauseCampaignsForService{"apollo", "slow"}));
    must(story.ask(ReleaseJob{1, first.token}));
    CHECK_FALSE(other->there());
    must(story.ask(ResumeQueue{}));
    CHECK(jobs_of(other) == std::vector<JobId>{1});
  }
  CHECK(jobs_of(lease) == std::vector<JobId>{1});
}

TEST_CASE("a pause looks like an empty queue, and the answer says who, since when and why") {
  WaitStory story;
  story.enqueue();
  story.open();
  const Time opened = story.wall();
  const PendingPtr first = story.wait();
  const PendingPtr second = story.wait();
  story.advance(milliseconds{wait_ms + 10});
  const auto answer = first->get<LeaseAnswer>();
  CHECK(answer.jobs.empty());
  CHECK(answer.paused);
  REQUIRE(answer.pause);
  CHECK(answer.pause->reason == "apollo: 429");
  CHECK(answer.pause->by == "alice");
  CHECK(answer.pause->since == opened);
  CHECK(is_empty(second));
  CHECK_FALSE(story.get<LeaseAnswer>(CoreStory::lease_command()).jobs.size() > 0);
  const PendingPtr third = story.wait();
  story.close();
  CHECK(jobs_of(third) == std::vector<JobId>{1});
  CHECK_FALSE(third->get<LeaseAnswer>().pause);
}

TEST_CASE("an opening that is on its way holds the jobs back, and they are offered again when it was none") {
  WaitStory story;
  OpeningTicket ticket{const_cast<Gate&>(story.core->gate())};
  const PendingPtr lease = story.wait();
  story.enqueue();
  CHECK_FALSE(lease->there());
  ticket.release();
  story.advance(milliseconds{50});
  CHECK(jobs_of(lease) == std::vector<JobId>{1});
}

TEST_CASE("a job that was there before the gate was held is offered when it is held no more") {
  WaitStory story;
  story.enqueue();
  OpeningTicket ticket{const_cast<Gate&>(story.core->gate())};
  const PendingPtr lease = story.wait();
  ticket.release();
  story.advance(milliseconds{50});
  CHECK(jobs_of(lease) == std::vector<JobId>{1});
}

TEST_CASE("a client that goes while it waits is forgotten, and its jobs are others'") {
  WaitStory story;
  const auto gone = story.wait_for_client();
  const PendingPtr other = story.wait(waiting("b"));
  SECTION("long before") {
    story.core->end_wait(gone.batch, 0);
    story.run();
    story.advance(milliseconds{10});
    CHECK(story.core->waiting_leases() == 1);
    story.enqueue();
  }
  SECTION("at the same moment") {
    gone.batch->client_ended = true;
    story.enqueue();
  }
  CHECK(is_empty(gone.pending));
  CHECK(jobs_of(other) == std::vector<JobId>{1});
}

TEST_CASE("the lease of a client that went before it was looked at does not wait") {
  WaitStory story;
  auto pending = std::make_shared<Pending>();
  auto batch = std::make_shared<CommandBatch>(std::make_unique<Answered>(pending));
  batch->ops.push_back({waiting(), "alice", Reply{}, 0});
  story.core->dispatch(batch);
  story.core->end_wait(batch, 0);
  story.run();
  CHECK(is_empty(pending));
  CHECK(story.core->waiting_leases() == 0);
}

TEST_CASE("over the maximum a lease that would wait is refused, and one that finds a job is not") {
  WaitStory story;
  for (std::size_t i = 0; i < waiting_leases_max; ++i) {
    (void)story.wait_for_client();
  }
  REQUIRE(story.core->waiting_leases() == waiting_leases_max);
  CHECK(story.refused(waiting()) == ErrorCode::unavailable);
  std::vector<JobSpec> specs(waiting_leases_max, CoreStory::job_of());
  must(story.ask(EnqueueJobs{specs}));
  CHECK(story.core->waiting_leases() == 0);
  CHECK(story.status().jobs.processing == waiting_leases_max);
  must(story.ask(EnqueueJob{CoreStory::job_of()}));
  const PendingPtr lease = story.send(waiting());
  story.run();
  CHECK(jobs_of(lease).size() == 1);
}

TEST_CASE("a write that fails does not lose those who wait") {
  WaitStory story;
  const PendingPtr first = story.wait();
  const PendingPtr second = story.wait();
  story.log.fail_next(1);
  const PendingPtr enqueued = story.send(EnqueueJob{CoreStory::job_of()});
  story.run();
  CHECK(enqueued->refused() == ErrorCode::outcome_unknown);
  CHECK(first->refused() == ErrorCode::outcome_unknown);  // its lease was in the write
  CHECK_FALSE(second->there());
  story.advance(milliseconds{200});
  CHECK_FALSE(second->there());
  story.enqueue();
  story.close();
  CHECK(jobs_of(second).size() == 1);
}

TEST_CASE("a wait that ends while storage is down is unavailable") {
  WaitStory story;
  const PendingPtr lease = story.wait();
  story.log.fail_next(1);
  story.log.fail_reopen(1'000);
  const PendingPtr failed = story.send(CreateCampaign{"spring", {}, {}});
  story.run();
  for (int i = 0; i < 30; ++i) story.advance(seconds{1});
  CHECK(lease->refused() == ErrorCode::unavailable);
  CHECK(story.core->waiting_leases() == 0);
  CHECK(failed->there());
}

TEST_CASE("a job that is on the disk only is found when it is durable") {
  WaitStory story;
  // Payloads take all the room there is for waiting jobs.
  std::vector<JobSpec> large;
  for (int i = 0; i < 30; ++i) {
    JobSpec spec = CoreStory::job_of();
    spec.job_type = "large";
    spec.payload = '"' + std::string(200'000, 'x') + '"';
    large.push_back(spec);
  }
  must(story.ask(EnqueueJobs{large}));
  SECTION("for who waits already") {
    const PendingPtr lease = story.wait(waiting("a", {"mail"}));
    story.enqueue();
    CHECK(jobs_of(lease).size() == 1);
  }
  SECTION("for who comes before it is durable") {
    const PendingPtr enqueued = story.send(EnqueueJob{CoreStory::job_of()});
    const PendingPtr lease = story.send(waiting("a", {"mail"}));
    story.run();
    CHECK(enqueued->there());
    CHECK(jobs_of(lease).size() == 1);
  }
}

TEST_CASE("at a stop those who wait are answered, and nobody waits any more") {
  WaitStory story;
  std::vector<WaitStory::OfClient> leases;
  for (int i = 0; i < 3'000; ++i) leases.push_back(story.wait_for_client());
  story.core->end_waits();
  story.run();
  story.advance(milliseconds{10});
  for (const auto& lease : leases) REQUIRE(is_empty(lease.pending));
  const PendingPtr late = story.send(waiting());
  story.run();
  CHECK(is_empty(late));
}

TEST_CASE("a queue that ends answers those who wait") {
  auto pending = std::make_shared<Pending>();
  {
    WaitStory story;
    pending = story.wait_for_client().pending;
  }
  CHECK(pending->refused() == ErrorCode::unavailable);
}

TEST_CASE("whoever waits gets every job once, whatever the order of turns") {
  std::mt19937 random{20'261'129};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    WaitStory story;
    std::vector<PendingPtr> leases;
    std::vector<PendingPtr> jobs;
    for (int i = 0; i < 12; ++i) {
      if (random() % 2 == 0)
        leases.push_back(story.send(waiting("w" + std::to_string(i))));
      else
        jobs.push_back(story.send(EnqueueJob{CoreStory::job_of()}));
      if (random() % 3 == 0) story.run_shuffled(random);
    }
    story.run_shuffled(random);
    std::set<JobId> owned;
    std::size_t answered = 0;
    for (const PendingPtr& lease : leases) {
      if (!lease->there()) continue;
      ++answered;
      for (const JobId job : jobs_of(lease)) CHECK(owned.insert(job).second);
    }
    CHECK(answered == std::min(leases.size(), jobs.size()));
    CHECK(owned.size() == answered);
    CHECK(story.core->waiting_leases() == leases.size() - answered);
  }
}
