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

TEST_CASE("a job's row of a version of the future, or cut short, is refused") {
  std::string bytes = encode(some_job());
  CHECK(refusal(decode<JobRow>(bytes.substr(0, bytes.size() - 1))) == ErrorCode::corrupt);
  bytes.front() = static_cast<char>(row_version + 1);
  CHECK(refusal(decode<JobRow>(bytes)) == ErrorCode::corrupt);
  CHECK(refusal(decode<JobRow>("")) == ErrorCode::corrupt);
}
