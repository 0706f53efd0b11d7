#include <breakerd/http/edge/session.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cassert>

namespace breakerd::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Strings that grew larger give their memory back.
constexpr std::size_t string_bytes_kept = 64 << 10;
constexpr std::size_t answer_head_bytes = 512;

void reset(std::string& text) {
  text.clear();
  if (text.capacity() > string_bytes_kept) text.shrink_to_fit();
}

/// It may have gone altogether, which looks the same: not to be waited for.
constexpr std::string_view client_left = "there is no room for this in memory, and the client has ended its side";

}  // namespace

Session::Session(Newcomer newcomer, Connections& connections, std::size_t place_in_list)
    : seat{newcomer.seat},
      counted_as{newcomer.seat},
      place{place_in_list},
      transport_{std::move(newcomer.transport)},
      connections_{connections},
      principal_{std::move(newcomer.principal)},
      room_wait_{connections.io()},
      holding_{connections.load.pools, connections.limits.connection_bytes_max} {}

void Session::start() { pump(); }

void Session::refuse_connection(std::string_view code, std::string detail) {
  refuse({503, code, std::move(detail)});
  pump();
}

void Session::shut_down() {
  if (closing_ || closed_) return;
  if (phase_ != Phase::header || !input_.empty()) {
    refuse({503, "unavailable", "the server is stopping"});
  } else {
    closing_ = true;
    if (has_unanswered()) exchange_at(next_ - 1).close_ = true;
  }
  refuse_waiting("the server is stopping", SteadyTime::max());
  pump();
}

void Session::pump() {
  take_and_write();
  read_and_wait();
}

void Session::take_and_write() {
  for (bool again = !closed_; again;) {
    pumping_ = true;
    while (may_take() && take_request()) {
    }
    pumping_ = false;
    const bool held_back = !may_take() || own_wanted_ != 0;
    ask_for_body();
    flush();
    again = held_back && may_take() && holding_.has_own(own_wanted_);
  }
}

void Session::read_and_wait() {
  if (!closed_) {
    if (!reading_) release_input();
    read_on();
    set_read_deadline();
  }
  release_if_done();
}

void Session::write_woken() { take_and_write(); }

void Session::read_woken() {
  woken_ = false;  // until now it kept the session from being released
  read_and_wait();
}

void Session::check_deadlines() {
  const SteadyTime now = connections_.now;
  if (closed_) return;
  if (now >= write_deadline_ || (waiting_to_write_ && is_too_slow())) return close_now();
  refuse_waiting("there was no room for this in memory for too long; try again", now);
  if (closed_) return;
  if (room_wait_.is_pending() && now >= room_deadline_ && room_wait_.cancel()) {
    refuse({503, "overloaded", "there was no room for this in memory for too long; try again"});
    return pump();
  }
  if (body_reserved_ != 0 && reading_ && !closing_ && is_too_slow()) {
    refuse({503, "overloaded", "the body comes too slowly while others wait for the room it takes"});
    return pump();
  }
  if (now < read_deadline_) return;
  const bool nothing_begun = phase_ == Phase::header && input_.empty();
  if (draining_ || nothing_begun) return close_now();
  refuse({408, "request_timeout", phase_ == Phase::header ? "the header took too long" : "the body took too long"});
  pump();
}

void Session::close_now() {
  if (closed_) return;
  closed_ = closing_ = true;
  if (gone_) *gone_ = true;
  transport_->close();
  release_room();
  drop_answers();
  tell_client_ends();
  if (!reading_) release_input();
  release_if_done();
}

/// Of a connection that takes no more requests, all of it; and the room that it had.
void Session::release_input() {
  if (!closing_) return input_.release_memory();
  input_.clear();
  input_.release_memory();
  chunked_body_.clear();
  chunked_body_.shrink_to_fit();
  connections_.load.pools.bodies.release(std::exchange(body_reserved_, 0));
}

/// Nobody will read them.
void Session::drop_answers() {
  for (std::uint64_t number = first_; number != next_; ++number) {
    Exchange& exchange = exchange_at(number);
    if (exchange.answered_) {
      if (exchange.lost_) std::exchange(exchange.lost_, nullptr)();
      reset(exchange.held_);
      holding_.release(exchange.charge_);
    } else if (exchange.wait_.cancel()) {
      holding_.forget(exchange.charge_);
      --waiting_exchanges_;
      finish(exchange, {});
    }
  }
  for (Watched& answer : std::exchange(watched_, {})) answer.lost();
  reset(out_);
  reset(ready_);
  out_sent_ = 0;
  holding_.release(out_charge_);
  holding_.release(ready_charge_);
}

/// What is handed to the system whole cannot be lost any more, as far as can be told.
void Session::note_written(std::size_t bytes) {
  written_ += bytes;
  while (!watched_.empty() && watched_.front().end <= written_) watched_.pop_front();
}

void Session::finish(Exchange& exchange, const Answer& answer) {
  assert(!exchange.answered_);
  exchange.answered_ = true;
  if (std::exchange(exchange.is_waiter_, false))
    connections_.load.end_wait();
  else
    --connections_.load.requests;
  if (exchange.diverted_) exchange.diverted_ = nullptr;  // nobody waits for that answer any more
  if (std::exchange(exchange.client_ends_, nullptr)) --watching_exchanges_;
  if (closed_ && exchange.lost_) std::exchange(exchange.lost_, nullptr)();
  const bool is_first = exchange.number_ == first_;
  std::string& to = is_first ? ready_ : exchange.held_;
  const std::size_t before = to.size();
  if (!closed_) {
    const Connection connection = exchange.close_      ? Connection::close
                                  : exchange.http_1_0_ ? Connection::keep_alive
                                                       : Connection::unsaid;
    // A string that doubles holds twice what is counted.
    if (answer.body.size() > string_bytes_kept) to.reserve(before + answer.body.size() + answer_head_bytes);
    append_answer(to, answer, connections_.date_field, connection, exchange.head_only_);
  }
  settle_charge(exchange, to.size() - before);
  if (is_first) retire_answered();
  if (pumping_ || woken_ || released_) return;
  woken_ = true;
  connections_.wake(*this);
}

/// What was counted for the request becomes what its answer takes. For more than that there must be room, or a client
/// that takes it at once: else the connection ends, with that answer unread.
void Session::settle_charge(Exchange& exchange, std::size_t bytes) {
  const std::size_t counted = exchange.charge_.total();
  if (bytes <= counted) return holding_.release(exchange.charge_, bytes);
  if (holding_.add(bytes - counted, Share::commands, exchange.charge_) || pumping_) return;
  const bool is_first = exchange.number_ == first_;
  if (is_first) {
    retire_answered();
    flush();
  }
  if (!is_first || waiting_to_write_) close_now();
}

bool Session::take_room(Exchange& exchange, Share share, std::size_t bytes) {
  const std::size_t counted = exchange.charge_.total();
  return bytes <= counted || holding_.take(bytes - counted, share, exchange.charge_);
}

void Session::when_room(Exchange& exchange, Share share, std::size_t bytes, std::function<void()> then) {
  holding_.release(exchange.charge_);  // who waits holds nothing that others wait for
  bytes = holding_.clamped(bytes, share);
  holding_.promise(bytes, share, exchange.charge_);
  exchange.wait_deadline_ = connections_.now + connections_.limits.room_timeout + connections_.limits.tick;
  ++waiting_exchanges_;
  exchange.wait_.start(holding_.pool(share), bytes, [this, &exchange, then = std::move(then)] {
    --waiting_exchanges_;
    if (closed_) return finish(exchange, {});
    then();
  });
}

/// Refuses the requests that wait for room and whose time is up at `due`.
void Session::refuse_waiting(std::string_view why, SteadyTime due) {
  for (std::uint64_t number = first_; waiting_exchanges_ > 0 && number < next_; ++number) {
    Exchange& exchange = exchange_at(number);
    if (exchange.answered_ || exchange.wait_deadline_ > due || !exchange.wait_.cancel()) continue;
    holding_.forget(exchange.charge_);
    --waiting_exchanges_;
    exchange.refuse({503, "overloaded", std::string{why}}, "Retry-After: 1\r\n");
  }
}

void Session::when_client_ends(Exchange& exchange, std::function<void()> then) {
  assert(!exchange.answered_ && !exchange.client_ends_);
  exchange.client_ends_ = std::move(then);
  ++watching_exchanges_;
}

/// The room that it had to be handled is others' while it waits.
bool Session::begin_wait(Exchange& exchange) {
  if (!connections_.load.begin_wait(counted_as)) return false;
  --connections_.load.requests;
  exchange.is_waiter_ = true;
  holding_.release(exchange.charge_);
  return true;
}

/// Whoever is told may answer at once.
void Session::tell_client_ends() {
  for (std::uint64_t number = first_; watching_exchanges_ > 0 && number < next_; ++number) {
    Exchange& exchange = exchange_at(number);
    if (!exchange.client_ends_) continue;
    --watching_exchanges_;
    std::exchange(exchange.client_ends_, nullptr)();
  }
}

std::shared_ptr<const std::atomic<bool>> Session::gone() {
  if (!gone_) gone_ = std::make_shared<std::atomic<bool>>(closed_);
  return gone_;
}

/// Only while others wait for the room that this connection has.
bool Session::is_too_slow() const {
  const bool sends = body_reserved_ != 0;
  if (sends ? !connections_.load.pools.bodies.is_short()
            : !(holding_.uses_pools() || room_granted_) || !connections_.load.pools.is_short())
    return false;
  const std::size_t bytes = sends ? body_reserved_ : out_.size();
  const SteadyTime begun = sends ? body_begun_ : out_begun_;
  return connections_.now - begun >
         connections_.limits.slow_timeout + std::chrono::milliseconds{bytes * 1'000 / slow_bytes_per_s};
}

void Session::retire_answered() {
  while (has_unanswered() && exchange_at(first_).answered_) {
    Exchange& exchange = exchange_at(first_);
    ready_ += exchange.held_;
    reset(exchange.held_);
    ready_charge_ += std::exchange(exchange.charge_, {});
    if (exchange.lost_) {
      if (watched_.empty()) written_ = 0;
      const std::uint64_t left = out_.size() - out_sent_ + ready_.size();
      watched_.push_back({written_ + left, std::exchange(exchange.lost_, nullptr)});
    }
    ++first_;
  }
}

void Session::read_on() {
  const HttpLimits& limits = connections_.limits;
  const bool takes = may_take() && !is_short_of_room();
  // While it waits for room it reads no more than tells that the client has gone.
  const bool waits = (room_wait_.is_pending() || holding_.is_full()) && !closing_ && !waiting_to_write_ &&
                     next_ - first_ < limits.pipeline_requests_max && input_.view().size() < limits.header_bytes_max;
  // So it does for those who want to know, also when it takes no more requests for now, or for good: then what comes is
  // dropped. A client that sends much meanwhile is not listened to any more.
  const bool listens = waits || (watching_exchanges_ > 0 && !input_ended_ && !draining_ &&
                                 input_.view().size() + dropped_ < limits.header_bytes_max);
  if (reading_ || !(takes || listens || draining_)) return;
  std::size_t wanted = 0;
  if (phase_ == Phase::sized_body && takes)
    wanted = static_cast<std::size_t>(head_.content_length) - input_.view().size();
  reading_ = true;
  transport_->read(input_.prepare(wanted), *this);
}

void Session::on_read(error_code error, std::size_t count) {
  reading_ = false;
  if (closed_) {
    release_input();
    return release_if_done();
  }
  if (error == asio::error::eof) return on_end_of_input();
  if (error == asio::error::operation_aborted) return pump();  // by refuse()
  if (error) return close_now();
  if (closing_) dropped_ += count;
  input_.commit(count);
  pump();
}

void Session::on_end_of_input() {
  if (draining_) return close_now();
  refuse_waiting(client_left, SteadyTime::max());
  if (is_short_of_room()) {
    refuse({503, "overloaded", std::string{client_left}});
  } else if (!closing_ && (phase_ != Phase::header || !input_.empty())) {
    refuse({400, "bad_request", "the connection ended in the middle of a request"});
  }
  // The client may have closed its side only: what it has asked for is still answered.
  closing_ = true;
  input_ended_ = true;
  tell_client_ends();
  pump();
}

void Session::flush() {
  while (!waiting_to_write_ && !closed_) {
    if (out_sent_ == out_.size()) {
      reset(out_);
      out_sent_ = 0;
      write_deadline_ = SteadyTime::max();
      holding_.release(out_charge_);
      if (ready_.empty()) break;
      out_.swap(ready_);
      std::swap(out_charge_, ready_charge_);
      out_begun_ = connections_.now;
    }
    error_code error;
    const std::size_t count =
        transport_->write_some(asio::buffer(out_.data() + out_sent_, out_.size() - out_sent_), error);
    out_sent_ += count;
    if (!watched_.empty()) note_written(count);
    if (error == asio::error::would_block) return wait_until_writable();
    if (error) return close_now();
  }
  if (closing_ && !has_unanswered() && !draining_ && !waiting_to_write_ && !closed_) begin_drain();
}

void Session::wait_until_writable() {
  waiting_to_write_ = true;
  if (write_deadline_ == SteadyTime::max()) {
    write_deadline_ = connections_.now + connections_.limits.write_timeout + connections_.limits.tick;
  }
  transport_->wait_until_writable(*this);
}

void Session::on_writable(error_code error) {
  waiting_to_write_ = false;
  if (error && error != asio::error::operation_aborted) close_now();  // that is by refuse(), for what is read
  pump();
}

void Session::begin_drain() {
  if (transport_->end_output()) return close_now();
  draining_ = true;
  read_deadline_ = connections_.now + connections_.limits.drain_timeout + connections_.limits.tick;
}

void Session::set_read_deadline() {
  if (draining_ || closed_) return;
  const HttpLimits& limits = connections_.limits;
  if (!reading_) {
    // Not the client's time: it waits for us.
    header_begun_ = false;
    read_deadline_ = SteadyTime::max();
  } else if (is_short_of_room()) {
    read_deadline_ = SteadyTime::max();
  } else if (phase_ != Phase::header) {
    read_deadline_ = body_deadline_;
  } else if (!input_.empty()) {
    if (!header_begun_) read_deadline_ = connections_.now + patience(limits.header_timeout) + limits.tick;
    header_begun_ = true;
  } else if (has_unanswered() || waiting_to_write_) {
    header_begun_ = idle_begun_ = false;
    read_deadline_ = SteadyTime::max();
  } else {
    if (!idle_begun_) idle_deadline_ = connections_.now + patience(limits.idle_timeout) + limits.tick;
    header_begun_ = false;
    idle_begun_ = true;
    read_deadline_ = idle_deadline_;
  }
}

void Session::release_if_done() {
  if (!closed_ || released_ || reading_ || waiting_to_write_ || woken_ || pumping_ || has_unanswered() ||
      room_wait_.is_pending())
    return;
  released_ = true;
  connections_.release(*this);
}

// --- Exchange ---

void Exchange::answer(const Answer& answer) {
  if (diverted_) return std::exchange(diverted_, nullptr)(answer);
  session_.finish(*this, answer);
}

bool Exchange::take_room(Share share, std::size_t bytes) { return session_.take_room(*this, share, bytes); }

void Exchange::when_room(Share share, std::size_t bytes, std::function<void()> then) {
  session_.when_room(*this, share, bytes, std::move(then));
}

std::shared_ptr<const std::atomic<bool>> Exchange::gone() { return session_.gone(); }

void Exchange::when_client_ends(std::function<void()> then) { session_.when_client_ends(*this, std::move(then)); }

bool Exchange::begin_wait() { return session_.begin_wait(*this); }

bool Exchange::has_client_ended() const { return session_.has_client_ended(); }

void Exchange::when_lost(std::function<void()> then) { lost_ = std::move(then); }

void Exchange::refuse(const Problem& problem, std::string_view fields) {
  std::string& body = scratch();
  append_problem(body, problem);
  answer({problem.status, BodyType::problem, fields, body});
}

const std::string& Exchange::principal() const { return session_.principal(); }

std::string& Exchange::scratch() {
  std::string& scratch = session_.connections().scratch;
  reset(scratch);
  return scratch;
}

}  // namespace breakerd::http
