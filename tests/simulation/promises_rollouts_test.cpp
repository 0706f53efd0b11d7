// The model's view of rollouts, in the log: which jobs are the canary's, when it passes, and what ends a rollout.

#include "tests/simulation/promises/rollouts.hpp"

#include <vector>

#include "tests/simulation/promises/unique_keys.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

constexpr std::int64_t start_us = 1'800'000'000'000'000;
constexpr std::int64_t longest_ms = 250;

std::string time_of(int ms) {
  const std::string padded = std::to_string(1'000'000 + ms).substr(1);
  return "2027-01-15T08:00:" + padded.substr(1, 2) + "." + padded.substr(3) + "000Z";
}

/// A log of jobs, campaigns and plans, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  Rollouts rollouts{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, true, longest_ms};
  History history{[](const std::string&) {}};
  Times times{[](const std::string&) {}, true};
  UniqueKeys keys{[](const std::string&) {}};
  std::uint64_t seq = 0;
  int ms = 0;  ///< of the minute, in which it happens; below 60'000

  void take(const std::string& type, const std::string& stream, const json& data, std::uint64_t cause = 0,
            const std::string& principal = "alice") {
    json event{{"seq", ++seq},     {"time", time_of(ms)},    {"type", type},
               {"stream", stream}, {"principal", principal}, {"data", data}};
    if (cause > 0) event["cause"] = cause;
    rollouts.take(event);
    history.take(event);
    times.take(event, keys);
    rollouts.taken(history, times);
  }
  void of_job(std::uint64_t id, const std::string& type, json more = json::object()) {
    const auto job = history.jobs().find(id);
    const json campaign =
        job == history.jobs().end() || job->second.campaign.empty() ? json() : json(job->second.campaign);
    if (!more.contains("campaign")) more["campaign"] = campaign;
    more["job"] = id;
    take(type, "job-" + std::to_string(id), more);
  }
  void enqueue(std::uint64_t id, const json& campaign = nullptr) {
    of_job(id, "JobEnqueued",
           {{"campaign", campaign}, {"job_type", "mail"}, {"service", nullptr}, {"max_attempts", 3U}});
  }
  void enqueue_many(std::uint64_t count) {
    for (std::uint64_t id = 1; id <= count; ++id) enqueue(id);
  }
  void lease(std::uint64_t id) { of_job(id, "JobLeased", {{"worker", "w"}, {"token_digest", "d"}, {"attempt", 1U}}); }
  void complete(std::uint64_t id) { of_job(id, "JobCompleted", {{"attempt", 1U}}); }
  void release(std::uint64_t id) { of_job(id, "JobReleased"); }
  void fail(std::uint64_t id, int delay_ms = 0) {
    const json due = delay_ms > 0 ? json(time_of(ms + delay_ms)) : json();
    of_job(id, "JobAttemptFailed", {{"attempt", 1U}, {"delay_ms", delay_ms}, {"due", due}});
  }
  void plan(std::uint64_t canary, const RampShape& ramp = {}, std::uint64_t id = 1, const std::string& reason = "r") {
    take("JobCommandStarted", "queue",
         {{"command", id},
          {"kind", "plan"},
          {"reason", reason},
          {"canary", canary},
          {"ramp_from_thousandths", ramp.from_thousandths},
          {"ramp_to_thousandths", ramp.to_thousandths},
          {"ramp_over_ms", ramp.over_ms}});
  }
  void pass(std::uint64_t succeeded, std::uint64_t command = 1) {
    take("CanaryPassed", "queue", {{"command", command}, {"succeeded", succeeded}}, seq);
  }
  void end(const std::string& how, const std::string& principal = "breakerd", std::uint64_t command = 1) {
    const std::string reason = how == "stopped" ? "enough" : "";
    take("RolloutEnded", "queue", {{"command", command}, {"end", how}, {"reason", reason}}, 0, principal);
  }
  void open(bool ends_rollout) {
    take("CircuitOpened", "breaker", {{"epoch", 1U}});
    take("QueuePaused", "queue", {{"epoch", 1U}});
    take("HoldPlaced", "queue", {{"ordinal", 99U}, {"kind", "circuit"}});
    if (ends_rollout) end("opened", "alice");
  }
  void campaign(const std::string& type, json more = json::object()) {
    more["campaign"] = "c";
    take(type, "campaign-c", more);
  }
  bool kept() {
    rollouts.end_of_log();
    return sentences.empty();
  }
  /// Whether this was found first.
  bool broke(const std::string& words) {
    rollouts.end_of_log();
    return !sentences.empty() && sentences.front().find(words) != std::string::npos;
  }
};

constexpr RampShape ten_a_second{10'000, 10'000, 2'000};

}  // namespace

TEST_CASE("no more jobs of a canary are leased than it has, until they have succeeded") {
  Log log;
  log.enqueue_many(6);
  log.lease(1);
  log.plan(2);
  CHECK(log.rollouts.exists());
  log.lease(2);
  CHECK(!log.rollouts.is_full());
  log.lease(3);
  CHECK(log.rollouts.is_full());
  SECTION("both succeed, and all is free") {
    log.complete(2);
    log.complete(3);
    log.pass(2);
    CHECK(!log.rollouts.exists());
    for (const std::uint64_t id : {4, 5, 6}) log.lease(id);
    CHECK(log.kept());
  }
  SECTION("one more is leased") {
    log.lease(4);
    CHECK(log.broke("0 have succeeded and 2 are leased, and one more is"));
  }
  SECTION("one more is leased in the place of one that has succeeded") {
    log.complete(2);
    log.lease(4);
    CHECK(log.broke("1 have succeeded and 1 are leased, and one more is"));
  }
  SECTION("one more is leased in the place of one that had a worker before") {
    log.complete(1);
    log.lease(4);
    CHECK(log.broke("one more is"));
  }
}

TEST_CASE("another job of the canary is drawn for one that has not succeeded") {
  Log log;
  log.campaign("CampaignCreated", {{"name", "autumn"}});
  log.campaign("CampaignStarted", {{"ordinal", 1U}});
  log.enqueue(1);
  log.enqueue(2, "c");
  log.enqueue(3);
  log.plan(1);
  log.lease(2);
  SECTION("it failed by itself") { log.fail(2); }
  SECTION("it failed for good") {
    log.of_job(2, "JobFailed", {{"attempt", 1U}, {"no_retry", true}, {"error_type", "bad_row"}});
  }
  SECTION("it was released") { log.release(2); }
  SECTION("its lease expired") { log.of_job(2, "JobLeaseExpired", {{"counted", true}}); }
  SECTION("it was cancelled") { log.of_job(2, "JobCancelled", {{"reason", "no"}}); }
  SECTION("its campaign was cancelled") { log.campaign("CampaignCancelled"); }
  SECTION("its campaign failed") { log.campaign("CampaignFailed"); }
  log.lease(1);
  CHECK(log.kept());
  log.complete(1);
  log.pass(1);
  CHECK(log.kept());
}

TEST_CASE("a job that fails is not one that has succeeded") {
  Log log;
  log.enqueue_many(3);
  log.plan(1);
  log.lease(1);
  log.fail(1);
  log.pass(1);
  CHECK(log.broke("it has jobs to wait for"));
}

TEST_CASE("a canary passes with the last success, and nowhere else") {
  Log log;
  log.enqueue_many(4);
  log.plan(1);
  log.lease(1);
  SECTION("before") {
    log.pass(0);
    CHECK(log.broke("it has jobs to wait for"));
  }
  SECTION("later") {
    log.complete(1);
    log.enqueue(5);
    CHECK(log.broke("it should have passed there"));
  }
  SECTION("never") {
    log.complete(1);
    CHECK(log.broke("it should have passed there"));
  }
  SECTION("with another count") {
    log.complete(1);
    log.pass(2);
    CHECK(log.broke("1 of its jobs have succeeded"));
  }
  SECTION("it is another plan's") {
    log.complete(1);
    log.pass(1, 7);
    CHECK(log.broke("it is that of plan 1"));
  }
  SECTION("twice") {
    log.complete(1);
    log.pass(1);
    log.pass(1);
    CHECK(log.broke("there is no canary"));
  }
}

TEST_CASE("the campaign that completes with the last success stands before") {
  Log log;
  log.campaign("CampaignCreated", {{"name", "autumn"}});
  log.campaign("CampaignStarted", {{"ordinal", 1U}});
  log.enqueue(1, "c");
  log.enqueue(2);
  log.campaign("CampaignSealed");
  log.plan(1);
  log.lease(1);
  log.complete(1);
  log.take("CampaignCompleted", "campaign-c", {{"campaign", "c"}}, log.seq);
  SECTION("it passes") {
    log.pass(1);
    CHECK(log.kept());
  }
  SECTION("another one follows") {
    log.take("CampaignCompleted", "campaign-c", {{"campaign", "c"}}, 1);
    CHECK(log.broke("it should have passed there"));
  }
}

TEST_CASE("a canary that has nothing to wait for passes at once") {
  Log log;
  log.campaign("CampaignCreated", {{"name", "autumn"}});
  SECTION("there is no job") {
    log.plan(3);
    log.pass(0);
    CHECK(log.kept());
  }
  SECTION("there is no job, and it does not pass") {
    log.plan(3);
    log.enqueue(1);
    CHECK(log.broke("nothing is left for the canary of plan 1 since event 2"));
  }
  SECTION("its job is parked") {
    log.enqueue(1);
    log.plan(3);
    log.of_job(1, "JobParked", {{"command", 1U}});
    log.pass(0);
    CHECK(log.kept());
  }
  SECTION("its job waits for its next attempt") {
    log.enqueue(1);
    log.plan(3);
    log.lease(1);
    log.fail(1, 2'000);
    log.pass(0);
    CHECK(log.kept());
  }
  SECTION("its job is of a campaign that was not started") {
    log.enqueue(1, "c");
    log.plan(3);
    log.pass(0);
    CHECK(log.kept());
  }
  SECTION("its job is of a campaign that is paused by hand") {
    log.campaign("CampaignStarted", {{"ordinal", 1U}});
    log.enqueue(1, "c");
    log.plan(3);
    log.campaign("CampaignPaused", {{"reason", "lunch"}});
    log.pass(0);
    CHECK(log.kept());
  }
  SECTION("it waits for a job of a campaign that is held") {
    log.campaign("CampaignStarted", {{"ordinal", 1U}});
    log.enqueue(1, "c");
    log.take("HoldPlaced", "queue", {{"ordinal", 2U}, {"kind", "service"}, {"service", "apollo"}});
    log.plan(3);
    log.enqueue(2, "c");
    CHECK(log.kept());
    log.pass(0);
    CHECK(log.broke("it has jobs to wait for"));
  }
  SECTION("it waits for a job that has a worker") {
    log.enqueue(1);
    log.plan(3);
    log.lease(1);
    CHECK(log.kept());
  }
  SECTION("and not for one that had a worker before") {
    log.enqueue(1);
    log.lease(1);
    log.plan(3);
    log.pass(0);
    CHECK(log.kept());
  }
}

TEST_CASE("an opening ends a rollout in its append") {
  Log log;
  log.enqueue_many(3);
  const bool is_canary = GENERATE(true, false);
  log.plan(is_canary ? 1 : 0, ten_a_second);
  SECTION("it does") {
    log.open(true);
    CHECK(!log.rollouts.exists());
    CHECK(log.kept());
  }
  SECTION("it does not") {
    log.open(false);
    CHECK(log.broke("should have ended with it"));
  }
  SECTION("by another word") {
    log.open(false);
    log.end("stopped", "alice");
    CHECK(log.broke("an opening ends it exactly in its own append"));
  }
  SECTION("without an opening") {
    log.end("opened", "alice");
    CHECK(log.broke("an opening ends it exactly in its own append"));
  }
  SECTION("there was none any more") {
    log.end("stopped", "alice");
    log.open(true);
    CHECK(log.broke("there is no rollout"));
  }
}

TEST_CASE("a newer plan takes the place of a rollout") {
  Log log;
  log.enqueue_many(3);
  log.plan(2, ten_a_second);
  SECTION("it does") {
    log.end("replaced", "alice");
    log.plan(1, {}, 2);
    log.lease(1);
    CHECK(log.rollouts.is_full());
    CHECK(log.kept());
  }
  SECTION("one without a rollout does, too") {
    log.end("replaced", "alice");
    log.plan(0, {}, 2);
    for (const std::uint64_t id : {1, 2, 3}) log.lease(id);
    CHECK(log.kept());
  }
  SECTION("the older one is left") {
    log.plan(1, {}, 2);
    CHECK(log.broke("the rollout of plan 1 has not ended"));
  }
  SECTION("the newer one does not begin") {
    log.end("replaced", "alice");
    log.enqueue(4);
    CHECK(log.broke("a newer plan took the place of a rollout, and should stand here"));
  }
}

TEST_CASE("a ramp ends when its time is over") {
  Log log;
  log.enqueue_many(30);
  log.plan(0, ten_a_second);
  SECTION("it does, and all is free") {
    log.ms = 2'001;
    log.end("done");
    for (std::uint64_t id = 1; id <= 30; ++id) log.lease(id);
    CHECK(log.kept());
  }
  SECTION("before") {
    log.ms = 1'500;
    log.end("done");
    CHECK(log.broke("the ramp has 500000 us left"));
  }
  SECTION("somebody ends it") {
    log.ms = 2'001;
    log.end("done", "alice");
    CHECK(log.broke("nobody ends it, and it names alice"));
  }
  SECTION("it is forgotten") {
    log.ms = 2'300;
    log.enqueue(31);
    CHECK(log.broke("the time of the ramp of plan 1 was over 300000 us before"));
  }
  SECTION("the daemon was away, and notices then") {
    log.rollouts.started(log.seq, start_us + 4'000'000);
    log.ms = 4'200;
    log.end("done");
    CHECK(log.kept());
  }
  SECTION("it was stopped before") {
    log.end("stopped", "alice");
    for (std::uint64_t id = 1; id <= 30; ++id) log.lease(id);
    CHECK(log.kept());
  }
}

TEST_CASE("a canary has no time that could be over") {
  Log log;
  log.enqueue_many(2);
  log.plan(1, ten_a_second);
  log.ms = 5'000;
  log.end("done");
  CHECK(log.broke("there is no ramp whose time could be over"));
}

TEST_CASE("a ramp begins when its canary has passed") {
  Log log;
  log.enqueue_many(30);
  log.plan(1, ten_a_second);
  log.ms = 10'000;
  log.lease(1);
  log.complete(1);
  log.pass(1);
  CHECK(log.rollouts.exists());
  CHECK(!log.rollouts.is_full());
  SECTION("jobs come as it lets them") {
    for (std::uint64_t id = 2; id <= 20; ++id, log.ms += 100) log.lease(id);
    log.ms = 12'000;
    log.end("done");
    CHECK(log.kept());
  }
  SECTION("they come all at once") {
    for (std::uint64_t id = 2; id <= 5; ++id) log.lease(id);
    CHECK(log.broke("jobs are leased in 0 us from 0 us of the ramp on"));
  }
  SECTION("its end is reckoned from the plan") {
    log.end("done");
    CHECK(log.broke("the ramp has 2000000 us left"));
  }
  SECTION("a start begins with a full bucket") {
    log.lease(2);
    log.rollouts.started(log.seq, start_us + 11'000'000);
    log.ms = 11'010;
    log.lease(3);
    CHECK(log.broke("the daemon was started at its beginning"));
  }
}

TEST_CASE("a plan begins with the canary and the ramp that were asked for") {
  Log log;
  log.enqueue(1);
  const json asked{{"canary", 2}, {"ramp", {{"from_per_second", 0.5}, {"over_ms", 4'000}}}};
  log.rollouts.begun(parse({"POST", "/api/v1/breaker/close", json{{"reason", "op-1"}, {"plan", asked}}.dump(), {}}));
  SECTION("it does") {
    log.plan(2, {500, 500, 4'000}, 1, "op-1");
    CHECK(log.kept());
  }
  SECTION("another canary") {
    log.plan(3, {500, 500, 4'000}, 1, "op-1");
    CHECK(log.broke("its canary and its ramp are not those that were asked for"));
  }
  SECTION("another rate") {
    log.plan(2, {500, 1'000, 4'000}, 1, "op-1");
    CHECK(log.broke("its canary and its ramp are not those that were asked for"));
  }
}
