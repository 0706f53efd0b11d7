// How the real daemon ends when a part of it does, or when its disk does not let it (docs/operations.md, "Stop"):
//   each of the core's actors ends under load: exit code 70, every client answered or closed, nothing acknowledged
//   lost; a disk that hangs is doubt, and passes; a stop while it hangs ends; an opening that could not be recorded
//   before a stop is left as a mark, or said loudly.
// Environment: BREAKERD_TEST_SEED of the load; printed.

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "support/check.hpp"
#include "support/client.hpp"
#include "support/daemon.hpp"
#include "support/disk_trouble.hpp"
#include "support/load.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
using breakerd::test::eventually;
namespace fs = std::filesystem;

constexpr std::uint64_t answers_before_the_end = 300;

void end_actor(const fs::path& workshop, const std::string& program, const std::string& actor, std::uint64_t seed) {
  const fs::path folder = workshop / actor;
  fs::create_directories(folder);
  Ledger ledger;
  LoadOptions options;
  options.seed = seed;
  options.jobs_per_life = 1'000'000;
  options.storage_may_fail = true;  // 503 is what a daemon that ends answers
  Load load{ledger, options};
  Daemon daemon{folder, folder / "data", {"BREAKERD_END_ACTOR=" + actor}};
  ::setenv("BREAKERD", (fs::path{setting("BREAKERD_TOOLS")} / "ending_daemon").c_str(), 1);
  daemon.start();
  ::setenv("BREAKERD", program.c_str(), 1);
  daemon.wait_ready();
  load.start(daemon.port());
  load.counts.done.wait_for(answers_before_the_end, "load");
  const int code = daemon.end_by(SIGUSR1);
  load.stop();  // every thread has its answer, or its connection was closed
  require(code == 70, "the end of the " + actor + " actor gives " + std::to_string(code) + ":\n" + daemon.last_words());
  require(daemon.says("the " + actor + " actor has ended"), "it does not say why:\n" + daemon.last_words());
  require(!daemon.says("the stop has not ended within"), "it had to be cut off:\n" + daemon.last_words());
  verify_offline(daemon.data());
  daemon.start();
  daemon.wait_ready();
  check_state(daemon.port(), ledger);
  daemon.stop();
  std::cout << "ok: the " << actor << " actor ends under load (" << load.counts.done << " done, "
            << load.counts.unavailable << " unavailable, " << load.counts.said_unknown << " unknown, "
            << load.counts.unanswered << " closed)" << std::endl;
}

bool allowed(Client& client) { return client.get("/api/v1/breaker/allow").data().at("allowed").get<bool>(); }

std::string state(Client& client) { return client.get("/api/v1/breaker").data().at("state").get<std::string>(); }

Json job() { return {{"job_type", "mail"}, {"payload", nullptr}}; }

void hang_and_pass(const fs::path& workshop) {
  const FailingSync disk{workshop};
  auto environment = disk.environment();
  environment.push_back("BREAKERD_STORAGE_STALL_MS=200");
  environment.push_back("BREAKERD_SHUTDOWN_TIMEOUT_MS=200");
  Daemon daemon{workshop, workshop / "hang", environment};
  daemon.start();
  daemon.wait_ready();
  Client client{daemon.port()};
  require(allowed(client), "the gate is shut from the start");
  const Trouble hang = disk.hang();
  hang.begin();
  Answer enqueued;
  std::thread producer{[&] { enqueued = Client{daemon.port()}.post("/api/v1/jobs", job()); }};
  eventually("doubt", [&] { return client.get("/readyz").status == 503; });
  require(client.get("/readyz").text().find("the disk hangs") != std::string::npos, "readyz does not say why");
  require(!allowed(client), "the gate is open while the disk hangs");
  hang.end();
  producer.join();
  require(enqueued.succeeded(), "the job that hung was answered " + enqueued.text());
  eventually("the end of the doubt", [&] { return client.get("/readyz").status == 200 && allowed(client); });
  require(state(client) == "closed", "a disk that hung and came through has opened the circuit");
  require(daemon.says("has come to its end"), "it does not say that it passed");
  std::cout << "ok: a disk that hangs is doubt, and passes" << std::endl;

  hang.begin();
  std::thread last_producer{[&] { enqueued = Client{daemon.port()}.post("/api/v1/jobs", job()); }};
  eventually("doubt", [&] { return client.get("/readyz").status == 503; });
  const int code = daemon.end_by(SIGTERM);
  last_producer.join();
  require(code == 74, "a stop while the disk hangs gives " + std::to_string(code) + ":\n" + daemon.last_words());
  require(!enqueued.succeeded(), "a job was acknowledged that is not durable: " + enqueued.text());
  require(daemon.says("the stop has not ended within"), "it does not say why:\n" + daemon.last_words());
  hang.end();
  verify_offline(daemon.data());
  std::cout << "ok: a stop while the disk hangs ends" << std::endl;
}

/// The disk goes, a report is answered that it will be recorded, and the daemon is told to stop.
void stop_owing(const fs::path& workshop, const std::string& name, const Trouble& trouble, const FailingSync& disk,
                const std::string& expected_line, bool opens_at_next_start) {
  Daemon daemon{workshop, workshop / name, disk.environment()};
  daemon.start();
  daemon.wait_ready();
  Client client{daemon.port()};
  trouble.begin();
  require(client.post("/api/v1/jobs", job()).code() == "outcome_unknown", "the disk is well");
  const Answer report = client.post("/api/v1/breaker/failures", {{"error", "429"}, {"service", "apollo"}});
  require(report.status == 503 && report.code() == "outcome_unknown", "the report is answered " + report.text());
  client.hang_up();
  const int code = daemon.end_by(SIGTERM);
  require(code == 74, "a stop that owes an opening gives " + std::to_string(code) + ":\n" + daemon.last_words());
  require(daemon.says("NOT RECORDED: an opening by") && daemon.says("apollo: 429"),
          "it does not say what is owed:\n" + daemon.last_words());
  require(daemon.says(expected_line), "it does not say '" + expected_line + "':\n" + daemon.last_words());
  trouble.end();
  daemon.start();
  daemon.wait_ready();
  if (opens_at_next_start) require(state(client) == "open" && !allowed(client), "the next start is not OPEN");
  daemon.stop();
  std::cout << "ok: a stop that owes an opening, with " << trouble.name << std::endl;
}

}  // namespace

int main() {
  return run_in_workshop("endings", [](const fs::path& workshop) {
    const std::uint64_t seed = breakerd::test::test_seed();
    const std::string program = setting("BREAKERD");
    for (const std::string actor : {"breaker", "queue", "log", "campaigns"}) end_actor(workshop, program, actor, seed);
    hang_and_pass(workshop);
    const FailingSync disk{workshop};
    stop_owing(workshop, "no-sync", disk.trouble(), disk, "the next start opens the circuit", true);
    stop_owing(workshop, "gone", disk.gone(), disk, "open the circuit by hand", false);
  });
}
