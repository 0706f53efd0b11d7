#include "report.hpp"

#include <cmath>

namespace breakerd::load {
namespace {

double rounded(double value, double digits) {
  const double factor = std::pow(10.0, digits);
  return std::round(value * factor) / factor;
}

double to_microseconds(Nanos nanos) { return rounded(static_cast<double>(nanos) / nanos_per_microsecond, 1); }

double per(double value, double divisor) { return divisor > 0 ? value / divisor : 0; }

}  // namespace

Json to_json(const Histogram& histogram) {
  return Json{{"count", histogram.count()},
              {"p50_us", to_microseconds(histogram.percentile(0.50))},
              {"p99_us", to_microseconds(histogram.percentile(0.99))},
              {"p999_us", to_microseconds(histogram.percentile(0.999))},
              {"max_us", to_microseconds(histogram.max())}};
}

Json to_json(const Options& options, const Totals& totals, const Cost& cost) {
  const double seconds = to_seconds(totals.elapsed);
  const auto operations = static_cast<double>(totals.operations);
  Json line{{"label", options.label},
            {"protocol", name(options.protocol)},
            {"mode", name(options.mode)},
            {"connections", options.connections},
            {"seconds", rounded(seconds, 3)},
            {"operations", totals.operations},
            {"per_second", rounded(per(operations, seconds), 1)},
            {"errors", totals.errors},
            {"empties", totals.empties}};
  if (options.rate > 0) {
    line["rate_asked"] = options.rate;
    line["unserved"] = totals.unserved;
  }
  for (std::size_t i = 0; i < call_count; ++i) {
    if (totals.latency[i].count() == 0) continue;
    line["calls"][std::string(name(static_cast<Call>(i)))] = to_json(totals.latency[i]);
  }
  line["client_cores"] = rounded(per(cost.own_cpu_seconds, seconds), 2);
  if (options.server_pid > 0) {
    line["server_cores"] = rounded(per(cost.server_cpu_seconds, seconds), 2);
    line["server_cpu_s_per_1k"] = rounded(per(cost.server_cpu_seconds * 1'000, operations), 5);
    line["rss_mib"] = rounded(cost.server_after.rss_mib, 1);
    line["pss_mib"] = rounded(cost.server_after.pss_mib, 1);
  }
  return line;
}

}  // namespace breakerd::load
