#include "measured.hpp"

#include <span>
#include <vector>

#include "callers.hpp"
#include "one_thread.hpp"

/// A turn that counts: valgrind --toggle-collect=breakerd_guard_turn. Under C linkage, so that it has this name.
extern "C" [[gnu::noinline]] void breakerd_guard_turn(breakerd::guard::OneThread& daemon) { daemon.turn(); }

namespace breakerd::guard {
namespace {

constexpr std::size_t warm_up_operations = 256;
constexpr std::size_t preparing_connections = 16;

void uncounted_turn(OneThread& daemon) { daemon.turn(); }

std::vector<load::Job> prepare(const Measurement& measurement, OneThread& daemon) {
  const bool completes = measurement.call == load::Call::complete;
  if (measurement.call != load::Call::lease && !completes) return {};
  std::size_t jobs = warm_up_operations + measurement.operations;
  jobs += (preparing_connections - jobs % preparing_connections) % preparing_connections;
  Callers callers{daemon, preparing_connections};
  callers.make(load::Call::enqueue, jobs, uncounted_turn);
  return completes ? callers.make(load::Call::lease, jobs, uncounted_turn) : std::vector<load::Job>{};
}

}  // namespace

void run(const Measurement& measurement, const std::filesystem::path& directory) {
  OneThread daemon{directory};
  const std::vector<load::Job> leased = prepare(measurement, daemon);
  const std::span<const load::Job> jobs{leased};
  const std::size_t first = leased.empty() ? 0 : warm_up_operations;

  Callers callers{daemon, measurement.connections};
  callers.make(measurement.call, warm_up_operations, uncounted_turn, jobs);
  callers.make(measurement.call, measurement.operations, breakerd_guard_turn, jobs.subspan(first));
}

}  // namespace breakerd::guard
