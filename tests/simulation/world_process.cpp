#include "tests/simulation/world_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "tests/simulation/world.hpp"

namespace breakerd::simulation {
namespace {

using nlohmann::json;

/// One that takes longer hangs. Real time: what hangs does not move the virtual one.
constexpr unsigned seconds_max = 120;

/// Runs in the new process, and writes a line for each script when it has ended.
[[noreturn]] void simulate_here(const std::vector<Script>& scripts, bool trace, std::FILE* to) {
  for (const Script& script : scripts) {
    alarm(seconds_max);
    const Verdict verdict = World{{script, trace ? stdout : nullptr}}.run();
    const json line{{"trace", verdict.trace},
                    {"broken", verdict.broken},
                    {"moves", verdict.moves},
                    {"sometimes", verdict.sometimes}};
    std::fputs((line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n").c_str(), to);
    std::fflush(to);
  }
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

WorldProcess::WorldProcess(std::vector<Script> scripts, bool trace) : count_{scripts.size()} {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error{"no pipe"};
  std::fflush(nullptr);
  process_ = fork();
  if (process_ < 0) throw std::runtime_error{"no process"};
  if (process_ == 0) {
    close(ends[0]);
    simulate_here(scripts, trace, fdopen(ends[1], "w"));
  }
  close(ends[1]);
  results_ = ends[0];
}

WorldProcess::WorldProcess(WorldProcess&& other) noexcept
    : count_{other.count_}, process_{std::exchange(other.process_, -1)}, results_{std::exchange(other.results_, -1)} {}

WorldProcess::~WorldProcess() {
  if (process_ > 0) (void)wait();
}

std::vector<RunOutcome> WorldProcess::wait() {
  std::vector<RunOutcome> outcomes = read_outcomes();
  const std::string end = end_of_process();
  if (outcomes.size() < count_) outcomes.push_back({{end}, 0, {}, {}});
  return outcomes;
}

std::vector<RunOutcome> WorldProcess::read_outcomes() {
  std::vector<RunOutcome> outcomes;
  std::FILE* const lines = fdopen(std::exchange(results_, -1), "r");
  char* line = nullptr;
  std::size_t size = 0;
  while (getline(&line, &size, lines) > 0) {
    const json result = json::parse(line, nullptr, false);
    if (result.is_discarded()) break;  // the process died while it wrote
    outcomes.push_back({result["broken"].get<std::vector<std::string>>(), result["trace"].get<std::uint64_t>(),
                        result["moves"].get<Moves>(), result["sometimes"].get<std::map<std::string, std::uint64_t>>()});
  }
  std::free(line);
  std::fclose(lines);
  return outcomes;
}

std::string WorldProcess::end_of_process() {
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return "the process hung: no end within " + std::to_string(seconds_max) + " s";
  if (WIFSIGNALED(status)) return "the process ended by signal " + std::to_string(WTERMSIG(status));
  return "the process ended with status " + std::to_string(WEXITSTATUS(status));
}

RunOutcome simulate_apart(const Script& script, bool trace) { return WorldProcess{{script}, trace}.wait().front(); }

}  // namespace breakerd::simulation
