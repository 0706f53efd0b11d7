// Campaigns wake with their first lease, and know how fast their jobs end.

#include "tests/actors/core/core_story.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr std::uint32_t lease_ms = 600'000;
/// Between the end of a job and the moment at which its campaign has heard of it.
constexpr seconds told_after{1};

/// A core with a running campaign of ten jobs.
class PaceStory : public CoreStory {
 public:
  PaceStory() {
    campaign = create().id;
    change(campaign, StartCampaign{});
    for (int i = 0; i < 10; ++i) enqueue(campaign);
  }
  CampaignView shown() { return shown(campaign); }
  CampaignView shown(const CampaignId& id) {
    CampaignView view = must(read_campaign(*must(log.view()), id));
    view.pace = core->paces().of(view);
    return view;
  }
  bool is_awake() { return shown().pace.has_value(); }
  Pace pace() {
    const CampaignView view = shown();
    REQUIRE(view.pace);
    return *view.pace;
  }
  void pass(std::chrono::seconds time) {
    for (seconds passed{0}; passed < time; ++passed) advance(seconds{1});
  }
  /// Until nobody is awake.
  void let_rest() { pass(seconds{15}); }
  std::vector<LeasedJob> lease_jobs(std::uint32_t count) { return lease(count, lease_ms); }
  void complete(const LeasedJob& job) { must(ask(CompleteJob{job.job.row.id, job.token, {}})); }
  void release(const LeasedJob& job) { must(ask(ReleaseJob{job.job.row.id, job.token})); }

  CampaignId campaign;
};

}  // namespace

TEST_CASE("a campaign wakes with its first lease, and rests when it has none") {
  PaceStory story;
  story.let_rest();
  REQUIRE_FALSE(story.is_awake());
  const LeasedJob job = story.lease_jobs(1).at(0);
  CHECK(story.is_awake());
  story.pass(seconds{100});
  CHECK(story.is_awake());
  story.release(job);
  story.let_rest();
  CHECK_FALSE(story.is_awake());
}

TEST_CASE("a lease is answered before its campaign is awake") {
  PaceStory story;
  story.let_rest();
  const PendingPtr lease = story.send(CoreStory::lease_command(1));
  story.run_without(story.core->campaigns());
  CHECK(lease->there());
  CHECK_FALSE(story.is_awake());
  story.run();
  CHECK(story.is_awake());
}

TEST_CASE("a lease of a campaign that is awake since its first one tells the registry nothing") {
  PaceStory story;
  story.lease_jobs(1);
  const PendingPtr lease = story.send(CoreStory::lease_command(5));
  story.run_without(story.core->campaigns());
  CHECK(lease->there());
  CHECK(story.scheduler().jobs.empty());
}

TEST_CASE("the jobs without a campaign have an actor that wakes with their first lease") {
  PaceStory story;
  story.change(story.campaign, PauseCampaign{"so that the default lane is served"});
  story.enqueue();
  story.let_rest();
  CHECK_FALSE(story.core->paces().of(CampaignView{}));
  story.lease_jobs(1);
  CHECK(story.core->paces().of(CampaignView{}));
}

TEST_CASE("the end of the last minute's jobs says how long the others take") {
  PaceStory story;
  const auto jobs = story.lease_jobs(5);
  story.pass(seconds{100});
  CHECK(story.pace().jobs_per_minute == 0);
  CHECK(story.pace().eta_seconds == std::nullopt);
  story.complete(jobs[0]);
  must(story.ask(FailJob{jobs[1].job.row.id, jobs[1].token, "no mailbox", "smtp", {}}));  // it is tried again
  must(story.ask(CancelJob{jobs[2].job.row.id, "not needed"}));
  story.release(jobs[3]);
  story.advance(told_after);
  CHECK(story.pace().jobs_per_minute == 2);
  CHECK(story.pace().eta_seconds == 240);  // 8 jobs
  story.pass(seconds{60});
  CHECK(story.pace().jobs_per_minute == 0);
  CHECK(story.pace().eta_seconds == std::nullopt);
}

TEST_CASE("jobs that end by their leases count, too") {
  PaceStory story;
  const auto held = story.lease_jobs(1);
  JobSpec spec = CoreStory::job_of(story.campaign);
  spec.job_type = "poison";
  spec.max_expiries = 1;
  story.get<JobView>(EnqueueJob{spec});
  story.pass(seconds{100});
  for (int expiry = 0; expiry < 2; ++expiry) {
    REQUIRE(story.get<LeaseAnswer>(LeaseJobs{"worker-1", 1, 1'000, {"poison"}}).jobs.size() == 1);
    story.pass(seconds{3});
  }
  CHECK(story.shown().job_counts.failed == 1);
  CHECK(story.pace().jobs_per_minute == 1);
}

TEST_CASE("the end of a campaign that does not run is not told") {
  PaceStory story;
  const auto jobs = story.lease_jobs(2);
  story.complete(jobs[0]);
  story.advance(told_after);
  REQUIRE(story.pace().eta_seconds);
  const auto is_told = [&] { return story.pace().eta_seconds.has_value(); };
  story.change(story.campaign, PauseCampaign{"lunch"});
  CHECK_FALSE(is_told());
  story.change(story.campaign, ResumeCampaign{});
  CHECK(is_told());
  story.open();
  CHECK_FALSE(is_told());
  story.close();
  CHECK_FALSE(is_told());  // the hold stays
  must(story.ask(ResumeQueue{}));
  CHECK(is_told());
  story.change(story.campaign, CancelCampaign{"over"});
  CHECK_FALSE(is_told());
  CHECK(story.pace().jobs_per_minute > 0);
}

TEST_CASE("the answer to a command on a campaign shows its pace") {
  PaceStory story;
  const CampaignView fresh = story.create();
  REQUIRE(fresh.pace);
  CHECK(fresh.pace->jobs_per_minute == 0);
  story.complete(story.lease_jobs(1).at(0));
  story.advance(told_after);
  const CampaignView changed = story.change(story.campaign, SealCampaign{});
  REQUIRE(changed.pace);
  CHECK(changed.pace->jobs_per_minute == story.pace().jobs_per_minute);
  CHECK(changed.pace->eta_seconds == story.pace().eta_seconds);
}

TEST_CASE("many jobs of one step are one message for each campaign") {
  PaceStory story;
  const CampaignId other = story.create().id;
  story.change(other, StartCampaign{});
  for (int i = 0; i < 10; ++i) story.enqueue(other);
  const auto jobs = story.lease_jobs(20);
  REQUIRE(jobs.size() == 20);
  for (const LeasedJob& job : jobs) {
    const PendingPtr done = story.send(CompleteJob{job.job.row.id, job.token, {}});
    story.run_without(story.core->campaigns());
    CHECK(done->there());
    CHECK(story.scheduler().jobs.empty());  // nothing for the registry
  }
  story.advance(told_after);
  CHECK(story.pace().jobs_per_minute == story.shown(other).pace.value().jobs_per_minute);
  CHECK(story.pace().jobs_per_minute == 300);  // 10 in the 2 steps since it woke
}

TEST_CASE("a job that ends shortly before its campaign would rest is counted") {
  for (milliseconds offset{0}; offset < seconds{5}; offset += milliseconds{100}) {
    CAPTURE(offset.count());
    PaceStory story;
    const LeasedJob job = story.lease_jobs(1).at(0);
    story.pass(seconds{90});
    story.advance(offset);
    story.complete(job);
    story.advance(told_after);
    CHECK(story.pace().jobs_per_minute == 1);
    story.advance(seconds{3});
    CHECK(story.is_awake());
  }
}

TEST_CASE("a campaign that is leased from while it goes to rest is awake, whoever has his turn when") {
  std::mt19937 random{20'261'129};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    PaceStory story;
    story.advance(seconds{5});
    const bool lease_first = random() % 2 == 0;
    PendingPtr lease;
    if (lease_first) lease = story.send(CoreStory::lease_command(1, lease_ms));
    story.scheduler().advance_time(seconds{5});
    if (!lease_first) lease = story.send(CoreStory::lease_command(1, lease_ms));
    story.run_shuffled(random);
    REQUIRE(lease->there());
    CHECK(story.is_awake());
    story.pass(seconds{20});
    CHECK(story.is_awake());
  }
}

TEST_CASE("a job whose end could not be written is not counted") {
  PaceStory story;
  const LeasedJob job = story.lease_jobs(1).at(0);
  story.pass(seconds{90});
  story.log.fail_next(1);
  CHECK(story.refused(CompleteJob{job.job.row.id, job.token, {}}) == ErrorCode::outcome_unknown);
  story.log.fail_next(0);
  story.advance(milliseconds{100});
  story.advance(told_after);
  CHECK(story.shown().job_counts.completed == 0);
  CHECK(story.pace().jobs_per_minute == 0);
}

TEST_CASE("a campaign is told of its jobs also after the queue was read again") {
  PaceStory story;
  const auto jobs = story.lease_jobs(3);
  story.pass(seconds{90});
  caf::anon_send(story.core->writer(), Resync{1});  // as the queue does when its state is void
  story.run();
  story.complete(jobs[0]);
  story.advance(told_after);
  CHECK(story.pace().jobs_per_minute == 1);
  story.lease_jobs(1);
  CHECK(story.pace().jobs_per_minute == 1);
  story.pass(seconds{30});
  CHECK(story.is_awake());
}

TEST_CASE("a campaign that is asleep hears nothing of a cancelled job") {
  PaceStory story;
  story.let_rest();
  must(story.ask(CancelJob{1, "not needed"}));
  story.pass(seconds{2});
  CHECK_FALSE(story.is_awake());
}

TEST_CASE("a thousand campaigns at rest are nothing: no timer of theirs goes off") {
  PaceStory story;
  for (int i = 0; i < 1'000; ++i) story.change(story.create().id, StartCampaign{});
  story.let_rest();
  story.pass(request_timeout);  // timers of requests go off also when they were answered
  CoreStory without_campaigns;
  CHECK(story.advance(std::chrono::minutes{10}) == without_campaigns.advance(std::chrono::minutes{10}));
}
