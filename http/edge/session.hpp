#pragma once
// One connection. Reads into one buffer, takes as many pipelined requests as are there, hands them to the handler, and
// writes the answers in order, all that are ready in one write.
//
// Whatever happens after a request's first byte, the client gets an answer: after a refusal the connection is
// half-closed and drained for a while, so that the answer is not lost to a reset.
//
// Owned by Connections; lives until it is closed, has no I/O under way and no exchange without an answer.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/edge/connections.hpp>
#include <breakerd/http/edge/exchange.hpp>
#include <breakerd/http/edge/header_block.hpp>
#include <breakerd/http/edge/input_buffer.hpp>
#include <breakerd/http/edge/request_parser.hpp>

namespace breakerd::http {

class Session final : private Transport::User {
 public:
  Session(Newcomer newcomer, Connections& connections, std::size_t place_in_list);

  void start();

  /// Answers 503 with this code and detail, reads nothing, closes.
  void refuse_connection(std::string_view code, std::string detail);

  /// Answers what is in flight, then closes. A half-received request is answered 503.
  void shut_down();

  /// Takes requests, writes answers, reads on: whatever can be done now.
  void pump();

  /// pump(), as asked for with Connections::wake, in two halves: what is written to the one, and, when that is done for
  /// all who were woken, what is read from it. By then many a client has answered, and no time is spent on finding that
  /// it has not.
  void write_woken();
  void read_woken();

  void check_deadlines();
  void close_now();

  // --- for exchanges ---
  void finish(Exchange& exchange, const Answer& answer);
  [[nodiscard]] bool take_room(Exchange& exchange, Share share, std::size_t bytes);
  void when_room(Exchange& exchange, Share share, std::size_t bytes, std::function<void()> then);
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> gone();
  void when_client_ends(Exchange& exchange, std::function<void()> then);
  [[nodiscard]] bool begin_wait(Exchange& exchange);
  [[nodiscard]] bool has_client_ended() const { return closed_ || input_ended_; }
  [[nodiscard]] const std::string& principal() const { return principal_; }
  [[nodiscard]] Connections& connections() { return connections_; }

  const Seat seat;
  Seat counted_as;    ///< `seat`, or a waiter's
  std::size_t place;  ///< in the list of Connections

 private:
  enum class Phase : std::uint8_t { header, sized_body, chunked_body };

  void take_and_write();
  void read_and_wait();

  // taking requests
  [[nodiscard]] bool may_take() const;
  [[nodiscard]] bool take_request();
  [[nodiscard]] bool take_header();
  void split_received_target();
  [[nodiscard]] bool begin_body();
  [[nodiscard]] bool is_let_in();
  [[nodiscard]] bool is_taken() const;
  [[nodiscard]] bool take_sized_body();
  [[nodiscard]] bool take_chunked_body();
  [[nodiscard]] std::chrono::milliseconds patience(std::chrono::milliseconds limit) const;
  [[nodiscard]] bool has_body_room();
  [[nodiscard]] bool has_work_room(std::size_t body_bytes);
  [[nodiscard]] bool obtain(BytePool& pool, std::size_t bytes);
  void release_room();
  [[nodiscard]] bool is_short_of_room() const { return room_wait_.is_pending() || room_granted_ || own_wanted_ != 0; }
  void dispatch(std::string_view body);
  [[nodiscard]] bool is_receiving_head() const;
  void refuse(Refusal refusal);
  void ask_for_body();
  Exchange& begin_exchange();

  // input and output
  void release_input();
  void read_on();
  void on_read(boost::system::error_code error, std::size_t count) override;
  void on_end_of_input();
  void flush();
  void wait_until_writable();
  void on_writable(boost::system::error_code error) override;
  void begin_drain();
  void set_read_deadline();
  void release_if_done();
  [[nodiscard]] bool has_unanswered() const { return first_ != next_; }
  [[nodiscard]] Exchange& exchange_at(std::uint64_t number) { return *ring_[number & (ring_.size() - 1)]; }
  void retire_answered();
  void settle_charge(Exchange& exchange, std::size_t bytes);
  void drop_answers();
  void note_written(std::size_t bytes);
  void refuse_waiting(std::string_view why, SteadyTime due);
  void tell_client_ends();
  [[nodiscard]] bool is_too_slow() const;

  std::unique_ptr<Transport> transport_;
  Connections& connections_;
  std::string principal_;

  // the request being received
  Phase phase_ = Phase::header;
  InputBuffer input_;
  HeaderBlock header_;
  std::optional<RequestParser> parser_;
  RequestHead head_;
  std::string_view path_;   ///< of its target, decoded
  std::string_view query_;  ///< of its target
  std::optional<std::string> decoded_path_;
  std::string chunked_body_;
  bool is_operators_ = false;      ///< a call that is answered whatever else is under way
  std::size_t body_wanted_ = 0;    ///< of the pool of bodies, before more of this one is read
  std::size_t body_reserved_ = 0;  ///< of the same
  SteadyTime body_begun_{};        ///< when there was room for it

  // room in memory for it: waited for, or granted and not used yet, or of the allowance when its answers have gone
  RoomWait room_wait_;
  SteadyTime room_deadline_{};
  bool room_granted_ = false;
  std::size_t own_wanted_ = 0;
  Holding holding_;
  Charge next_charge_;
  bool chunks_done_ = false;  ///< the whole chunked body is there
  bool continue_due_ = false;
  bool empty_line_taken_ = false;  ///< before this request
  bool header_begun_ = false;
  bool idle_begun_ = false;  ///< since the last answer; what is no request does not end it
  SteadyTime idle_deadline_{};
  SteadyTime body_deadline_{};

  // exchanges first_ .. next_-1 are unanswered or wait for their turn; a ring with a power of two places
  std::vector<std::unique_ptr<Exchange>> ring_;
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
  std::size_t waiting_exchanges_ = 0;   ///< for room
  std::size_t watching_exchanges_ = 0;  ///< for the client's end

  // the answers: `out_` is being written, `ready_` comes after it
  std::string out_;
  std::size_t out_sent_ = 0;
  std::string ready_;
  Charge out_charge_;
  Charge ready_charge_;
  /// An answer in `out_` or `ready_` that somebody cares for.
  struct Watched {
    std::uint64_t end = 0;  ///< it is written when `written_` is this
    std::function<void()> lost;
  };
  std::deque<Watched> watched_;  ///< in their order
  std::uint64_t written_ = 0;    ///< bytes since watched_ was empty
  SteadyTime out_begun_{};
  std::shared_ptr<std::atomic<bool>> gone_;  ///< null: nobody wants to know

  SteadyTime read_deadline_ = SteadyTime::max();
  SteadyTime write_deadline_ = SteadyTime::max();
  bool reading_ = false;
  bool waiting_to_write_ = false;
  bool pumping_ = false;
  bool woken_ = false;
  bool closing_ = false;      ///< takes no more requests
  std::size_t dropped_ = 0;   ///< bytes that came behind the last request
  bool input_ended_ = false;  ///< the client has ended its side
  bool draining_ = false;     ///< all is said; waits for the client to hang up
  bool closed_ = false;
  bool released_ = false;
};

}  // namespace breakerd::http
