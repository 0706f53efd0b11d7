// Nothing is lost for speed: as many jobs as the machine takes, one by one and in batches, while the daemon is killed
// with -9, its disk does not sync, and its disk is full. What was acknowledged is there, each batch whole or not at
// all.
//   full_rate_test full-disk: the last part alone (needs root, says "skipped" without).
//   FULL_RATE_ROUNDS  kills (6)
//   BREAKERD_TEST_SEED of their moments; printed

#include <chrono>
#include <iostream>
#include <random>
#include <string_view>

#include "support/client.hpp"
#include "support/daemon.hpp"
#include "support/disk_trouble.hpp"
#include "support/flood.hpp"
#include "tests/support/let_pass.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
using breakerd::test::let_pass;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr unsigned flood_spread_ms = 700;
constexpr milliseconds recovery_max{20'000};

void say(const std::string& what, const Flood& flood) {
  std::cout << what << ": single jobs " << flood.singles.text() << ", batches of " << Flood::batch_jobs << " "
            << flood.batches.text() << ", completions " << flood.completions.text() << std::endl;
}

void kill_and_look(const fs::path& workshop, unsigned rounds, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Daemon daemon{workshop, workshop / "data"};
  Flood flood;
  for (unsigned round = 1; round <= rounds; ++round) {
    daemon.start();
    daemon.wait_ready();
    if (round > 1) flood.check(daemon.port());
    flood.start(daemon.port());
    flood.wait_for_more();
    let_pass(milliseconds{random() % flood_spread_ms});
    daemon.kill();
    flood.stop();
    say("kill " + std::to_string(round), flood);
  }
  verify_offline(daemon.data());  // as the kill left it
  daemon.start();
  daemon.wait_ready();
  flood.check(daemon.port());
  daemon.stop();
  require(flood.singles.acknowledged > 0 && flood.batches.acknowledged > 0 && flood.completions.acknowledged > 0,
          "there was hardly any load");
}

void close_circuit(Client& client) {
  const Answer closed = client.post("/api/v1/breaker/close", {{"reason", "the test"}});
  require(closed.status == 200, "close answers " + closed.text());
  const Answer resumed = client.post("/api/v1/queue-management/resume-queue");
  require(resumed.status == 200, "resume-queue answers " + resumed.text());
}

/// Trouble comes in the middle of the flood and goes; nothing is lost, and the flood goes on.
void ride_out(Daemon& daemon, Flood& flood, const Trouble& trouble) {
  Client client{daemon.port()};
  flood.start(daemon.port());
  flood.wait_for_more();
  const std::size_t tries = daemon.says(reopening_failed);
  trouble.begin();
  daemon.wait_says(reopening_failed, tries + 1);
  require(client.get("/readyz").status == 503, "the daemon is ready in trouble");
  flood.stop();
  trouble.end();
  daemon.wait_ready(recovery_max);
  flood.check(daemon.port());
  close_circuit(client);
  flood.start(daemon.port());
  flood.wait_for_more();
  flood.stop();
  flood.check(daemon.port());
  say(trouble.name, flood);
}

void fail_syncs(const fs::path& workshop) {
  const FailingSync disk{workshop};
  Daemon daemon{workshop, workshop / "syncs", disk.environment()};
  daemon.start();
  daemon.wait_ready();
  Flood flood;
  for (int i = 0; i < 3; ++i) ride_out(daemon, flood, disk.trouble());
  daemon.stop();
  verify_offline(daemon.data());
}

void fill_disk(const fs::path& workshop) {
  SmallDisk disk{workshop / "small-disk"};
  Daemon daemon{workshop, disk.path() / "data"};
  daemon.start();
  daemon.wait_ready();
  Flood flood;
  ride_out(daemon, flood, disk.trouble());
  daemon.stop();
  verify_offline(daemon.data());
}

}  // namespace

int main(int argc, char** argv) {
  const bool full = argc > 1 && argv[1] == std::string_view{"full-disk"};
  return run_in_workshop("full-rate", [full](const fs::path& workshop) {
    if (full) return fill_disk(workshop);
    const unsigned rounds = static_cast<unsigned>(std::stoul(setting("FULL_RATE_ROUNDS", "6")));
    const std::uint64_t seed = breakerd::test::test_seed();
    std::cout << rounds << " kills" << std::endl;
    kill_and_look(workshop, rounds, seed);
    fail_syncs(workshop);
  });
}
