// One run as one JSON line.
#pragma once

#include <nlohmann/json.hpp>

#include "engine.hpp"
#include "histogram.hpp"
#include "options.hpp"
#include "process_stat.hpp"

namespace breakerd::load {

using Json = nlohmann::ordered_json;

/// What the machine spent during a run.
struct Cost {
  double server_cpu_seconds = 0;
  double own_cpu_seconds = 0;
  ProcessUse server_after;
};

/// {"count":..,"p50_us":..,"p99_us":..,"p999_us":..,"max_us":..}
[[nodiscard]] Json to_json(const Histogram& histogram);

/// The line of a run; callers may add fields of their mode before printing it.
[[nodiscard]] Json to_json(const Options& options, const Totals& totals, const Cost& cost);

}  // namespace breakerd::load
