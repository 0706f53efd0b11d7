#pragma once
// One run of the daemon: the real core, bridge, API and connections, on the simulation's one thread. What its process
// would do on threads of its own is done in turns, in an order that is drawn.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/events/model/randomness.hpp>
#include <breakerd/http/api/api.hpp>
#include <breakerd/http/bridge/caf_bridge.hpp>
#include <breakerd/http/edge/connections.hpp>
#include "tests/simulation/chance.hpp"
#include "tests/simulation/timeline.hpp"

namespace breakerd::simulation {

class Daemon {
 public:
  struct Setting {
    Timeline& timeline;
    Chance& chance;
    Randomness& randomness;
    http::HttpLimits limits;
    std::chrono::milliseconds stall_after{5'000};
    bool two_workers = false;  ///< the queue has turns while the log waits for the disk
    InFlight in_flight = InFlight::stop;
    LineSink log_line;
  };

  /// Takes connections at once, and answers `unavailable` until open().
  explicit Daemon(Setting setting);
  /// As of a process that is gone: what is under way is dropped.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Starts the core over `log`, which outlives this. Errors as Core::start().
  [[nodiscard]] Result<void> open(EventLog& log);

  /// Where a connection's end completes its reads.
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  /// Counts a connection that take() gets later.
  void expect() { connections_.expect(); }
  void take(std::unique_ptr<http::Transport> transport, bool is_local, std::string principal);

  /// Something that one of the threads can do now; a thread that waits for the disk has no turn. False: there is
  /// nothing. `while_syncing`: the log actor's thread waits for the disk.
  bool turn(bool while_syncing);
  /// The moment of its next timer, by the timeline's clock.
  [[nodiscard]] Moment next_timer();

  /// Stops as on SIGTERM: what is in flight is answered first. Ended when is_stopped(); then end().
  void begin_stop();
  [[nodiscard]] bool is_stopped() const { return stopped_; }
  /// From here on nobody listens.
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  /// Ends the core. Gives how many openings are owed, as Core::stop().
  std::size_t end();

  [[nodiscard]] const Core* core() const { return core_.get(); }
  [[nodiscard]] const http::Load& load() const { return load_; }
  /// An actor has ended that must not.
  [[nodiscard]] const std::vector<std::string>& fatal() const { return fatal_; }

 private:
  class TurnReaders;

  [[nodiscard]] caf::scheduler::test_coordinator& scheduler();
  void move_actors_clock();
  bool run_actor(bool while_syncing);
  bool run_io();
  bool run_reader();

  Setting setting_;
  Moment begun_;  ///< when the actors' clock began
  CoreConfig config_;
  caf::actor_system system_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  TurnReaders* readers_;  ///< the bridge's own
  http::CafBridge bridge_;
  http::Load load_;
  http::Api api_;
  http::Connections connections_;
  Moment next_tick_;
  std::unique_ptr<Core> core_;
  std::vector<caf::resumable*> worker_actors_;  ///< those that share the log's thread
  std::vector<std::string> fatal_;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace breakerd::simulation
