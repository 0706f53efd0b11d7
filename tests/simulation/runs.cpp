#include "tests/simulation/runs.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "tests/simulation/shrink.hpp"
#include "tests/simulation/situations.hpp"

namespace breakerd::simulation {
namespace {

/// Seeds of one process.
constexpr std::uint64_t block_seeds = 50;
constexpr std::size_t shown_max = 20;
/// Sentences that begin with the same letters say the same of other numbers.
constexpr std::size_t like_letters = 40;

std::string likeness(const std::string& sentence) {
  const std::string at = "at ";
  const std::size_t time = sentence.rfind(at, 0) == 0 ? sentence.find(": ") : std::string::npos;
  std::string letters;
  for (const char c : sentence.substr(time == std::string::npos ? 0 : time)) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) letters += c;
    if (letters.size() == like_letters) break;
  }
  return letters;
}

std::vector<Script> scripts_of(std::uint64_t first, std::uint64_t last, std::size_t calls) {
  std::vector<Script> scripts;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    scripts.emplace_back().seed = seed;
    scripts.back().calls = calls;
  }
  return scripts;
}

}  // namespace

void Runs::run(std::uint64_t first, std::uint64_t last) {
  const std::uint64_t round = block_seeds * options_.jobs;
  for (std::uint64_t at = first; at <= last && !is_enough(); at += round) run_block(at, std::min(last, at + round - 1));
}

void Runs::run_for(std::uint64_t first, std::chrono::seconds time) {
  const std::uint64_t round = block_seeds * options_.jobs;
  const auto end = std::chrono::steady_clock::now() + time;
  for (std::uint64_t at = first; std::chrono::steady_clock::now() < end && !is_enough(); at += round)
    run_block(at, at + round - 1);
}

/// A part of the seeds to each process. One that dies leaves seeds behind: they are run again.
void Runs::run_block(std::uint64_t first, std::uint64_t last) {
  std::vector<std::vector<Script>> parts;
  std::vector<WorldProcess> processes;
  const std::uint64_t share = (last - first) / options_.jobs + 1;
  for (std::uint64_t at = first; at <= last; at += share) {
    parts.push_back(scripts_of(at, std::min(last, at + share - 1), options_.calls));
    processes.emplace_back(parts.back(), false);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::vector<RunOutcome> outcomes = processes[i].wait();
    for (std::size_t done = 0;;) {
      for (RunOutcome& outcome : outcomes) add(parts[i][done++], std::move(outcome));
      if (done == parts[i].size()) break;
      outcomes = WorldProcess{{parts[i].begin() + static_cast<std::ptrdiff_t>(done), parts[i].end()}, false}.wait();
    }
  }
}

void Runs::add(const Script& script, RunOutcome outcome) {
  failed_ += outcome.passed() ? 0 : 1;
  for (const auto& [what, count] : outcome.sometimes) sometimes_[what] += count;
  ended_[script.seed] = {script, std::move(outcome)};
}

std::uint64_t Runs::hash() const {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const auto& [seed, ended] : ended_)
    for (const std::uint64_t number : {seed, ended.outcome.trace}) hash = (hash ^ number) * 0x100000001B3ULL;
  return hash;
}

void Runs::report_failures() const {
  std::size_t shown = 0;
  for (const auto& [seed, ended] : ended_) {
    if (ended.outcome.passed()) continue;
    if (++shown > shown_max) break;
    fmt::print("\nseed {} failed: ./dev simulate --script '{}' --trace\n", seed, to_string(ended.script));
    const auto& broken = ended.outcome.broken;
    for (std::size_t i = 0; i < std::min(broken.size(), shown_max); ++i) fmt::print("  {}\n", broken[i]);
    if (shown > 1 || !options_.shrink_first) continue;
    std::fflush(stdout);
    fmt::print("  shorter: ./dev simulate --script '{}' --trace\n",
               to_string(shrink_failing(ended.script, ended.outcome)));
  }
}

bool Runs::report_situations() const {
  fmt::print("\nsituations met:\n");
  bool all_met = true;
  for (const char* what : situations) {
    const auto found = sometimes_.find(what);
    fmt::print("  {:>10}  {}\n", found == sometimes_.end() ? 0 : found->second, what);
    all_met = all_met && found != sometimes_.end();
  }
  const bool is_long = ended_.size() >= situations_seeds;
  if (!all_met && is_long) fmt::print("\na situation was never met in {} seeds\n", ended_.size());
  return all_met || !is_long;
}

bool Runs::report() const {
  report_failures();
  const bool met = report_situations();
  fmt::print("{} seeds passed, {} failed, trace {:016x}\n", ended_.size() - failed_, failed_, hash());
  return failed_ == 0 && met;
}

Script shrink_failing(const Script& script, const RunOutcome& outcome) {
  if (outcome.moves.empty()) return script;  // it ended its process: there is no knowing how far it had come
  const std::string like = likeness(outcome.broken.front());
  return shrink(script, outcome.moves, [&](const Script& shorter) -> std::optional<Moves> {
    const RunOutcome now = simulate_apart(shorter);
    if (now.passed() || likeness(now.broken.front()) != like) return std::nullopt;
    return now.moves;
  });
}

}  // namespace breakerd::simulation
