// The model holds what callers were told against the events of the log.

#include "tests/simulation/promises/ledger.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// One entry of a settle, sent again and again, and the log behind it.
struct Settler {
  std::vector<std::string> sentences;
  Ledger ledger{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, {}};
  std::vector<Request> requests;
  std::vector<json> events;
  Step step = 0;

  explicit Settler(const std::string& key) {
    Call call{"POST",
              "/api/v1/jobs/settle",
              R"([{"job_id":1,"token":"t","outcome":"fail","error":"no route","service":"smtp"}])",
              {}};
    if (!key.empty()) call.headers.emplace_back("Idempotency-Key", key);
    requests = settled_by(parse(call));
  }

  void send(Outcome outcome) {
    const Step begun = ++step;
    ledger.begun(requests.at(0), begun, "u", begun);
    const Step now = ++step;
    ledger.ended({requests.at(0), begun, now, 0, 0, begun, "u", outcome, 0, {}, {}});
  }
  void take(const std::string& type, json data) {
    events.push_back({{"seq", events.size() + 1}, {"type", type}, {"data", std::move(data)}});
  }
  void compare() { ledger.compare(events); }
  bool broke(const std::string& words) const {
    for (const std::string& sentence : sentences)
      if (sentence.find(words) != std::string::npos) return true;
    return false;
  }
};

const json failure{{"error", "no route"}};
const json release{{"job", 1}};

}  // namespace

TEST_CASE("a settle with a service failure returns the job with the failure") {
  Settler settler{"k"};
  settler.send(Outcome::done);
  settler.take("CircuitOpened", failure);
  SECTION("it does") {
    settler.take("JobReturned", {{"job", 1}, {"error", "no route"}});
    settler.compare();
    CHECK(settler.sentences.empty());
  }
  SECTION("it was sent once, so the job cannot be released without the failure") {
    settler.take("JobReleased", release);
    settler.compare();
    CHECK(settler.broke("JobReleased stands in the log, and nobody can have caused it"));
    CHECK(settler.broke("'return 1 no route' was acknowledged 1 times"));
  }
}

TEST_CASE("a repeat with the key releases the job when the failure alone was recorded before") {
  Settler settler{"k"};
  settler.send(Outcome::unknown);
  settler.send(Outcome::done);
  settler.take("CircuitOpened", failure);
  SECTION("it does") {
    settler.take("JobReleased", release);
    settler.compare();
    CHECK(settler.sentences.empty());
  }
  SECTION("it does nothing with the job") {
    settler.compare();
    CHECK(settler.broke("'return 1 no route' was acknowledged 1 times"));
  }
}

TEST_CASE("a repeat without a key never releases the job without its failure") {
  Settler settler{""};
  settler.send(Outcome::unknown);
  settler.send(Outcome::done);
  settler.take("CircuitOpened", failure);
  settler.take("JobReleased", release);
  settler.compare();
  CHECK(settler.broke("JobReleased stands in the log, and nobody can have caused it"));
}
