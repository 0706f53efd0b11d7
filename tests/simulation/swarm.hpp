#pragma once
// What goes wrong in one seed, and how often: drawn once, so that seeds differ in kind (Groce and others: Swarm
// testing, 2012). A Duration of zero: never.

#include <array>
#include <string_view>

#include "tests/simulation/chance.hpp"
#include "tests/simulation/network.hpp"

namespace breakerd::simulation {

struct Swarm {
  NetworkConduct network;
  Duration think_max{20'000};   ///< of a user between two moves
  Duration crash_every{0};      ///< kill -9
  Duration stop_every{0};       ///< SIGTERM
  Duration wall_jump_every{0};  ///< the calendar's time is set
  Duration sync_max{300};       ///< a sync takes up to this
  std::uint32_t slow_sync_per_mille = 0;
  Duration slow_sync{0};  ///< and one of these this long
  std::uint32_t failed_sync_per_mille = 0;
  Duration full_disk_every{0};
  Duration full_disk_for{0};
  std::uint32_t failed_read_per_mille = 0;
  bool two_workers = false;
  bool few_bytes = false;          ///< the daemon's memory for clients is small
  bool finish_by_default = false;  ///< openings that do not say let jobs in flight finish

  [[nodiscard]] static Swarm draw(Chance& chance);
  /// Nothing makes an answer late: network, disk and memory are as they should be. Processes may die.
  [[nodiscard]] bool is_calm() const {
    return network.cut_per_mille == 0 && network.slow_reads_per_mille == 0 &&
           network.window_bytes == NetworkConduct{}.window_bytes && slow_sync_per_mille == 0 &&
           failed_sync_per_mille == 0 && full_disk_every == Duration{0} && failed_read_per_mille == 0 && !few_bytes;
  }
};

/// A kind of fault, by the name that a script leaves it out with.
struct FaultKind {
  std::string_view name;
  void (*leave_out)(Swarm&);
};

inline constexpr std::array fault_kinds{
    FaultKind{"kills", [](Swarm& swarm) { swarm.crash_every = Duration{0}; }},
    FaultKind{"stops", [](Swarm& swarm) { swarm.stop_every = Duration{0}; }},
    FaultKind{"wall_jumps", [](Swarm& swarm) { swarm.wall_jump_every = Duration{0}; }},
    FaultKind{"cuts", [](Swarm& swarm) { swarm.network.cut_per_mille = 0; }},
    FaultKind{"slow_reads", [](Swarm& swarm) { swarm.network.slow_reads_per_mille = 0; }},
    FaultKind{"latency", [](Swarm& swarm) { swarm.network.latency_max = NetworkConduct{}.latency_max; }},
    FaultKind{"small_windows", [](Swarm& swarm) { swarm.network.window_bytes = NetworkConduct{}.window_bytes; }},
    FaultKind{"slow_syncs", [](Swarm& swarm) { swarm.slow_sync_per_mille = 0; }},
    FaultKind{"failed_syncs", [](Swarm& swarm) { swarm.failed_sync_per_mille = 0; }},
    FaultKind{"full_disk", [](Swarm& swarm) { swarm.full_disk_every = Duration{0}; }},
    FaultKind{"failed_reads", [](Swarm& swarm) { swarm.failed_read_per_mille = 0; }},
    FaultKind{"two_workers", [](Swarm& swarm) { swarm.two_workers = false; }},
    FaultKind{"few_bytes", [](Swarm& swarm) { swarm.few_bytes = false; }},
    FaultKind{"finish_by_default", [](Swarm& swarm) { swarm.finish_by_default = false; }},
};

}  // namespace breakerd::simulation
