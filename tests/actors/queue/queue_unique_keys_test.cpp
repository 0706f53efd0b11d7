// Unique keys: one job at most holds a key.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;
using Names = std::vector<std::string>;

namespace {

JobSpec with_key(const std::string& key, OnConflict on_conflict = OnConflict::refuse,
                 std::chrono::milliseconds period = 0ms) {
  JobSpec spec = QueueStory::job_of();
  spec.unique_key = key;
  spec.on_conflict = on_conflict;
  spec.unique_for_ms = static_cast<std::uint64_t>(period.count());
  return spec;
}

JobView enqueue(QueueStory& story, JobSpec spec) { return story.get<JobView>(EnqueueJob{std::move(spec)}); }

/// The job in the way.
JobId duplicate_of(QueueStory& story, JobSpec spec) {
  const Error error = error_of(story.ask(EnqueueJob{std::move(spec)}));
  CHECK(error.code == ErrorCode::duplicate);
  return error.job;
}

JobId holder(QueueStory& story, const std::string& key) { return must(read_key_holder(*story.view(), key)); }

JobView fail_for_good(QueueStory& story, const LeasedJob& job) {
  FailJob report{job.job.row.id, job.token, "no mailbox", "smtp", {}};
  report.retry = false;
  return story.get<JobView>(report);
}

}  // namespace

TEST_CASE("a second job with a key is refused with the number of the one that holds it, until that has ended") {
  QueueStory story;
  CHECK(enqueue(story, with_key("ada")).row.unique_key == "ada");
  CHECK(duplicate_of(story, with_key("ada")) == 1);
  CHECK(enqueue(story, with_key("bob")).row.id == 2);
  const LeasedJob job = story.lease_one();
  CHECK(duplicate_of(story, with_key("ada")) == 1);
  SECTION("completed") { story.complete(job); }
  SECTION("failed") { fail_for_good(story, job); }
  SECTION("cancelled") { story.cancel(1); }
  CHECK(holder(story, "ada") == 0);
  CHECK(enqueue(story, with_key("ada")).row.id == 3);
  CHECK(holder(story, "ada") == 3);
}

TEST_CASE("the job that holds the key is the answer when that is asked for, whatever became of it") {
  QueueStory story;
  enqueue(story, with_key("ada", OnConflict::existing, 10s));
  const Seq last = story.log.head().seq;
  for (const JobStatus status : {JobStatus::pending, JobStatus::processing, JobStatus::completed}) {
    const JobView job = enqueue(story, with_key("ada", OnConflict::existing));
    CHECK(job.is_existing);
    CHECK(job.row.id == 1);
    CHECK(job.status == status);
    if (status == JobStatus::pending) story.complete(story.lease_one());
    if (status == JobStatus::pending) break;
  }
  CHECK(story.log.head().seq == last + 2);
  CHECK(enqueue(story, with_key("ada", OnConflict::existing)).status == JobStatus::completed);
  CHECK(story.counts().completed == 1);
  CHECK(story.counts().pending == 0);
}

TEST_CASE("a job that waits is cancelled for one that replaces it, in the same append") {
  QueueStory story;
  enqueue(story, with_key("ada"));
  const JobView job = enqueue(story, with_key("ada", OnConflict::replace));
  CHECK(job.row.id == 2);
  CHECK_FALSE(job.is_existing);
  CHECK(story.last_events(2) == Names{"JobCancelled", "JobEnqueued"});
  CHECK(story.job(1).status == JobStatus::cancelled);
  CHECK(holder(story, "ada") == 2);
  CHECK(story.lease_ids(10) == Ids{2});
  CHECK(duplicate_of(story, with_key("ada", OnConflict::replace)) == 2);  // it runs
}

TEST_CASE("a key is kept for a time although its job has ended, and until it has ended although the time is over") {
  QueueStory story;
  enqueue(story, with_key("ada", OnConflict::refuse, 10s));
  SECTION("the job ends before") {
    story.complete(story.lease_one());
    story.wait(9s);
    story.make_due();
    CHECK(duplicate_of(story, with_key("ada")) == 1);
    story.wait(1s);
    story.make_due();
    CHECK(story.last_events(1) == Names{"JobsDue"});
    CHECK(holder(story, "ada") == 0);
    CHECK(enqueue(story, with_key("ada")).row.id == 2);
  }
  SECTION("the job ends behind it") {
    story.wait(20s);
    story.make_due();
    CHECK(duplicate_of(story, with_key("ada")) == 1);
    story.complete(story.lease_one());
    CHECK(enqueue(story, with_key("ada")).row.id == 2);
  }
  SECTION("the job is cancelled") {
    story.cancel(1);
    CHECK(enqueue(story, with_key("ada")).row.id == 2);
  }
  SECTION("the daemon starts again in between") {
    story.complete(story.lease_one());
    story.restart();
    CHECK(duplicate_of(story, with_key("ada")) == 1);
    story.wait(10s);
    story.make_due();
    CHECK(enqueue(story, with_key("ada")).row.id == 2);
  }
}

TEST_CASE("a key that nobody has committed yet is held all the same") {
  QueueStory story;
  story.lag();
  enqueue(story, with_key("ada"));
  CHECK(duplicate_of(story, with_key("ada")) == 1);
  CHECK(enqueue(story, with_key("ada", OnConflict::existing)).row.id == 1);
  CHECK(enqueue(story, with_key("ada", OnConflict::replace)).row.id == 2);
  SECTION("and is when it is committed") { story.commit(); }
  SECTION("and is free when it was lost with the disk") {
    story.lose_the_disk();
    CHECK(holder(story, "ada") == 0);
    CHECK(enqueue(story, with_key("ada")).row.id == 1);
    return;
  }
  CHECK(holder(story, "ada") == 2);
  CHECK(duplicate_of(story, with_key("ada")) == 2);
}

TEST_CASE("a campaign that is cancelled lets go of the keys of its jobs") {
  QueueStory story;
  const CampaignId spring = story.running();
  JobSpec spec = with_key("ada");
  spec.campaign = spring;
  enqueue(story, spec);
  CHECK(duplicate_of(story, with_key("ada")) == 1);
  story.change(spring, CancelCampaign{"x"});
  CHECK(enqueue(story, with_key("ada")).row.id == 2);
  CHECK(holder(story, "ada") == 2);
}

TEST_CASE("a batch is refused whole for one key, or says of each job whether it is new") {
  QueueStory story;
  enqueue(story, with_key("ada"));
  SECTION("refused") {
    const Error error = error_of(story.ask(EnqueueJobs{{QueueStory::job_of(), with_key("bob"), with_key("ada")}}));
    CHECK(error.code == ErrorCode::duplicate);
    CHECK(error.job == 1);
    CHECK(error.detail.starts_with("[2]: unique_key: \"ada\" is held by job 1"));
    CHECK(story.counts().pending == 1);
    CHECK(holder(story, "bob") == 0);
  }
  SECTION("the same key twice") {
    const Error error = error_of(story.ask(EnqueueJobs{{with_key("bob"), with_key("bob")}}));
    CHECK(error.code == ErrorCode::duplicate);
    CHECK(error.fields.front().field == "[1].unique_key");
    CHECK(story.counts().pending == 1);
  }
  SECTION("taken") {
    const auto batch = story.get<EnqueuedBatch>(
        EnqueueJobs{{with_key("ada", OnConflict::existing), QueueStory::job_of(), with_key("bob"),
                     with_key("bob", OnConflict::existing), with_key("bob", OnConflict::replace)}});
    CHECK(batch.count == 3);
    CHECK(batch.first_id == 2);
    CHECK(batch.last_id == 4);
    Ids ids;
    std::vector<bool> created;
    for (const EnqueuedItem& item : batch.items) {
      ids.push_back(item.id);
      created.push_back(item.created);
    }
    CHECK(ids == Ids{1, 2, 3, 3, 4});
    CHECK(created == std::vector<bool>{false, true, true, false, true});
    CHECK(story.job(3).status == JobStatus::cancelled);
    CHECK(holder(story, "bob") == 4);
  }
  SECTION("nothing is new") {
    const auto batch = story.get<EnqueuedBatch>(EnqueueJobs{{with_key("ada", OnConflict::existing)}});
    CHECK(batch.count == 0);
    CHECK(batch.first_id == 0);
    CHECK(batch.items.size() == 1);
  }
}

TEST_CASE("a failed job is retried only while nobody else holds its key, and takes it again") {
  QueueStory story;
  enqueue(story, with_key("ada"));
  fail_for_good(story, story.lease_one());
  SECTION("the key is free") {
    story.get<JobView>(RetryJob{1, "x"});
    CHECK(duplicate_of(story, with_key("ada")) == 1);
  }
  SECTION("the key is held") {
    enqueue(story, with_key("ada"));
    const Error error = error_of(story.ask(RetryJob{1, "x"}));
    CHECK(error.code == ErrorCode::duplicate);
    CHECK(error.job == 2);
    story.get<JobView>(DiscardJob{1, "x"});
    CHECK(holder(story, "ada") == 2);
  }
  SECTION("a command passes over what cannot be retried") {
    enqueue(story, with_key("ada"));
    fail_for_good(story, story.lease_one());
    StartJobCommand command;
    command.reason = "x";
    story.get<JobCommandRow>(command);
    story.advance();
    const JobCommandRow row = must(read_job_command(*story.view(), 1));
    CHECK(row.state == JobCommandState::done);
    CHECK(row.done == 1);
    CHECK(row.skipped == 1);
    CHECK(story.job(1).status == JobStatus::pending);
    CHECK(story.job(2).status == JobStatus::failed);
  }
}

TEST_CASE("a failed job that keeps its key for a time is in the list of failed jobs until it is retried") {
  QueueStory story;
  enqueue(story, with_key("ada", OnConflict::refuse, 10s));
  fail_for_good(story, story.lease_one());
  CHECK(duplicate_of(story, with_key("ada")) == 1);
  story.wait(10s);
  story.make_due();
  CHECK(story.counts().failed == 1);
  story.get<JobView>(RetryJob{1, "x"});
  CHECK(story.counts().failed == 0);
  CHECK(story.lease_ids(1) == Ids{1});
}
