#pragma once
// Connections in memory between clients and a daemon. Bytes arrive later, in pieces, in their order; a connection may
// be cut, ended on one side, or have a client that is slow to read.

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <breakerd/http/edge/transport.hpp>
#include "tests/simulation/chance.hpp"
#include "tests/simulation/timeline.hpp"

namespace breakerd::simulation {

/// How the connections of one seed behave.
struct NetworkConduct {
  Duration latency_min{20};
  Duration latency_max{400};
  std::size_t window_bytes = 64 << 10;     ///< sent and not read yet, in one direction
  std::uint32_t split_per_mille = 100;     ///< of sends that arrive in pieces
  std::uint32_t cut_per_mille = 0;         ///< of sends that cut the connection instead
  std::uint32_t slow_reads_per_mille = 0;  ///< of arrivals that the client does not take for a while
  Duration slow_read{2'000'000};
};

/// What both ends share.
class Link;

/// What the client is told, in turns of the timeline, until its end is destroyed.
struct ClientCallbacks {
  std::function<void(std::string_view)> on_bytes;
  /// Nothing comes any more; once. `was_cut`: the network's doing, and not the daemon's.
  std::function<void(bool was_cut)> on_end;
};

/// The client's end.
class ClientEnd {
 public:
  explicit ClientEnd(std::shared_ptr<Link> link);
  ~ClientEnd();
  ClientEnd(const ClientEnd&) = delete;
  ClientEnd& operator=(const ClientEnd&) = delete;

  void send(std::string_view bytes);
  /// Says that there is no more to come, and still reads.
  void end_output();

 private:
  std::shared_ptr<Link> link_;
};

class Network {
 public:
  Network(Timeline& timeline, Chance& chance) : timeline_{timeline}, chance_{chance} {}

  NetworkConduct conduct;

  struct Connection {
    std::unique_ptr<ClientEnd> client;
    std::unique_ptr<http::Transport> server;
  };
  /// The daemon's end completes its reads and waits in turns of `io`, which outlives it.
  [[nodiscard]] Connection connect(boost::asio::io_context& io, ClientCallbacks callbacks);

  /// Clients that take nothing for a while. Their requests may wait behind answers that cannot be sent.
  [[nodiscard]] std::size_t slow_readers() const { return slow_readers_; }

  // --- for the ends ---
  [[nodiscard]] Duration latency();
  Timeline& timeline() { return timeline_; }
  Chance& chance() { return chance_; }

 private:
  friend class Link;

  Timeline& timeline_;
  Chance& chance_;
  std::size_t slow_readers_ = 0;
};

}  // namespace breakerd::simulation
