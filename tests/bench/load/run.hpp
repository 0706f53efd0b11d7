// The modes that load a server: what to run, and its line of output.
#pragma once

#include "options.hpp"
#include "report.hpp"

namespace breakerd::load {

struct Outcome {
  Json line;
  bool as_expected = true;  // no unexpected answer, and in a race no late lease
};

/// Runs one of the loading modes (all but ready, stat, disk, ceiling). Throws std::runtime_error
/// when the server cannot be reached, closes a connection or falls silent.
[[nodiscard]] Outcome run_load(const Options& options);

}  // namespace breakerd::load
