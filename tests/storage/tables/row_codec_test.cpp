// Rows to bytes and back.

#include <breakerd/storage/tables/row_codec.hpp>

#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

JobRow some_job() {
  JobRow row;
  row.id = 7;
  row.job_type = "mail";
  row.expiries = 3;
  row.finished_at = at(9);
  return row;
}

}  // namespace

TEST_CASE("a job's row keeps its bound of expiries and how many count") {
  for (const auto& [bound, counted] : {std::pair{10, 0}, {4, 0}, {10, 1}, {4, 3}}) {
    JobRow row = some_job();
    row.max_expiries = static_cast<std::uint32_t>(bound);
    row.expiries_counted = static_cast<std::uint32_t>(counted);
    row.timeout_ms = static_cast<std::uint32_t>(counted) * 604'800'000;
    CHECK(must(decode<JobRow>(encode(row))) == row);
  }
}

TEST_CASE("the row of a job type keeps what is set and what is not") {
  const auto backoff = std::make_shared<const Backoff>(Backoff{BackoffKind::list, Jitter::full, 5, 6, 7, {8, 9}});
  for (const JobTypeSettings& settings : {JobTypeSettings{}, JobTypeSettings{7, backoff, 60'000, 4},
                                          JobTypeSettings{{}, backoff, {}, {}}, JobTypeSettings{7, nullptr, {}, 4}}) {
    const JobTypeRow row{"mail", settings, "slow", "ada", at(5)};
    CHECK(must(decode<JobTypeRow>(encode(row))) == row);
  }
}

TEST_CASE("the row of a schedule keeps its plan and what it has done") {
  ScheduleRow row;
  row.id = 7;
  row.plan = {"nightly", "30 2 * * *", "Europe/Berlin", 0, MissedRuns::skip, {}};
  row.plan.job.job_type = "report";
  row.plan.job.payload = "[1]";
  row.plan.job.priority = -3;
  row.plan.job.timeout_ms = 5'000;
  row.plan.job.expires_in_ms = 60'000;
  row.plan.job.backoff = std::make_shared<const Backoff>();
  row.paused = true;
  row.next_at = at(9);
  row.last_job = 12;
  row.skipped_reason = "it was missed";
  row.changed_by = "ada";
  const ScheduleRow read = must(decode<ScheduleRow>(encode(row)));
  CHECK(encode(read) == encode(row));
  CHECK(read.plan.time_zone == "Europe/Berlin");
  CHECK(read.plan.missed == MissedRuns::skip);
  CHECK(read.plan.job.priority == -3);
  CHECK(read.plan.job.timeout_ms == 5'000u);
  CHECK_FALSE(read.plan.job.max_attempts);
  CHECK(read.plan.job.expires_in_ms == 60'000);
  CHECK(read.paused);
  CHECK(read.next_at == at(9));
  CHECK(read.last_job == 12);
  CHECK(read.skipped_reason == "it was missed");
  CHECK(read.changed_by == "ada");
}

TEST_CASE("a job's row of a version of the future, or cut short, is refused") {
  std::string bytes = encode(some_job());
  CHECK(refusal(decode<JobRow>(bytes.substr(0, bytes.size() - 1))) == ErrorCode::corrupt);
  bytes.front() = static_cast<char>(row_version + 1);
  CHECK(refusal(decode<JobRow>(bytes)) == ErrorCode::corrupt);
  CHECK(refusal(decode<JobRow>("")) == ErrorCode::corrupt);
}
