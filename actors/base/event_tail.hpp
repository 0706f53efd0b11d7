#pragma once
// The newest committed events, in memory, for those who follow the log. The log actor puts each commit here and goes
// on; readers pull by seq, and read from the log what is here no longer. So a slow reader costs the writer nothing, and
// memory is bounded by Bounds whatever the number of readers and their lag.
//
// Threads: add() is the writer's, follow(), from() and sleep() the one reader's (the feed actor's); the two may be
// called at the same time. last() may be called by any thread.

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <breakerd/events/model/event.hpp>

namespace breakerd {

/// Bytes of memory that an event takes, about.
[[nodiscard]] std::size_t memory_of(const CommittedEvent& event);

class EventTail {
 public:
  /// What is kept, and how much of it is handed out at once. A single event larger than `batch_bytes` is a batch too.
  struct Bounds {
    std::size_t events = 4'096;
    std::size_t bytes = 4 << 20;
    std::size_t batch_events = 256;
    std::size_t batch_bytes = 1 << 20;
  };

  EventTail() = default;
  explicit EventTail(Bounds bounds) : bounds_{bounds} {}

  /// The seq of the last committed event that add() told of; 0: none.
  [[nodiscard]] Seq last() const;
  [[nodiscard]] const Bounds& bounds() const { return bounds_; }

  // --- the writer ---

  /// False when nobody follows: then add() need not be given the events.
  [[nodiscard]] bool wanted() const;
  /// The log's committed end is `last`. `events` are the newest, in order and without gaps up to `last`; fewer than
  /// were committed, or none, when those are only in the log. Rings the bell of a reader that sleeps.
  void add(std::vector<CommittedEvent> events, Seq last);

  // --- the reader ---

  /// From here on events are kept, and `bell` is called, by the writer, when there is something new for a reader that
  /// sleeps; it must be quick. A null bell: nobody follows any more, and what is kept is dropped.
  using Bell = std::function<void()>;
  void follow(Bell bell);
  /// The events from `next` on, at least one, at most a batch. Null when there are none yet, or when they are only in
  /// the log.
  [[nodiscard]] CommittedEvents from(Seq next);
  /// True: the bell will ring, once, when last() is beyond `seen`. False: it is already.
  [[nodiscard]] bool sleep(Seq seen);

 private:
  struct Chunk {
    std::shared_ptr<std::vector<CommittedEvent>> events;  ///< shared with those it was handed to
    std::size_t bytes = 0;
    bool handed_out = false;  ///< it must not change any more
  };

  void append(CommittedEvent event);
  void clear();

  const Bounds bounds_{};
  mutable std::mutex mutex_;  // guards all that follows
  std::deque<Chunk> chunks_;  ///< without gaps, up to last_
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  Seq last_ = 0;
  Bell bell_;
  bool asleep_ = false;
};

}  // namespace breakerd
