#pragma once
// What is counted, and how often it is done.

#include <cstddef>
#include <filesystem>

#include "tests/bench/load/call.hpp"

namespace breakerd::guard {

struct Measurement {
  load::Call call;  ///< enqueue, lease, complete or allow
  std::size_t connections;
  std::size_t operations;  ///< of them all; a multiple of the connections
};

/// Does what the measurement needs beforehand (jobs to lease, leases to complete, a first stretch that fills caches),
/// then the operations, each of them in turns called breakerd_guard_turn. Throws std::exception.
void run(const Measurement& measurement, const std::filesystem::path& directory);

}  // namespace breakerd::guard
