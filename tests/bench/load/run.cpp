#include "run.hpp"

#include <memory>
#include <optional>

#include "disk_probe.hpp"
#include "race.hpp"
#include "scripts.hpp"

namespace breakerd::load {
namespace {

using Ground = Session::Ground;

RunLimits limits_of(const Options& options) {
  RunLimits limits;
  limits.duration = to_nanos(options.seconds);
  limits.operations_max = options.count;
  limits.operations_per_second = options.rate;
  if (options.mode == Mode::batch) limits.operations_per_begin = options.shape.batch_jobs;
  return limits;
}

std::unique_ptr<Script> script_for(const Options& options, DiskProbe* probe) {
  switch (options.mode) {
    case Mode::batch:
      return std::make_unique<RepeatScript>(Call::enqueue_batch, options.shape.batch_jobs);
    case Mode::cycle:
      return std::make_unique<CycleScript>();
    case Mode::drain:
      return std::make_unique<DrainScript>(options.completes);
    case Mode::allow:
      return std::make_unique<RepeatScript>(Call::allow, 1);
    case Mode::status:
      return std::make_unique<RepeatScript>(Call::status, 1);
    case Mode::campaigns:
      return std::make_unique<CampaignScript>(options.jobs_each);
    case Mode::operate:
      return std::make_unique<OperatorScript>(probe);
    default:
      return std::make_unique<RepeatScript>(Call::enqueue, 1);
  }
}

Cost run_measured(const Options& options, Engine& engine) {
  const double server_before = process_use(options.server_pid).cpu_seconds;
  const double own_before = own_cpu_seconds();
  engine.run();
  Cost cost;
  cost.own_cpu_seconds = own_cpu_seconds() - own_before;
  cost.server_after = process_use(options.server_pid);
  cost.server_cpu_seconds = cost.server_after.cpu_seconds - server_before;
  return cost;
}

Outcome run_race(const Options& options) {
  Race race(options.seed);
  race.lessees = options.connections;
  race.tries = options.tries;
  Engine engine(options.port, options.protocol, options.shape, limits_of(options));
  engine.add(Ground::front, std::make_unique<OpenerScript>(race));
  for (std::size_t i = 0; i < options.connections; ++i) {
    engine.add(Ground::back, std::make_unique<LesseeScript>(race));
  }
  const Cost cost = run_measured(options, engine);
  Outcome outcome{to_json(options, engine.totals(), cost)};
  outcome.line["tries"] = race.tries_done;
  outcome.line["leases_checked"] = race.leases_checked;
  outcome.line["leases_granted"] = race.leases_granted;
  outcome.line["leases_granted_after_open"] = race.leases_granted_after_open;
  outcome.as_expected =
      engine.totals().errors == 0 && race.leases_granted_after_open == 0 && race.tries_done == race.tries;
  return outcome;
}

}  // namespace

Outcome run_load(const Options& options) {
  if (options.mode == Mode::race) return run_race(options);
  std::optional<DiskProbe> probe;
  if (!options.probe_directory.empty()) probe.emplace(options.probe_directory);
  Engine engine(options.port, options.protocol, options.shape, limits_of(options));
  for (std::size_t i = 0; i < options.connections; ++i) {
    engine.add(Ground::front, script_for(options, probe ? &*probe : nullptr));
  }
  for (std::size_t i = 0; i < options.background; ++i) {
    engine.add(Ground::back, std::make_unique<CycleScript>());
  }
  const Cost cost = run_measured(options, engine);
  Outcome outcome{to_json(options, engine.totals(), cost)};
  if (probe) outcome.line["disk"] = to_json(probe->times());
  if (options.background > 0) outcome.line["background"] = options.background;
  outcome.as_expected = engine.totals().errors == 0;
  return outcome;
}

}  // namespace breakerd::load
