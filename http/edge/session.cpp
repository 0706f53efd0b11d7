#include "http/edge/session.hpp"

#include <boost/asio/buffer.hpp>
#include <cassert>

namespace breakerd::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Strings that grew larger give their memory back.
constexpr std::size_t string_bytes_kept = 64 << 10;

void reset(std::string& text) {
  text.clear();
  if (text.capacity() > string_bytes_kept) text.shrink_to_fit();
}

}  // namespace

Session::Session(Newcomer newcomer, Connections& connections, std::size_t place_in_list)
    : seat{newcomer.seat},
      place{place_in_list},
      socket_{std::move(newcomer.socket)},
      connections_{connections},
      principal_{std::move(newcomer.principal)} {
  error_code ignored;  // a socket that is gone already shows at the first read
  socket_.non_blocking(true, ignored);
}

void Session::start() { pump(); }

void Session::refuse_connection(std::string why) {
  refuse({503, "too_many_connections", std::move(why)});
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
    const bool held_back = !may_take();
    ask_for_body();
    flush();
    again = held_back && may_take();
  }
}

void Session::read_and_wait() {
  if (!closed_) {
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
  if (now >= write_deadline_) return close_now();
  if (now < read_deadline_) return;
  const bool nothing_begun = phase_ == Phase::header && input_.empty();
  if (draining_ || nothing_begun) return close_now();
  refuse({408, "request_timeout", phase_ == Phase::header ? "the header took too long" : "the body took too long"});
  pump();
}

void Session::close_now() {
  if (closed_) return;
  closed_ = closing_ = true;
  error_code ignored;  // closing is all that can be done
  socket_.close(ignored);
  release_if_done();
}

void Session::finish(Exchange& exchange, const Answer& answer) {
  assert(!exchange.answered_);
  exchange.answered_ = true;
  --connections_.load.requests;
  const bool is_first = exchange.number_ == first_;
  if (!closed_) {
    const Connection connection = exchange.close_      ? Connection::close
                                  : exchange.http_1_0_ ? Connection::keep_alive
                                                       : Connection::unsaid;
    append_answer(is_first ? ready_ : exchange.held_, answer, connections_.date_field, connection, exchange.head_only_);
  }
  if (is_first) retire_answered();
  if (pumping_ || woken_) return;
  woken_ = true;
  connections_.wake(*this);
}

void Session::retire_answered() {
  while (has_unanswered() && exchange_at(first_).answered_) {
    Exchange& exchange = exchange_at(first_);
    ready_ += exchange.held_;
    reset(exchange.held_);
    ++first_;
  }
}

void Session::read_on() {
  const bool room = !closing_ && !waiting_to_write_ && next_ - first_ < connections_.limits.pipeline_requests_max;
  if (reading_ || !(room || draining_)) return;
  std::size_t wanted = 0;
  if (draining_) input_.clear();
  if (phase_ == Phase::sized_body) wanted = static_cast<std::size_t>(head_.content_length) - input_.view().size();
  reading_ = true;
  socket_.async_read_some(input_.prepare(wanted),
                          [this](error_code error, std::size_t count) { on_read(error, count); });
}

void Session::on_read(error_code error, std::size_t count) {
  reading_ = false;
  if (closed_) return release_if_done();
  if (error == asio::error::eof) return on_end_of_input();
  if (error) return close_now();
  input_.commit(count);
  pump();
}

void Session::on_end_of_input() {
  if (draining_) return close_now();
  if (!closing_ && (phase_ != Phase::header || !input_.empty())) {
    refuse({400, "bad_request", "the connection ended in the middle of a request"});
  }
  // The client may have closed its side only: what it has asked for is still answered.
  closing_ = true;
  pump();
}

void Session::flush() {
  while (!waiting_to_write_ && !closed_) {
    if (out_sent_ == out_.size()) {
      reset(out_);
      out_sent_ = 0;
      write_deadline_ = SteadyTime::max();
      if (ready_.empty()) break;
      out_.swap(ready_);
    }
    error_code error;
    out_sent_ += socket_.write_some(asio::buffer(out_.data() + out_sent_, out_.size() - out_sent_), error);
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
  socket_.async_wait(StreamSocket::wait_write, [this](error_code error) {
    waiting_to_write_ = false;
    if (error) close_now();
    pump();
  });
}

void Session::begin_drain() {
  error_code error;
  socket_.shutdown(StreamSocket::shutdown_send, error);
  if (error) return close_now();
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
  if (!closed_ || released_ || reading_ || waiting_to_write_ || woken_ || pumping_ || has_unanswered()) return;
  released_ = true;
  connections_.load.body_bytes -= std::exchange(body_reserved_, 0);
  connections_.release(*this);
}

// --- Exchange ---

void Exchange::answer(const Answer& answer) { session_.finish(*this, answer); }

void Exchange::refuse(const Problem& problem, std::string_view fields) {
  std::string& body = scratch();
  append_problem(body, problem);
  answer({problem.status, problem_type, fields, body});
}

const std::string& Exchange::principal() const { return session_.principal(); }

std::string& Exchange::scratch() {
  std::string& scratch = session_.connections().scratch;
  reset(scratch);
  return scratch;
}

}  // namespace breakerd::http
