// Those who follow the log: each event once and in order, from where they asked, at their own pace, until they leave.

#include <random>

#include <breakerd/actors/log/event_feed.hpp>
#include "tests/actors/core/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Seqs = std::vector<Seq>;
using Types = std::vector<std::string>;

namespace {

/// A subscriber that has its turn only when the test lets it.
struct Slow {
  std::shared_ptr<std::vector<Seqs>> batches = std::make_shared<std::vector<Seqs>>();
  SubscriberHandle handle;

  explicit Slow(CoreStory& story) : handle{story.system.spawn(&Slow::behavior, batches)} {}
  static SubscriberHandle::behavior_type behavior(SubscriberHandle::pointer /*self*/,
                                                  const std::shared_ptr<std::vector<Seqs>>& batches) {
    return {[batches](const CommittedEvents& events) {
      Seqs seqs;
      for (const CommittedEvent& event : *events) seqs.push_back(event.seq);
      batches->push_back(std::move(seqs));
    }};
  }
  [[nodiscard]] Seqs all() const {
    Seqs seqs;
    for (const Seqs& batch : *batches) seqs.insert(seqs.end(), batch.begin(), batch.end());
    return seqs;
  }
};

Seqs seqs_of(const CoreStory::Heard& heard) {
  Seqs seqs;
  for (const CommittedEvent& event : *heard) seqs.push_back(event.seq);
  return seqs;
}

Seqs from_to(Seq first, Seq last) {
  Seqs seqs;
  for (Seq seq = first; seq <= last; ++seq) seqs.push_back(seq);
  return seqs;
}

/// One commit, of which only queue, log and feed have a turn.
void commit_one(CoreStory& story) {
  struct Nobody final : Completion {
    void complete(std::vector<Op>&& /*ops*/) noexcept override {}
  };
  const Seq before = story.log.head().seq;
  const auto batch = std::make_shared<CommandBatch>(std::make_unique<Nobody>());
  batch->ops.push_back({EnqueueJob{CoreStory::job_of()}, "alice", Reply{}, 0});
  caf::anon_send(story.core->queue(), CommandBatchPtr{batch});
  story.run_only(story.core->queue());
  story.run_only(story.core->writer());
  story.run_only(story.core->queue());
  story.run_only(story.core->feed());
  REQUIRE(story.log.head().seq == before + 1);
}

/// What the feed answers; nothing when it is lost.
std::optional<Result<Seq>> answer_of(CoreStory& story, const SubscriberHandle& handle, Seq from) {
  using Answer = std::shared_ptr<std::optional<Result<Seq>>>;
  const auto ask = [](caf::event_based_actor* self, const Answer& answer, const FeedHandle& feed,
                      const SubscriberHandle& subscriber, Seq first) {
    self->request(feed, request_timeout, subscribe_atom_v, subscriber, first)
        .then([answer](const Subscribed& subscribed) { *answer = subscribed.from; });
  };
  auto answer = std::make_shared<std::optional<Result<Seq>>>();
  story.system.spawn(ask, answer, story.core->feed(), handle, from);
  story.run();
  return *answer;
}

/// References to an actor besides the test's own handle.
std::size_t references_to(const SubscriberHandle& handle) {
  return caf::actor_cast<caf::strong_actor_ptr>(handle)->strong_refs - 2;  // the handle's, and the cast's
}

}  // namespace

TEST_CASE("a subscriber begins where it asks to: history first, then what is new, each event once") {
  CoreStory story;
  for (int i = 0; i < 5; ++i) story.enqueue();
  const auto all = story.subscribe(1);
  const auto some = story.subscribe(4);
  const auto none = story.subscribe(6);
  const auto now = story.subscribe();
  CHECK(seqs_of(all) == from_to(1, 5));
  CHECK(seqs_of(some) == from_to(4, 5));
  CHECK(now->empty());
  for (int i = 0; i < 3; ++i) story.enqueue();
  CHECK(seqs_of(all) == from_to(1, 8));
  CHECK(seqs_of(some) == from_to(4, 8));
  CHECK(seqs_of(none) == from_to(6, 8));
  CHECK(seqs_of(now) == from_to(6, 8));
  CHECK((*all)[1].event.principal == "alice");
}

TEST_CASE("history and what is new meet without a gap, whoever's turn it is") {
  CoreStory story;
  std::mt19937 random{GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U)};
  for (int i = 0; i < 300; ++i) story.send(EnqueueJob{CoreStory::job_of()});
  story.run();
  Slow early{story};
  Slow late{story};
  for (int i = 0; i < 100; ++i) {
    story.send(EnqueueJob{CoreStory::job_of()});
    if (i == 30) caf::anon_send(story.core->feed(), subscribe_atom_v, early.handle, Seq{1});
    if (i == 60) caf::anon_send(story.core->feed(), subscribe_atom_v, late.handle, Seq{299});
    if (i % 10 == 0) story.run_shuffled(random);
  }
  story.run_shuffled(random);
  CHECK(early.all() == from_to(1, 400));
  CHECK(late.all() == from_to(299, 400));
  caf::anon_send_exit(early.handle, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(late.handle, caf::exit_reason::user_shutdown);
}

TEST_CASE("a subscriber that does not keep up has one batch waiting, and is caught up from the log") {
  CoreStory story;
  Slow slow{story};
  story.follow(slow.handle);
  for (int i = 0; i < 20; ++i) commit_one(story);
  story.run();
  CHECK(slow.all() == from_to(1, 20));
  CHECK(slow.batches->size() == 2);  // the one that it had, and all that came meanwhile

  const EventTail::Bounds bounds;
  const Seq many = bounds.events + 1'000;  // more than are kept in memory
  for (Seq i = 0; i < many; ++i) commit_one(story);
  story.run();
  CHECK(slow.all() == from_to(1, 20 + many));
  for (const Seqs& batch : *slow.batches) CHECK(batch.size() <= bounds.batch_events);
}

TEST_CASE("a slow subscriber holds up neither the writer nor the others") {
  CoreStory story;
  Slow slow{story};
  story.follow(slow.handle);
  const auto heard = story.subscribe();
  for (int i = 0; i < 50; ++i) {
    commit_one(story);
    REQUIRE(story.log.head().seq == static_cast<Seq>(i) + 1);
  }
  CHECK(slow.all().empty());
  story.run();
  CHECK(slow.all() == from_to(1, 50));
  CHECK(seqs_of(heard) == from_to(1, 50));
}

TEST_CASE("a subscriber that has ended is let go") {
  CoreStory story;
  Slow slow{story};
  story.follow(slow.handle);
  const bool has_a_batch = GENERATE(false, true);
  if (has_a_batch) commit_one(story);
  caf::anon_send_exit(slow.handle, caf::exit_reason::user_shutdown);
  story.run();
  story.enqueue();
  CHECK(references_to(slow.handle) == 1);  // the story's list
  CHECK(story.lines.empty());
}

TEST_CASE("a subscriber that throws is let go, and the log says so") {
  CoreStory story;
  const SubscriberHandle handle =
      // With an argument: for a function without any CAF 0.17.6 follows a null pointer.
      story.system.spawn(
          [](SubscriberHandle::pointer /*self*/, const std::string& what) -> SubscriberHandle::behavior_type {
            return {[what](const CommittedEvents&) { throw std::runtime_error{what}; }};
          },
          std::string{"of its own"});
  story.follow(handle);
  const auto heard = story.subscribe();
  story.enqueue();
  story.enqueue();
  CHECK(references_to(handle) == 1);
  CHECK(seqs_of(heard) == from_to(1, 2));
  REQUIRE(story.lines.size() == 1);
  CHECK(story.lines[0].find("warn a subscriber has ended: ") == 0);
}

TEST_CASE("a subscriber can leave, and come back where it was") {
  CoreStory story;
  Slow slow{story};
  story.follow(slow.handle);
  story.enqueue();
  caf::anon_send(story.core->feed(), leave_atom_v, slow.handle);
  story.run();
  story.enqueue();
  CHECK(slow.all() == Seqs{1});
  caf::anon_send(story.core->feed(), subscribe_atom_v, slow.handle, Seq{2});
  story.run();
  story.enqueue();
  CHECK(slow.all() == from_to(1, 3));
}

TEST_CASE("a subscription that cannot be is refused, and says why") {
  CoreStory story;
  story.enqueue();
  Slow slow{story};
  const auto refused = [&](const SubscriberHandle& handle, Seq from) {
    const auto answer = answer_of(story, handle, from);
    REQUIRE(answer);
    return error_of(*answer);
  };
  SECTION("a log that ends before") {
    const Error error = refused(slow.handle, 3);
    CHECK(error.code == ErrorCode::invalid);
    REQUIRE(error.fields.size() == 1);
    CHECK(error.fields[0].field == "from");
  }
  SECTION("the same actor twice") {
    CHECK(must(*answer_of(story, slow.handle, Seq{1})) == 1);
    CHECK(refused(slow.handle, 1).code == ErrorCode::conflict);
  }
  SECTION("one too many") {
    std::vector<Slow> many;
    for (std::size_t i = 0; i < subscribers_max; ++i) {
      many.emplace_back(story);
      CHECK(must(*answer_of(story, many.back().handle, Seq{0})) == 2);
    }
    CHECK(refused(slow.handle, 0).code == ErrorCode::limit);
    caf::anon_send_exit(many[7].handle, caf::exit_reason::user_shutdown);
    story.run();
    CHECK(must(*answer_of(story, slow.handle, Seq{0})) == 2);
    for (const Slow& one : many) caf::anon_send_exit(one.handle, caf::exit_reason::user_shutdown);
  }
  caf::anon_send_exit(slow.handle, caf::exit_reason::user_shutdown);
}

TEST_CASE("one that subscribes while storage is down hears what a failed append has left once") {
  CoreStory story;
  story.enqueue();
  story.log.keep_next_but_fail();
  CHECK(story.refused(EnqueueJobs{{CoreStory::job_of(), CoreStory::job_of()}}) == ErrorCode::outcome_unknown);
  story.log.fail_next(1);  // the opening that tells of it, when the log is open again: so it is down once more
  story.advance(100ms);
  REQUIRE_FALSE(story.core->health().ready());
  const auto now = story.subscribe();
  const auto all = story.subscribe(1);
  CHECK(seqs_of(all) == Seqs{1});  // what has failed is not shown
  for (int i = 0; i < 100 && !story.core->health().ready(); ++i) story.advance(1s);
  REQUIRE(story.core->health().ready());
  CHECK(story.events() ==
        Types{"JobEnqueued", "JobEnqueued", "JobEnqueued", "CircuitOpened", "QueuePaused", "HoldPlaced"});
  CHECK(seqs_of(now) == from_to(2, 6));
  CHECK(seqs_of(all) == from_to(1, 6));
}

TEST_CASE("an event that cannot be read now is not skipped: who waits for it waits on, and the others do not") {
  CoreStory story;
  story.enqueue();
  story.enqueue();
  story.log.damage(Table::events);
  const auto behind = story.subscribe(1);
  const auto now = story.subscribe();
  story.enqueue();
  CHECK(behind->empty());
  CHECK(seqs_of(now) == Seqs{3});
  CHECK(story.lines == Types{"warn subscribers wait, the log cannot be read: a block is bad"});
  story.log.mend();
  story.advance(5s);
  CHECK(seqs_of(behind) == from_to(1, 3));
}

TEST_CASE("a feed that is told to finish tells everybody the rest, however far behind, and ends") {
  CoreStory story;
  for (int i = 0; i < 600; ++i) story.send(EnqueueJob{CoreStory::job_of()});
  story.run();
  Slow far_behind{story};
  Slow dead{story};
  caf::anon_send(story.core->feed(), subscribe_atom_v, far_behind.handle, Seq{1});
  caf::anon_send(story.core->feed(), subscribe_atom_v, dead.handle, Seq{1});
  caf::anon_send(story.core->feed(), finish_atom_v);
  story.run_only(story.core->feed());
  CHECK(story.fatal.empty());
  caf::anon_send_exit(dead.handle, caf::exit_reason::user_shutdown);
  story.run();
  CHECK(far_behind.all() == from_to(1, 600));
  CHECK(story.fatal == Types{"feed"});  // its end was not the supervisor's idea
  CHECK(references_to(far_behind.handle) == 0);
  CHECK(references_to(dead.handle) == 0);
}

TEST_CASE("a batch is read from the log with its bounds, and a gap in the log is no batch") {
  MemoryLog log;
  Append append;
  for (JobId job = 1; job <= 10; ++job) append.events.push_back({enqueued(job), "alice", at(0), 0, -1});
  must(must(log.append({&append, 1})).front());
  const auto seqs = [&](Seq next, Seq last, const EventTail::Bounds& bounds) {
    Seqs found;
    const CommittedEvents batch = must(read_batch(log, next, last, bounds));
    for (const CommittedEvent& event : *batch) found.push_back(event.seq);
    return found;
  };
  CHECK(seqs(1, 10, {}) == from_to(1, 10));
  CHECK(seqs(4, 6, {}) == from_to(4, 6));
  CHECK(seqs(1, 10, {.batch_events = 3}) == from_to(1, 3));
  CHECK(seqs(1, 10, {.batch_bytes = 1}) == Seqs{1});
  CHECK(error_of(read_batch(log, 11, 11, {})).code == ErrorCode::corrupt);
}
