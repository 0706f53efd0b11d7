#include <breakerd/actors/log/event_feed.hpp>

#include <algorithm>

#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds backoff_min{100};
constexpr std::chrono::milliseconds backoff_max{5'000};

/// The actor has gone of its own will, or was told to.
bool is_ordinary_end(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::user_shutdown || reason == caf::sec::request_receiver_down;
}

}  // namespace

Result<CommittedEvents> read_batch(const EventLog& log, Seq next, Seq last, const EventTail::Bounds& bounds) {
  auto view = log.view();
  if (!view) return view.error();
  const auto events = std::make_shared<std::vector<CommittedEvent>>();
  std::size_t bytes = 0;
  Result<void> outcome;
  const auto visit = [&](std::string_view key, std::string_view row) {
    const Seq seq = next + events->size();
    if (read_big_endian(key) != seq) return outcome = missing_event(seq), false;
    auto decoded = decode_event_row(seq, row);
    if (!decoded) return outcome = decoded.error(), false;
    if (outcome = read_payload(**view, seq, decoded->event.data); !outcome) return false;
    CommittedEvent event{seq, std::move(decoded->event)};
    bytes += memory_of(event);
    if (!events->empty() && bytes > bounds.batch_bytes) return false;
    events->push_back(std::move(event));
    return events->size() < bounds.batch_events && seq < last;
  };
  auto scanned = (*view)->scan(Table::events, number_key(next), {}, visit);
  if (!scanned) return scanned.error();
  if (!events->empty()) return CommittedEvents{events};  // what is behind them is met with the next batch
  return outcome ? missing_event(next) : outcome.error();
}

FeedActor::behavior_type FeedActor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { ended(down); });
  return {
      [this](subscribe_atom, const SubscriberHandle& handle, Seq from) { return subscribe(handle, from); },
      [this](leave_atom, const SubscriberHandle& handle) { leave(handle); },
      [this](bell_atom) { serve_all(); },
      [this](retry_atom) {
        will_retry_ = false;
        serve_all();
      },
      [this](finish_atom) {
        finishing_ = true;
        serve_all();
      },
  };
}

void FeedActor::on_exit() {
  followers_.clear();
  context_.tail.follow(nullptr);
}

Subscribed FeedActor::subscribe(const SubscriberHandle& handle, Seq from) {
  if (finishing_) return {make_error(ErrorCode::unavailable, "shutting down: nothing was done")};
  if (!handle) return {invalid_field("subscriber", "an actor")};
  const Seq next = context_.tail.last() + 1;
  if (from > next)
    return {invalid_field("from", "at most " + std::to_string(next) +
                                      ", the place of the next event: this log ends "
                                      "before it")};
  for (const auto& [id, follower] : followers_)
    if (follower.handle == handle) return {make_error(ErrorCode::conflict, "this actor is subscribed already")};
  if (followers_.size() == subscribers_max)
    return {make_error(ErrorCode::limit, "there are " + std::to_string(subscribers_max) + " subscribers already")};
  if (followers_.empty())
    context_.tail.follow([self = caf::actor_cast<FeedHandle>(this)] { caf::anon_send(self, bell_atom_v); });
  monitor(handle);
  followers_.emplace(++last_id_, Follower{handle, from == 0 ? next : from, false});
  serve_all();
  return {from == 0 ? next : from};
}

void FeedActor::leave(const SubscriberHandle& handle) {
  const auto at = find(handle.address());
  if (at == followers_.end()) return;
  drop(at);
  if (finishing_) finish();
}

void FeedActor::ended(const caf::down_msg& down) {
  const auto at = find(down.source);
  if (at == followers_.end()) return;
  if (!is_ordinary_end(down.reason))
    context_.log_line(LineLevel::warn, "a subscriber has ended: " + caf::to_string(down.reason));
  drop(at);
  if (finishing_) finish();
}

FeedActor::Followers::iterator FeedActor::find(const caf::actor_addr& subscriber) {
  return std::find_if(followers_.begin(), followers_.end(),
                      [&](const auto& follower) { return follower.second.handle.address() == subscriber; });
}

FeedActor::Followers::iterator FeedActor::drop(Followers::iterator at) {
  demonitor(at->second.handle.address());
  at = followers_.erase(at);
  if (followers_.empty()) context_.tail.follow(nullptr);
  return at;
}

/// The subscriber has handled its batch, or has ended over it.
void FeedActor::handled(Id id, const caf::error& error) {
  const auto at = followers_.find(id);
  if (at == followers_.end()) return;  // it has left
  if (error) {
    if (!is_ordinary_end(error)) context_.log_line(LineLevel::warn, "a subscriber has ended: " + caf::to_string(error));
    drop(at);
  } else {
    at->second.busy = false;
  }
  serve_all();
}

void FeedActor::serve_all() {
  const auto waits = [this] {
    return std::any_of(followers_.begin(), followers_.end(),
                       [](const auto& follower) { return !follower.second.busy; });
  };
  Seq seen = 0;
  do {
    seen = context_.tail.last();
    for (auto& [id, follower] : followers_)
      if (!follower.busy && follower.next <= seen) serve(id, follower);
  } while (waits() && !context_.tail.sleep(seen));
  if (finishing_) finish();
}

void FeedActor::serve(Id id, Follower& follower) {
  CommittedEvents batch = context_.tail.from(follower.next);
  if (!batch) {
    auto read = read_batch(context_.log, follower.next, context_.tail.last(), context_.tail.bounds());
    if (!read) return put_off(read.error());
    batch = std::move(*read);
    backoff_ = backoff_.zero();
  }
  follower.next = batch->back().seq + 1;
  follower.busy = true;
  // It may take as long as it likes; when it ends the answer is an error.
  request(follower.handle, caf::infinite, batch)
      .then([this, id] { handled(id, {}); }, [this, id](const caf::error& error) { handled(id, error); });
}

/// Nobody misses an event because it cannot be read just now: those who wait for it wait on.
void FeedActor::put_off(const Error& error) {
  if (backoff_.count() == 0)
    context_.log_line(LineLevel::warn, "subscribers wait, the log cannot be read: " + error.detail);
  if (will_retry_) return;
  backoff_ = std::clamp(2 * backoff_, backoff_min, backoff_max);
  will_retry_ = true;
  delayed_send(this, backoff_, retry_atom_v);
}

/// Whoever has nothing in hand has had the last event, or cannot be told the next one.
void FeedActor::finish() {
  for (auto at = followers_.begin(); at != followers_.end();) {
    const Follower& follower = at->second;
    if (!follower.busy && follower.next <= context_.tail.last())
      context_.log_line(LineLevel::warn, "a subscriber misses the events from " + std::to_string(follower.next) +
                                             " on: the log cannot be read");
    at = follower.busy ? std::next(at) : drop(at);
  }
  if (followers_.empty()) quit();
}

}  // namespace breakerd
