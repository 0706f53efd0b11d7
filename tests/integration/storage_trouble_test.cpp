// Storage trouble in the real daemon, under load (docs/operations.md; rule 5 of docs/ARCHITECTURE.md):
//   a disk that refuses to sync, met while CLOSED and while OPEN; the same with kill -9 in the middle of it; a full
//   disk, on a small tmpfs of our own (needs root, is skipped without).
// Environment: BREAKERD_TEST_SEED of the load; printed.

#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "support/check.hpp"
#include "support/client.hpp"
#include "support/daemon.hpp"
#include "support/disk_trouble.hpp"
#include "support/load.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds load_time{500};
constexpr std::size_t jobs_until_trouble = 1'000'000;
constexpr std::size_t jobs_afterwards = 1'000;
constexpr milliseconds trouble_time{1'500};  // some tries to reopen fall into it
constexpr milliseconds trouble_comes_max{60'000};
constexpr milliseconds recovery_max{20'000};  // the longest backoff is 5 s
// Reports of services that were refused in the trouble the breaker makes up for, every 100 ms until it has; no answer
// tells when.
constexpr milliseconds owed_comes{1'000};
constexpr milliseconds poll_interval{5};

class Story {
 public:
  Story(const fs::path& workshop, const fs::path& data, std::vector<std::string> environment, LoadOptions options)
      : daemon_{workshop, data, std::move(environment)}, load_{ledger_, options} {
    daemon_.start();
    daemon_.wait_ready();
  }

  /// Trouble comes under load and goes again: the daemon shuts, goes on reading, and recovers by itself.
  void ride_out(const Trouble& trouble) {
    const auto before = meet(trouble);
    trouble.end();
    daemon_.wait_ready(recovery_max);
    check_recovered(before);
    check_goes_on();
    std::cout << "ok: " << trouble.name << std::endl;
  }

  /// The same, when the circuit is OPEN already.
  void ride_out_while_open(const Trouble& trouble) {
    change_circuit(true);
    ride_out(trouble);
  }

  /// The daemon is killed while its disk is in trouble, and comes back when it is well.
  void die_of(const Trouble& trouble) {
    const auto before = meet(trouble);
    daemon_.kill();
    client_.hang_up();
    trouble.end();
    daemon_.start();
    daemon_.wait_ready(recovery_max);
    check_recovered(before);
    check_goes_on();
    std::cout << "ok: " << trouble.name << ", killed in the middle of it" << std::endl;
  }

  void close() {
    check_events(daemon_.port(), ledger_);
    daemon_.stop();
    verify_offline(daemon_.data());
  }

 private:
  struct Before {
    std::uint64_t last_seq = 0;
    bool was_open = false;
  };

  Json status() {
    const Answer answer = client_.get("/api/v1/queue-management/status");
    require(answer.status == 200, "status answers " + answer.text());
    return answer.data();
  }

  Before look() {
    const Json now = status();
    return {now.at("queue").at("last_seq").get<std::uint64_t>(), now.at("circuit_breaker").at("state") == "open"};
  }

  /// Loads the daemon, lets the trouble come, and looks how the daemon behaves in it. The load has ended after it.
  Before meet(const Trouble& trouble) {
    Before before = look();
    load_.options.breaker = !before.was_open;
    load_.options.jobs_per_life = jobs_until_trouble;  // room that is set aside for the log is to be used up
    const std::uint64_t unknown = load_.counts.said_unknown;
    const std::uint64_t unavailable = load_.counts.unavailable;
    load_.start(daemon_.port());
    std::this_thread::sleep_for(load_time);
    trouble.begin();
    wait_down();
    check_down();
    load_.stop();
    std::cout << trouble.name << ": " << load_.counts.said_unknown - unknown << " answers 'outcome unknown', "
              << load_.counts.unavailable - unavailable << " 'unavailable', " << load_.counts.done << " done so far"
              << std::endl;
    require(load_.counts.said_unknown > unknown, "no command in flight was answered 'outcome unknown'");
    require(load_.counts.unavailable > unavailable, "no command was answered 'unavailable'");
    daemon_.check_alive();
    return before;
  }

  void wait_down() {
    const auto deadline = Clock::now() + trouble_comes_max;
    while (client_.get("/readyz").status != 503) {
      daemon_.check_alive();
      require(Clock::now() < deadline, "the trouble does not come");
      std::this_thread::sleep_for(poll_interval);
    }
  }

  void check_down() {
    const auto until = Clock::now() + trouble_time;
    do {
      daemon_.check_alive();
      const Answer ready = client_.get("/readyz");
      require(ready.status == 503, "/readyz answers " + ready.text() + " in trouble");
      const Answer allow = client_.get("/api/v1/breaker/allow");
      require(allow.status == 200 && allow.data().at("allowed") == false,
              "allow answers " + allow.text() + " in trouble");
      (void)status();
      const Answer job = client_.get("/api/v1/jobs/1");
      require(job.status == 200, "a job cannot be read in trouble: " + job.text());
      const Answer refused =
          client_.post("/api/v1/jobs", {{"job_type", "late"}, {"payload", {{"key", "late"}, {"i", 0}}}});
      require(refused.status == 503 && refused.code() == "unavailable",
              "a job is answered " + refused.text() + " in trouble");
      std::this_thread::sleep_for(poll_interval);
    } while (Clock::now() < until);
  }

  void check_recovered(const Before& before) {
    const std::size_t opening = ledger_.begin_circuit(true);  // the recovery's own
    ledger_.end_circuit(opening, Outcome::done);
    std::this_thread::sleep_for(owed_comes);
    const Json circuit = status().at("circuit_breaker");
    require(circuit.at("state") == "open", "after the trouble the circuit is not OPEN: " + circuit.dump());
    const bool others_came = check_first_event(before);  // a later failure shows instead
    require(others_came || circuit.at("metadata").at("error_type") == "storage",
            "the circuit is not OPEN for storage's sake: " + circuit.dump());
    const Answer allow = client_.get("/api/v1/breaker/allow");
    require(allow.data().at("allowed") == false, "the gate is open: " + allow.text());
    check_state(daemon_.port(), ledger_);
  }

  /// What was in flight may have been kept; after it comes the word of the trouble, then only reports of services that
  /// the breaker still owed, and the ends of brief leases. True when there were such reports.
  bool check_first_event(const Before& before) {
    std::vector<std::string> after;
    bool told = false;
    bool others_came = false;
    for (std::uint64_t next = before.last_seq + 1;;) {
      const Answer page = client_.get("/api/v1/events?limit=1000&from=" + std::to_string(next));
      require(page.status == 200, "the events cannot be read: " + page.text());
      if (page.data().at("events").empty()) break;
      for (const Json& event : page.data().at("events")) {
        ++next;
        const auto type = event.at("type").get<std::string>();
        const bool is_word =
            (type == "CircuitOpened" || type == "FailureRecorded") && event.at("data").at("error_type") == "storage";
        if (is_word) {
          require(!told || type == "FailureRecorded", "the trouble opened the circuit twice");
          require(told || !before.was_open || type == "FailureRecorded", "an OPEN circuit was opened");
          told = true;
        }
        if (told) after.push_back(type);
        others_came |= told && !is_word && type == "FailureRecorded";
      }
    }
    require(told, "no event tells of the trouble");
    for (const std::string& type : after)
      require(type == "CircuitOpened" || type == "QueuePaused" || type == "HoldPlaced" || type == "FailureRecorded" ||
                  type == "OpeningReaffirmed" || type == "JobLeaseExpired",
              "a " + type + " came after the word of the trouble");
    return others_came;
  }

  void change_circuit(bool opening) {
    const std::size_t change = ledger_.begin_circuit(opening);
    const Answer answer =
        client_.post(opening ? "/api/v1/breaker/open" : "/api/v1/breaker/close", {{"reason", "the test"}});
    require(answer.status == 200, std::string{opening ? "open" : "close"} + " answers " + answer.text());
    ledger_.end_circuit(change, Outcome::done);
  }

  void check_goes_on() {
    change_circuit(false);
    const Answer resumed = client_.post("/api/v1/queue-management/resume-queue");
    require(resumed.status == 200, "resume-queue answers " + resumed.text());
    check_state(daemon_.port(), ledger_);
    load_.options.breaker = true;
    load_.options.jobs_per_life = jobs_afterwards;
    const std::uint64_t done = load_.counts.done;
    load_.start(daemon_.port());
    std::this_thread::sleep_for(load_time);
    load_.stop();
    require(load_.counts.done > done, "nothing is done after the trouble");
    check_state(daemon_.port(), ledger_);
    if (status().at("circuit_breaker").at("state") == "open") change_circuit(false);
  }

  Daemon daemon_;
  Client client_{daemon_.port()};
  Ledger ledger_;
  Load load_;
};

void fail_syncs(const fs::path& workshop, LoadOptions options) {
  const FailingSync disk{workshop};
  Story story{workshop, workshop / "data", disk.environment(), options};
  story.ride_out(disk.trouble());
  story.ride_out_while_open(disk.trouble());
  story.die_of(disk.trouble());
  story.close();
}

void fill_disk(const fs::path& workshop, LoadOptions options) {
  SmallDisk disk{workshop / "small-disk"};
  if (!disk.mounted()) {
    std::cout << "SKIPPED: a full disk; mounting a small tmpfs needs root (" << disk.why() << ")" << std::endl;
    return;
  }
  options.payload_bytes = 4'000;
  Story story{workshop, disk.path() / "data", {}, options};
  story.ride_out(disk.trouble());
  story.ride_out_while_open(disk.trouble());
  story.die_of(disk.trouble());
  story.close();
}

}  // namespace

int main() {
  for (const auto& scenario : {fail_syncs, fill_disk}) {
    const int code = run_in_workshop("storage-trouble", [&](const fs::path& workshop) {
      LoadOptions options;
      options.seed = breakerd::test::test_seed();
      options.storage_may_fail = true;
      scenario(workshop, options);
    });
    if (code != 0) return code;
  }
  return 0;
}
