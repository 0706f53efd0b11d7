// The gate while the disk hangs, and whatever the order of openings, closes and their answers.

#include <breakerd/actors/client/callback_batch.hpp>
#include "tests/actors/core/core_story.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

TEST_CASE("a late close does not open the gate over a failure that was answered meanwhile") {
  CoreStory story;
  story.enqueue();
  story.open();
  PendingPtr report;
  story.log.during_append = [&] {
    if (report) return;
    // The close hangs in its sync; everybody else goes on.
    story.advance(request_timeout + 1s);
    report = story.send(CoreStory::failure("503"));
    story.run();
    story.advance(request_timeout + 1s);
    REQUIRE(report->there());
    CHECK(report->refused() == ErrorCode::outcome_unknown);
  };
  const PendingPtr close = story.send(CloseCircuit{"it is back", std::nullopt});
  bool was_allowed = false;
  story.run_watched([&] { was_allowed = was_allowed || story.gate().allowed; });
  CHECK_FALSE(was_allowed);
  CHECK(close->refused() == ErrorCode::outcome_unknown);
  CHECK(story.lease().empty());
  story.advance(1s);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.status().breaker.last_failure.error == "503");
  CHECK(story.status().breaker.epoch == 2);
}

TEST_CASE("when a core actor has ended nothing is granted any more, and every command says so") {
  CoreStory story;
  story.enqueue();
  const std::string which = GENERATE(as<std::string>{}, "breaker", "queue", "log", "campaigns");
  CAPTURE(which);
  const auto end = [](const auto& handle) { caf::anon_send_exit(handle, caf::exit_reason::kill); };
  if (which == "breaker") end(story.core->breaker());
  if (which == "queue") end(story.core->queue());
  if (which == "log") end(story.core->writer());
  if (which == "campaigns") end(story.core->campaigns());
  const PendingPtr under_way = story.send(CoreStory::lease_command());
  story.run();
  CHECK(story.fatal == std::vector<std::string>{which});
  CHECK_FALSE(story.gate().allowed);
  CHECK_FALSE(story.core->health().ready());
  CHECK(story.core->ended());
  REQUIRE(under_way->there());
  CHECK((under_way->outcome->has_error() || under_way->get<LeaseAnswer>().jobs.empty()));
  for (const Command& command :
       {Command{CoreStory::lease_command()}, Command{EnqueueJob{CoreStory::job_of()}}, Command{CoreStory::failure()},
        Command{CloseCircuit{"x", std::nullopt}}, Command{CreateCampaign{"spring", {}, {}}}}) {
    const Outcome outcome = story.ask(command);
    CHECK(outcome.has_error());
  }
  CHECK(story.events() == std::vector<std::string>{"JobEnqueued"});
}

TEST_CASE("every batch of a core that ends actor by actor is answered once") {
  CoreStory story;
  std::size_t answers = 0;
  const auto send = [&](Command command) {
    story.core->dispatch(make_callback_batch(
        std::move(command), "alice", [&](const Outcome&) { ++answers; }, [](const std::string&) {}, nullptr));
  };
  const std::string which = GENERATE(as<std::string>{}, "breaker", "queue", "log", "campaigns");
  CAPTURE(which);
  const auto seed = test_seed();
  CAPTURE(seed);
  std::mt19937 random{seed};
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    send(EnqueueJob{CoreStory::job_of()});
    send(CoreStory::failure());
    send(CreateCampaign{"spring", {}, {}});
    sent += 3;
    if (i % 3 == 0 && !story.scheduler().jobs.empty()) story.scheduler().run_once();
    if (i == 50) {
      if (which == "breaker") caf::anon_send_exit(story.core->breaker(), caf::exit_reason::kill);
      if (which == "queue") caf::anon_send_exit(story.core->queue(), caf::exit_reason::kill);
      if (which == "log") caf::anon_send_exit(story.core->writer(), caf::exit_reason::kill);
      if (which == "campaigns") caf::anon_send_exit(story.core->campaigns(), caf::exit_reason::kill);
    }
  }
  story.run_shuffled(random);
  CHECK(answers == sent);
}

TEST_CASE("a commit that hangs is doubt: the gate is shut until it comes through, and nothing is opened") {
  CoreStory story;
  const auto stall = CoreOptions{}.stall_after;
  bool hung = false;
  story.log.during_append = [&] {
    if (hung) return;
    hung = true;
    story.advance(stall / 2);
    CHECK(story.gate().allowed);
    CHECK(story.core->health().ready());
    story.advance(stall);
    CHECK_FALSE(story.gate().allowed);
    CHECK(story.core->health().view().reason.find("the disk hangs") != std::string::npos);
    const PendingPtr report = story.send(CloseCircuit{"x", std::nullopt});
    story.run();
    CHECK(report->there());
  };
  story.enqueue();
  REQUIRE(hung);
  CHECK_FALSE(story.gate().allowed);  // the supervisor has not looked yet
  story.advance(1s);
  CHECK(story.gate().allowed);
  CHECK(story.core->health().ready());
  CHECK(story.events() == std::vector<std::string>{"JobEnqueued"});
  CHECK(story.lines.size() == 2);
}

TEST_CASE("a failure reported while a commit hangs is answered at once, and recorded when the commit comes through") {
  CoreStory story;
  bool hung = false;
  story.log.during_append = [&] {
    if (std::exchange(hung, true)) return;
    story.advance(CoreOptions{}.stall_after + 1s);
    const PendingPtr report = story.send(CoreStory::failure("503"));
    story.run();
    REQUIRE(report->there());
    CHECK(report->refused() == ErrorCode::outcome_unknown);
  };
  story.enqueue();
  story.advance(1s);
  CHECK(story.status().breaker.last_failure.error == "503");
  CHECK(story.status().breaker.failures == 1);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("so many failures are kept while a commit hangs, and the gate stays shut for those that are not") {
  CoreStory story;
  constexpr std::size_t kept_max = 1'000;
  std::vector<PendingPtr> reports;
  bool hung = false;
  story.log.during_append = [&] {
    if (std::exchange(hung, true)) return;
    story.advance(CoreOptions{}.stall_after + 1s);
    for (std::size_t i = 0; i < kept_max + 51; ++i) reports.push_back(story.send(CoreStory::failure("503")));
    story.run();
  };
  story.enqueue();
  REQUIRE(reports.size() == kept_max + 51);
  const auto refused = [&](ErrorCode code) {
    return std::count_if(reports.begin(), reports.end(), [&](const PendingPtr& one) { return one->refused() == code; });
  };
  // The first one is under way, so many wait, the others are not recorded.
  CHECK(refused(ErrorCode::outcome_unknown) == static_cast<std::ptrdiff_t>(kept_max) + 1);
  CHECK(refused(ErrorCode::unavailable) == 50);
  CHECK_FALSE(story.gate().allowed);
  story.advance(1s);
  CHECK(story.status().breaker.failures == kept_max + 1);
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("an opening that is owed at a stop is tried once more") {
  CoreStory story;
  story.log.fail_next(1);
  story.log.fail_reopen(1);
  CHECK(story.refused(EnqueueJob{CoreStory::job_of()}) == ErrorCode::outcome_unknown);
  CHECK(story.refused(CoreStory::failure("503")) == ErrorCode::outcome_unknown);
  SECTION("and recorded when the disk is back") {
    story.log.fail_reopen(0);
    CHECK(story.stop() == 0);
    CHECK(story.events() == std::vector<std::string>{"CircuitOpened", "QueuePaused", "HoldPlaced", "FailureRecorded"});
    CHECK_FALSE(story.log.fault_pending());
    CHECK(story.status().breaker.last_failure.error == "503");
  }
  SECTION("and left as a mark when it is not") {
    CHECK(story.stop() == 1);
    CHECK(story.events().empty());
    CHECK(story.log.fault_pending());
    const auto says = [&](const std::string& text) {
      return std::any_of(story.lines.begin(), story.lines.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
    };
    CHECK(says("NOT RECORDED: an opening by alice: apollo: 503"));
    CHECK(says("the next start opens the circuit"));
  }
  SECTION("and said loudly when not even the mark can be left") {
    story.log.fails_to_mark = true;
    CHECK(story.stop() == 1);
    CHECK(story.lines.back().find("open the circuit by hand") != std::string::npos);
  }
}
