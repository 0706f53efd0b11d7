// What each event makes of a job's row: the whole of it, so that nothing is forgotten and nothing else is touched.

#include <breakerd/events/model/limits.hpp>

#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);

/// A running campaign with a job of two attempts, leased for the first time by event 4.
struct Leased {
  World world;
  JobRow row;  ///< as it must be
  Seq leased_by = 0;

  Leased() {
    world.add(spring).start(spring);
    auto two_attempts = std::make_shared<JobSpec>(*spec(spring));
    two_attempts->max_attempts = 2;
    two_attempts->max_expiries = 1;
    world.tell(JobEnqueued{1, std::move(two_attempts)});
    row.id = 1;
    row.campaign = spring;
    row.enqueued = row.last = 3;
    row.job_type = "mail";
    row.max_attempts = 2;
    row.max_expiries = 1;
    row.created_at = row.updated_at = at(3);
    check();
    world.lease(1);
    row.started_at = at(4);
    lease(4);
    check();
  }

  void lease(std::int64_t seq) {
    row.status = JobStatus::processing;
    row.worker = "worker-1";
    row.token = leased(1).token;
    row.lease_ms = 30'000;
    leased_by = static_cast<Seq>(seq);
    mark_changed(seq);
  }
  void mark_changed(std::int64_t seq) {
    row.last = static_cast<Seq>(seq);
    row.updated_at = at(seq);
  }
  void wait_again(std::int64_t seq) {
    row.status = JobStatus::pending;
    row.token = {};
    mark_changed(seq);
  }
  void end(JobStatus status, std::int64_t seq) {
    row.status = status;
    row.finished_at = at(seq);
    row.finished = static_cast<Seq>(seq);
    mark_changed(seq);
  }
  void note_error(const std::string& error, const std::string& type) {
    row.error = error;
    row.error_type = type;
    row.failures.push_back({leased_by, row.last});
  }
  void check() {
    INFO("event " << row.last);
    const JobRow& made = world.jobs.at(1);
    CHECK(made.status == row.status);
    CHECK(made.last == row.last);
    CHECK(made.finished == row.finished);
    CHECK(made.updated_at == row.updated_at);
    CHECK(made.finished_at == row.finished_at);
    CHECK(made.token == row.token);
    CHECK(made.error == row.error);
    CHECK((made == row));
  }
};

}  // namespace

TEST_CASE("a released job waits again without its token") {
  Leased job;
  job.world.tell(JobReleased{1, spring});
  job.wait_again(5);
  job.check();
}

TEST_CASE("the first start of a job stays when it is leased again") {
  Leased job;
  job.world.tell(JobReleased{1, spring}).lease(1);
  job.lease(6);
  job.check();
}

TEST_CASE("a failed attempt is counted and its error kept; the last one ends the job") {
  Leased job;
  job.world.tell(JobAttemptFailed{1, spring, 1, "no mailbox", "smtp"});
  job.wait_again(5);
  job.row.attempts = 1;
  job.note_error("no mailbox", "smtp");
  job.check();
  job.world.lease(1);
  job.lease(6);
  job.check();
  job.world.tell(JobFailed{1, spring, 2, "still none", "dns"});
  job.end(JobStatus::failed, 7);
  job.row.token = {};
  job.row.attempts = 2;
  job.note_error("still none", "dns");
  job.check();
}

TEST_CASE("a job remembers its last five failures") {
  World world;
  auto many_attempts = std::make_shared<JobSpec>(*spec());
  many_attempts->max_attempts = 9;
  world.tell(JobEnqueued{1, std::move(many_attempts)});
  for (std::uint32_t attempt = 1; attempt <= 7; ++attempt)
    world.lease(1).tell(JobAttemptFailed{1, {}, attempt, "no mailbox", "smtp"});
  const std::vector<PastFailure>& failures = world.jobs.at(1).failures;
  REQUIRE(failures.size() == limits::job_errors_max);
  CHECK(failures.front() == PastFailure{6, 7});
  CHECK(failures.back() == PastFailure{14, 15});
}

TEST_CASE("a completed job has its attempt counted and its token forgotten") {
  Leased job;
  job.world.tell(completed(1, spring));
  job.end(JobStatus::completed, 5);
  job.row.token = {};
  job.row.attempts = 1;
  job.check();
}

TEST_CASE("a cancelled job keeps its token, so that its worker can be told") {
  Leased job;
  job.world.tell(JobCancelled{1, spring, "x"});
  job.end(JobStatus::cancelled, 5);
  job.check();
}

TEST_CASE("a job whose worker reported a failure waits again with that error") {
  Leased job;
  job.world.report(1);
  job.wait_again(8);
  job.note_error("429", "http");
  job.check();
}

TEST_CASE("an expiry is counted, and counted towards the bound when it says so; beyond it the job ends") {
  Leased job;
  job.world.tell(JobLeaseExpired{1, spring, "worker-1", false});
  job.wait_again(5);
  job.row.expiries = 1;
  job.check();
  job.world.lease(1).tell(JobLeaseExpired{1, spring, "worker-1", true});
  job.lease(6);
  job.wait_again(7);
  job.row.expiries = 2;
  job.row.expiries_counted = 1;
  job.check();
  job.world.lease(1).tell(JobFailed{1, spring, 0, "expired", "lease_expired", true});
  job.lease(8);
  job.end(JobStatus::failed, 9);
  job.row.token = {};
  job.row.expiries = 3;
  job.row.expiries_counted = 2;
  job.note_error("expired", "lease_expired");
  job.check();
}
