// Requests of the process's own actors are checked as those from outside are.

#include <breakerd/actors/base/admission.hpp>

#include <breakerd/events/model/limits.hpp>
#include "tests/actors/core/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;

TEST_CASE("a failure under a label that is none is refused, and opens the circuit") {
  CoreStory story;
  const Outcome outcome = story.ask(RecordFailure{"429", "http", "no such label!", 0, {}});
  CHECK(refusal(outcome) == ErrorCode::invalid);
  CHECK(outcome.error().detail.find("the circuit is open") != std::string::npos);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.status().breaker.state == CircuitState::open);
  CHECK(story.status().breaker.service.empty());
}

TEST_CASE("a worker's report under a label that is none opens the circuit, and the job keeps its lease") {
  CoreStory story;
  story.enqueue();
  const auto jobs = story.lease();
  CHECK(story.refused(FailJob{1, jobs[0].token, "429", "http", "no such label!"}) == ErrorCode::invalid);
  CHECK(story.status().breaker.state == CircuitState::open);
  CHECK(story.status().breaker.last_failure.job == 1);
  CHECK(story.get<JobView>(CompleteJob{1, jobs[0].token, {}}).status == JobStatus::completed);
}

TEST_CASE("bad values reach neither the queue nor a campaign") {
  CoreStory story;
  CHECK(story.refused(EnqueueJob{}) == ErrorCode::invalid);
  JobSpec spec = CoreStory::job_of();
  spec.payload = "{not json";
  CHECK(story.refused(EnqueueJob{spec}) == ErrorCode::invalid);
  CHECK(story.refused(CreateCampaign{}) == ErrorCode::invalid);
  CHECK(story.refused(PauseCampaignsForService{"no such label!", {}}) == ErrorCode::invalid);
  CHECK(story.log.head().seq == 0);
  CHECK(story.gate().allowed);
}

TEST_CASE("a principal is cut to what the log takes") {
  Ask request{ResumeQueue{}, std::string(1'000, 'a')};
  REQUIRE(admit(request).has_value());
  CHECK(request.principal.size() == limits::principal_bytes_max);
}
