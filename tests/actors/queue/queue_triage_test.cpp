// Plans for the jobs that wait, given with a close or with resume-queue, and the jobs that they park.

#include <breakerd/events/rules/validate.hpp>
#include "tests/actors/core/core_story.hpp"
#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;
using Names = std::vector<std::string>;

namespace {

PlanAction action(PlanVerb verb, std::string job_type = {}) {
  PlanAction made{verb};
  made.job_type = std::move(job_type);
  return made;
}

PlanAction older_than(PlanVerb verb, std::chrono::milliseconds age) {
  PlanAction made{verb};
  made.older_than_ms = static_cast<std::uint64_t>(age.count());
  return made;
}

HoldsAnswer resume_with(QueueStory& story, std::vector<PlanAction> actions) {
  return story.get<HoldsAnswer>(ResumeQueue{"after the outage", Plan{std::move(actions)}});
}

JobCommandRow command_of(const QueueStory& story, JobCommandId id) { return must(read_job_command(*story.view(), id)); }

Ids parked(const QueueStory& story) {
  Ids ids;
  for (const JobView& job : must(list_parked_jobs(*story.view(), {}, 1'000, "")).items) ids.push_back(job.row.id);
  return ids;
}

JobCommandRow about_parked(QueueStory& story, JobCommandKind kind, FailedJobs filter = {}) {
  StartJobCommand command;
  command.kind = kind;
  command.filter = std::move(filter);
  command.reason = "looked at";
  const auto row = story.get<JobCommandRow>(command);
  story.advance();
  return command_of(story, row.id);
}

}  // namespace

TEST_CASE("a plan begins in the commit of the close, and its steps come behind") {
  QueueStory story;
  story.enqueue();
  story.enqueue({}, "fax");
  story.enqueue({}, "report");
  story.open();
  BreakerChange change{CircuitClosed{1, "it is back"}, "alice", std::nullopt};
  change.plan = Plan{{action(PlanVerb::park, "mail"), action(PlanVerb::cancel, "fax")}};
  const BreakerEffect effect = story.apply(change);
  REQUIRE(effect.plan);
  CHECK(effect.plan->kind == JobCommandKind::plan);
  CHECK(effect.plan->reason == "it is back");
  CHECK(story.last_events(3) == Names{"CircuitClosed", "QueueResumed", "JobCommandStarted"});
  story.advance();
  CHECK(story.last_events(4) == Names{"JobCommandAdvanced", "JobParked", "JobCancelled", "JobCommandEnded"});
  const JobCommandRow row = command_of(story, effect.plan->id);
  CHECK(row.state == JobCommandState::done);
  CHECK(row.done == 2);
  CHECK(row.parked == 1);
  CHECK(story.job(1).status == JobStatus::paused);
  CHECK(story.job(1).pause_reason == "parked: by command 1");
  CHECK(story.job(2).status == JobStatus::cancelled);
  CHECK(story.lease_ids(10) == Ids{3});
}

TEST_CASE("no job that the plan keeps is leased before its steps have come to it") {
  QueueStory story;
  for (int i = 0; i < 3; ++i) story.enqueue();
  const JobId other = story.enqueue({}, "fax");
  resume_with(story, {action(PlanVerb::park, "mail")});
  SECTION("a lease that has jobs behind them gets those") {
    CHECK(story.lease_ids(10) == Ids{other});
    CHECK(parked(story) == Ids{1, 2, 3});
    CHECK(command_of(story, 1).parked == 3);
    CHECK(command_of(story, 1).next == 0);  // the steps have not begun
    story.advance();
    CHECK(command_of(story, 1).parked == 3);
    CHECK(command_of(story, 1).state == JobCommandState::done);
  }
  SECTION("a lease that meets no others gets none, and what it has parked is in the log") {
    CHECK(story.lease_ids(10, {"mail"}).empty());
    CHECK(parked(story) == Ids{1, 2, 3});
  }
  SECTION("also over a start") {
    story.restart();
    CHECK(story.lease_ids(10) == Ids{other});
  }
  SECTION("also when the commit of the lease fails") {
    story.lag();
    CHECK(story.lease_ids(10) == Ids{other});
    story.lose_the_disk();
    CHECK(parked(story).empty());
    CHECK(story.lease_ids(10) == Ids{other});
    story.commit();
    CHECK(parked(story) == Ids{1, 2, 3});
  }
}

TEST_CASE("a lease looks at a bounded number of jobs that the plan keeps") {
  QueueStory story;
  story.enqueue_many(limits::plan_jobs_per_lease_max + 10);
  const JobId last = story.enqueue();
  resume_with(story, {older_than(PlanVerb::cancel, 0ms)});
  CHECK(story.lease_ids(1).empty());
  CHECK(story.counts().cancelled == limits::plan_jobs_per_lease_max);
  CHECK(story.lease_ids(1).empty());
  CHECK(story.counts().cancelled == last);
}

TEST_CASE("a plan is about held jobs and about those that wait for a time, and not about those with a worker") {
  QueueStory story;
  const CampaignId campaign = story.create();  // not started
  const JobId of_campaign = story.enqueue(campaign);
  JobSpec later = QueueStory::job_of();
  later.delay_ms = 60'000;
  const JobId delayed = story.get<JobView>(EnqueueJob{later}).row.id;
  const JobId held = story.enqueue({}, "fax");
  story.get<JobHoldView>(PlaceJobHold{"fax", "", "slow", {}});
  const JobId leased_id = story.enqueue();
  const LeasedJob leased = story.lease_one();
  REQUIRE(leased.job.row.id == leased_id);
  resume_with(story, {action(PlanVerb::park)});
  const JobId newer = story.enqueue();
  story.advance();
  CHECK(parked(story) == Ids{of_campaign, delayed, held});
  SECTION("one that comes back is left alone, too") {
    story.release(leased);
    CHECK(story.lease_ids(10) == Ids{leased_id, newer});
  }
  SECTION("released ones wait as before") {
    about_parked(story, JobCommandKind::release_parked);
    CHECK(parked(story).empty());
    CHECK(story.counts().scheduled == 1);
    CHECK(story.lease_ids(10) == Ids{newer});
    story.wait(60s);
    story.make_due();
    CHECK(story.lease_ids(10) == Ids{delayed});
    story.get<JobHoldView>(LiftJobHold{1, "fast"});
    CHECK(story.lease_ids(10) == Ids{held});
    story.change(campaign, StartCampaign{});
    CHECK(story.lease_ids(10) == Ids{of_campaign});
  }
}

TEST_CASE("ages are those at the plan's commit") {
  QueueStory story;
  const JobId old = story.enqueue();
  story.wait(10s);
  const JobId young = story.enqueue();
  story.wait(1s);
  resume_with(story, {older_than(PlanVerb::cancel, 5s)});
  story.wait(1h);
  story.advance();
  CHECK(story.job(old).status == JobStatus::cancelled);
  CHECK(story.job(young).status == JobStatus::pending);
}

TEST_CASE("a newer plan takes the place of one that runs") {
  QueueStory story;
  story.enqueue_many(150);
  const auto first = resume_with(story, {action(PlanVerb::park)});
  story.advance_one_step();  // a hundred of them
  REQUIRE(parked(story).size() == 100);
  const auto second = resume_with(story, {action(PlanVerb::cancel)});
  CHECK(story.last_events(2) == Names{"JobCommandEnded", "JobCommandStarted"});
  CHECK(command_of(story, first.plan->id).state == JobCommandState::stopped);
  story.advance();
  CHECK(command_of(story, second.plan->id).done == 50);
  CHECK(parked(story).size() == 100);
  CHECK(story.counts().cancelled == 50);
}

TEST_CASE("a plan that is stopped keeps no job any more that it has not come to") {
  QueueStory story;
  story.enqueue_many(150);
  resume_with(story, {action(PlanVerb::park)});
  story.advance_one_step();
  story.get<JobCommandRow>(StopJobCommand{1});
  story.advance();
  CHECK(parked(story).size() == 100);
  CHECK(story.lease(100).size() == 50);
}

TEST_CASE("a plan goes on over a start, and while the circuit is open") {
  QueueStory story;
  story.enqueue_many(250);
  resume_with(story, {action(PlanVerb::park)});
  story.advance_one_step();
  story.open();
  story.restart();
  story.advance();
  CHECK(command_of(story, 1).state == JobCommandState::done);
  CHECK(parked(story).size() == 250);
}

TEST_CASE("parked jobs are released or cancelled by a filter, once each") {
  QueueStory story;
  for (const char* type : {"mail", "fax", "mail"}) story.enqueue({}, type);
  resume_with(story, {action(PlanVerb::park)});
  story.advance();
  FailedJobs mail;
  mail.job_type = "mail";
  CHECK(must(count_parked_jobs(*story.view(), mail)) == 2);
  CHECK(about_parked(story, JobCommandKind::cancel_parked, mail).done == 2);
  CHECK(story.counts().cancelled == 2);
  CHECK(about_parked(story, JobCommandKind::cancel_parked, mail).done == 0);
  FailedJobs by_id;
  by_id.ids = {1, 2, 3};
  CHECK(must(count_parked_jobs(*story.view(), by_id)) == 1);
  CHECK(about_parked(story, JobCommandKind::release_parked, by_id).done == 1);
  CHECK(story.lease_ids(10) == Ids{2});
}

TEST_CASE("a released job is left alone by the plan that has parked it") {
  QueueStory story;
  story.enqueue_many(150);
  resume_with(story, {action(PlanVerb::park)});
  story.advance_one_step();
  FailedJobs first;
  first.ids = {1};
  StartJobCommand release;
  release.kind = JobCommandKind::release_parked;
  release.filter = first;
  release.reason = "this one";
  story.get<JobCommandRow>(release);
  story.advance();
  CHECK(parked(story).size() == 149);
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("a parked job is cancelled as any other, and keeps its unique key until then") {
  QueueStory story;
  JobSpec one = QueueStory::job_of();
  one.unique_key = "k";
  const JobId id = story.get<JobView>(EnqueueJob{one}).row.id;
  resume_with(story, {action(PlanVerb::park)});
  story.advance();
  CHECK(story.refused(EnqueueJob{one}) == ErrorCode::duplicate);
  CHECK(story.cancel(id).status == JobStatus::cancelled);
  CHECK(parked(story).empty());
  CHECK(story.get<JobView>(EnqueueJob{one}).status == JobStatus::pending);
}

TEST_CASE("parked jobs of a campaign that was cancelled are not parked any more") {
  QueueStory story;
  const CampaignId campaign = story.running();
  const JobId id = story.enqueue(campaign);
  JobSpec brief = QueueStory::job_of(campaign);
  brief.expires_in_ms = 1'000;
  story.get<JobView>(EnqueueJob{brief});
  resume_with(story, {action(PlanVerb::park)});
  story.advance();
  REQUIRE(parked(story).size() == 2);
  story.change(campaign, CancelCampaign{"enough"});
  CHECK(parked(story).empty());
  CHECK(must(count_parked_jobs(*story.view(), {})) == 0);
  CHECK(about_parked(story, JobCommandKind::release_parked).done == 0);
  CHECK(story.job(id).status == JobStatus::cancelled);
  story.wait(10s);
  story.expire_jobs();  // its deadline goes with its campaign
  CHECK(story.counts().cancelled == 2);
}

TEST_CASE("a sealed campaign completes when its last parked job is cancelled by a lease that meets it") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue(campaign);
  story.change(campaign, SealCampaign{});
  resume_with(story, {action(PlanVerb::cancel)});
  CHECK(story.lease_ids(1).empty());
  CHECK(story.campaign(campaign).status == CampaignStatus::completed);
}

TEST_CASE("a plan needs a circuit that is closed, and a close one that is open") {
  QueueStory story;
  story.enqueue();
  CHECK(refusal(decide(BreakerState{}, CloseCircuit{"x", {}, Plan{}})) == ErrorCode::wrong_state);
  story.open();
  CHECK(story.refused(ResumeQueue{"x", Plan{}}) == ErrorCode::circuit_open);
}

TEST_CASE("a plan is started by nothing else") {
  StartJobCommand command;
  command.kind = JobCommandKind::plan;
  Command asked{command};
  const auto checked = validate(asked);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().fields.at(0).field == "kind");
}

TEST_CASE("a preview counts what the plan would do, and changes nothing") {
  QueueStory story;
  const CampaignId campaign = story.running();
  const JobId first = story.enqueue(campaign);
  story.wait(5s);
  story.enqueue(campaign, "fax");
  JobSpec later = QueueStory::job_of();
  later.delay_ms = 60'000;
  later.service = "apollo";
  story.get<JobView>(EnqueueJob{later});
  story.enqueue({}, "report");
  REQUIRE(story.lease_ids(1, {"report"}).size() == 1);
  const CampaignId gone = story.running();
  story.get<JobView>(EnqueueJob{[&] {
    JobSpec one = later;
    one.campaign = gone;
    return one;
  }()});
  story.change(gone, CancelCampaign{"enough"});
  const Seq before = story.log.head().seq;
  const Plan plan{{older_than(PlanVerb::cancel, 5s), action(PlanVerb::park, "fax")}};
  const PlanPreview preview = must(preview_plan(*story.view(), plan, story.now.wall));
  CHECK(preview.seq == before);
  CHECK(story.log.head().seq == before);
  CHECK(preview.cancel.jobs == 1);
  CHECK(preview.cancel.oldest_at == story.job(first).row.created_at);
  CHECK(preview.park.jobs == 1);
  CHECK(preview.park.by_type == std::map<std::string, std::uint64_t>{{"fax", 1}});
  CHECK(preview.park.by_campaign == std::map<CampaignId, std::uint64_t>{{campaign, 1}});
  CHECK(preview.release.jobs == 1);
  CHECK(preview.release.by_service == std::map<std::string, std::uint64_t>{{"apollo", 1}});
  CHECK(preview.release.by_campaign == std::map<CampaignId, std::uint64_t>{{CampaignId{}, 1}});
}

TEST_CASE("it is told why a job is parked, or about to be") {
  QueueStory story;
  const JobId id = story.enqueue();
  resume_with(story, {action(PlanVerb::park)});
  const auto why = [&] { return must(read_why(*story.view(), id, {story.now.wall})).conditions; };
  REQUIRE(why().size() == 1);
  CHECK(why()[0].kind == ConditionKind::parked);
  CHECK(why()[0].detail == "it is to be parked by command 1: after the outage");
  story.advance();
  REQUIRE(why().size() == 1);
  CHECK(why()[0].detail == "it was parked by command 1: after the outage");
  CHECK(why()[0].by == "alice");
  CHECK(why()[0].ends_by == "release");
}

TEST_CASE("the events of a step are in the name of who gave the plan, and have the step as their cause") {
  QueueStory story;
  const JobId id = story.enqueue();
  resume_with(story, {action(PlanVerb::cancel)});
  CHECK(story.lease_ids(1).empty());
  const auto end = must(read_event(*story.view(), story.job(id).row.last));
  const auto step = must(read_event(*story.view(), end.event.cause));
  CHECK(end.event.principal == "alice");
  CHECK(std::get<JobCancelled>(end.event.data).reason == "after the outage");
  CHECK(std::holds_alternative<JobCommandAdvanced>(step.event.data));
}

TEST_CASE("a lease that waits and meets jobs of a plan parks them, and waits on") {
  CoreStory story;
  story.enqueue();
  LeaseJobs command = QueueStory::lease_command();
  command.wait_ms = 60'000;
  story.open();
  story.get<CircuitAnswer>(CloseCircuit{"it is back", {}, Plan{{action(PlanVerb::park)}}});
  const PendingPtr lease = story.send(command);
  story.run();
  CHECK_FALSE(lease->there());
  CHECK(story.status().jobs.parked == 1);  // and no step of the plan has come
  CHECK(must(read_job_command(*must(story.log.view()), 1)).next == 0);
  SECTION("until one is released") {
    StartJobCommand release;
    release.kind = JobCommandKind::release_parked;
    story.get<JobCommandRow>(release);
    for (int i = 0; i < 10 && !lease->there(); ++i) story.advance(10ms);
    CHECK(lease->get<LeaseAnswer>().jobs.size() == 1);
  }
  SECTION("until its time is over") {
    story.advance(61s);
    CHECK(lease->get<LeaseAnswer>().jobs.empty());
  }
}
