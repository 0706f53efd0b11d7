// Pausing: the circuit over the queue, holds over campaigns, and the ends of campaigns.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Ids = std::vector<JobId>;
using Types = std::vector<std::string>;

TEST_CASE("a paused queue accepts jobs but starts none") {
  QueueStory story;
  story.open();
  story.enqueue();
  const auto answer = story.get<LeaseAnswer>(QueueStory::lease_command(10));
  CHECK(answer.jobs.empty());
  CHECK(answer.paused);
  CHECK(answer.circuit.state == CircuitState::open);
  CHECK(answer.circuit.epoch == 1);
  CHECK(story.job(1).status == JobStatus::paused);
  story.close();
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("an opening holds jobs and campaigns with one append of three events") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(3, campaign);
  story.enqueue_many(2);
  story.lease(1);
  const BreakerEffect effect = story.open();
  CHECK(effect.jobs == 5);
  CHECK(effect.campaigns == 1);
  CHECK(story.last_events(3) == Types{"CircuitOpened", "QueuePaused", "HoldPlaced"});
  CHECK(story.campaign(campaign).status == CampaignStatus::paused);
  CHECK(story.campaign(campaign).status_message == "Paused: circuit breaker opened by apollo: 429");
  CHECK(story.counts().paused == 5);
}

TEST_CASE("a close serves jobs without a campaign; campaigns wait for the queue to be resumed") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue(campaign);
  story.enqueue();
  story.open();
  CHECK(story.refused(ResumeQueue{}) == ErrorCode::circuit_open);
  CHECK(story.close().jobs == 1);
  CHECK(story.lease_ids(10) == Ids{2});
  const HoldsAnswer resumed = story.resume_queue();
  CHECK(resumed.campaigns_resumed == 1);
  CHECK(resumed.campaigns_eligible == 1);
  CHECK(resumed.jobs_resumed == 1);
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("a resume of a queue without holds writes nothing") {
  QueueStory story;
  story.open();
  story.close();
  story.resume_queue();
  const Seq last = story.log.head().seq;
  CHECK(story.resume_queue().campaigns_resumed == 0);
  CHECK(story.log.head().seq == last);
}

TEST_CASE("a campaign that is started after the close runs, the held one waits") {
  QueueStory story;
  const CampaignId held = story.running();
  const CampaignId waits = story.create();
  story.enqueue(held);
  story.enqueue(waits);
  story.open();
  CHECK(refusal(story.try_change(waits, StartCampaign{})) == ErrorCode::circuit_open);
  story.close();
  story.change(waits, StartCampaign{});
  CHECK(story.lease_ids(10) == Ids{2});
  CHECK(refusal(story.try_change(held, ResumeCampaign{})) == ErrorCode::held);
}

TEST_CASE("a campaign paused by hand stays paused when the queue is resumed, and is told as skipped") {
  QueueStory story;
  const CampaignId by_hand = story.running();
  const CampaignId held = story.running();
  story.enqueue(by_hand);
  story.enqueue(held);
  story.change(by_hand, PauseCampaign{"lunch"});
  story.open();
  story.close();
  const HoldsAnswer resumed = story.resume_queue();
  CHECK(resumed.campaigns_resumed == 1);
  CHECK(resumed.campaigns_skipped == 1);
  CHECK(resumed.campaigns_eligible == 2);
  CHECK(story.lease_ids(10) == Ids{2});
  story.change(by_hand, ResumeCampaign{});
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("holds of two services overlap, and a campaign runs when the last one on it is lifted") {
  QueueStory story;
  const CampaignId old = story.running();
  story.enqueue(old);
  CHECK(story.hold("apollo").campaigns_paused == 1);
  const CampaignId young = story.running();
  story.enqueue(young);
  CHECK(story.hold("hermes").campaigns_paused == 1);
  CHECK(story.lease().empty());
  CHECK(story.lift("apollo").campaigns_resumed == 0);
  CHECK(story.lease().empty());
  CHECK(story.lift("hermes").campaigns_resumed == 2);
  CHECK(story.lease_ids(10).size() == 2);
}

TEST_CASE("the newest hold lifted first lets only the campaigns behind the older one run") {
  QueueStory story;
  const CampaignId old = story.running();
  story.enqueue(old);
  story.hold("apollo");
  const CampaignId young = story.running();
  story.enqueue(young);
  story.hold("hermes");
  const HoldsAnswer lifted = story.lift("hermes");
  CHECK(lifted.campaigns_resumed == 1);
  CHECK(lifted.campaigns_skipped == 1);
  CHECK(story.lease_ids(10) == Ids{2});
  CHECK(story.campaign(old).status_message == "Paused: campaigns held for apollo: slow");
}

TEST_CASE("a hold does not touch jobs without a campaign") {
  QueueStory story;
  story.enqueue(story.running());
  story.enqueue();
  story.hold("apollo");
  CHECK(story.lease_ids(10) == Ids{2});
}

TEST_CASE("no hold may be lifted while the circuit is open") {
  QueueStory story;
  story.enqueue(story.running());
  story.hold("hermes");
  story.open();
  CHECK(story.refused(ResumeCampaignsForService{"hermes"}) == ErrorCode::circuit_open);
  story.close();
  CHECK(story.lift("hermes").campaigns_resumed == 0);
  CHECK(story.lease().empty());
  CHECK(story.resume_queue().campaigns_resumed == 1);
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("a pause leaves leases alone: their work may end, and heartbeats are told to stop") {
  QueueStory story;
  story.enqueue_many(4);
  const auto jobs = story.lease(4);
  story.open();
  const HeartbeatAnswer beat = story.heartbeat(jobs[0]);
  CHECK(beat.stop);
  CHECK(beat.circuit.state == CircuitState::open);
  CHECK(beat.expires_at == story.now.wall + std::chrono::seconds{30});
  CHECK(story.complete(jobs[1]).status == JobStatus::completed);
  CHECK(story.fail(jobs[2]).status == JobStatus::paused);
  CHECK(story.release(jobs[3]).status == JobStatus::paused);
  story.close();
  CHECK(story.job(1).status == JobStatus::processing);
  CHECK_FALSE(story.heartbeat(jobs[0]).stop);
  CHECK(story.lease_ids(10) == Ids{3, 4});
}

TEST_CASE("a lease that is over during a pause is pending after it") {
  QueueStory story;
  story.enqueue();
  story.lease();
  story.open();
  story.wait(std::chrono::seconds{30});
  story.expire();
  CHECK(story.job(1).status == JobStatus::paused);
  story.close();
  CHECK(story.job(1).status == JobStatus::pending);
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("a worker under a held campaign is told to stop, one without a campaign is not") {
  QueueStory story;
  story.enqueue(story.running());
  story.enqueue();
  const auto jobs = story.lease(2);
  story.hold("apollo");
  CHECK(story.heartbeat(jobs[0]).stop);
  CHECK_FALSE(story.heartbeat(jobs[1]).stop);
}

TEST_CASE("a service failure opens the circuit and returns its job in one append, no attempt counted") {
  QueueStory story;
  story.enqueue();
  const BreakerEffect effect = story.report(story.lease_one());
  CHECK(std::get<JobView>(must(effect.report)).status == JobStatus::paused);
  CHECK(story.last_events(4) == Types{"CircuitOpened", "QueuePaused", "HoldPlaced", "JobReturned"});
  CHECK(story.job(1).row.attempts == 0);
  story.close();
  CHECK(story.lease_one().attempt == 1);
}

TEST_CASE("a report with a stale token opens the circuit and leaves the job alone") {
  QueueStory story;
  story.enqueue();
  const LeasedJob job = story.lease_one();
  story.complete(job);
  CHECK(refusal(story.report(job).report) == ErrorCode::stale_lease);
  CHECK(story.last_events(3) == Types{"CircuitOpened", "QueuePaused", "HoldPlaced"});
}

TEST_CASE("a report of an unknown job opens the circuit") {
  QueueStory story;
  CHECK(refusal(story.report(FailJob{99, "x", "429", "http", "apollo"}).report) == ErrorCode::not_found);
  CHECK(story.lease().empty());
  CHECK(must(read_breaker(*story.view())).state == CircuitState::open);
}

TEST_CASE("a second report while open is recorded and returns its job too") {
  QueueStory story;
  story.enqueue_many(2);
  const auto jobs = story.lease(2);
  story.report(jobs[0]);
  story.report(jobs[1]);
  CHECK(story.last_events(2) == Types{"FailureRecorded", "JobReturned"});
  story.close();
  CHECK(story.lease_ids(10) == Ids{1, 2});
}

TEST_CASE("a sealed campaign completes in one append with the end of its last job") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(3, campaign);
  story.change(campaign, SealCampaign{});
  CHECK(story.refused(EnqueueJob{QueueStory::job_of(campaign)}) == ErrorCode::sealed);
  story.cancel(2);
  const auto jobs = story.lease(5);
  REQUIRE(jobs.size() == 2);
  story.complete(jobs[0]);
  CHECK(story.campaign(campaign).status == CampaignStatus::running);
  story.lag();
  story.complete(jobs[1]);
  CHECK(story.waiting() == 1);
  story.commit(1);
  CHECK(story.last_events(2) == Types{"JobCompleted", "CampaignCompleted"});
  CHECK(story.campaign(campaign).status_message == "Completed: 2 jobs completed, 0 failed, 1 cancelled");
}

TEST_CASE("completion wins over a pause") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue(campaign);
  story.change(campaign, SealCampaign{});
  const LeasedJob job = story.lease_one();
  story.open();
  story.complete(job);
  CHECK(story.campaign(campaign).status == CampaignStatus::completed);
}

TEST_CASE("a campaign that is sealed with nothing left to end completes at once") {
  QueueStory story;
  const CampaignId campaign = story.running();
  CHECK(story.change(campaign, SealCampaign{}).status == CampaignStatus::completed);
  CHECK(story.last_events(2) == Types{"CampaignSealed", "CampaignCompleted"});
}

TEST_CASE("a cancelled campaign ends its jobs with one event; its leases are told to stop, then are stale") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(5, campaign);
  story.enqueue();
  const LeasedJob job = story.lease_one();
  CHECK(story.change(campaign, CancelCampaign{"enough"}).status == CampaignStatus::cancelled);
  CHECK(story.last_events(1) == Types{"CampaignCancelled"});
  CHECK(story.heartbeat(job).stop);
  const Error late = error_of(story.ask(CompleteJob{1, job.token, {}}));
  CHECK(late.code == ErrorCode::stale_lease);
  CHECK(late.job_status == "CANCELLED");
  CHECK(story.counts().cancelled == 5);
  CHECK(story.lease_ids(10) == Ids{6});
  const Seq last = story.log.head().seq;
  story.wait(std::chrono::seconds{31});
  story.expire();
  CHECK(story.last_events(1) == Types{"JobLeaseExpired"});  // of the job without a campaign alone
  CHECK(story.log.head().seq == last + 1);
  story.restart();
  CHECK(story.heartbeat(job).stop);
}

TEST_CASE("a job that its campaign's end has cancelled is shown with that end, also by who cancels it again") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(2, campaign);
  story.wait(std::chrono::seconds{3});
  story.change(campaign, CancelCampaign{"enough"});
  const Time end = story.job(1).row.finished_at;
  CHECK(end != no_time);
  story.wait(std::chrono::seconds{3});
  CHECK(story.cancel(1).row.finished_at == end);
  story.restart();
  CHECK(story.cancel(2).row.finished_at == end);
  CHECK(story.cancel(2).row.updated_at == end);
}

TEST_CASE("jobs of a campaign that was not started wait for its start") {
  QueueStory story;
  const CampaignId campaign = story.create();
  story.enqueue(campaign);
  CHECK(story.job(1).status == JobStatus::pending);
  CHECK(story.lease().empty());
  story.change(campaign, StartCampaign{});
  CHECK(story.lease_ids(10) == Ids{1});
}

TEST_CASE("a campaign's action on what is so already writes nothing") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.change(campaign, PauseCampaign{"lunch"});
  const Seq last = story.log.head().seq;
  CHECK(must(story.try_change(campaign, PauseCampaign{"lunch"})).events.empty());
  CHECK(story.log.head().seq == last);
  CHECK(refusal(story.try_change(campaign_id(99), StartCampaign{})) == ErrorCode::not_found);
}

TEST_CASE("a pause, its holds and its leases are the same after a restart") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(3, campaign);
  story.enqueue();
  const LeasedJob job = story.lease_one();
  story.open();
  story.restart();
  CHECK(story.lease(10).empty());
  CHECK(story.heartbeat(job).stop);
  story.close();
  story.restart();
  CHECK(story.lease_ids(10) == Ids{4});
  story.restart();
  CHECK(story.resume_queue().campaigns_resumed == 1);
  story.restart();
  CHECK(story.lease_ids(10) == Ids{2, 3});
}

TEST_CASE("campaigns paused by hand under a service's hold are told as skipped when it is lifted") {
  QueueStory story;
  const CampaignId by_hand = story.running();
  const CampaignId held = story.running();
  story.hold("apollo");
  story.change(by_hand, PauseCampaign{"lunch"});
  const CampaignId young = story.running();
  story.change(young, PauseCampaign{"lunch"});  // not under the hold
  const HoldsAnswer lifted = story.lift("apollo");
  CHECK(lifted.campaigns_resumed == 1);
  CHECK(lifted.campaigns_skipped == 1);
  CHECK(lifted.campaigns_eligible == 2);
  CHECK(story.campaign(held).status == CampaignStatus::running);
  CHECK(story.campaign(by_hand).status == CampaignStatus::paused);
}
