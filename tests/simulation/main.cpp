// The simulation's program: runs seeds, says which failed and how to repeat them.

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/runs.hpp"

namespace {

using namespace breakerd::simulation;

struct Options {
  std::optional<std::uint64_t> seed;
  std::string seeds;
  std::int64_t seconds = 0;
  std::size_t calls = 500;
  unsigned jobs = 2;
  bool trace = false;
};

/// "A..B", both included.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(const std::string& text) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  std::uint64_t ends[2] = {};
  const std::string parts[2] = {text.substr(0, dots), text.substr(dots + 2)};
  for (int i = 0; i < 2; ++i) {
    if (parts[i].empty() || parts[i].find_first_not_of("0123456789") != std::string::npos || parts[i].size() > 18)
      return std::nullopt;
    ends[i] = std::stoull(parts[i]);
  }
  if (ends[1] < ends[0]) return std::nullopt;
  return std::pair{ends[0], ends[1]};
}

/// Seeds that nobody has run: printed, so that they can be run again.
std::uint64_t fresh_seed() {
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) / 1'000'000 * 1'000;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates the whole daemon, one seed after the other"};
  Options options;
  app.add_option("--seed", options.seed, "Run this seed");
  app.add_option("--seeds", options.seeds, "Run these seeds: A..B, both included");
  app.add_option("--seconds", options.seconds, "Run fresh seeds for about so many seconds")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--calls", options.calls, "Calls of the users in each seed")->check(CLI::Range(1, 1'000'000));
  app.add_option("--jobs", options.jobs, "Seeds that run at the same time")->check(CLI::Range(1, 256));
  app.add_flag("--trace", options.trace, "Write what happens, a line each (with --seed)");
  CLI11_PARSE(app, argc, argv);

  const int asked = (options.seed ? 1 : 0) + (options.seeds.empty() ? 0 : 1) + (options.seconds > 0 ? 1 : 0);
  if (asked > 1) {
    fmt::print(stderr, "simulate: take one of --seed, --seeds and --seconds\n");
    return 2;
  }
  if (options.trace && !options.seed) {
    fmt::print(stderr, "simulate: --trace needs --seed: the lines of one seed are many\n");
    return 2;
  }
  Runs runs{{options.calls, options.jobs, options.trace}};
  if (options.seed) {
    runs.run(*options.seed, *options.seed);
  } else if (!options.seeds.empty()) {
    const auto range = parse_range(options.seeds);
    if (!range) {
      fmt::print(stderr, "simulate: --seeds: expected A..B, two numbers with A <= B: {}\n", options.seeds);
      return 2;
    }
    runs.run(range->first, range->second);
  } else {
    const std::uint64_t first = fresh_seed();
    fmt::print("seeds from {} on\n", first);
    runs.run_for(first, std::chrono::seconds{options.seconds > 0 ? options.seconds : 60});
  }
  return runs.report() ? 0 : 1;
}
