// The log actor: group commit, and what subscribers hear.

#include <breakerd/events/model/limits.hpp>
#include "tests/actors/core/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Types = std::vector<std::string>;

namespace {

/// Keeps what a batch comes back with.
class Kept final : public Completion {
 public:
  explicit Kept(std::shared_ptr<std::vector<Op>> ops) : ops_{std::move(ops)} {}
  void complete(std::vector<Op>&& ops) noexcept override { *ops_ = std::move(ops); }

 private:
  std::shared_ptr<std::vector<Op>> ops_;
};

}  // namespace

TEST_CASE("submissions that are waiting for the log become one commit") {
  CoreStory story;
  std::vector<PendingPtr> pending;
  for (int i = 0; i < 50; ++i) pending.push_back(story.send(EnqueueJob{CoreStory::job_of()}));
  story.run_only(story.core->queue());
  CHECK(story.log.commits.empty());
  story.run_only(story.core->writer());
  REQUIRE(story.log.commits.size() == 1);
  CHECK(story.log.commits.front() == Types(50, "JobEnqueued"));
  story.run();
  for (std::size_t i = 0; i < pending.size(); ++i) CHECK(pending[i]->get<JobView>().row.id == i + 1);
}

TEST_CASE("a commit takes no more bytes than it may, and the next one takes the rest, in order") {
  CoreStory story;
  constexpr std::size_t payload_bytes = limits::payload_bytes_max - 2;
  constexpr std::size_t jobs = 40;
  std::vector<std::shared_ptr<std::vector<Op>>> answered;
  for (std::size_t i = 0; i < jobs; ++i) {
    JobSpec spec = CoreStory::job_of();
    spec.payload = '"' + std::string(payload_bytes, 'x') + '"';
    const auto ops = answered.emplace_back(std::make_shared<std::vector<Op>>());
    auto batch = std::make_shared<CommandBatch>(std::make_unique<Kept>(ops));
    batch->ops.push_back({EnqueueJob{std::move(spec)}, "alice", Reply{}, 0});
    story.core->dispatch(std::exchange(batch, nullptr));
  }
  story.run();
  CHECK(story.log.commits.size() > 1);
  for (const Types& commit : story.log.commits) CHECK(commit.size() * payload_bytes <= commit_bytes_max);
  for (std::size_t i = 0; i < jobs; ++i) {
    REQUIRE(answered[i]->size() == 1);
    CHECK(std::get<JobView>(must(answered[i]->front().outcome)).row.id == i + 1);
  }
}

TEST_CASE("nothing is answered before it is durable") {
  CoreStory story;
  const auto pending = story.send(EnqueueJob{CoreStory::job_of()});
  story.run_only(story.core->queue());
  CHECK_FALSE(pending->there());
  CHECK(story.log.head().seq == 0);
  story.run();
  CHECK(pending->there());
  CHECK(story.log.head().seq == 1);
}

TEST_CASE("a batch comes back in one piece with every op answered") {
  const auto ops = std::make_shared<std::vector<Op>>();
  CoreStory story;
  auto batch = std::make_shared<CommandBatch>(std::make_unique<Kept>(ops));
  batch->ops.push_back({EnqueueJob{CoreStory::job_of()}, "alice", Reply{}, 7});
  batch->ops.push_back({CoreStory::lease_command(), "bob", Reply{}, 8});
  batch->ops.push_back({CompleteJob{1, "nonsense", {}}, "bob", Reply{}, 9});
  story.core->dispatch(std::exchange(batch, nullptr));
  story.run();
  REQUIRE(ops->size() == 3);
  CHECK((*ops)[0].tag == 7);
  CHECK(std::get<JobView>(must((*ops)[0].outcome)).row.id == 1);
  CHECK(std::get<LeaseAnswer>(must((*ops)[1].outcome)).jobs.size() == 1);
  CHECK(refusal((*ops)[2].outcome) == ErrorCode::stale_lease);
  CHECK(story.log.commits == std::vector<Types>{{"JobEnqueued", "JobLeased"}});
}

TEST_CASE("a batch that is dropped is answered: nothing was done, or, once it was handed on, outcome unknown") {
  const auto ops = std::make_shared<std::vector<Op>>();
  auto batch = std::make_shared<CommandBatch>(std::make_unique<Kept>(ops));
  batch->ops.resize(2);
  SECTION("before it was decided") {
    batch.reset();
    REQUIRE(ops->size() == 2);
    for (const Op& op : *ops) CHECK(refusal(op.outcome) == ErrorCode::unavailable);
  }
  SECTION("in a submission") {
    auto submission = std::make_shared<Submission>();
    submission->batch = std::exchange(batch, nullptr);
    std::optional<Error> heard;
    submission->on_settled = [&](const std::optional<Error>& error) { heard = error; };
    submission.reset();
    REQUIRE(ops->size() == 2);
    for (const Op& op : *ops) CHECK(refusal(op.outcome) == ErrorCode::outcome_unknown);
    REQUIRE(heard);
    CHECK(heard->code == ErrorCode::outcome_unknown);
  }
}

TEST_CASE("a command that is another actor's is refused") {
  CoreStory story;
  const auto refused_by = [&](const auto& handle, Command command) {
    const PendingPtr pending = story.send_to(handle, Ask{std::move(command), "alice"});
    story.run();
    return pending->refused();
  };
  CHECK(refused_by(story.core->queue(), OpenCircuit{"x", {}}) == ErrorCode::invalid);
  CHECK(refused_by(story.core->queue(), CreateCampaign{"x", {}, {}}) == ErrorCode::invalid);
  CHECK(refused_by(story.core->breaker(), ResumeQueue{}) == ErrorCode::invalid);
  CHECK(refused_by(story.core->campaigns(), ResumeQueue{}) == ErrorCode::invalid);
  CHECK(refused_by(story.core->queue(), FailJob{1, "t", "429", "http", "apollo"}) == ErrorCode::invalid);
  CHECK(story.log.head().seq == 0);
  CHECK(story.gate().allowed);
}

TEST_CASE("a subscriber hears every committed event once and in order") {
  CoreStory story;
  story.enqueue();
  const auto heard = story.subscribe();
  std::mt19937 random{7};
  std::vector<PendingPtr> pending;
  for (int i = 0; i < 30; ++i) {
    pending.push_back(story.send(EnqueueJob{CoreStory::job_of()}));
    if (i % 3 == 0) pending.push_back(story.send(CoreStory::lease_command(2)));
    if (i == 20) pending.push_back(story.send(CoreStory::failure()));
  }
  story.run_shuffled(random);
  const Types all = story.events();
  REQUIRE(heard->size() + 1 == all.size());
  for (std::size_t i = 0; i < heard->size(); ++i) {
    CHECK((*heard)[i].seq == i + 2);
    CHECK(type_name((*heard)[i].event.data) == all[i + 1]);
  }
}

TEST_CASE("a subscriber hears the opening after storage trouble, and what the failed append left") {
  CoreStory story;
  const auto heard = story.subscribe();
  story.enqueue();
  story.log.keep_next_but_fail();
  CHECK(story.refused(EnqueueJobs{{CoreStory::job_of(), CoreStory::job_of()}}) == ErrorCode::outcome_unknown);
  CHECK(heard->size() == 1);
  story.advance(std::chrono::seconds{1});
  const Types all = story.events();
  CHECK(all == Types{"JobEnqueued", "JobEnqueued", "JobEnqueued", "CircuitOpened", "QueuePaused", "HoldPlaced"});
  REQUIRE(heard->size() == all.size());
  for (std::size_t i = 0; i < heard->size(); ++i) {
    CHECK((*heard)[i].seq == i + 1);
    CHECK(type_name((*heard)[i].event.data) == all[i]);
  }
}
