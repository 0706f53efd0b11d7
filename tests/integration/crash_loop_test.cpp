// Kills the daemon with -9 at random moments under real load, again and again on one data directory, and looks each
// time whether every acknowledged operation is there. After some kills the whole is verified, event by event, and a new
// directory begins: what is there is read at each start.
//   CRASH_LOOP_KILLS   how many (36); ./dev crash asks for 1,000
//   BREAKERD_TEST_SEED of the moments and of the load; printed
// The last line is "N kills, N failed". A directory that has failed is kept, and the next one begins.

#include <algorithm>
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
constexpr unsigned kills_of_directory = 25;

class CrashLoop {
 public:
  CrashLoop(const std::filesystem::path& workshop, std::uint64_t seed)
      : random_{seed}, daemon_{workshop, workshop / "data"}, load_{ledger_, options(seed)} {}

  /// How often the daemon was killed.
  [[nodiscard]] unsigned kills() const { return kills_; }

  /// Kills it once, or twice when `kills_left` allows it.
  void round(unsigned kills_left) {
    const auto begin = Clock::now();
    const bool killed_early = below(4) == 0 && kills_left > 1;
    if (killed_early) kill_while_it_starts();
    daemon_.start();
    daemon_.wait_ready();
    const auto ready = Clock::now();
    check_state(daemon_.port(), ledger_);
    const auto checked = Clock::now();
    load_.start(daemon_.port());
    load_.counts.done.wait_for(load_min, "load");
    let_pass(milliseconds{below(load_spread_ms)});
    kill();
    load_.stop();
    const auto ms = [](auto from, auto to) { return std::chrono::duration_cast<milliseconds>(to - from).count(); };
    std::cout << "kill " << kills_ << (killed_early ? ", killed as it started too" : "") << ": ready after "
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
    kill();
  }

  void kill() {
    daemon_.kill();
    ++kills_;
  }

  std::mt19937_64 random_;
  Daemon daemon_;
  Ledger ledger_;
  Load load_;
  unsigned kills_ = 0;
};

}  // namespace

int main() {
  const unsigned wanted = static_cast<unsigned>(std::stoul(setting("CRASH_LOOP_KILLS", "36")));
  const unsigned directories = std::max(1U, wanted / kills_of_directory);
  const std::uint64_t seed = breakerd::test::test_seed();
  unsigned kills = 0;
  unsigned failed = 0;
  for (unsigned i = 0; i < directories; ++i) {
    const unsigned before = kills;
    const unsigned kills_here = (wanted - kills) / (directories - i);
    std::cout << "directory " << i + 1 << " of " << directories << ": " << kills_here << " kills" << std::endl;
    const int outcome = run_in_workshop("crash-loop", [&](const std::filesystem::path& workshop) {
      CrashLoop loop{workshop, seed + i};
      while (loop.kills() < kills_here) {
        loop.round(kills_here - loop.kills());
        kills = before + loop.kills();
      }
      loop.last_round();
    });
    if (outcome != 0) ++failed;
  }
  std::cout << kills << " kills, " << failed << " failed" << std::endl;
  return failed == 0 ? 0 : 1;
}
