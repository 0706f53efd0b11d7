// Commands that are asked for by name (Ask::operation): each is done once, however often it is asked for.

#include "tests/actors/core/core_story.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

PendingPtr send_named(CoreStory& story, Command command, const OperationId& operation = operation_id(7)) {
  const Core::Target target = Core::target_of(command);
  Ask request{std::move(command), "alice", operation};
  if (target == Core::Target::breaker) return story.send_to(story.core->breaker(), std::move(request));
  if (target == Core::Target::queue) return story.send_to(story.core->queue(), std::move(request));
  return story.send_to(story.core->campaigns(), std::move(request));
}

Outcome ask_named(CoreStory& story, Command command, const OperationId& operation = operation_id(7)) {
  const PendingPtr pending = send_named(story, std::move(command), operation);
  story.run();
  REQUIRE(pending->there());
  return *pending->outcome;
}

std::size_t count(const std::vector<std::string>& events, const std::string& type) {
  return static_cast<std::size_t>(std::count(events.begin(), events.end(), type));
}

void is_told_of_the_first(const Outcome& outcome) {
  CHECK(refusal(outcome) == ErrorCode::outcome_unknown);
  CHECK_THAT(error_of(outcome).detail, ContainsSubstring("an earlier request with the same key was done"));
}

}  // namespace

TEST_CASE("an enqueue that is asked for again is not done again, and not told to be what was decided now") {
  CoreStory story;
  must(ask_named(story, EnqueueJob{CoreStory::job_of()}));
  is_told_of_the_first(ask_named(story, EnqueueJob{CoreStory::job_of()}));
  CHECK(count(story.events(), "JobEnqueued") == 1);
  CHECK(story.enqueue() == 2);  // the queue has forgotten what it had decided
}

TEST_CASE("two that are asked for at once are done once") {
  CoreStory story;
  const PendingPtr first = send_named(story, EnqueueJob{CoreStory::job_of()});
  const PendingPtr second = send_named(story, EnqueueJob{CoreStory::job_of()});
  story.run();
  CHECK(first->get<JobView>().row.id == 1);
  is_told_of_the_first(*second->outcome);
  CHECK(count(story.events(), "JobEnqueued") == 1);
}

TEST_CASE("a campaign that is created again is not, and nobody hears of the id that was drawn for it") {
  CoreStory story;
  must(ask_named(story, CreateCampaign{"spring", {}, {}}));
  is_told_of_the_first(ask_named(story, CreateCampaign{"spring", {}, {}}));
  CHECK(count(story.events(), "CampaignCreated") == 1);
}

TEST_CASE("an action on a campaign that is asked for again is done once") {
  CoreStory story;
  const CampaignId id = story.create().id;
  must(ask_named(story, ChangeCampaign{id, UpdateCampaign{"autumn", {}, {}}}));
  is_told_of_the_first(ask_named(story, ChangeCampaign{id, UpdateCampaign{"winter", {}, {}}}));
  CHECK(story.change(id, SealCampaign{}).row.name == "autumn");
}

TEST_CASE("an opening that is asked for again is recorded once") {
  CoreStory story;
  must(ask_named(story, CoreStory::failure()));
  is_told_of_the_first(ask_named(story, CoreStory::failure()));
  CHECK(count(story.events(), "CircuitOpened") == 1);
  CHECK(count(story.events(), "FailureRecorded") == 0);
  CHECK_FALSE(story.gate().allowed);
  story.advance(std::chrono::seconds{1});  // it is looked for in the log once more, and then it is recorded for certain
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("a close that is asked for again does not close a later opening") {
  CoreStory story;
  story.open();
  must(ask_named(story, CloseCircuit{"it is back", std::nullopt}));
  story.open();
  is_told_of_the_first(ask_named(story, CloseCircuit{"it is back", std::nullopt}));
  CHECK_FALSE(story.gate().allowed);
}

TEST_CASE("a command whose write failed is done once, whatever became of the write") {
  const bool was_kept = GENERATE(true, false);
  CoreStory story;
  if (was_kept)
    story.log.keep_next_but_fail();
  else
    story.log.fail_next(1);
  CHECK(refusal(ask_named(story, EnqueueJob{CoreStory::job_of()})) == ErrorCode::outcome_unknown);
  story.advance(std::chrono::seconds{1});
  const Outcome second = ask_named(story, EnqueueJob{CoreStory::job_of()});
  if (was_kept)
    is_told_of_the_first(second);
  else
    must(second);
  CHECK(count(story.events(), "JobEnqueued") == 1);
}

TEST_CASE("an opening whose write failed and that is asked for again is recorded once beside that of the storage") {
  const bool was_kept = GENERATE(true, false);
  CoreStory story;
  if (was_kept)
    story.log.keep_next_but_fail();
  else
    story.log.fail_next(1);
  CHECK(refusal(ask_named(story, CoreStory::failure())) == ErrorCode::outcome_unknown);
  const PendingPtr again = send_named(story, CoreStory::failure());
  for (int i = 0; i < 10; ++i) story.advance(std::chrono::seconds{1});
  REQUIRE(again->there());
  CHECK(refusal(*again->outcome) == ErrorCode::outcome_unknown);
  CHECK(count(story.events(), "CircuitOpened") + count(story.events(), "FailureRecorded") == 2);
}

TEST_CASE("a refusal is decided anew each time") {
  CoreStory story;
  CHECK(refusal(ask_named(story, CancelJob{1, {}})) == ErrorCode::not_found);
  story.enqueue();
  must(ask_named(story, CancelJob{1, {}}));
}

TEST_CASE("an answer is kept once") {
  CoreStory story;
  const KeptAnswer answer{operation_id(7), 200, "", "{}"};
  must(ask_named(story, KeepAnswer{answer}, operation_id(8)));
  is_told_of_the_first(ask_named(story, KeepAnswer{answer}, operation_id(8)));
  CHECK(count(story.events(), "RequestAnswered") == 1);
}
