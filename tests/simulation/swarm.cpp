#include "tests/simulation/swarm.hpp"

namespace breakerd::simulation {
namespace {

constexpr Duration ms(std::int64_t count) { return Duration{count * 1'000}; }

}  // namespace

Swarm Swarm::draw(Chance& chance) {
  Swarm swarm;
  const auto once_in = [&chance](std::uint64_t n) { return chance.below(n) == 0; };
  swarm.think_max = chance.pick(std::vector<Duration>{ms(1), ms(20), ms(300), ms(4'000)});
  // What happens now and then happens a few times in a run, however long its users think.
  const Duration run = 40 * swarm.think_max + ms(50);
  if (once_in(3)) swarm.crash_every = run / static_cast<std::int64_t>(1 + chance.below(4));
  if (once_in(4)) swarm.stop_every = run / static_cast<std::int64_t>(1 + chance.below(3));
  if (once_in(5)) swarm.wall_jump_every = run / 3;
  if (once_in(4)) swarm.network.cut_per_mille = 20;
  if (once_in(4)) swarm.network.slow_reads_per_mille = 30;
  if (once_in(4)) swarm.network.latency_max = ms(30);
  if (once_in(6)) swarm.network.window_bytes = 2 << 10;
  if (once_in(4)) {
    swarm.slow_sync_per_mille = 20;
    swarm.slow_sync = chance.pick(std::vector<Duration>{ms(200), ms(7'000), ms(70'000)});
  }
  if (once_in(4)) swarm.failed_sync_per_mille = 15;
  if (once_in(6)) {
    swarm.full_disk_every = run / 2;
    swarm.full_disk_for = run / 10;
  }
  if (once_in(6)) swarm.failed_read_per_mille = 2;
  swarm.two_workers = once_in(4);
  swarm.few_bytes = once_in(6);
  swarm.finish_by_default = once_in(4);
  return swarm;
}

}  // namespace breakerd::simulation
