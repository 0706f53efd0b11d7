#pragma once
// What goes wrong in one seed, and how often: drawn once, so that seeds differ in kind (Groce and others: Swarm
// testing, 2012). A Duration of zero: never.

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
  bool few_bytes = false;  ///< the daemon's memory for clients is small

  [[nodiscard]] static Swarm draw(Chance& chance);
};

}  // namespace breakerd::simulation
