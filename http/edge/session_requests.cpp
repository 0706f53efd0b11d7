// The half of a session that turns bytes into requests.

#include "http/edge/session.hpp"
#include "http/edge/target.hpp"

namespace breakerd::http {
namespace {

/// Answers that wait for a slow reader; over it, no more of its requests are taken.
constexpr std::size_t ready_bytes_max = 1 << 20;
constexpr std::size_t body_bytes_kept = 64 << 10;

Refusal refusal_of(HeaderScan scan) {
  if (scan == HeaderScan::folded_line) return {400, "bad_request", "folded header lines are not accepted"};
  return {400, "bad_request", "a header line ends without CR LF"};
}

/// Room for a path that had to be decoded.
struct DecodedPath {
  std::optional<std::string> text;

  std::string_view operator()(std::string_view path) {
    if (path.find('%') == std::string_view::npos) return path;
    text = percent_decode(path, false);
    return text ? std::string_view{*text} : path;
  }
};

}  // namespace

bool Session::may_take() const {
  return !closing_ && !closed_ && !waiting_to_write_ && ready_.size() < ready_bytes_max &&
         next_ - first_ < connections_.limits.pipeline_requests_max;
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
  return begin_body();
}

bool Session::begin_body() {
  const HttpLimits& limits = connections_.limits;
  if (!head_.chunked && head_.content_length == 0) {
    dispatch({});
    return true;
  }
  if (head_.expects_continue && input_.empty() && !is_taken()) {
    head_.keep_alive = false;  // whether the body comes all the same, nobody knows
    dispatch({});
    return false;
  }
  if (head_.content_length > limits.body_bytes_max) {
    refuse({413, "body_too_large", "the body is larger than " + std::to_string(limits.body_bytes_max) + " bytes"});
    return false;
  }
  if (!reserve_body(static_cast<std::size_t>(head_.content_length))) return false;
  phase_ = head_.chunked ? Phase::chunked_body : Phase::sized_body;
  body_deadline_ = connections_.now + limits.body_timeout + limits.tick;
  continue_due_ = head_.expects_continue && input_.empty();
  return take_request();
}

bool Session::is_taken() const {
  DecodedPath decoded;
  return connections_.handler.takes(head_.method, decoded(split_target(head_.target).path));
}

bool Session::take_sized_body() {
  const auto size = static_cast<std::size_t>(head_.content_length);
  if (input_.view().size() < size) return false;
  dispatch(input_.view().substr(0, size));
  input_.consume(size);
  return true;
}

bool Session::take_chunked_body() {
  const RequestParser::Progress progress = parser_->parse_chunks(input_.view(), connections_.limits, chunked_body_);
  input_.consume(progress.consumed);
  if (progress.refusal) {
    refuse(progress.refusal);
    return false;
  }
  if (!reserve_body(chunked_body_.size() - body_reserved_)) return false;
  if (!progress.done) return false;
  dispatch(chunked_body_);
  chunked_body_.clear();
  if (chunked_body_.capacity() > body_bytes_kept) chunked_body_.shrink_to_fit();
  return true;
}

bool Session::reserve_body(std::size_t bytes) {
  const std::size_t others = connections_.load.body_bytes.fetch_add(bytes);
  body_reserved_ += bytes;
  if (others + bytes > connections_.limits.body_bytes_in_flight_max) {
    refuse({503, "overloaded", "too many large bodies are being received; try again"});
    return false;
  }
  return true;
}

void Session::dispatch(std::string_view body) {
  connections_.load.body_bytes -= std::exchange(body_reserved_, 0);
  phase_ = Phase::header;
  continue_due_ = false;
  Exchange& exchange = begin_exchange();
  exchange.head_only_ = head_.head_only;
  exchange.http_1_0_ = head_.http_1_0;
  exchange.close_ = !head_.keep_alive;
  closing_ = closing_ || exchange.close_;
  if (connections_.load.requests > connections_.limits.requests_in_flight_max) {
    return exchange.refuse({503, "overloaded", "too many requests are in flight; try again"}, "Retry-After: 1\r\n");
  }
  const TargetParts target = split_target(head_.target);
  DecodedPath decoded;
  Request request;
  request.method = head_.method;
  request.content_type = head_.content_type;
  request.idempotency_key = head_.idempotency_key;
  request.from_page = head_.from_page;
  request.path = decoded(target.path);
  request.query = target.query;
  request.body = body;
  connections_.handler.handle(exchange, request);
}

void Session::refuse(Refusal refusal) {
  connections_.load.body_bytes -= std::exchange(body_reserved_, 0);
  phase_ = Phase::header;
  closing_ = true;
  continue_due_ = false;
  Exchange& exchange = begin_exchange();
  exchange.close_ = true;
  const std::string_view fields = refusal.status == 503 ? "Retry-After: 1\r\n" : "";
  exchange.refuse({refusal.status, std::string{refusal.code}, std::move(refusal.detail)}, fields);
}

void Session::ask_for_body() {
  // An interim answer must not overtake those of earlier requests.
  if (!continue_due_ || has_unanswered() || closing_) return;
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
  if (!slot) slot = std::make_unique<Exchange>(*this);
  slot->number_ = next_++;
  slot->answered_ = slot->close_ = slot->head_only_ = slot->http_1_0_ = false;
  slot->note.clear();
  slot->note_status = 0;
  ++connections_.load.requests;
  return *slot;
}

}  // namespace breakerd::http
