#pragma once
// Load at the full rate of the machine, with batches in flight: what Load (load.hpp) is too careful for. It keeps
// numbers instead of a ledger: so many jobs were acknowledged, so many were asked for and not answered.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "client.hpp"
#include "counter.hpp"

namespace breakerd::integration {

/// How often something was acknowledged, and how often nobody knows.
struct Tally {
  Counter acknowledged;
  std::atomic<std::uint64_t> unknown{0};  ///< no answer came, or "outcome unknown"

  [[nodiscard]] bool allows(std::uint64_t count) const {
    return count >= acknowledged && count <= acknowledged + unknown;
  }
  [[nodiscard]] std::string text() const {
    return std::to_string(acknowledged) + " acknowledged and " + std::to_string(unknown) + " unknown";
  }
};

class Flood {
 public:
  static constexpr std::uint64_t batch_jobs = 200;

  ~Flood() { stop(); }

  /// Against a daemon whose circuit is CLOSED. Makes its campaign the first time.
  void start(std::uint16_t port);
  /// Returns when each of its kinds has got on. A Failure when that takes a minute.
  void wait_for_more();
  /// Returns when every thread has its last answer, or has lost its daemon.
  void stop();

  /// Counts what the daemon has against what was asked for. A Failure when an acknowledged job or completion is
  /// missing, when there is more than was asked for, when a batch is there in part, or when an answer was none that is
  /// documented.
  void check(std::uint16_t port);

  Tally singles;      ///< jobs of no campaign, one a call
  Tally batches;      ///< of the campaign's jobs
  Tally completions;  ///< of either

 private:
  using Step = void (Flood::*)(Client&);

  void play(std::uint16_t port, Step step);
  void enqueue_one(Client& client);
  void enqueue_batch(Client& client);
  void finish_some(Client& client);
  /// True when it was done; else `count` of the tally are unknown, or none.
  bool settle(const Answer& answer, Tally& tally, std::uint64_t count);
  void make_campaign(std::uint16_t port);

  std::atomic<bool> running_{false};
  std::atomic<std::uint64_t> strange_{0};   ///< answers that are not documented
  std::atomic<std::uint64_t> last_job_{0};  ///< the greatest id that was acknowledged
  std::string campaign_;
  std::vector<std::thread> threads_;
};

}  // namespace breakerd::integration
