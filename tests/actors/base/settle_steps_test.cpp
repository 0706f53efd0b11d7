// The order in which the leases of one call end.

#include <breakerd/actors/base/settle_steps.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

Command completed(JobId job) { return CompleteJob{job, "t", {}}; }
Command released(JobId job) { return ReleaseJob{job, "t"}; }
Command failed(JobId job, const std::string& service = {}) {
  FailJob report{job, "t", "e", {}, service};
  return report;
}

/// "!1 0,2": a step of reports with item 1, and one of the queue's with items 0 and 2.
std::string steps_of(const std::vector<Command>& ends) {
  std::string text;
  for (const SettleStep& step : settle_steps(ends)) {
    text += text.empty() ? "" : " ";
    text += step.opens ? "!" : "";
    for (const std::size_t i : step.items) text += (i == step.items.front() ? "" : ",") + std::to_string(i);
  }
  return text;
}

}  // namespace

TEST_CASE("leases end in one step when no service has failed") {
  CHECK(steps_of({}).empty());
  CHECK(steps_of({completed(1), failed(2), released(3), released(1)}) == "0,1,2,3");
}

TEST_CASE("failures of services come first") {
  CHECK(steps_of({failed(1, "apollo")}) == "!0");
  CHECK(steps_of({completed(1), failed(2, "apollo"), failed(3), failed(4, "hermes")}) == "!1,3 0,2");
  CHECK(steps_of({completed(1), Command{RecordFailure{"e", {}, {}, 2, {}}}}) == "!1 0");
}

TEST_CASE("what is said of one job keeps its order") {
  CHECK(steps_of({failed(1, "apollo"), completed(1)}) == "!0 1");
  CHECK(steps_of({completed(1), failed(1, "apollo"), completed(2)}) == "0,2 !1");
  CHECK(steps_of({completed(1), failed(1, "apollo"), completed(1), failed(2, "apollo")}) == "!3 0 !1 2");
  CHECK(steps_of({failed(1, "apollo"), completed(1), failed(1, "apollo")}) == "!0 1 !2");
}
