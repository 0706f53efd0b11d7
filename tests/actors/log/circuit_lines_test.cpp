// What the operator reads in the daemon's log of the circuit and of holds.

#include <breakerd/actors/log/circuit_lines.hpp>

#include "tests/actors/core/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

/// The lines about the circuit and holds since the last time.
std::vector<std::string> take_lines(CoreStory& story) { return std::exchange(story.lines, {}); }

/// One campaign is running, with two jobs, and there is a job without one.
CampaignView with_work(CoreStory& story) {
  const CampaignView campaign = story.create();
  story.change(campaign.id, StartCampaign{});
  story.enqueue(campaign.id);
  story.enqueue(campaign.id);
  story.enqueue();
  REQUIRE(take_lines(story).empty());
  return campaign;
}

}  // namespace

TEST_CASE("an opening, a close and a resume are one line each at info, with epoch, principal, reason and counts") {
  CoreStory story;
  with_work(story);
  story.open();
  const auto opened = take_lines(story);
  REQUIRE(opened.size() == 1);
  CHECK(
      opened[0] ==
      R"(info the circuit is OPEN, epoch 1: opened by "alice", reason "apollo: 429", service "apollo", in flight: stop; held: )"
      "3 jobs and 1 campaign");
  story.close();
  const auto closed = take_lines(story);
  REQUIRE(closed.size() == 1);
  CHECK_THAT(closed[0], StartsWith(R"(info the circuit is CLOSED, epoch 1: closed by "alice", reason ")") &&
                            ContainsSubstring("resumed: 1 job"));
  story.get<HoldsAnswer>(ResumeQueue{"apollo is back"});
  CHECK(take_lines(story) ==
        std::vector<std::string>{R"(info 1 hold lifted by "alice", reason "apollo is back"; resumed: 1 campaign and )"
                                 "2 jobs; still paused: 0 campaigns"});
}

TEST_CASE("an opening by a worker's report names the job and the worker in its line") {
  CoreStory story;
  story.enqueue();
  const auto jobs = story.lease();
  take_lines(story);
  story.get<JobView>(FailJob{1, jobs.at(0).token, "429", "http", "apollo"});
  const auto lines = take_lines(story);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], ContainsSubstring(R"(job 1, worker "worker-1")"));
}

TEST_CASE("a second request for an opening, and a hold for a service, are lines too") {
  CoreStory story;
  with_work(story);
  story.get<HoldsAnswer>(PauseCampaignsForService{"hermes", "slow"});
  const auto held = take_lines(story);
  REQUIRE(held.size() == 1);
  CHECK_THAT(held[0], StartsWith(R"(info 1 campaign held by "alice", cause ")") && ContainsSubstring("hermes: slow"));
  story.open();
  take_lines(story);
  story.get<CircuitAnswer>(OpenCircuit{"me too", "zeus"});
  CHECK(take_lines(story) == std::vector<std::string>{R"(info the circuit is OPEN already, epoch 1: an opening was )"
                                                      R"(asked for by "alice", reason "me too", service "zeus", )"
                                                      "in flight: stop"});
  story.get<CircuitAnswer>(OpenCircuit{"they are nearly done", {}, InFlight::finish});
  CHECK_THAT(take_lines(story).at(0), ContainsSubstring(R"(reason "they are nearly done", in flight: finish)"));
}

TEST_CASE("a further failure, and work, are no lines") {
  CoreStory story;
  with_work(story);
  story.open();
  take_lines(story);
  story.get<CircuitAnswer>(CoreStory::failure("503"));
  story.close();
  take_lines(story);
  story.lease();
  CHECK(take_lines(story).empty());
}

TEST_CASE("storage that recovers by itself is said at info, with the opening that it brought") {
  CoreStory story;
  story.log.fail_next(1);
  static_cast<void>(story.send(EnqueueJob{CoreStory::job_of()}));
  story.run();
  const auto trouble = take_lines(story);
  REQUIRE(trouble.size() == 1);
  CHECK_THAT(trouble[0], StartsWith("warn storage trouble"));
  for (int i = 0; i < 100 && !story.core->health().ready(); ++i) story.advance(std::chrono::seconds{1});
  const auto lines = take_lines(story);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], StartsWith(R"(info the circuit is OPEN, epoch 1: opened by "breakerd")"));
  CHECK_THAT(lines[1], StartsWith("info storage is back by itself") && ContainsSubstring("epoch 1"));
}

TEST_CASE("a text of a client cannot make a second line, nor a long one") {
  CircuitOpened opening = opened(1);
  opening.reason = "x\n2026-11-28 info the circuit is CLOSED " + std::string(5'000, 'y');
  const std::vector<Event> append{said(opening)};
  const auto line = circuit_line(append);
  REQUIRE(line);
  CHECK(line->find('\n') == std::string::npos);
  CHECK(line->size() < 600);
}

TEST_CASE("a schedule that breakerd pauses by itself is a warning") {
  CoreStory story{[](WatchedLog& log) {
    ScheduleSet set = scheduled(1, no_time);
    set.plan.every_ms = 0;
    set.plan.cron = "* * * * *";
    set.plan.time_zone = "Europe/Atlantis";
    Append append;
    append.events.push_back({set, "alice", at(0), 0, -1});
    must(must(log.append({&append, 1})).front());
  }};
  take_lines(story);
  story.advance(std::chrono::seconds{10});
  CHECK(take_lines(story) ==
        std::vector<std::string>{
            R"(warn schedule 1 is paused, and runs no more until somebody resumes it, reason "its next time cannot be )"
            R"(worked out: unknown time zone \"Europe/Atlantis\"")"});
  story.get<ScheduleRow>(RemoveSchedule{1, "x"});
  CreateSchedule other;
  other.plan = scheduled(2).plan;
  story.get<ScheduleRow>(other);
  story.get<ScheduleRow>(PauseSchedule{2, "by a person"});
  CHECK(take_lines(story).empty());
}
