// The model's view of plans, parked jobs and dry runs, in the log.

#include "tests/simulation/promises/plans.hpp"

#include <vector>

#include "tests/simulation/promises/previews.hpp"
#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

std::string time_of(int second) {
  return "2027-01-15T08:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000000Z";
}
constexpr std::int64_t start_us = 1'800'000'000'000'000;

json action(const std::string& verb, json more = json::object()) {
  more["do"] = verb;
  return more;
}

/// A log of jobs without a campaign and of commands, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  Plans plans{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  Previews previews{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  History history{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  std::uint64_t seq = 0;
  int second = 0;

  void take(const std::string& type, const std::string& stream, const json& data, std::uint64_t cause = 0) {
    json event{{"seq", ++seq}, {"time", time_of(second)}, {"type", type}, {"stream", stream}, {"data", data}};
    if (cause > 0) event["cause"] = cause;
    plans.take(event, history);
    history.take(event);
  }
  void of_job(std::uint64_t id, const std::string& type, json more = json::object(), std::uint64_t cause = 0) {
    more.update({{"job", id}, {"campaign", nullptr}});
    take(type, "job-" + std::to_string(id), more, cause);
  }
  void enqueue(std::uint64_t id, const std::string& type = "mail") {
    of_job(id, "JobEnqueued", {{"job_type", type}, {"service", nullptr}, {"max_attempts", 3U}});
  }
  void lease(std::uint64_t id) { of_job(id, "JobLeased", {{"worker", "w"}, {"token_digest", "d"}, {"attempt", 1U}}); }
  void release(std::uint64_t id) { of_job(id, "JobReleased"); }
  void start(std::uint64_t id, const json& actions, std::uint64_t last_job, const std::string& reason = "r") {
    json data{{"command", id}, {"kind", "plan"}, {"reason", reason}, {"last_job", last_job}, {"actions", actions}};
    take("JobCommandStarted", "queue", data);
  }
  /// About parked jobs.
  void start_about(std::uint64_t id, const std::string& kind, json filter, std::uint64_t last_job) {
    filter.update({{"command", id}, {"kind", kind}, {"reason", "r"}, {"last_job", last_job}});
    take("JobCommandStarted", "queue", filter);
  }
  /// Its seq.
  std::uint64_t step(std::uint64_t id, std::uint64_t next, std::uint64_t done, std::uint64_t parked = 0) {
    take("JobCommandAdvanced", "queue",
         {{"command", id}, {"next", next}, {"done", done}, {"skipped", 0U}, {"parked", parked}});
    return seq;
  }
  void park(std::uint64_t id, std::uint64_t cause, std::uint64_t command = 1) {
    of_job(id, "JobParked", {{"command", command}}, cause);
  }
  void cancel(std::uint64_t id, std::uint64_t cause, const std::string& reason = "r") {
    of_job(id, "JobCancelled", {{"reason", reason}}, cause);
  }
  void unpark(std::uint64_t id, std::uint64_t cause) { of_job(id, "JobUnparked", {}, cause); }
  void end(std::uint64_t id, bool stopped = false) {
    take("JobCommandEnded", "queue", {{"command", id}, {"stopped", stopped}});
  }
  /// One job is parked by plan 1, which has ended.
  void one_is_parked() {
    enqueue(1);
    start(1, json::array({action("park")}), 1);
    park(1, step(1, 1, 1, 1));
    end(1);
  }
  bool kept() {
    plans.taken(history);
    return sentences.empty();
  }
  /// Whether this was found first.
  bool broke(const std::string& words) {
    plans.taken(history);
    return !sentences.empty() && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("the first action that matches a job counts, and what none matches is released") {
  const std::vector<PlannedAction> actions =
      actions_asked(json::array({action("release", {{"job_type", "mail"}, {"service", "apollo"}}),
                                 action("park", {{"job_type", "mail"}}),
                                 action("cancel", {{"older_than_ms", 5'000U}, {"campaign_id", "c"}})}),
                    start_us);
  CHECK(verb_for({"mail", "apollo", "c", 0}, actions) == "release");
  CHECK(verb_for({"mail", "", "c", 0}, actions) == "park");
  CHECK(verb_for({"sms", "", "c", start_us - 5'000'000}, actions) == "cancel");
  CHECK(verb_for({"sms", "", "c", start_us - 4'999'999}, actions) == "release");
  CHECK(verb_for({"sms", "", "", 0}, actions) == "release");
}

TEST_CASE("no job is leased that a plan is to park or cancel") {
  Log log;
  log.enqueue(1);
  log.enqueue(2, "sms");
  log.start(1, json::array({action("park", {{"job_type", "mail"}})}), 2);
  CHECK(log.plans.keeps(1));
  SECTION("another one is") {
    log.lease(2);
    CHECK(log.kept());
  }
  SECTION("it is leased") {
    log.lease(1);
    CHECK(log.broke("the job is leased, and plan 1 is to park it"));
  }
  SECTION("it is leased when the plan was stopped") {
    log.end(1, true);
    CHECK(log.plans.free_since(1) == log.seq);
    log.lease(1);
    CHECK(log.kept());
  }
  SECTION("one that came later is leased") {
    log.enqueue(3);
    log.lease(3);
    CHECK(log.kept());
  }
  SECTION("it is parked, and leased") {
    log.park(1, log.step(1, 0, 1, 1));
    log.lease(1);
    CHECK(log.broke("a job is leased that is parked"));
  }
}

TEST_CASE("a plan is about the jobs that wait when it begins") {
  Log log;
  log.enqueue(1);
  SECTION("one with a worker is exempt, also when it waits again") {
    log.lease(1);
    log.start(1, json::array({action("park")}), 1);
    log.release(1);
    log.lease(1);
    CHECK(log.kept());
  }
  SECTION("and must not be parked") {
    log.lease(1);
    log.start(1, json::array({action("park")}), 1);
    log.release(1);
    log.park(1, log.step(1, 1, 1, 1));
    CHECK(log.broke("plan 1 is not to park it"));
  }
  SECTION("likewise one that was released from parked meanwhile") {
    log.start(1, json::array({action("park")}), 1);
    log.park(1, log.step(1, 0, 1, 1));
    log.start_about(2, "release_parked", {}, 1);
    log.unpark(1, log.step(2, 1, 1));
    log.lease(1);
    CHECK(log.kept());
  }
  SECTION("ages count from the enqueueing") {
    log.second = 10;
    log.enqueue(2);
    log.start(1, json::array({action("cancel", {{"enqueued_by", time_of(5)}})}), 2);
    CHECK(log.plans.keeps(1));
    CHECK(!log.plans.keeps(2));
  }
}

TEST_CASE("a step does what the plan says, and nothing else") {
  Log log;
  for (std::uint64_t id = 1; id <= 2; ++id) log.enqueue(id);
  log.enqueue(3, "sms");
  log.start(1, json::array({action("park", {{"job_type", "mail"}}), action("cancel")}), 3);
  SECTION("it does") {
    const auto step = log.step(1, 3, 3, 2);
    log.park(1, step);
    log.park(2, step);
    log.cancel(3, step);
    log.end(1);
    CHECK(log.kept());
  }
  SECTION("a lease has met one of them") {
    log.park(2, log.step(1, 0, 1, 1));
    const auto step = log.step(1, 3, 2, 1);
    log.park(1, step);
    log.cancel(3, step);
    log.end(1);
    CHECK(log.kept());
  }
  SECTION("another thing is done to one") {
    log.cancel(1, log.step(1, 0, 1));
    CHECK(log.broke("plan 1 is not to cancel it"));
  }
  SECTION("the reason is another one") {
    log.cancel(3, log.step(1, 0, 1), "for fun");
    CHECK(log.broke("its reason is not that of its command"));
  }
  SECTION("more is done than was counted") {
    const auto step = log.step(1, 0, 1, 1);
    log.park(1, step);
    log.park(2, step);
    CHECK(log.broke("its cause is no step of a command"));
  }
  SECTION("less is done") {
    log.park(1, log.step(1, 0, 2, 2));
    log.enqueue(4);
    CHECK(log.broke("1 jobs of the step before it do not follow"));
  }
  SECTION("less is parked") {
    log.cancel(3, log.step(1, 0, 1, 1));
    CHECK(log.broke("counts more jobs that are parked"));
  }
  SECTION("a job is passed") {
    log.park(1, log.step(1, 2, 1, 1));
    log.enqueue(4);
    CHECK(log.broke("the plan has passed job 2"));
  }
  SECTION("it ends, and has not done everything") {
    log.end(1);
    CHECK(log.broke("the plan has come to its end, and job 1 is left"));
  }
  SECTION("it goes back") {
    const auto step = log.step(1, 2, 2, 2);
    log.park(1, step);
    log.park(2, step);
    log.step(1, 1, 0);
    CHECK(log.broke("its place is not between the one before and the last"));
  }
  SECTION("a job is parked without a step") {
    log.park(1, 0);
    CHECK(log.broke("its cause is no step of a command"));
  }
}

TEST_CASE("at most one plan runs") {
  Log log;
  log.enqueue(1);
  log.start(1, json::array({action("park")}), 1);
  SECTION("another one takes its place") {
    log.end(1, true);
    log.start(2, json::array({action("cancel")}), 1);
    log.cancel(1, log.step(2, 1, 1));
    CHECK(log.kept());
  }
  SECTION("another one runs beside it") {
    log.start(2, json::array({action("cancel")}), 1);
    CHECK(log.broke("plan 1 runs"));
  }
  SECTION("at rest none does") {
    log.plans.have_ended();
    CHECK(log.broke("command 1 has not come to its end: plan"));
  }
}

TEST_CASE("a plan is what was asked for, and begins with it") {
  Log log;
  log.enqueue(1);
  log.second = 20;
  const bool with_close = GENERATE(true, false);
  const json asked = json::array({action("park", {{"older_than_ms", 4'000U}, {"job_type", "mail"}})});
  log.plans.begun(parse({"POST",
                         with_close ? "/api/v1/breaker/close" : "/api/v1/queue-management/resume-queue",
                         json{{"reason", "op-1"}, {"plan", {{"actions", asked}}}}.dump(),
                         {}}));
  const json right = json::array({action("park", {{"enqueued_by", time_of(16)}, {"job_type", "mail"}})});
  const auto begin = [&](const char* reason) {
    if (with_close) {
      log.take("CircuitOpened", "breaker", {{"epoch", 1U}});
      log.take("QueuePaused", "queue", {{"epoch", 1U}});
      log.take("HoldPlaced", "queue", {{"ordinal", 1U}, {"kind", "circuit"}});
      log.take("CircuitClosed", "breaker", {{"epoch", 1U}, {"reason", reason}});
      log.take("QueueResumed", "queue", {{"epoch", 1U}});
    } else {
      log.take("HoldPlaced", "queue", {{"ordinal", 1U}, {"kind", "service"}, {"service", "apollo"}});
      log.take("HoldsLifted", "queue", {{"ordinals", {1U}}, {"reason", reason}});
    }
  };
  SECTION("it does") {
    begin("op-1");
    log.start(1, right, 1, "op-1");
    CHECK(log.kept());
  }
  SECTION("another one is in its way") {
    log.start(1, json::array(), 1, "op-0");
    begin("op-1");
    log.end(1, true);
    log.start(2, right, 1, "op-1");
    CHECK(log.kept());
  }
  SECTION("its ages count from another time") {
    begin("op-1");
    log.start(1, json::array({action("park", {{"enqueued_by", time_of(20)}, {"job_type", "mail"}})}), 1, "op-1");
    CHECK(log.broke("its actions are not"));
  }
  SECTION("it has lost an action") {
    begin("op-1");
    log.start(1, json::array(), 1, "op-1");
    CHECK(log.broke("its actions are not"));
  }
  SECTION("it does not begin") {
    begin("op-1");
    log.enqueue(2);
    CHECK(log.broke("the plan of 'op-1' should begin before it"));
  }
  SECTION("it begins later") {
    begin("op-2");
    log.enqueue(2);
    log.start(1, right, 2, "op-1");
    CHECK(log.sentences.empty() != with_close);
  }
}

TEST_CASE("parked jobs are released and cancelled by commands about them") {
  Log log;
  log.one_is_parked();
  log.enqueue(2);
  SECTION("it is released, and leased") {
    log.start_about(2, "release_parked", {{"job_type", "mail"}}, 2);
    log.unpark(1, log.step(2, 2, 1));
    log.end(2);
    log.lease(1);
    CHECK(log.kept());
  }
  SECTION("it is cancelled") {
    log.start_about(2, "cancel_parked", {}, 2);
    log.cancel(1, log.step(2, 2, 1));
    log.end(2);
    CHECK(log.kept());
  }
  SECTION("one that is not parked is cancelled") {
    log.start_about(2, "cancel_parked", {}, 2);
    const auto step = log.step(2, 2, 2);
    log.cancel(1, step);
    log.cancel(2, step);
    CHECK(log.broke("the job is not parked"));
  }
  SECTION("one is released that the command is not about") {
    log.start_about(2, "release_parked", {{"job_type", "sms"}}, 2);
    log.unpark(1, log.step(2, 2, 1));
    CHECK(log.broke("command release_parked is not about it"));
  }
  SECTION("one is forgotten") {
    log.start_about(2, "release_parked", {}, 2);
    log.end(2);
    CHECK(log.broke("command release_parked has passed job 1, which is parked"));
  }
  SECTION("one is left that a plan has parked meanwhile") {
    log.start(2, json::array({action("park")}), 2);
    log.start_about(3, "release_parked", {}, 2);
    log.park(2, log.step(2, 2, 1, 1), 2);
    log.unpark(1, log.step(3, 2, 1));
    log.end(3);
    CHECK(log.kept());
  }
  SECTION("one comes back by itself") {
    log.unpark(1, 0);
    CHECK(log.broke("its cause is no step of a command"));
  }
}

TEST_CASE("commands and parked jobs are listed as the events have them") {
  Log log;
  log.one_is_parked();
  const json row{{"id", 1},   {"kind", "plan"}, {"state", "done"}, {"reason", "r"},
                 {"done", 1}, {"skipped", 0},   {"parked", 1}};
  SECTION("they are") {
    log.plans.compare({row}, {{{"id", 1}}}, log.history);
    CHECK(log.kept());
  }
  SECTION("a parked job is forgotten") {
    log.plans.compare({row}, {}, log.history);
    CHECK(log.broke("the parked jobs are listed as []"));
  }
  SECTION("a command still runs") {
    json running = row;
    running["state"] = "running";
    log.plans.compare({running}, {{{"id", 1}}}, log.history);
    CHECK(log.broke("the commands are shown as"));
  }
}

TEST_CASE("a dry run tells exactly what the plan would do") {
  Log log;
  log.enqueue(1);
  log.enqueue(2, "sms");
  log.enqueue(3);
  log.lease(3);
  const Request request = parse({"POST",
                                 "/api/v1/breaker/close?dry_run=true",
                                 R"({"plan":{"actions":[{"do":"cancel","job_type":"mail"}]}})",
                                 {}});
  const auto jobs = [](std::uint64_t count, const json& type) {
    if (count == 0)
      return json{{"jobs", 0},
                  {"by_campaign", json::array()},
                  {"by_type", json::array()},
                  {"by_service", json::array()},
                  {"oldest_at", nullptr}};
    return json{{"jobs", count},
                {"by_campaign", json::array({{{"campaign_id", nullptr}, {"jobs", count}}})},
                {"by_type", json::array({{{"job_type", type}, {"jobs", count}}})},
                {"by_service", json::array({{{"service", nullptr}, {"jobs", count}}})},
                {"oldest_at", time_of(0)}};
  };
  const auto tell = [&](const json& cancel) {
    Ended ended{request, 1, 2, 0, 0, 1, "user", Outcome::done, 200, {}, {}};
    ended.data = {{"seq", log.seq},
                  {"preview", {{"release", jobs(1, "sms")}, {"park", jobs(0, nullptr)}, {"cancel", cancel}}},
                  {"drain_ms", nullptr}};
    log.previews.ended(ended);
    log.previews.reached(log.seq, log.history, log.plans);
  };
  SECTION("it does") {
    tell(jobs(1, "mail"));
    CHECK(log.kept());
  }
  SECTION("a job with a worker is counted") {
    tell(jobs(2, "mail"));
    CHECK(log.broke("says of 'cancel'"));
  }
  SECTION("the oldest is another one") {
    json cancel = jobs(1, "mail");
    cancel["oldest_at"] = time_of(3);
    tell(cancel);
    CHECK(log.broke("that the oldest is of"));
  }
}
