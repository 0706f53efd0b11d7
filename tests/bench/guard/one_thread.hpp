#pragma once
// The daemon on one thread: sockets, API, actors and the log in RocksDB, as breakerd_main.cpp puts them together, but
// with a turn only when the caller gives one. So the same requests run the same instructions every time.
//
// What stays behind on other threads (HEAD, RocksDB's compaction) is no part of a turn. Time stands still for the
// actors: no lease expires. The wall clock goes on by a millisecond each time it is read.

#include <boost/asio/io_context.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/http/bridge/caf_bridge.hpp>
#include <breakerd/http/daemon/server.hpp>
#include <breakerd/storage/log/event_log.hpp>

namespace breakerd::guard {

/// Goes on by a millisecond each time its wall time is read. One thread.
class StepClock final : public Clock {
 public:
  [[nodiscard]] Time wall() const override { return wall_ += std::chrono::milliseconds{1}; }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{} + std::chrono::hours{1}; }

 private:
  mutable Time wall_{std::chrono::seconds{1'700'000'000}};
};

class OneThread {
 public:
  /// Listens on a free port of 127.0.0.1. The log goes to `directory`, which is made when it is missing.
  /// Throws std::runtime_error with what stands in the way.
  explicit OneThread(const std::filesystem::path& directory);
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// Does what there is to do, on sockets and in mailboxes, until there is nothing left. Never waits for a client.
  void turn();

 private:
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler();
  [[nodiscard]] CoreOptions core_options();

  StepClock clock_;
  CoreConfig config_;
  caf::actor_system system_;
  std::unique_ptr<EventLog> log_;
  boost::asio::io_context io_{1};
  http::CafBridge bridge_{io_, std::make_unique<http::ReaderThreads>()};
  http::Server server_;
  std::unique_ptr<Core> core_;
};

}  // namespace breakerd::guard
