// The model's view of what is answered and shown of rollouts.

#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

const std::string ramp_path = "/api/v1/queue-management/ramp";
const json canary_of_two{{"canary", 2}, {"ramp", {{"from_per_second", 10}, {"to_per_second", 20}, {"over_ms", 4'000}}}};

/// A job waits, and a plan with a canary and a ramp has begun.
struct Story {
  ScriptedCalls script;
  Shown shown;
  json canary{{"jobs", 2}, {"succeeded", 0}, {"in_flight", 0}};
  json ramp{{"from_per_second", 10}, {"to_per_second", 20},   {"over_ms", 4'000}, {"began_at", nullptr},
            {"elapsed_ms", 0},       {"remaining_ms", 4'000}, {"per_second", 0}};
  json row{
      {"id", 1},        {"kind", "plan"},        {"state", "done"},    {"actions", json::array()}, {"reason", "r-1"},
      {"done", 0},      {"skipped", 0},          {"matched", nullptr}, {"remaining", nullptr},     {"parked", 0},
      {"cancelled", 0}, {"finished_at", "then"}, {"canary", 2}};

  Story() {
    row["ramp"] = canary_of_two["ramp"];
    script.enqueue(1);
    shown.enqueued(1);
    script.post("/api/v1/queue-management/resume-queue", {{"reason", "r-1"}, {"plan", canary_of_two}}, {{"plan", row}});
    shown.event("JobCommandStarted", "queue",
                {{"command", 1},
                 {"kind", "plan"},
                 {"reason", "r-1"},
                 {"last_job", 1},
                 {"actions", json::array()},
                 {"canary", 2},
                 {"ramp_from_thousandths", 10'000},
                 {"ramp_to_thousandths", 20'000},
                 {"ramp_over_ms", 4'000}});
    shown.event("JobCommandEnded", "queue", {{"command", 1}, {"stopped", false}}, "breakerd");
    shown.commands = json::array({row});
    show("canary");
  }
  void show(const std::string& state) {
    shown.rollout = {{"state", state},
                     {"command_id", 1},
                     {"by", "anonymous@127.0.0.1"},
                     {"began_at", "2027-01-15T08:00:00.000000Z"},
                     {"canary", canary},
                     {"ramp", ramp}};
    shown.status["rollout"] = shown.rollout;
  }
  void stopped() {
    shown.event("RolloutEnded", "queue", {{"command", 1}, {"end", "stopped"}, {"reason", "s-1"}});
    shown.rollout = Shown{}.rollout;
    shown.status["rollout"] = nullptr;
  }
  /// The job has succeeded, and is the only one.
  void passed() {
    script.lease(1, "t1");
    json done = job_row(1, "COMPLETED");
    done["attempts"] = 1;
    script.end(1, "complete", "t1", done);
    shown.leased(1, "t1");
    shown.event("JobCompleted", "job-1", {{"job", 1}, {"attempt", 1}});
    shown.jobs[0] = done;
    shown.status["job_counts"].update({{"PENDING", 0}, {"PROCESSING", 0}, {"COMPLETED", 1}});
    shown.status["in_flight"] = 0;
    shown.event("CanaryPassed", "queue", {{"command", 1}, {"succeeded", 1}});
    canary["succeeded"] = 1;
    ramp.update({{"began_at", "2027-01-15T08:00:00.000000Z"}, {"per_second", 10}});
    show("ramp");
  }
  bool is_kept() {
    look(script, shown);
    INFO(script.sentences());
    return script.kept();
  }
  bool breaks(const std::string& words) {
    look(script, shown);
    return script.broke(words);
  }
};

}  // namespace

TEST_CASE("a rollout is shown as its events have it") {
  Story story;
  SECTION("a canary") { CHECK(story.is_kept()); }
  SECTION("a ramp, in the middle") {
    story.passed();
    story.ramp.update({{"elapsed_ms", 1'000}, {"remaining_ms", 3'000}, {"per_second", 12.5}});
    story.show("ramp");
    CHECK(story.is_kept());
  }
  SECTION("none") {
    story.script.post(ramp_path + "/stop", {{"reason", "s-1"}}, {{"stopped", true}, {"rollout", story.shown.rollout}});
    story.stopped();
    CHECK(story.is_kept());
  }
  SECTION("it has another canary") {
    story.shown.rollout["canary"]["jobs"] = 3;
    CHECK(story.breaks("the rollout is shown as"));
  }
  SECTION("it counts a job too many") {
    story.shown.rollout["canary"]["in_flight"] = 1;
    CHECK(story.breaks("the rollout is shown as"));
  }
  SECTION("the status forgets it") {
    story.shown.status["rollout"] = nullptr;
    CHECK(story.breaks("the status shows the rollout as null"));
  }
  SECTION("the status knows none, and there is one of another state") {
    story.shown.status["rollout"]["state"] = "ramp";
    CHECK(story.breaks("the status shows the rollout as"));
  }
  SECTION("the plan is listed without it") {
    story.shown.commands[0]["canary"] = nullptr;
    CHECK(story.breaks("plan 1 is shown with another canary or ramp"));
  }
}

TEST_CASE("what a call has shown of a rollout is what it was then") {
  Story story;
  CHECK(story.is_kept());
  SECTION("a canary") {
    story.script.get(ramp_path, story.shown.rollout);
    CHECK(story.is_kept());
  }
  SECTION("a ramp, before its canary has passed") {
    json early = story.shown.rollout;
    early["state"] = "ramp";
    story.script.get(ramp_path, early);
    CHECK(story.breaks("GET ramp shows the rollout as"));
  }
  SECTION("one that was stopped") {
    const json was = story.shown.rollout;
    story.script.post(ramp_path + "/stop", {{"reason", "s-1"}}, {{"stopped", true}, {"rollout", was}});
    story.stopped();
    CHECK(story.is_kept());
    story.script.get(ramp_path, was);
    CHECK(story.breaks("GET ramp shows the rollout as"));
  }
}

TEST_CASE("the numbers of a ramp agree with each other") {
  Story story;
  story.passed();
  CHECK(story.is_kept());
  json seen = story.shown.rollout;
  SECTION("its times are not all of it") {
    seen["ramp"]["remaining_ms"] = 3'000;
    story.script.get(ramp_path, seen);
    CHECK(story.breaks("its times are not all of it"));
  }
  SECTION("its rate is that of another time") {
    seen["ramp"].update({{"elapsed_ms", 1'000}, {"remaining_ms", 3'000}, {"per_second", 12}});
    story.script.get(ramp_path, seen);
    CHECK(story.breaks("its rate is not that of its time"));
  }
}

TEST_CASE("a stop says whether there was something to stop, and that is in the log") {
  Story story;
  const json was = story.shown.rollout;
  SECTION("there was, and it is not in the log") {
    story.script.post(ramp_path + "/stop", {{"reason", "s-1"}}, {{"stopped", true}, {"rollout", was}});
    CHECK(story.breaks("'stop rollout s-1' was acknowledged 1 times"));
  }
  SECTION("nobody has asked for the one in the log") {
    story.stopped();
    CHECK(story.breaks("nobody can have caused it"));
  }
  SECTION("it says that there was none") {
    story.script.post(ramp_path + "/stop", {{"reason", "s-1"}}, {{"stopped", false}, {"rollout", was}});
    CHECK(story.breaks("a rollout is stopped exactly when there is one"));
  }
}

TEST_CASE("a plan is answered with the canary and the ramp that were asked for") {
  Story story;
  json other = story.row;
  other["ramp"]["over_ms"] = 5'000;
  story.script.post("/api/v1/queue-management/resume-queue", {{"reason", "r-2"}, {"plan", canary_of_two}},
                    {{"plan", other}});
  CHECK(story.script.broke("is answered with"));
}

TEST_CASE("a dry run tells how long its ramp takes for the jobs that it releases") {
  ScriptedCalls script;
  const auto tell = [&](const json& plan, std::uint64_t jobs, const json& drain_ms) {
    script.post("/api/v1/breaker/close?dry_run=true", {{"plan", plan}},
                {{"seq", 0}, {"preview", {{"release", {{"jobs", jobs}}}}}, {"drain_ms", drain_ms}});
    return script.promises.broken().size();
  };
  const json plan{{"ramp", {{"from_per_second", 10}, {"over_ms", 4'000}}}};
  CHECK(tell(plan, 0, 0) == 0);
  CHECK(tell(plan, 1, 0) == 0);
  CHECK(tell(plan, 11, 1'000) == 0);
  CHECK(tell(plan, 100, 4'000) == 0);
  CHECK(tell(json::object(), 100, nullptr) == 0);
  SECTION("a second too long") { CHECK(tell(plan, 11, 2'000) == 1); }
  SECTION("too short") { CHECK(tell(plan, 12, 1'000) == 1); }
  SECTION("longer than the ramp") { CHECK(tell(plan, 100, 9'000) == 1); }
  SECTION("nothing") { CHECK(tell(plan, 11, nullptr) == 1); }
  SECTION("something, and there is no ramp") { CHECK(tell(json{{"canary", 1}}, 11, 1'000) == 1); }
}
