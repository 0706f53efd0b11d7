#include "tests/simulation/network.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

namespace breakerd::simulation {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One direction of a connection.
struct Pipe {
  std::string arrived;        ///< and not read
  std::size_t under_way = 0;  ///< bytes
  Moment last_due{0};         ///< when the last of what is under way arrives: nothing overtakes it
  bool ended = false;         ///< by the sender; the end travels behind the bytes
  bool end_arrived = false;

  [[nodiscard]] std::size_t held() const { return arrived.size() + under_way; }
};

}  // namespace

/// Shared by the two ends and by what is under way between them.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(Network& network, ClientCallbacks callbacks) : network_{network}, client_{std::move(callbacks)} {}

  // --- the daemon's end ---
  std::function<void()> wake_server;  ///< something may be read or written now; null: the daemon's end is closed

  [[nodiscard]] bool is_broken() const { return broken_; }
  [[nodiscard]] bool has_input() const { return !to_server_.arrived.empty() || to_server_.end_arrived || broken_; }
  [[nodiscard]] std::size_t room() const {
    return network_.conduct.window_bytes - std::min(network_.conduct.window_bytes, to_client_.held());
  }
  std::size_t read(asio::mutable_buffer room) {
    const std::size_t count = std::min(room.size(), to_server_.arrived.size());
    std::memcpy(room.data(), to_server_.arrived.data(), count);
    to_server_.arrived.erase(0, count);
    push_client_output();
    return count;
  }
  void write(std::string_view bytes) {
    travel(to_client_, bytes, [this] { arrive_at_client(); });
  }
  void end_server_output() {
    end(to_client_, [this] { arrive_at_client(); });
  }
  /// The daemon, or its process, has let go of the connection.
  void close_server() {
    wake_server = nullptr;
    end_server_output();
  }

  // --- the client's end ---
  void send(std::string_view bytes) {
    if (broken_ || client_gone_ || cut_off_) return;
    if (network_.chance().per_mille(network_.conduct.cut_per_mille)) return cut_within(bytes);
    waiting_output_ += bytes;
    push_client_output();
  }
  void end_client_output() {
    output_ends_ = true;
    push_client_output();
  }
  void close_client() {
    client_gone_ = true;
    client_ = {};
    end_client_output();
  }

 private:
  /// Nothing of it arrives, or a part of it, and then the connection is cut.
  void cut_within(std::string_view bytes) {
    if (network_.chance().below(2) == 0) return cut();
    cut_off_ = true;
    waiting_output_ += bytes.substr(0, network_.chance().below(bytes.size()));
    push_client_output();
    network_.timeline().after(2 * network_.conduct.latency_max, [self = shared_from_this()] { self->cut(); });
  }

  void cut() {
    broken_ = true;
    to_server_.arrived.clear();
    to_client_.arrived.clear();
    network_.timeline().after(network_.latency(), [self = shared_from_this()] {
      if (self->wake_server) self->wake_server();
      self->tell_client_of_end();
    });
  }

  void push_client_output() {
    const std::size_t window = network_.conduct.window_bytes;
    const std::size_t count = std::min(waiting_output_.size(), window - std::min(window, to_server_.held()));
    const std::string bytes = waiting_output_.substr(0, count);
    waiting_output_.erase(0, count);
    const auto arrived = [this] {
      if (wake_server) wake_server();
    };
    if (count > 0) travel(to_server_, bytes, arrived);
    if (output_ends_ && waiting_output_.empty()) end(to_server_, arrived);
  }

  void travel(Pipe& pipe, std::string_view bytes, const std::function<void()>& arrived) {
    const bool splits = bytes.size() > 1 && network_.chance().per_mille(network_.conduct.split_per_mille);
    const std::size_t first = splits ? 1 + network_.chance().below(bytes.size() - 1) : bytes.size();
    for (const std::string_view piece : {bytes.substr(0, first), bytes.substr(first)}) {
      if (piece.empty()) continue;
      pipe.under_way += piece.size();
      deliver(pipe, [this, &pipe, piece = std::string{piece}, arrived] {
        pipe.under_way -= piece.size();
        if (broken_) return;
        pipe.arrived += piece;
        arrived();
      });
    }
  }

  void end(Pipe& pipe, const std::function<void()>& arrived) {
    if (std::exchange(pipe.ended, true)) return;
    deliver(pipe, [this, &pipe, arrived] {
      if (broken_) return;
      pipe.end_arrived = true;
      arrived();
    });
  }

  void deliver(Pipe& pipe, std::function<void()> then) {
    pipe.last_due = std::max(pipe.last_due, network_.timeline().now() + network_.latency());
    network_.timeline().at(pipe.last_due, [self = shared_from_this(), then = std::move(then)] { then(); });
  }

  void arrive_at_client() {
    if (dozing_) return;
    if (!to_client_.arrived.empty() && network_.chance().per_mille(network_.conduct.slow_reads_per_mille)) {
      dozing_ = true;
      ++network_.slow_readers_;
      return network_.timeline().after(network_.conduct.slow_read, [self = shared_from_this()] {
        self->dozing_ = false;
        --self->network_.slow_readers_;
        self->read_at_client();
      });
    }
    read_at_client();
  }

  void read_at_client() {
    if (broken_) return;
    const std::string bytes = std::exchange(to_client_.arrived, {});
    if (!bytes.empty() && client_.on_bytes) client_.on_bytes(bytes);
    if (to_client_.end_arrived) tell_client_of_end();
    if (!bytes.empty() && wake_server) wake_server();
  }

  void tell_client_of_end() {
    const auto on_end = std::exchange(client_.on_end, nullptr);
    client_.on_bytes = nullptr;
    if (on_end) on_end(broken_);
  }

  Network& network_;
  ClientCallbacks client_;
  Pipe to_server_;
  Pipe to_client_;
  std::string waiting_output_;  ///< of the client, for which the window has no room
  bool output_ends_ = false;    ///< behind it
  bool client_gone_ = false;
  bool cut_off_ = false;  ///< the client's sends do not leave any more
  bool dozing_ = false;   ///< the client takes nothing for a while
  bool broken_ = false;
};

namespace {

class ServerEnd final : public http::Transport {
 public:
  ServerEnd(std::shared_ptr<Link> link, asio::io_context& io) : link_{std::move(link)}, io_{io} {
    link_->wake_server = [this] { look(); };
  }
  ~ServerEnd() override { link_->close_server(); }

  void read(asio::mutable_buffer room, User& user) override {
    room_ = room;
    reader_ = &user;
    look();
  }
  std::size_t write_some(asio::const_buffer bytes, error_code& error) override {
    error = {};
    if (closed_ || ended_) return error = asio::error::bad_descriptor, 0;
    if (link_->is_broken()) return error = asio::error::connection_reset, 0;
    const std::size_t count = std::min(bytes.size(), link_->room());
    if (count == 0 && bytes.size() > 0) return error = asio::error::would_block, 0;
    link_->write({static_cast<const char*>(bytes.data()), count});
    return count;
  }
  void wait_until_writable(User& user) override {
    writer_ = &user;
    look();
  }
  error_code end_output() override {
    ended_ = true;
    link_->end_server_output();
    return {};
  }
  void cancel() override {
    if (reader_ != nullptr) read_cancelled_ = true;
    if (writer_ != nullptr) wait_cancelled_ = true;
    look();
  }
  void close() override {
    closed_ = true;
    cancel();
    link_->close_server();
  }

 private:
  /// Completes what can be, in turns of the loop of their own. The user keeps this alive until both are complete.
  void look() {
    if (reader_ != nullptr && !read_posted_ && (read_cancelled_ || link_->has_input())) {
      read_posted_ = true;
      asio::post(io_, [this] { complete_read(); });
    }
    if (writer_ != nullptr && !wait_posted_ && (wait_cancelled_ || link_->is_broken() || link_->room() > 0)) {
      wait_posted_ = true;
      asio::post(io_, [this] { complete_wait(); });
    }
  }

  void complete_read() {
    read_posted_ = false;
    User* const user = std::exchange(reader_, nullptr);
    if (std::exchange(read_cancelled_, false)) return user->on_read(asio::error::operation_aborted, 0);
    if (link_->is_broken()) return user->on_read(asio::error::connection_reset, 0);
    const std::size_t count = link_->read(room_);
    if (count == 0) return user->on_read(asio::error::eof, 0);
    user->on_read({}, count);
  }

  void complete_wait() {
    wait_posted_ = false;
    User* const user = std::exchange(writer_, nullptr);
    user->on_writable(std::exchange(wait_cancelled_, false) ? asio::error::operation_aborted : error_code{});
  }

  std::shared_ptr<Link> link_;
  asio::io_context& io_;
  asio::mutable_buffer room_;
  User* reader_ = nullptr;
  User* writer_ = nullptr;
  bool read_posted_ = false;
  bool wait_posted_ = false;
  bool read_cancelled_ = false;
  bool wait_cancelled_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace

ClientEnd::ClientEnd(std::shared_ptr<Link> link) : link_{std::move(link)} {}
ClientEnd::~ClientEnd() { link_->close_client(); }
void ClientEnd::send(std::string_view bytes) { link_->send(bytes); }
void ClientEnd::end_output() { link_->end_client_output(); }

Duration Network::latency() {
  const auto span = static_cast<std::uint64_t>((conduct.latency_max - conduct.latency_min).count());
  return conduct.latency_min + Duration{static_cast<std::int64_t>(chance_.below(span + 1))};
}

Network::Connection Network::connect(asio::io_context& io, ClientCallbacks callbacks) {
  const auto link = std::make_shared<Link>(*this, std::move(callbacks));
  return {std::make_unique<ClientEnd>(link), std::make_unique<ServerEnd>(link, io)};
}

}  // namespace breakerd::simulation
