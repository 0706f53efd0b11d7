#include "tests/simulation/promises/job_holds.hpp"

#include <vector>

#include "tests/simulation/promises/unique_keys.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// A log of jobs and holds, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  JobHolds holds{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  History history{[](const std::string&) {}};
  Times times{[](const std::string&) {}, true};
  UniqueKeys keys{[](const std::string&) {}};
  std::uint64_t seq = 0;

  void take(const std::string& type, const std::string& stream, const json& data) {
    const json event{{"seq", ++seq}, {"type", type}, {"stream", stream}, {"data", data}};
    holds.take(event);
    history.take(event);
    times.take(event, keys);
  }
  void enqueue(std::uint64_t id, const std::string& type, const json& service = nullptr) {
    take("JobEnqueued", "job-" + std::to_string(id),
         {{"job", id}, {"campaign", nullptr}, {"job_type", type}, {"service", service}, {"max_attempts", 3}});
  }
  void lease(std::uint64_t id) {
    take("JobLeased", "job-" + std::to_string(id),
         {{"job", id}, {"campaign", nullptr}, {"worker", "w"}, {"token_digest", "d"}, {"attempt", 1}});
  }
  void place(std::uint64_t hold, const json& type, const json& service) {
    take("JobHoldPlaced", "queue", {{"hold", hold}, {"job_type", type}, {"service", service}});
  }
  void lift(std::uint64_t hold) { take("JobHoldLifted", "queue", {{"hold", hold}}); }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("no job is leased that a hold covers") {
  Log log;
  log.enqueue(1, "mail", "apollo");
  log.enqueue(2, "sms", "apollo");
  log.place(1, "mail", nullptr);
  SECTION("another one is") {
    log.lease(2);
    CHECK(log.sentences.empty());
  }
  SECTION("it is leased") {
    log.lease(1);
    CHECK(log.broke("the job is under a hold"));
  }
  SECTION("it is leased when the hold is lifted") {
    log.lift(1);
    log.lease(1);
    CHECK(log.sentences.empty());
  }
}

TEST_CASE("a job is free since the last hold on it was lifted") {
  Log log;
  log.enqueue(1, "mail", "apollo");
  CHECK(log.holds.free_since(1) == 0);
  log.place(1, nullptr, "apollo");
  log.place(2, "mail", "apollo");
  CHECK(log.holds.on(1) == 2);
  log.lift(1);
  CHECK(log.holds.on(1) == 1);
  CHECK(log.holds.free_since(1) > log.seq);
  log.lift(2);
  CHECK(log.holds.free_since(1) == log.seq);
}

TEST_CASE("a hold is lifted once") {
  Log log;
  log.lift(1);
  CHECK(log.broke("there is no such hold"));
}

TEST_CASE("the list shows each hold with the jobs that it keeps back") {
  Log log;
  log.enqueue(1, "mail", "apollo");
  log.enqueue(2, "mail");
  log.enqueue(3, "sms", "apollo");
  log.place(1, nullptr, "apollo");
  const auto shown = [](std::uint64_t waiting) {
    return json::array(
        {{{"id", 1}, {"service", "apollo"}, {"job_type", nullptr}, {"campaign_id", nullptr}, {"waiting", waiting}}});
  };
  SECTION("it does") {
    log.holds.compare(shown(2), log.history, log.times);
    CHECK(log.sentences.empty());
  }
  SECTION("one is miscounted") {
    log.holds.compare(shown(3), log.history, log.times);
    CHECK(log.broke("the holds on jobs are shown as"));
  }
  SECTION("it is forgotten") {
    log.holds.compare(json::array(), log.history, log.times);
    CHECK(log.broke("the holds on jobs are shown as []"));
  }
}
