// One run of the load: a single epoll thread over all connections, closed loop (each connection
// starts its next operation when one is over) or open loop (operations start at a fixed rate and
// their latency counts from the moment they were due, however late the server makes them).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "histogram.hpp"
#include "session.hpp"

namespace breakerd::load {

struct RunLimits {
  Nanos duration = 5 * nanos_per_second;
  std::uint64_t operations_max = UINT64_MAX;  // operations begun by front sessions
  std::uint64_t operations_per_begin = 1;     // what one of them is worth (a batch: its jobs)
  double operations_per_second = 0;           // 0: closed loop
};

struct Totals {
  std::array<Histogram, call_count> latency;
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  std::uint64_t empties = 0;   // leases that brought no job
  std::uint64_t unserved = 0;  // open loop: operations that were due and never started
  Nanos elapsed = 0;           // to the last finished operation
};

class Engine final : private SessionEvents {
 public:
  Engine(std::uint16_t port, ProtocolKind kind, RequestShape shape, const RunLimits& limits);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Adds one connection. The first one added is heard first whenever several have answers.
  void add(Session::Ground ground, std::unique_ptr<Script> script);

  /// Runs until the front sessions are done. Call once. Throws std::runtime_error when the server
  /// closes a connection, answers nothing for silence_max, or errs more than errors_max times.
  void run();

  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

  static constexpr Nanos silence_max = 30 * nanos_per_second;
  static constexpr Nanos backlog_drain_max = 5 * nanos_per_second;
  static constexpr std::uint64_t errors_max = 100;
  static constexpr std::uint64_t errors_shown_max = 5;

 private:
  void call_answered(Call call, Nanos latency) override;
  void call_failed(Call call, std::string_view error) override;
  void lease_empty() override;
  void operations_finished(std::uint64_t operations) override;
  void wake_all_asked() override { wake_asked_ = true; }

  void wait_and_handle();
  void handle(std::size_t index, std::uint32_t what);
  void continue_with(std::size_t index);
  bool take_budget();
  void begin(std::size_t index, Nanos intended);
  void retire(std::size_t index);
  void retire_waiting();
  void wake_parked();
  void start_due_operations();
  void end_schedule_if_over();
  void arm_timer();
  void watch(int descriptor, std::uint64_t key, std::uint32_t what, int operation);

  [[nodiscard]] bool paced() const noexcept { return limits_.operations_per_second > 0; }
  [[nodiscard]] Nanos due(std::uint64_t arrival) const noexcept;

  std::uint16_t port_;
  ProtocolKind kind_;
  RequestShape shape_;
  RunLimits limits_;
  int epoll_;
  int timer_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::size_t> idle_;    // paced front sessions that wait for their next arrival
  std::vector<std::size_t> parked_;  // sessions whose script had nothing to send
  std::deque<Nanos> backlog_;        // arrivals that found no idle session
  std::size_t live_ = 0;
  std::size_t front_live_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t arrivals_ = 0;
  bool wake_asked_ = false;
  bool schedule_over_ = false;
  Nanos start_ = 0;
  Nanos deadline_ = 0;
  Nanos last_answer_ = 0;
  Totals totals_;
};

}  // namespace breakerd::load
