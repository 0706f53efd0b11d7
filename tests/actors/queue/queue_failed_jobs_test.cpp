// Failed jobs: retried and discarded, one by one and many by a command.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;

namespace {

/// Enqueues a job and lets it fail for good.
JobId failed_job(QueueStory& story, const LaneId& lane = {}, const std::string& type = "mail",
                 const std::string& error = "no mailbox") {
  const JobId id = story.enqueue(lane, type);
  const LeasedJob leased = story.lease(1, {type}).at(0);
  REQUIRE(leased.job.row.id == id);
  FailJob report{id, leased.token, error, "smtp", {}};
  report.retry = false;
  REQUIRE(story.get<JobView>(report).status == JobStatus::failed);
  return id;
}

JobCommandRow start(QueueStory& story, JobCommandKind kind, FailedJobs filter = {}) {
  StartJobCommand command;
  command.kind = kind;
  command.filter = std::move(filter);
  command.reason = "the provider is back";
  return story.get<JobCommandRow>(command);
}

JobCommandRow row_of(QueueStory& story, JobCommandId id) { return must(read_job_command(*story.view(), id)); }

CampaignId completed_campaign(QueueStory& story, JobId& failed) {
  const CampaignId id = story.running();
  failed = failed_job(story, id);
  story.change(id, SealCampaign{});
  REQUIRE(story.campaign(id).status == CampaignStatus::completed);
  return id;
}

}  // namespace

TEST_CASE("a failed job that is retried waits with all its attempts") {
  QueueStory story;
  const JobId id = failed_job(story);
  const JobView job = story.get<JobView>(RetryJob{id, "fixed"});
  CHECK(job.status == JobStatus::pending);
  CHECK(job.row.attempts == 0);
  CHECK(job.row.finished_at == no_time);
  CHECK(story.counts().failed == 0);
  CHECK(story.counts().pending == 1);
  CHECK(story.last_events(1) == std::vector<std::string>{"JobRetried"});
  CHECK(story.lease_ids(1) == Ids{id});
}

TEST_CASE("a failed job that is discarded is CANCELLED for good, and again changes nothing") {
  QueueStory story;
  const JobId id = failed_job(story);
  const JobView job = story.get<JobView>(DiscardJob{id, "too old"});
  CHECK(job.status == JobStatus::cancelled);
  CHECK(job.row.discarded);
  CHECK(story.counts().failed == 0);
  CHECK(story.counts().cancelled == 1);
  const Seq last = story.log.head().seq;
  CHECK(story.get<JobView>(DiscardJob{id, "too old"}).status == JobStatus::cancelled);
  CHECK(story.log.head().seq == last);
  CHECK(story.refused(RetryJob{id, "x"}) == ErrorCode::wrong_state);
}

TEST_CASE("only a failed job is retried or discarded") {
  QueueStory story;
  const JobId id = story.enqueue();
  CHECK(story.refused(RetryJob{id, "x"}) == ErrorCode::wrong_state);
  CHECK(story.refused(DiscardJob{id, "x"}) == ErrorCode::wrong_state);
  CHECK(story.refused(RetryJob{99, "x"}) == ErrorCode::not_found);
  CHECK(story.refused(DiscardJob{99, "x"}) == ErrorCode::not_found);
}

TEST_CASE("a completed campaign runs again when one of its jobs is retried, and completes with it") {
  QueueStory story;
  JobId id = 0;
  const CampaignId campaign = completed_campaign(story, id);
  story.get<JobView>(RetryJob{id, "fixed"});
  CHECK(story.last_events(2) == std::vector<std::string>{"CampaignReopened", "JobRetried"});
  CHECK(story.campaign(campaign).status == CampaignStatus::running);
  CHECK(story.campaign(campaign).row.finished_at == no_time);
  story.complete(story.lease_one());
  CHECK(story.campaign(campaign).status == CampaignStatus::completed);
  CHECK(story.counts().completed == 1);
}

TEST_CASE("a campaign that is reopened during an outage is held until resume-queue") {
  QueueStory story;
  JobId id = 0;
  const CampaignId campaign = completed_campaign(story, id);
  story.open();
  CHECK(story.get<JobView>(RetryJob{id, "fixed"}).status == JobStatus::paused);
  CHECK(story.lease_ids(1).empty());
  story.close();
  CHECK(story.campaign(campaign).status == CampaignStatus::paused);
  CHECK(story.lease_ids(1).empty());
  story.resume_queue();
  CHECK(story.lease_ids(1) == Ids{id});
}

TEST_CASE("a job of a campaign that has failed or was cancelled is not retried; it can be discarded") {
  QueueStory story;
  for (const bool fails : {true, false}) {
    const CampaignId campaign = story.running();
    const JobId id = failed_job(story, campaign);
    if (fails)
      story.change(campaign, FailCampaign{"bad"});
    else
      story.change(campaign, CancelCampaign{"enough"});
    CHECK(story.refused(RetryJob{id, "x"}) == ErrorCode::wrong_state);
    CHECK(story.get<JobView>(DiscardJob{id, "x"}).status == JobStatus::cancelled);
  }
  CHECK(story.counts().cancelled == 2);
}

TEST_CASE("a command retries all failed jobs in steps, and says how far it is") {
  QueueStory story;
  for (int i = 0; i < 250; ++i) failed_job(story);
  const JobId waiting = story.enqueue();
  const JobCommandRow started = start(story, JobCommandKind::retry);
  CHECK(started.id == 1);
  CHECK(started.state == JobCommandState::running);
  CHECK(started.last == waiting);
  story.advance_one_step();
  CHECK(row_of(story, 1).done == 100);
  CHECK(row_of(story, 1).next == 100);
  CHECK(story.counts().failed == 150);
  story.advance();
  const JobCommandRow row = row_of(story, 1);
  CHECK(row.state == JobCommandState::done);
  CHECK(row.done == 250);
  CHECK(row.skipped == 0);
  CHECK(row.finished_at != no_time);
  CHECK(story.counts().failed == 0);
  CHECK(story.counts().pending == 251);
  CHECK_FALSE(story.core.next_wake(story.now));
}

TEST_CASE("the events of a command's jobs have its step as their cause, and its principal") {
  QueueStory story;
  failed_job(story);
  start(story, JobCommandKind::discard);
  story.advance_one_step();
  const Seq last = story.log.head().seq;
  const auto event = must(read_event(*story.view(), last)).event;
  CHECK(type_name(event.data) == "JobCancelled");
  CHECK(event.principal == "alice");
  CHECK(event.cause == last - 1);
  CHECK(type_name(must(read_event(*story.view(), last - 1)).event.data) == "JobCommandAdvanced");
}

TEST_CASE("a command is about the jobs that its filter says") {
  QueueStory story;
  const CampaignId campaign = story.running();
  const JobId mail = failed_job(story);
  const JobId call = failed_job(story, {}, "call");
  const JobId of_campaign = failed_job(story, campaign);
  const JobId busy = failed_job(story, {}, "mail", "the line is busy");
  story.wait(10s);
  const JobId young = failed_job(story);
  const auto retried_by = [&](FailedJobs filter, std::optional<std::uint64_t> older_than_ms = {}) {
    StartJobCommand command;
    command.filter = std::move(filter);
    command.older_than_ms = older_than_ms;
    const JobCommandId id = story.get<JobCommandRow>(command).id;
    story.advance();
    CHECK(row_of(story, id).state == JobCommandState::done);
    Ids ids;
    for (const JobId job : {mail, call, of_campaign, busy, young})
      if (story.job(job).row.status == JobStatus::pending) ids.push_back(job);
    for (const JobId job : ids) {  // they fail again
      const auto leased = story.lease(1, {story.job(job).row.job_type});
      FailJob report{leased.at(0).job.row.id, leased.at(0).token, story.job(job).row.error, "smtp", {}};
      report.retry = false;
      story.get<JobView>(report);
    }
    return ids;
  };
  FailedJobs filter;
  filter.job_type = "call";
  CHECK(retried_by(filter) == Ids{call});
  filter = {};
  filter.campaign = campaign;
  CHECK(retried_by(filter) == Ids{of_campaign});
  filter = {};
  filter.error_contains = "busy";
  CHECK(retried_by(filter) == Ids{busy});
  filter = {};
  filter.ids = {young, mail, young, 999};
  CHECK(retried_by(filter) == Ids{mail, young});
  filter = {};
  filter.service = "apollo";
  CHECK(retried_by(filter).empty());
}

TEST_CASE("older_than_ms counts from the start of the command") {
  QueueStory story;
  const JobId old = failed_job(story);
  story.wait(10s);
  const JobId young = failed_job(story);
  StartJobCommand command;
  command.older_than_ms = 5'000;
  story.get<JobCommandRow>(command);
  story.advance();
  CHECK(story.job(old).status == JobStatus::pending);
  CHECK(story.job(young).status == JobStatus::failed);
}

TEST_CASE("jobs of campaigns that have failed are skipped and counted") {
  QueueStory story;
  const CampaignId campaign = story.running();
  failed_job(story, campaign);
  failed_job(story);
  story.change(campaign, FailCampaign{"bad"});
  start(story, JobCommandKind::retry);
  story.advance();
  CHECK(row_of(story, 1).done == 1);
  CHECK(row_of(story, 1).skipped == 1);
}

TEST_CASE("a command goes on after a restart, and does nothing twice") {
  QueueStory story;
  for (int i = 0; i < 250; ++i) failed_job(story);
  start(story, JobCommandKind::discard);
  story.advance_one_step();
  story.restart();
  story.advance();
  CHECK(row_of(story, 1).done == 250);
  CHECK(story.counts().cancelled == 250);
}

TEST_CASE("a step waits until the one before is in the log") {
  QueueStory story;
  for (int i = 0; i < 150; ++i) failed_job(story);
  story.lag();
  start(story, JobCommandKind::retry);
  story.advance_one_step();
  CHECK(story.core.next_wake(story.now) == story.now.steady + 5ms);
  story.commit();
  story.advance_one_step();
  story.advance_one_step();
  story.commit();
  CHECK(row_of(story, 1).done == 100);
}

TEST_CASE("a command that is stopped leaves the rest as it is") {
  QueueStory story;
  for (int i = 0; i < 150; ++i) failed_job(story);
  start(story, JobCommandKind::retry);
  story.advance_one_step();
  const JobCommandRow stopped = story.get<JobCommandRow>(StopJobCommand{1});
  CHECK(stopped.state == JobCommandState::stopped);
  CHECK(stopped.done == 100);
  story.advance();
  CHECK(story.counts().failed == 50);
  CHECK(story.get<JobCommandRow>(StopJobCommand{1}).state == JobCommandState::stopped);
  CHECK(story.refused(StopJobCommand{2}) == ErrorCode::not_found);
}

TEST_CASE("so many commands run at a time") {
  QueueStory story;
  failed_job(story);
  for (std::size_t i = 0; i < limits::job_commands_max; ++i) start(story, JobCommandKind::retry);
  CHECK(story.refused(StartJobCommand{}) == ErrorCode::limit);
  story.advance();
  CHECK(start(story, JobCommandKind::discard).id == limits::job_commands_max + 1);
  const auto newest = must(list_job_commands(*story.view(), 0, 2));
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].id == limits::job_commands_max + 1);
  CHECK(newest[1].id == limits::job_commands_max);
  CHECK(must(list_job_commands(*story.view(), 2, 100)).size() == 1);
}

TEST_CASE("failed jobs are counted and listed") {
  QueueStory story;
  for (int i = 0; i < 300; ++i) failed_job(story, {}, i % 2 == 0 ? "mail" : "call");
  story.enqueue_many(10);
  FailedJobs calls;
  calls.job_type = "call";
  CHECK(must(count_failed_jobs(*story.view(), {})) == 300);
  CHECK(must(count_failed_jobs(*story.view(), calls)) == 150);
  JobFilter filter;
  filter.status = JobStatus::failed;
  filter.job_type = "call";
  const auto page = must(list_jobs(*story.view(), filter, 100, {}));
  CHECK(page.items.size() == 100);
  CHECK(page.items.front().row.id == 2);
  CHECK(must(list_jobs(*story.view(), filter, 100, page.next)).items.size() == 50);
}
