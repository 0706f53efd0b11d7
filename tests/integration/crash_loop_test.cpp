// Kills the daemon with -9 at random moments under real load, again and again on one data directory, and looks each
// time whether every acknowledged operation is there.
//   CRASH_LOOP_ROUNDS  lives (30)
//   BREAKERD_TEST_SEED of the moments and of the load; printed

#include <chrono>
#include <iostream>
#include <random>

#include "support/check.hpp"
#include "support/daemon.hpp"
#include "support/load.hpp"
#include "tests/support/let_pass.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
using breakerd::test::let_pass;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t load_min = 100;  // answers, before the moment is drawn
constexpr unsigned load_spread_ms = 900;
constexpr unsigned start_spread_ms = 80;

class CrashLoop {
 public:
  CrashLoop(const std::filesystem::path& workshop, std::uint64_t seed)
      : random_{seed}, daemon_{workshop, workshop / "data"}, load_{ledger_, options(seed)} {}

  void round(unsigned number) {
    const auto begin = Clock::now();
    const bool killed_early = below(4) == 0;
    if (killed_early) kill_while_it_starts();
    daemon_.start();
    daemon_.wait_ready();
    const auto ready = Clock::now();
    check_state(daemon_.port(), ledger_);
    const auto checked = Clock::now();
    load_.start(daemon_.port());
    load_.counts.done.wait_for(load_min, "load");
    let_pass(milliseconds{below(load_spread_ms)});
    daemon_.kill();
    load_.stop();
    const auto ms = [](auto from, auto to) { return std::chrono::duration_cast<milliseconds>(to - from).count(); };
    std::cout << "round " << number << (killed_early ? ", killed as it started too" : "") << ": ready after "
              << ms(begin, ready) << " ms, checked in " << ms(ready, checked) << " ms, load for "
              << ms(checked, Clock::now()) << " ms; in all " << load_.counts.done << " done, " << load_.counts.refused
              << " refused, " << load_.counts.unanswered << " unanswered" << std::endl;
  }

  void last_round() {
    verify_offline(daemon_.data());  // as the kill left it
    daemon_.start();
    daemon_.wait_ready();
    check_state(daemon_.port(), ledger_);
    check_events(daemon_.port(), ledger_);
    daemon_.stop();
    verify_offline(daemon_.data());
    const auto facts = ledger_.open();
    std::size_t ended = 0;
    for (const auto& [id, job] : facts.facts.jobs) ended += job.end.empty() ? 0 : 1;
    std::cout << facts.facts.jobs.size() << " jobs, " << ended << " ended, " << facts.facts.campaigns.size()
              << " campaigns, epoch " << facts.facts.epoch << ": all there" << std::endl;
    require(ended > 0 && facts.facts.epoch > 0 && !facts.facts.campaigns.empty(), "there was hardly any load");
  }

 private:
  static LoadOptions options(std::uint64_t seed) {
    LoadOptions options;
    options.seed = seed;
    return options;
  }
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  void kill_while_it_starts() {
    daemon_.start();
    let_pass(milliseconds{below(start_spread_ms)});
    daemon_.kill();
  }

  std::mt19937_64 random_;
  Daemon daemon_;
  Ledger ledger_;
  Load load_;
};

}  // namespace

int main() {
  return run_in_workshop("crash-loop", [](const std::filesystem::path& workshop) {
    const unsigned rounds = static_cast<unsigned>(std::stoul(setting("CRASH_LOOP_ROUNDS", "30")));
    const std::uint64_t seed = breakerd::test::test_seed();
    std::cout << rounds << " rounds" << std::endl;
    CrashLoop loop{workshop, seed};
    for (unsigned i = 1; i <= rounds; ++i) loop.round(i);
    loop.last_round();
  });
}
