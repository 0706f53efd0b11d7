// The gate over random orders of openings, closes, leases, hanging and failing commits, and time: whenever it is open,
// the log's last word on the circuit is a close, and every failure that was answered before is recorded before that
// close.

#include <set>

#include "tests/actors/core/core_story.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

class GateModel {
 public:
  explicit GateModel(unsigned seed) : random_{seed} {
    story_.log.during_append = [this] { hang(); };
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
    drain();
  }

  std::size_t opened() const { return opened_; }

 private:
  struct Report {
    std::string error;
    PendingPtr pending;
  };

  bool chance(int one_in) { return std::uniform_int_distribution<int>{1, one_in}(random_) == 1; }

  void step() {
    switch (std::uniform_int_distribution<int>{0, 11}(random_)) {
      case 0:
        return report();
      case 1:
        story_.send(OpenCircuit{"by hand", {}});
        return;
      case 2:
      case 3:
        closes_.push_back(story_.send(CloseCircuit{"it is back", std::nullopt}));
        return;
      case 4:
        story_.send(CoreStory::lease_command());
        return;
      case 5:
        story_.send(EnqueueJob{CoreStory::job_of()});
        return;
      case 6:
        return fail();
      case 7:
        story_.scheduler().advance_time(chance(4) ? request_timeout + 1s : 100ms);
        return;
      default:
        turn();
    }
  }

  void report() {
    std::string error = "failure " + std::to_string(reports_.size());
    reports_.push_back({error, story_.send(CoreStory::failure(error))});
  }

  void fail() {
    if (!chance(6)) return;
    if (chance(2))
      story_.log.keep_next_but_fail();
    else
      story_.log.fail_next(1);
    story_.log.fail_reopen(chance(2) ? 2 : 0);
  }

  void turn() {
    auto& jobs = story_.scheduler().jobs;
    if (jobs.empty()) return;
    std::swap(jobs.front(), jobs[std::uniform_int_distribution<std::size_t>{0, jobs.size() - 1}(random_)]);
    story_.scheduler().run_once();
  }

  /// Within an append: everybody but the log goes on, for a moment or for very long.
  void hang() {
    if (hanging_ || !chance(3)) return;
    hanging_ = true;
    for (int i = 0; i < 8; ++i) {
      if (chance(3)) report();
      if (chance(3)) closes_.push_back(story_.send(CloseCircuit{"it is back", std::nullopt}));
      if (chance(4)) story_.scheduler().advance_time(chance(2) ? request_timeout + 1s : 1s);
      turn();
      check();
    }
    hanging_ = false;
  }

  /// What is true after every turn.
  void check() {
    if (!story_.gate().allowed) return;
    ++opened_;
    std::set<std::string> recorded;  // before the last close
    std::vector<std::string> since;
    bool is_closed = true;
    const auto view = must(story_.log.view());
    for (Seq seq = 1; seq <= story_.log.head().seq; ++seq) {
      const EventData data = must(read_event(*view, seq)).event.data;
      if (const auto* opening = std::get_if<CircuitOpened>(&data)) since.push_back(opening->error), is_closed = false;
      if (const auto* failure = std::get_if<FailureRecorded>(&data)) since.push_back(failure->error);
      if (std::holds_alternative<CircuitClosed>(data)) {
        recorded.insert(since.begin(), since.end());
        since.clear();
        is_closed = true;
      }
    }
    REQUIRE(is_closed);
    for (const Report& one : reports_) {
      CAPTURE(one.error);
      if (one.pending->there()) REQUIRE(recorded.count(one.error) == 1);
    }
  }

  /// No more faults: everything is answered, every report is in the log, and a close opens the gate.
  void drain() {
    story_.log.fail_next(0);
    story_.log.fail_reopen(0);
    story_.log.during_append = [] {};
    for (int i = 0; i < 200; ++i) story_.advance(1s);
    std::set<std::string> recorded;
    const auto view = must(story_.log.view());
    for (Seq seq = 1; seq <= story_.log.head().seq; ++seq) {
      const EventData data = must(read_event(*view, seq)).event.data;
      if (const auto* opening = std::get_if<CircuitOpened>(&data)) recorded.insert(opening->error);
      if (const auto* failure = std::get_if<FailureRecorded>(&data)) recorded.insert(failure->error);
    }
    for (const Report& one : reports_) {
      CAPTURE(one.error);
      REQUIRE(one.pending->there());
      REQUIRE(recorded.count(one.error) == 1);
    }
    for (const PendingPtr& close : closes_) REQUIRE(close->there());
    REQUIRE_FALSE(story_.ask(CloseCircuit{"the end", std::nullopt}).has_error());
    REQUIRE(story_.gate().allowed);
    check();
  }

  std::mt19937 random_;
  CoreStory story_;
  std::vector<Report> reports_;
  std::vector<PendingPtr> closes_;
  bool hanging_ = false;
  std::size_t opened_ = 0;
};

}  // namespace

TEST_CASE("whenever the gate is open, every answered failure was recorded before the last close") {
  const unsigned seed = test_seed();
  std::size_t opened = 0;
  for (unsigned round = 0; round < 60; ++round) {
    CAPTURE(seed + round);
    GateModel model{seed + round};
    model.play(300);
    opened += model.opened();
  }
  CHECK(opened > 60);  // or nothing was looked at
}
