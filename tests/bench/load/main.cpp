// breakerd_load: see options.cpp for what it does. Library errors arrive here as exceptions: a
// load generator that cannot go on has nothing better to do than to say so and end.
#include <fmt/core.h>

#include <exception>

#include "disk_probe.hpp"
#include "fixed_peer.hpp"
#include "readiness.hpp"
#include "run.hpp"

namespace breakerd::load {
namespace {

Json disk_line(const Options& options) {
  DiskProbe probe(options.probe_directory.empty() ? "." : options.probe_directory);
  for (std::uint64_t i = 0; i < options.tries; ++i) probe.append();
  return Json{{"label", options.label}, {"mode", "disk"}, {"disk", to_json(probe.times())}};
}

Json stat_line(const Options& options) {
  const ProcessUse use = process_use(options.server_pid);
  return Json{{"label", options.label},
              {"mode", "stat"},
              {"cpu_seconds", use.cpu_seconds},
              {"rss_mib", use.rss_mib},
              {"pss_mib", use.pss_mib}};
}

Json ready_line(const Options& options) {
  const double milliseconds = milliseconds_to_ready(options);
  return Json{{"label", options.label}, {"mode", "ready"}, {"ready_ms", milliseconds}};
}

Outcome ceiling(Options options) {
  const FixedPeer peer;
  options.mode = Mode::allow;
  options.port = peer.port();
  options.server_pid = peer.pid();
  Outcome outcome = run_load(options);
  outcome.line["mode"] = "ceiling";
  return outcome;
}

Outcome perform(const Options& options) {
  switch (options.mode) {
    case Mode::disk:
      return {disk_line(options)};
    case Mode::stat:
      return {stat_line(options)};
    case Mode::ready:
      return {ready_line(options)};
    case Mode::ceiling:
      return ceiling(options);
    default:
      return run_load(options);
  }
}

}  // namespace
}  // namespace breakerd::load

int main(int argc, char** argv) {
  const auto [options, exit_code] = breakerd::load::parse_options(argc, argv);
  if (!options) return exit_code;
  try {
    const auto outcome = breakerd::load::perform(*options);
    fmt::print("{}\n", outcome.line.dump());
    return outcome.as_expected ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "breakerd_load: {}\n", error.what());
    return 2;
  }
}
