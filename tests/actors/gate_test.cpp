// The gate while the disk hangs, and whatever the order of openings, closes and their answers.

#include "tests/actors/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

TEST_CASE("a late close does not open the gate over a failure that was answered meanwhile") {
  CoreStory story;
  story.enqueue();
  story.open();
  PendingPtr report;
  story.log.during_append = [&] {
    if (report) return;
    // The close hangs in its sync; everybody else goes on.
    story.advance(request_timeout + 1s);
    report = story.send(CoreStory::failure("503"));
    story.run();
    story.advance(request_timeout + 1s);
    REQUIRE(report->there());
    CHECK(report->refused() == ErrorCode::outcome_unknown);
  };
  const PendingPtr close = story.send(CloseCircuit{"it is back", std::nullopt});
  bool was_allowed = false;
  story.run_watched([&] { was_allowed = was_allowed || story.gate().allowed; });
  CHECK_FALSE(was_allowed);
  CHECK(close->refused() == ErrorCode::outcome_unknown);
  CHECK(story.lease().empty());
  story.advance(1s);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.status().breaker.last_error == "503");
  CHECK(story.status().breaker.epoch == 2);
}
