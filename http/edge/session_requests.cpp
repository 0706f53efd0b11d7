// The half of a session that turns bytes into requests.

#include <algorithm>
#include <utility>

#include <breakerd/http/edge/session.hpp>
#include <breakerd/http/edge/target.hpp>

namespace breakerd::http {
namespace {

/// Answers that wait for a slow reader; over it, no more of its requests are taken.
constexpr std::size_t ready_bytes_max = 1 << 20;
constexpr std::size_t body_bytes_kept = 64 << 10;

/// A body that is no larger is not counted while it is received: there is room for one in each connection's buffer.
constexpr std::size_t body_bytes_free = InputBuffer::size_kept;

Refusal refusal_of(HeaderScan scan) {
  if (scan == HeaderScan::folded_line) return {400, "bad_request", "folded header lines are not accepted"};
  return {400, "bad_request", "a header line ends without CR LF"};
}

}  // namespace

bool Session::may_take() const {
  return !closing_ && !closed_ && !waiting_to_write_ && !room_wait_.is_pending() && !holding_.is_full() &&
         ready_.size() < ready_bytes_max && next_ - first_ < connections_.limits.pipeline_requests_max;
}

bool Session::take_request() {
  switch (phase_) {
    case Phase::header:
      return take_header();
    case Phase::sized_body:
      return take_sized_body();
    case Phase::chunked_body:
      return take_chunked_body();
  }
  return false;
}

bool Session::take_header() {
  while (input_.view().starts_with("\r\n")) {
    // RFC 9112, 2.2: an empty line before a request is to be ignored. More of them would be a way to stay for ever.
    if (std::exchange(empty_line_taken_, true)) {
      refuse({400, "bad_request", "more than one empty line comes before a request"});
      return false;
    }
    input_.consume(2);
    header_.reset();
  }
  const std::size_t size_max = connections_.limits.header_bytes_max;
  const HeaderScan scan = header_.scan(input_.view());
  const bool too_large = scan == HeaderScan::complete ? header_.size() > size_max : input_.view().size() > size_max;
  if (too_large) {
    refuse({431, "header_too_large", "the header is larger than " + std::to_string(size_max) + " bytes"});
    return false;
  }
  if (scan == HeaderScan::incomplete) return false;
  if (scan != HeaderScan::complete) {
    refuse(refusal_of(scan));
    return false;
  }
  const std::size_t size = header_.size();
  header_.reset();
  parser_.emplace();
  if (Refusal refusal = parser_->parse_header(input_.view().substr(0, size), connections_.limits, head_)) {
    refuse(std::move(refusal));
    return false;
  }
  input_.consume(size);
  split_received_target();
  return begin_body();
}

void Session::split_received_target() {
  const TargetParts target = split_target(head_.target);
  path_ = target.path;
  query_ = target.query;
  if (path_.find('%') == std::string_view::npos) return;
  decoded_path_ = percent_decode(path_, false);
  if (decoded_path_) path_ = *decoded_path_;
}

bool Session::begin_body() {
  const HttpLimits& limits = connections_.limits;
  phase_ = Phase::sized_body;
  if (!is_let_in()) return false;
  if (!head_.chunked && head_.content_length == 0) return take_request();
  if (head_.expects_continue && input_.empty() && !is_taken()) {
    head_.keep_alive = false;  // whether the body comes all the same, nobody knows
    head_.content_length = 0;
    head_.chunked = false;
    return take_request();
  }
  if (head_.content_length > limits.body_bytes_max) {
    refuse({413, "body_too_large", "the body is larger than " + std::to_string(limits.body_bytes_max) + " bytes"});
    return false;
  }
  const auto size = static_cast<std::size_t>(head_.content_length);
  body_wanted_ = size > body_bytes_free ? size + size / 2 : 0;  // the half is for the buffer's growth
  if (head_.chunked) phase_ = Phase::chunked_body;
  body_deadline_ = connections_.now + patience(limits.body_timeout) + limits.tick;
  continue_due_ = head_.expects_continue && input_.empty();
  return take_request();
}

/// Whether this call is among those that the connection is for.
bool Session::is_let_in() {
  is_operators_ = false;
  if (seat == Seat::shared) return true;
  is_operators_ = connections_.handler.is_operators(head_.method, path_);
  if (seat == Seat::local) return true;
  head_.keep_alive = false;  // one call each: the next operator waits
  if (is_operators_) return true;
  refuse({503, "too_many_connections",
          "there is no room for more connections: this one answers only calls of the breaker, the status and health"});
  return false;
}

/// How long to wait for the client, where `limit` is the setting.
std::chrono::milliseconds Session::patience(std::chrono::milliseconds limit) const {
  const bool others_wait = seat == Seat::shared_operator || seat == Seat::local_operator;
  return others_wait ? std::min(limit, operator_patience) : limit;
}

bool Session::is_taken() const { return connections_.handler.takes(head_.method, path_); }

bool Session::take_sized_body() {
  if (!has_body_room()) return false;
  const auto size = static_cast<std::size_t>(head_.content_length);
  if (input_.view().size() < size || !has_work_room(size)) return false;
  dispatch(input_.view().substr(0, size));
  input_.consume(size);
  return true;
}

bool Session::take_chunked_body() {
  if (!has_body_room()) return false;
  if (!chunks_done_) {
    const RequestParser::Progress progress = parser_->parse_chunks(input_.view(), connections_.limits, chunked_body_);
    input_.consume(progress.consumed);
    if (progress.refusal) {
      refuse(progress.refusal);
      return false;
    }
    chunks_done_ = progress.done;
    if (chunked_body_.size() > body_bytes_free && body_reserved_ == 0) {
      body_wanted_ = connections_.limits.body_bytes_max;  // nobody knows how large it becomes
      return take_chunked_body();
    }
    if (!chunks_done_) return false;
  }
  if (!has_work_room(chunked_body_.size())) return false;
  dispatch(chunked_body_);
  chunked_body_.clear();
  if (chunked_body_.capacity() > body_bytes_kept) chunked_body_.shrink_to_fit();
  return true;
}

/// Before a large body is read there must be room for it.
bool Session::has_body_room() {
  if (body_wanted_ == 0) return true;
  BytePool& bodies = connections_.load.pools.bodies;
  const std::size_t bytes = std::min(std::exchange(body_wanted_, 0), bodies.max());
  if (!obtain(bodies, bytes)) {
    body_wanted_ = bytes;
    return false;
  }
  body_reserved_ = bytes;
  body_begun_ = connections_.now;
  body_deadline_ = connections_.now + patience(connections_.limits.body_timeout) + connections_.limits.tick;
  if (phase_ == Phase::chunked_body) chunked_body_.reserve(connections_.limits.body_bytes_max);
  return true;
}

/// Before a request is handed on there must be room for what it takes. What fits in the connection's allowance waits
/// for nobody else.
bool Session::has_work_room(std::size_t body_bytes) {
  const std::size_t bytes = connections_.handler.work_bytes(path_, body_bytes);
  own_wanted_ = 0;
  if (!room_granted_ && holding_.take(bytes, Share::commands, next_charge_)) return true;
  if (!room_granted_ && bytes <= Holding::own_max) {  // its own answers have to go first
    own_wanted_ = bytes;
    return false;
  }
  const std::size_t clamped = holding_.clamped(bytes, Share::commands);
  if (!obtain(connections_.load.pools.commands, clamped)) return false;
  holding_.promise(clamped, Share::commands, next_charge_);
  return true;
}

/// True when `bytes` of `pool` have been taken. False: they are waited for, and then it is asked again.
bool Session::obtain(BytePool& pool, std::size_t bytes) {
  if (std::exchange(room_granted_, false) || pool.try_take(bytes)) return true;
  room_deadline_ = connections_.now + connections_.limits.room_timeout + connections_.limits.tick;
  room_wait_.start(pool, bytes, [this] {
    room_granted_ = true;
    if (closing_) release_room();
    pump();
  });
  return false;
}

/// Of the request that is being received, but for the room of what has come of its body: see release_input().
void Session::release_room() {
  if (std::exchange(room_granted_, false)) room_wait_.pool().release(room_wait_.bytes());
  static_cast<void>(room_wait_.cancel());  // what is granted all the same is given back when it comes
  holding_.release(next_charge_);
  own_wanted_ = body_wanted_ = 0;
}

void Session::dispatch(std::string_view body) {
  connections_.load.pools.bodies.release(std::exchange(body_reserved_, 0));
  phase_ = Phase::header;
  continue_due_ = chunks_done_ = false;
  Exchange& exchange = begin_exchange();
  exchange.charge_ = std::exchange(next_charge_, {});
  exchange.head_only_ = head_.head_only;
  exchange.http_1_0_ = head_.http_1_0;
  exchange.close_ = !head_.keep_alive;
  closing_ = closing_ || exchange.close_;
  if (connections_.load.requests > connections_.limits.requests_in_flight_max && !is_operators_) {
    return exchange.refuse({503, "overloaded", "too many requests are in flight; try again"}, "Retry-After: 1\r\n");
  }
  Request request;
  request.method = head_.method;
  request.content_type = head_.content_type;
  request.has_key = head_.has_key;
  if (head_.has_key) request.idempotency_key = head_.idempotency_key;
  request.from_page = head_.from_page;
  request.path = path_;
  request.query = query_;
  request.body = body;
  connections_.handler.handle(exchange, request);
}

/// Whether the request that is being received is a HEAD, whose answer has no body; going by its first bytes while there
/// are no more.
bool Session::is_receiving_head() const {
  if (phase_ != Phase::header) return head_.head_only;
  constexpr std::string_view method = "HEAD ";
  const std::string_view begun = input_.view().substr(0, method.size());
  return !begun.empty() && method.starts_with(begun);
}

void Session::refuse(Refusal refusal) {
  release_room();
  const bool head_only = is_receiving_head();
  phase_ = Phase::header;
  closing_ = true;
  continue_due_ = false;
  if (reading_) transport_->cancel();  // what has come can be dropped then
  Exchange& exchange = begin_exchange();
  exchange.close_ = true;
  exchange.head_only_ = head_only;
  const std::string_view fields = refusal.status == 503 ? "Retry-After: 1\r\n" : "";
  exchange.refuse({refusal.status, std::string{refusal.code}, std::move(refusal.detail)}, fields);
}

void Session::ask_for_body() {
  // An interim answer must not overtake those of earlier requests.
  if (!continue_due_ || has_unanswered() || closing_ || is_short_of_room()) return;
  continue_due_ = false;
  ready_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

Exchange& Session::begin_exchange() {
  empty_line_taken_ = false;
  idle_begun_ = false;
  const std::uint64_t unanswered = next_ - first_;
  if (unanswered == ring_.size()) {
    std::vector<std::unique_ptr<Exchange>> larger(std::max<std::size_t>(1, ring_.size() * 2));
    for (std::uint64_t number = first_; number != next_; ++number) {
      larger[number & (larger.size() - 1)] = std::move(ring_[number & (ring_.size() - 1)]);
    }
    ring_ = std::move(larger);
  }
  auto& slot = ring_[next_ & (ring_.size() - 1)];
  if (!slot) slot = std::make_unique<Exchange>(*this, connections_.io());
  slot->number_ = next_++;
  slot->answered_ = slot->close_ = slot->head_only_ = slot->http_1_0_ = false;
  slot->kept_body.clear();
  slot->kept_status = 0;
  ++connections_.load.requests;
  return *slot;
}

}  // namespace breakerd::http
