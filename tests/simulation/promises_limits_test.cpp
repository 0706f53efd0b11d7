#include "tests/simulation/promises/limits.hpp"

#include <vector>

#include "tests/simulation/promises/unique_keys.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// A log of jobs and limits, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  Limits limits{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, true};
  History history{[](const std::string&) {}};
  Times times{[](const std::string&) {}, true};
  UniqueKeys keys{[](const std::string&) {}};
  std::uint64_t seq = 0;
  int second = 10;  ///< of the minute, in which it happens

  void take(const std::string& type, const std::string& stream, const json& data) {
    const std::string time = "2026-11-30T10:00:" + std::to_string(second) + ".000000Z";
    const json event{{"seq", ++seq}, {"time", time}, {"type", type}, {"stream", stream}, {"data", data}};
    limits.take(event, history);
    history.take(event);
    times.take(event, keys);
  }
  void enqueue(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t id = first; id < first + count; ++id)
      take("JobEnqueued", "job-" + std::to_string(id),
           {{"job", id}, {"campaign", nullptr}, {"job_type", "mail"}, {"service", "apollo"}, {"max_attempts", 3}});
  }
  void lease(std::uint64_t id) {
    take("JobLeased", "job-" + std::to_string(id),
         {{"job", id}, {"campaign", nullptr}, {"worker", "w"}, {"token_digest", "d"}, {"attempt", 1}});
  }
  void complete(std::uint64_t id) {
    take("JobCompleted", "job-" + std::to_string(id), {{"job", id}, {"campaign", nullptr}, {"attempt", 1}});
  }
  void set(const std::string& kind, const std::string& name, int concurrency, int rate = 0, int burst = 0) {
    take("LeaseLimitSet", "queue",
         {{"kind", kind}, {"name", name}, {"concurrency", concurrency}, {"rate_thousandths", rate}, {"burst", burst}});
  }
  void remove(const std::string& kind, const std::string& name) {
    take("LeaseLimitRemoved", "queue", {{"kind", kind}, {"name", name}});
  }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("one lease more than a limit allows is seen") {
  Log log;
  log.enqueue(1, 4);
  log.set("service", "apollo", 2);
  log.set("job_type", "sms", 1);
  log.lease(1);
  CHECK(log.limits.full_on(2, log.history) == 0);
  log.lease(2);
  CHECK(log.limits.full_on(3, log.history) == 1);
  CHECK(log.limits.may_keep_back(3));
  CHECK(log.sentences.empty());
  SECTION("it is one more") {
    log.lease(3);
    CHECK(log.broke("one more than the limit on service apollo"));
  }
  SECTION("one has ended") {
    log.complete(1);
    log.lease(3);
    CHECK(log.sentences.empty());
  }
  SECTION("the limit is removed, once") {
    log.remove("service", "apollo");
    log.lease(3);
    CHECK(log.sentences.empty());
    log.remove("service", "apollo");
    CHECK(log.broke("there is no such limit"));
  }
}

TEST_CASE("leases that come faster than a limit allows are seen") {
  Log log;
  log.enqueue(1, 5);
  log.set("job_type", "mail", 0, 500, 2);
  log.lease(1);
  log.lease(2);
  SECTION("at once") {
    log.lease(3);
    CHECK(log.broke("comes faster than the limit on job_type mail"));
  }
  SECTION("after one second") {
    ++log.second;
    log.lease(3);
    CHECK(log.broke("comes faster"));
  }
  SECTION("after two seconds") {
    log.second += 2;
    log.lease(3);
    log.second += 4;
    log.lease(4);
    log.lease(5);
    CHECK(log.sentences.empty());
  }
}

TEST_CASE("the list shows each limit with what is used and what waits") {
  Log log;
  log.enqueue(1, 3);
  log.set("service", "apollo", 2, 2'500, 7);
  log.lease(1);
  const auto shown = [](int in_flight, int waiting, const json& rate = 2.5) {
    return json::array({{{"kind", "service"},
                         {"name", "apollo"},
                         {"concurrency", 2},
                         {"rate_per_second", rate},
                         {"burst", 7},
                         {"in_flight", in_flight},
                         {"waiting", waiting}}});
  };
  const auto is_right = [&](const json& list) {
    log.limits.compare(list, log.history, log.times);
    return log.sentences.empty();
  };
  SECTION("it does") { CHECK(is_right(shown(1, 2))); }
  SECTION("a lease is forgotten") { CHECK(!is_right(shown(0, 2))); }
  SECTION("a job is forgotten") { CHECK(!is_right(shown(1, 1))); }
  SECTION("it has another rate") { CHECK(!is_right(shown(1, 2, 2))); }
  SECTION("it is left out") { CHECK(!is_right(json::array())); }
}
