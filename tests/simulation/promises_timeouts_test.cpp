#include "tests/simulation/promises/timeouts.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// A log of one job with a timeout of 5 s, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  Timeouts timeouts{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, true};
  History history{[](const std::string&) {}};
  std::uint64_t seq = 0;

  void take(int second, const std::string& type, const std::string& stream, const json& data) {
    const std::string seconds = (second < 10 ? "0" : "") + std::to_string(second);
    const json event{{"seq", ++seq},
                     {"time", "2027-01-15T08:00:" + seconds + ".000000Z"},
                     {"type", type},
                     {"stream", stream},
                     {"data", data}};
    timeouts.take(event, history, true);
    history.take(event);
    timeouts.taken(event, history);
  }
  void enqueue(const json& timeout_ms = 5'000U) {
    json data{{"job", 1U}, {"campaign", nullptr}, {"job_type", "mail"}, {"max_attempts", 3}};
    if (!timeout_ms.is_null()) data["timeout_ms"] = timeout_ms;
    take(0, "JobEnqueued", "job-1", data);
  }
  void lease(int second) {
    take(second, "JobLeased", "job-1",
         {{"job", 1U}, {"campaign", nullptr}, {"worker", "w"}, {"token_digest", "d"}, {"attempt", 1}});
  }
  void time_out(int second, const std::string& timeout = "5000") {
    take(second, "JobAttemptFailed", "job-1",
         {{"job", 1U},
          {"campaign", nullptr},
          {"attempt", 1},
          {"error", "timeout: the run took longer than " + timeout + " ms"},
          {"error_type", "timeout"}});
  }
  void expire(int second) {
    take(second, "JobLeaseExpired", "job-1", {{"job", 1U}, {"campaign", nullptr}, {"worker", "w"}, {"counted", true}});
  }
  void open(int second, const std::string& in_flight = "stop") {
    take(second, "CircuitOpened", "breaker", {{"epoch", 1}, {"in_flight", in_flight}});
    take(second, "QueuePaused", "queue", {{"epoch", 1}});
    take(second, "HoldPlaced", "queue", {{"ordinal", 1}, {"kind", "circuit"}});
  }
  void close(int second) {
    take(second, "CircuitClosed", "breaker", {{"epoch", 1}});
    take(second, "QueueResumed", "queue", {{"epoch", 1}});
  }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a run is a failed attempt when its timeout has passed, and no sooner") {
  Log log;
  log.enqueue();
  log.lease(1);
  SECTION("it has passed") { log.time_out(6); }
  SECTION("it has not") {
    log.time_out(5);
    CHECK(log.broke("the run has taken 4000000 us"));
    return;
  }
  SECTION("it is another one's") {
    log.time_out(6, "4000");
    CHECK(log.broke("its timeout is 5000"));
    return;
  }
  SECTION("the lease ends before it") { log.expire(5); }
  SECTION("the lease ends long behind it") {
    log.expire(20);
    CHECK(log.broke("an expiry, and the run was over its time"));
    return;
  }
  CHECK(log.sentences.empty());
}

TEST_CASE("a job without a timeout does not time out") {
  Log log;
  log.enqueue(nullptr);
  log.lease(1);
  log.expire(30);
  CHECK(log.sentences.empty());
  log.lease(31);
  log.time_out(50);
  CHECK(log.broke("the job has no timeout"));
}

TEST_CASE("an outage takes nothing of the time of a run") {
  Log log;
  log.enqueue();
  log.lease(1);
  log.open(5);
  SECTION("it times out meanwhile") {
    log.time_out(7);
    CHECK(log.broke("whose job reads PAUSED"));
  }
  SECTION("its lease ends meanwhile") {
    log.expire(30);
    CHECK(log.sentences.empty());
  }
  SECTION("it times out soon behind it") {
    log.close(20);
    log.time_out(24);
    CHECK(log.broke("the run has taken 4000000 us"));
  }
  SECTION("it times out behind it") {
    log.close(20);
    log.time_out(25);
    CHECK(log.sentences.empty());
  }
}

TEST_CASE(
    "a run that an opening lets finish has its time as ever, and its whole time when it was told to stop before") {
  Log log;
  log.enqueue();
  log.lease(1);
  log.open(4, "finish");
  SECTION("it times out") {
    log.time_out(6);
    CHECK(log.sentences.empty());
  }
  SECTION("it times out sooner") {
    log.time_out(5);
    CHECK(log.broke("the run has taken 4000000 us"));
  }
  SECTION("it times out soon behind a word that it may finish after all") {
    log.take(5, "OpeningReaffirmed", "breaker", {{"epoch", 1}, {"in_flight", "stop"}});
    log.take(10, "OpeningReaffirmed", "breaker", {{"epoch", 1}, {"in_flight", "finish"}});
    log.time_out(14);
    CHECK(log.broke("the run has taken 4000000 us"));
  }
  SECTION("it times out while it is told to stop") {
    log.take(5, "OpeningReaffirmed", "breaker", {{"epoch", 1}, {"in_flight", "stop"}});
    log.time_out(7);
    CHECK(log.broke("whose job reads PAUSED"));
  }
}

namespace {

struct Worker {
  std::vector<std::string> sentences;
  Timeouts timeouts{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, true};
  Step step = 0;

  void call(const Call& call, std::int64_t begun_ms, const json& data) {
    const Request request = parse(call);
    timeouts.begun(request);
    const Ended ended{request, ++step, step, begun_ms, begun_ms + 5, 0, "w", Outcome::done, 200, data, {}};
    timeouts.ended(ended);
  }
  void lease() {
    call({"POST", "/api/v1/leases", R"({"worker":"w"})", {}}, 100,
         {{"jobs", {{{"id", 1}, {"token", "t"}, {"timeout_ms", 5'000U}}}}});
  }
  void beat(std::int64_t begun_ms, bool stop) {
    call({"POST", "/api/v1/jobs/1/heartbeat", R"({"token":"t"})", {}}, begun_ms, {{"stop", stop}});
  }
};

}  // namespace

TEST_CASE("a worker whose run is over its time is told to stop") {
  Worker worker;
  worker.lease();
  worker.beat(5'000, false);
  CHECK(worker.sentences.empty());
  SECTION("it is") { worker.beat(5'200, true); }
  SECTION("a pause may have ended meanwhile") {
    worker.call({"POST", "/api/v1/breaker/close", "{}", {}}, 5'100, json::object());
    worker.beat(5'200, false);
  }
  SECTION("the daemon was started again") {
    worker.timeouts.trouble(5'100);
    worker.beat(5'200, false);
  }
  SECTION("it is not") {
    worker.beat(5'200, false);
    CHECK(worker.sentences.size() == 1);
    return;
  }
  CHECK(worker.sentences.empty());
}
