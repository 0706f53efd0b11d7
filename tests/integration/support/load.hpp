#pragma once
// Real load: threads that each play one part against the daemon over HTTP, and write what they are told into the
// ledger. start() and stop() frame one life of the daemon; what the workers hold they keep over a restart.

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "counter.hpp"
#include "ledger.hpp"

namespace breakerd::integration {

struct LoadOptions {
  std::uint64_t seed = 1;
  std::size_t jobs_per_life = 1'500;  ///< enqueued between start() and stop()
  bool storage_may_fail = false;      ///< 503 is no surprise, and a thread goes on after it
  bool breaker = true;             ///< play the part that opens and closes the circuit, and let workers report services
  std::size_t payload_bytes = 16;  ///< of padding in each payload
};

/// Counts of answers, to see that the load was one.
struct LoadCounts {
  Counter done;
  std::atomic<std::uint64_t> refused{0};       ///< 409
  std::atomic<std::uint64_t> unavailable{0};   ///< 503 unavailable
  std::atomic<std::uint64_t> said_unknown{0};  ///< 503 outcome_unknown
  std::atomic<std::uint64_t> unanswered{0};
};

class Part;

class Load {
 public:
  Load(Ledger& ledger, LoadOptions options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void start(std::uint16_t port);
  /// Returns when every thread has its last answer, or has lost its daemon.
  void stop();

  LoadOptions options;
  LoadCounts counts;

 private:
  friend class Part;
  Ledger& ledger_;
  std::atomic<bool> running_{false};
  std::atomic<std::int64_t> jobs_left_{0};
  std::atomic<std::uint64_t> next_key_{0};
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::thread> threads_;
};

}  // namespace breakerd::integration
