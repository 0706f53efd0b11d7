// Storage trouble in the real daemon, under load (docs/operations.md; docs/decisions/a-failed-append-is-unknown.md):
//   a disk that refuses to sync, met while CLOSED and while OPEN; the same with kill -9 in the middle of it.
//   storage_trouble_test full-disk: the same with a full disk, on a small tmpfs of our own (needs root, says "skipped"
//   without).
// Environment: BREAKERD_TEST_SEED of the load; printed.

#include <chrono>
#include <iostream>
#include <string_view>

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
using std::chrono::milliseconds;

constexpr std::uint64_t load_before = 300;  // answers
constexpr std::uint64_t load_after = 100;
constexpr std::size_t jobs_until_trouble = 1'000'000;
constexpr std::size_t jobs_afterwards = 1'000;
constexpr std::size_t tries_to_reopen = 3;
constexpr milliseconds recovery_max{20'000};  // the longest backoff is 5 s

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
    load_.counts.done.wait_for(load_before, "load");
    const std::size_t tries_before = daemon_.says(reopening_failed);
    std::size_t tries = tries_before;
    trouble.begin();
    do {
      daemon_.wait_says(reopening_failed, ++tries);
      check_down();
    } while (tries < tries_before + tries_to_reopen);
    load_.stop();
    std::cout << trouble.name << ": " << load_.counts.said_unknown - unknown << " answers 'outcome unknown', "
              << load_.counts.unavailable - unavailable << " 'unavailable', " << load_.counts.done << " done so far"
              << std::endl;
    require(load_.counts.said_unknown > unknown, "no command in flight was answered 'outcome unknown'");
    require(load_.counts.unavailable > unavailable, "no command was answered 'unavailable'");
    daemon_.check_alive();
    return before;
  }

  void check_down() {
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
  }

  void check_recovered(const Before& before) {
    const std::size_t opening = ledger_.begin_circuit(true);  // the recovery's own
    ledger_.end_circuit(opening, Outcome::done);
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
  /// the breaker still owed, and what time alone brings: the ends of brief leases, and jobs that waited for a time of
  /// day. True when there were such reports.
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
                  type == "OpeningReaffirmed" || type == "JobLeaseExpired" || type == "JobsDue",
              "a " + type + " came after the word of the trouble");
    return others_came;
  }

  /// A close is refused until what the breaker owes from the trouble is recorded, and so comes after all of that.
  void change_circuit(bool opening) {
    const std::size_t change = ledger_.begin_circuit(opening);
    const std::string call = opening ? "open" : "close";
    eventually("the " + call, [&] {
      const Answer answer = client_.post("/api/v1/breaker/" + call, {{"reason", "the test"}});
      const bool owes = !opening && answer.status == 503 && answer.code() == "unavailable";
      require(owes || answer.status == 200, call + " answers " + answer.text());
      return !owes;
    });
    ledger_.end_circuit(change, Outcome::done);
  }

  void check_goes_on() {
    change_circuit(false);
    const Answer resumed = client_.post("/api/v1/queue-management/resume-queue");
    require(resumed.status == 200, "resume-queue answers " + resumed.text());
    check_state(daemon_.port(), ledger_);
    load_.options.breaker = true;
    load_.options.jobs_per_life = jobs_afterwards;
    load_.start(daemon_.port());
    load_.counts.done.wait_for(load_after, "load after the trouble");
    load_.stop();
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
  options.payload_bytes = 4'000;
  Story story{workshop, disk.path() / "data", {}, options};
  story.ride_out(disk.trouble());
  story.ride_out_while_open(disk.trouble());
  story.die_of(disk.trouble());
  story.close();
}

}  // namespace

int main(int argc, char** argv) {
  const bool full = argc > 1 && argv[1] == std::string_view{"full-disk"};
  return run_in_workshop("storage-trouble", [full](const fs::path& workshop) {
    LoadOptions options;
    options.seed = breakerd::test::test_seed();
    options.storage_may_fail = true;
    (full ? fill_disk : fail_syncs)(workshop, options);
  });
}
