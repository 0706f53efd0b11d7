#pragma once
// The feed: brings committed events to those who follow the log. Each subscriber has its own place in the log and at
// most one batch that it has not handled yet; the next one is pulled when it is done: from the tail in memory, or, when
// the subscriber is further behind, from the log. So a slow subscriber holds up nobody, neither the writer nor the
// others, and costs one batch of memory however far behind it is. One that ends is dropped.
//
// It has a thread of its own, because it reads from the disk.

#include <map>
#include <string>

#include <breakerd/actors/base/event_tail.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/storage/log/event_log.hpp>

namespace breakerd {

/// What the feed shares with others. All of it outlives the actor system.
struct FeedContext {
  EventLog& log;
  EventTail& tail;
  LineSink log_line;
};

/// Reads the events from `next` to at most `last`: one batch by `bounds`, at least one event, no gaps. Any thread that
/// holds no view. `corrupt` when one of them is missing or unreadable.
[[nodiscard]] Result<CommittedEvents> read_batch(const EventLog& log, Seq next, Seq last,
                                                 const EventTail::Bounds& bounds);

class FeedActor final : public FeedHandle::base {
 public:
  FeedActor(caf::actor_config& config, FeedContext context) : FeedHandle::base{config}, context_{std::move(context)} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  using Id = std::uint64_t;  ///< of one subscription: a handle may come again
  struct Follower {
    SubscriberHandle handle;
    Seq next = 0;       ///< what it gets next
    bool busy = false;  ///< it has a batch that it has not handled yet
  };
  using Followers = std::map<Id, Follower>;

  Subscribed subscribe(const SubscriberHandle& handle, Seq from);
  void ended(const caf::down_msg& down);
  void leave(const SubscriberHandle& handle);
  Followers::iterator find(const caf::actor_addr& subscriber);
  Followers::iterator drop(Followers::iterator at);
  void handled(Id id, const caf::error& error);
  void serve_all();
  void serve(Id id, Follower& follower);
  void put_off(const Error& error);
  void finish();

  FeedContext context_;
  Followers followers_;
  Id last_id_ = 0;
  std::chrono::milliseconds backoff_{0};  ///< not 0: the log could not be read
  bool will_retry_ = false;
  bool finishing_ = false;
};

}  // namespace breakerd
