// The simulation's program: runs seeds, says which failed and how to repeat them.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "tests/simulation/runs.hpp"

namespace {

using namespace breakerd::simulation;

constexpr int exit_usage = 2;

struct Options {
  std::optional<std::uint64_t> seed;
  std::string seeds;
  std::string script;
  std::string regressions;
  std::string same_as;
  std::int64_t seconds = 0;
  bool trace = false;
  bool no_shrinking = false;
  RunOptions runs;
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

int usage(const std::string& problem) {
  fmt::print(stderr, "simulate: {}\n", problem);
  return exit_usage;
}

int exit_code(bool passed) { return passed ? 0 : 1; }

int run_script(const Script& script, const Options& options) {
  Runs runs{options.runs};
  runs.add(script, simulate_apart(script, options.trace));
  return exit_code(runs.report());
}

/// A line each: a script, " # ", and what it once found. All must pass.
int run_regressions(const std::string& path) {
  std::ifstream file{path};
  if (!file) return usage("--regressions: cannot read " + path);
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto script = parse_script(line.substr(0, line.find(" # ")));
    if (!script) return usage("--regressions: expected a script, \" # \" and a sentence: " + line);
    const RunOutcome outcome = simulate_apart(*script);
    ++(outcome.passed() ? passed : failed);
    if (outcome.passed()) continue;
    fmt::print("failed again: {}\n", line);
    for (const std::string& sentence : outcome.broken) fmt::print("  {}\n", sentence);
  }
  fmt::print("{} regressions passed, {} failed\n", passed, failed);
  return exit_code(failed == 0 && passed > 0);
}

/// The file says "A..B HASH".
int run_same_as(const std::string& path, RunOptions options) {
  std::ifstream file{path};
  std::string seeds;
  std::string hash;
  file >> seeds >> hash;
  const auto range = parse_range(seeds);
  if (!range || hash.empty()) return usage("--same-as: expected \"A..B HASH\" in " + path);
  Runs runs{options};
  runs.run(range->first, range->second);
  if (!runs.report()) return exit_code(false);
  const std::string found = fmt::format("{:016x}", runs.hash());
  if (found == hash) return exit_code(true);
  fmt::print(
      "the trace of seeds {} is {}, and {} says {}: if what the daemon does was changed on purpose, write the new "
      "one there; if not, it depends on something that is not drawn from the seed\n",
      seeds, found, path, hash);
  return exit_code(false);
}

int run_seeds(const Options& options) {
  Runs runs{options.runs};
  if (!options.seeds.empty()) {
    const auto range = parse_range(options.seeds);
    if (!range) return usage("--seeds: expected A..B, two numbers with A <= B: " + options.seeds);
    runs.run(range->first, range->second);
  } else {
    const std::uint64_t first = fresh_seed();
    fmt::print("seeds from {} on\n", first);
    std::fflush(stdout);
    runs.run_for(first, std::chrono::seconds{options.seconds > 0 ? options.seconds : 60});
  }
  return exit_code(runs.report());
}

int run(const Options& options) {
  if (options.seed) {
    Script script;
    script.seed = *options.seed;
    script.calls = options.runs.calls;
    return run_script(script, options);
  }
  if (!options.script.empty()) {
    const auto script = parse_script(options.script);
    if (!script) return usage("--script: expected what a run has printed, as 'seed=7 calls=43 without=kills'");
    return run_script(*script, options);
  }
  if (!options.regressions.empty()) return run_regressions(options.regressions);
  if (!options.same_as.empty()) return run_same_as(options.same_as, options.runs);
  return run_seeds(options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates the whole daemon, one seed after the other"};
  Options options;
  auto* what = app.add_option_group("what", "What is run; by default fresh seeds for a minute")->require_option(0, 1);
  what->add_option("--seed", options.seed, "This seed");
  what->add_option("--seeds", options.seeds, "These seeds: A..B, both included");
  what->add_option("--seconds", options.seconds, "Fresh seeds for about so many seconds")
      ->check(CLI::Range(1, 1'000'000));
  what->add_option("--script", options.script, "What a run has printed of a seed that failed");
  what->add_option("--regressions", options.regressions, "The scripts of this file: none may fail");
  what->add_option("--same-as", options.same_as, "The seeds of this file: their trace must be the one it names");
  auto* calls = app.add_option("--calls", options.runs.calls, "Calls of the users in each seed");
  calls->check(CLI::Range(1, 1'000'000));
  app.add_option("--jobs", options.runs.jobs, "Seeds that run at the same time")->check(CLI::Range(1, 256));
  app.add_flag("--until-failure", options.runs.until_failure, "End soon after the first seed that failed");
  app.add_flag("--no-shrinking", options.no_shrinking,
               "Do not look for a shorter script of the first seed that failed");
  app.add_flag("--trace", options.trace, "Write what happens, a line each (with --seed or --script)");
  CLI11_PARSE(app, argc, argv);
  if (calls->count() > 0 && !(options.script + options.regressions + options.same_as).empty())
    return usage("--calls goes with seeds: a script says itself how many there are");
  if (options.trace && !options.seed && options.script.empty())
    return usage("--trace needs --seed or --script: the lines of one seed are many");
  options.runs.shrink_first = !options.no_shrinking && !options.trace;
  return run(options);
}
