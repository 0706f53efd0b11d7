#include "tests/simulation/runs.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/simulation/situations.hpp"
#include "tests/simulation/world.hpp"

namespace breakerd::simulation {
namespace {

using nlohmann::json;

/// Seeds of one process.
constexpr std::uint64_t block_seeds = 50;
/// A process that takes longer for one seed hangs. Real time: what hangs does not move the virtual one.
constexpr unsigned seed_seconds_max = 120;
constexpr std::size_t shown_max = 20;

/// Runs the seeds in this process, and writes a line for each when it begins and when it has ended.
[[noreturn]] void run_here(const RunOptions& options, std::uint64_t first, std::uint64_t last, std::FILE* to) {
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    alarm(seed_seconds_max);
    const Verdict verdict = World{{seed, options.calls, options.trace ? stdout : nullptr}}.run();
    const json line{
        {"seed", seed}, {"trace", verdict.trace}, {"broken", verdict.broken}, {"sometimes", verdict.sometimes}};
    std::fputs((line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n").c_str(), to);
    std::fflush(to);
  }
  std::fflush(stdout);
  _exit(0);
}

std::string end_of(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return "the process hung: no end within " + std::to_string(seed_seconds_max) + " s";
  if (WIFSIGNALED(status)) return "the process ended by signal " + std::to_string(WTERMSIG(status));
  return "the process ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Runs::run(std::uint64_t first, std::uint64_t last) {
  const std::uint64_t round = block_seeds * options_.jobs;
  for (std::uint64_t at = first; at <= last; at += round) run_block(at, std::min(last, at + round - 1));
}

void Runs::run_for(std::uint64_t first, std::chrono::seconds time) {
  const std::uint64_t round = block_seeds * options_.jobs;
  const auto end = std::chrono::steady_clock::now() + time;
  for (std::uint64_t at = first; std::chrono::steady_clock::now() < end; at += round) run_block(at, at + round - 1);
}

/// A part of the seeds to each process. One that dies loses the seeds behind the one it died of: they are run again.
void Runs::run_block(std::uint64_t first, std::uint64_t last) {
  struct Part {
    std::uint64_t first;
    std::uint64_t last;
    pid_t process;
    int results;
  };
  std::vector<Part> parts;
  const std::uint64_t share = (last - first) / options_.jobs + 1;
  for (std::uint64_t at = first; at <= last; at += share) {
    Part part{at, std::min(last, at + share - 1), 0, -1};
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error{"no pipe"};
    std::fflush(nullptr);
    part.process = fork();
    if (part.process < 0) throw std::runtime_error{"no process"};
    if (part.process == 0) {
      close(ends[0]);
      run_here(options_, part.first, part.last, fdopen(ends[1], "w"));
    }
    close(ends[1]);
    part.results = ends[0];
    parts.push_back(part);
  }
  for (const Part& part : parts) {
    const std::uint64_t next = read_results(part.results, part.first);
    int status = 0;
    waitpid(part.process, &status, 0);
    if (next > part.last) continue;
    results_[next] = {false, 0, {end_of(status)}};
    if (next < part.last) run_block(next + 1, part.last);
  }
}

/// Gives the first seed that there is no result of.
std::uint64_t Runs::read_results(int from, std::uint64_t first) {
  std::FILE* const lines = fdopen(from, "r");
  std::uint64_t next = first;
  char* line = nullptr;
  std::size_t size = 0;
  while (getline(&line, &size, lines) > 0) {
    const json result = json::parse(line, nullptr, false);
    if (result.is_discarded()) break;  // the process died while it wrote
    next = result["seed"].get<std::uint64_t>() + 1;
    const auto broken = result["broken"].get<std::vector<std::string>>();
    results_[next - 1] = {broken.empty(), result["trace"].get<std::uint64_t>(), broken};
    for (const auto& [what, count] : result["sometimes"].items()) sometimes_[what] += count.get<std::uint64_t>();
  }
  std::free(line);
  std::fclose(lines);
  return next;
}

bool Runs::report() const {
  std::size_t failed = 0;
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const auto& [seed, result] : results_) {
    for (const std::uint64_t number : {seed, result.trace}) hash = (hash ^ number) * 0x100000001B3ULL;
    if (result.passed || ++failed > shown_max) continue;
    fmt::print("\nseed {} failed: ./dev simulate --seed {} --trace\n", seed, seed);
    for (std::size_t i = 0; i < std::min(result.broken.size(), shown_max); ++i) fmt::print("  {}\n", result.broken[i]);
  }
  fmt::print("\nsituations met:\n");
  bool all_met = true;
  for (const char* what : situations) {
    const auto found = sometimes_.find(what);
    fmt::print("  {:>10}  {}\n", found == sometimes_.end() ? 0 : found->second, what);
    all_met = all_met && found != sometimes_.end();
  }
  const bool is_long = results_.size() >= situations_seeds;
  if (!all_met && is_long) fmt::print("\na situation was never met in {} seeds\n", results_.size());
  fmt::print("{} seeds passed, {} failed, trace {:016x}\n", results_.size() - failed, failed, hash);
  return failed == 0 && (all_met || !is_long);
}

}  // namespace breakerd::simulation
