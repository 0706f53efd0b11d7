#include "tests/simulation/promises/job_types.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// Callers of job types and jobs, one call after the other unless it is said otherwise.
struct Callers {
  std::vector<std::string> sentences;
  JobTypes types{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  Step step = 0;
  std::uint64_t seq = 0;

  static Request set_mail(const json& body) { return parse({"PUT", "/api/v1/job-types/mail", body.dump(), {}}); }
  static json shown(const json& body) {
    json type{
        {"job_type", "mail"}, {"retry", body.value("retry", json())}, {"timeout_ms", body.value("timeout_ms", json())}};
    type["max_expiries"] = body.value("max_expiries", json());
    type["reason"] = "x";
    return type;
  }
  void end(const Request& request, Outcome outcome, int status, const json& data, Step begun) {
    Ended ended{request, begun, ++step, 0, 0, 0, "u", outcome, status, data, {}};
    types.ended(ended);
  }
  void set(const json& body) {
    const Request request = set_mail(body);
    types.begun(request);
    end(request, Outcome::done, 200, shown(body), ++step);
  }
  void enqueue(const json& asked, const json& job, std::optional<Step> begun = {}) {
    json whole{{"id", 1}, {"max_attempts", 3}, {"max_expiries", 10}, {"timeout_ms", nullptr}};
    whole.update(job);
    json body{{"job_type", "mail"}};
    body.update(asked);
    const Request request = parse({"POST", "/api/v1/jobs", body.dump(), {}});
    end(request, Outcome::done, 201, whole, begun.value_or(++step));
  }
  void take(const std::string& type, const json& data) { types.take({{"seq", ++seq}, {"type", type}, {"data", data}}); }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a job behind a change has the settings of its type where it does not say otherwise") {
  Callers callers;
  callers.set({{"timeout_ms", 5'000}, {"retry", {{"max_attempts", 7}}}});
  SECTION("it has them") { callers.enqueue(json::object(), {{"timeout_ms", 5'000}, {"max_attempts", 7}}); }
  SECTION("it says otherwise") {
    callers.enqueue({{"timeout_ms", 1'000}, {"max_attempts", 2}}, {{"timeout_ms", 1'000}, {"max_attempts", 2}});
  }
  SECTION("it has another timeout") {
    callers.enqueue(json::object(), {{"max_attempts", 7}});
    CHECK(callers.broke("does not say its timeout_ms, has null, and its type 5000"));
    return;
  }
  SECTION("it has other attempts") {
    callers.enqueue(json::object(), {{"timeout_ms", 5'000}});
    CHECK(callers.broke("max_attempts"));
    return;
  }
  CHECK(callers.sentences.empty());
}

TEST_CASE("of a job beside a change, or behind one whose answer was lost, nothing is said") {
  Callers callers;
  const Step before = ++callers.step;
  const Request request = Callers::set_mail({{"timeout_ms", 5'000}});
  SECTION("it began before") {
    callers.set({{"timeout_ms", 5'000}});
    callers.enqueue(json::object(), json::object(), before);
  }
  SECTION("the change is under way") {
    callers.types.begun(request);
    callers.enqueue(json::object(), {{"timeout_ms", 5'000}});
  }
  SECTION("its answer was lost") {
    callers.types.begun(request);
    callers.end(request, Outcome::unknown, 0, nullptr, ++callers.step);
    callers.enqueue(json::object(), {{"timeout_ms", 5'000}});
    callers.types.compare({});
    CHECK(callers.sentences.empty());
    callers.enqueue(json::object(), {{"timeout_ms", 5'000}});
    CHECK(callers.broke("timeout_ms"));
    return;
  }
  CHECK(callers.sentences.empty());
}

TEST_CASE("an answer that has other settings than were asked for is none") {
  Callers callers;
  const Request request = Callers::set_mail({{"timeout_ms", 5'000}});
  callers.types.begun(request);
  callers.end(request, Outcome::done, 200, Callers::shown({{"timeout_ms", 5'000}, {"max_expiries", 2}}),
              ++callers.step);
  CHECK(callers.broke("of a job type were answered with"));
}

TEST_CASE("the list shows what the events add up to") {
  Callers callers;
  callers.take("JobTypeSet", {{"job_type", "mail"}, {"timeout_ms", 5'000}, {"backoff", nullptr}, {"reason", "x"}});
  SECTION("it does") {
    callers.types.compare({Callers::shown({{"timeout_ms", 5'000}})});
    CHECK(callers.sentences.empty());
  }
  SECTION("it forgets one") {
    callers.types.compare({});
    CHECK(callers.broke("the job types are shown as []"));
  }
  SECTION("the same is set twice") {
    callers.take("JobTypeSet", {{"job_type", "mail"}, {"timeout_ms", 5'000}, {"backoff", nullptr}, {"reason", "y"}});
    CHECK(callers.broke("it sets what was set already"));
  }
  SECTION("it is removed twice") {
    callers.take("JobTypeRemoved", {{"job_type", "mail"}});
    callers.types.compare({});
    callers.take("JobTypeRemoved", {{"job_type", "mail"}});
    CHECK(callers.broke("the job type has no settings"));
  }
}
