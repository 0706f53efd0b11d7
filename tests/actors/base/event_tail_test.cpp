// The newest events in memory: what is kept, what is handed out, and when the bell rings.

#include <random>

#include <breakerd/actors/base/event_tail.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using Seqs = std::vector<Seq>;

namespace {

CommittedEvent event_at(Seq seq, std::size_t bytes = 0) {
  JobCancelled cancelled;
  cancelled.reason = std::string(bytes, 'x');
  return {seq, Event{std::move(cancelled), "alice", {}, 0, -1}};
}

std::vector<CommittedEvent> events_from(Seq first, Seq last, std::size_t bytes = 0) {
  std::vector<CommittedEvent> events;
  for (Seq seq = first; seq <= last; ++seq) events.push_back(event_at(seq, bytes));
  return events;
}

Seqs seqs_of(const CommittedEvents& events) {
  Seqs seqs;
  if (events)
    for (const CommittedEvent& event : *events) seqs.push_back(event.seq);
  return seqs;
}

/// A tail that somebody follows.
struct Followed {
  EventTail tail;
  int rings = 0;

  explicit Followed(EventTail::Bounds bounds = {}) : tail{bounds} {
    tail.follow([this] { ++rings; });
  }
};

}  // namespace

TEST_CASE("a tail that nobody follows keeps nothing, and knows the end") {
  EventTail tail;
  CHECK_FALSE(tail.wanted());
  tail.add(events_from(1, 3), 3);
  CHECK(tail.last() == 3);
  CHECK(tail.from(1) == nullptr);
}

TEST_CASE("a tail hands out events from any seq that it has") {
  Followed followed;
  followed.tail.add(events_from(1, 2), 2);
  followed.tail.add(events_from(3, 5), 5);
  CHECK(seqs_of(followed.tail.from(1)) == Seqs{1, 2, 3, 4, 5});
  CHECK(seqs_of(followed.tail.from(4)) == Seqs{4, 5});
  CHECK(followed.tail.from(6) == nullptr);
}

TEST_CASE("a batch that was handed out does not change any more") {
  Followed followed;
  followed.tail.add(events_from(1, 2), 2);
  const CommittedEvents batch = followed.tail.from(1);
  followed.tail.add(events_from(3, 3), 3);
  CHECK(seqs_of(batch) == Seqs{1, 2});
  CHECK(seqs_of(followed.tail.from(3)) == Seqs{3});
}

TEST_CASE("a tail is bounded in events and in bytes, and keeps the newest") {
  SECTION("events") {
    Followed followed{{.events = 10, .bytes = 1 << 20, .batch_events = 4, .batch_bytes = 1 << 20}};
    for (Seq seq = 1; seq <= 100; ++seq) followed.tail.add(events_from(seq, seq), seq);
    CHECK(followed.tail.from(90) == nullptr);
    CHECK(seqs_of(followed.tail.from(93)) == Seqs{93, 94, 95, 96});
    CHECK(seqs_of(followed.tail.from(97)) == Seqs{97, 98, 99, 100});
  }
  SECTION("bytes") {
    Followed followed{{.events = 1'000, .bytes = 4'000, .batch_events = 100, .batch_bytes = 2'000}};
    followed.tail.add(events_from(1, 10, 1'000), 10);
    CHECK(followed.tail.from(7) == nullptr);
    CHECK(seqs_of(followed.tail.from(10)) == Seqs{10});
  }
  SECTION("one event larger than the tail") {
    Followed followed{{.events = 1'000, .bytes = 4'000, .batch_events = 100, .batch_bytes = 2'000}};
    followed.tail.add(events_from(1, 1, 10'000), 1);
    CHECK(followed.tail.from(1) == nullptr);
    followed.tail.add(events_from(2, 2), 2);
    CHECK(seqs_of(followed.tail.from(2)) == Seqs{2});
  }
}

TEST_CASE("a batch is bounded in events and in bytes") {
  Followed followed{{.events = 1'000, .bytes = 1 << 20, .batch_events = 3, .batch_bytes = 5'000}};
  followed.tail.add(events_from(1, 7), 7);
  CHECK(seqs_of(followed.tail.from(1)) == Seqs{1, 2, 3});
  followed.tail.add(events_from(8, 10, 3'000), 10);
  CHECK(seqs_of(followed.tail.from(9)) == Seqs{9});
}

TEST_CASE("events that are only in the log are a gap that the tail does not hide") {
  Followed followed;
  followed.tail.add(events_from(1, 2), 2);
  followed.tail.add({}, 5);
  CHECK(followed.tail.last() == 5);
  CHECK(followed.tail.from(2) == nullptr);
  followed.tail.add(events_from(6, 7), 7);
  CHECK(followed.tail.from(5) == nullptr);
  CHECK(seqs_of(followed.tail.from(6)) == Seqs{6, 7});
}

TEST_CASE("the bell rings once for one that sleeps, and not at all for one that does not") {
  Followed followed;
  followed.tail.add(events_from(1, 1), 1);
  CHECK(followed.rings == 0);
  CHECK_FALSE(followed.tail.sleep(0));  // there is one already
  CHECK(followed.tail.sleep(1));
  followed.tail.add({}, 1);  // nothing new
  CHECK(followed.rings == 0);
  followed.tail.add(events_from(2, 2), 2);
  followed.tail.add(events_from(3, 3), 3);
  CHECK(followed.rings == 1);
}

TEST_CASE("who stops following lets go of what was kept") {
  Followed followed;
  followed.tail.add(events_from(1, 2), 2);
  followed.tail.follow(nullptr);
  CHECK_FALSE(followed.tail.wanted());
  followed.tail.add(events_from(3, 4), 4);
  followed.tail.follow([] {});
  CHECK(followed.tail.from(1) == nullptr);
  CHECK(followed.tail.last() == 4);
}

TEST_CASE("an event's memory counts its texts") {
  const std::size_t bare = memory_of(event_at(1));
  CHECK(memory_of(event_at(1, 500)) == bare + 500);
  JobSpec spec;
  spec.payload = std::string(1'000, ' ');
  const CommittedEvent enqueued{1, Event{JobEnqueued{1, std::make_shared<const JobSpec>(spec)}, "alice", {}, 0, -1}};
  CHECK(memory_of(enqueued) >= sizeof(CommittedEvent) + sizeof(JobSpec) + 1'000);
}
