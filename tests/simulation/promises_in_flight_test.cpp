// What the model makes of jobs in flight: which heartbeats it takes, and which it complains about.

#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

const std::string autumn = "01a22528-3edc-7b99-a493-80c76353a000";

/// A job that is leased, without a campaign or of one.
class InFlightScript : public ScriptedCalls {
 public:
  explicit InFlightScript(const std::string& by_default = "stop") : ScriptedCalls{0, by_default} {
    create_campaign(autumn);
    campaign(autumn, "start", "RUNNING");
    enqueue(1);
    enqueue(2, autumn);
    lease(1, "t1", 60'000);
    lease(2, "t2", 60'000, autumn);
  }
  CallId begin_open(const json& in_flight, const std::string& reason = "drill") {
    json body{{"reason", reason}};
    if (!in_flight.is_null()) body["in_flight"] = in_flight;
    return begin("POST", "/api/v1/breaker/open", body);
  }
  void answer_open(CallId call, const std::string& shown, bool changed = true) {
    json state = circuit("open", 1);
    state.update({{"in_flight", shown}, {"changed", changed}, {"previous_state", changed ? "closed" : "open"}});
    answer(call, success(state));
  }
  void open(const json& in_flight, const std::string& shown, bool changed = true) {
    answer_open(begin_open(in_flight), shown, changed);
  }
  void heartbeat(bool stop, std::uint64_t job = 1) {
    const std::string token = "t" + std::to_string(job);
    post("/api/v1/jobs/" + std::to_string(job) + "/heartbeat", {{"token", token}},
         {{"stop", stop}, {"lease_expires_at", "then"}});
  }
};

}  // namespace

TEST_CASE("a heartbeat under an opening that stops runs is told to stop") {
  InFlightScript script;
  script.open("stop", "stop");
  script.heartbeat(true);
  CHECK(script.kept());
  script.heartbeat(false);
  CHECK(script.broke("was not told to stop"));
}

TEST_CASE("a heartbeat under an opening that lets runs finish is not told to stop, unless something else may stop it") {
  InFlightScript script;
  script.open("finish", "finish");
  script.heartbeat(false);
  script.heartbeat(false, 2);
  CHECK(script.kept());
  SECTION("without a campaign") { script.heartbeat(true); }
  SECTION("of a campaign that runs") { script.heartbeat(true, 2); }
  CHECK(script.broke("nobody may have said that it has to"));
}

TEST_CASE("the pause of a campaign may stop its runs, and no others") {
  InFlightScript script;
  script.open("finish", "finish");
  script.campaign(autumn, "pause", "PAUSED");
  script.heartbeat(true, 2);
  CHECK(script.kept());
  script.heartbeat(true);
  CHECK(script.broke("nobody may have said that it has to"));
}

TEST_CASE("without any opening no run is told to stop") {
  InFlightScript script;
  script.heartbeat(true);
  CHECK(script.broke("nobody may have said that it has to"));
}

TEST_CASE("who asks once more for an opening may change it, and what is under way or lost may have been done") {
  InFlightScript script;
  script.open("finish", "finish");
  SECTION("it is answered") {
    script.open("stop", "stop", false);
    script.heartbeat(true);
    CHECK(script.kept());
    script.heartbeat(false);
    CHECK(script.broke("was not told to stop"));
  }
  SECTION("it is under way") {
    script.begin_open("stop");
    script.heartbeat(true);
    script.heartbeat(false);
    CHECK(script.kept());
  }
  SECTION("its answer is lost") {
    script.lose(script.begin_open("stop"));
    script.heartbeat(true);
    script.heartbeat(false);
    CHECK(script.kept());
  }
  SECTION("it makes no choice") {
    script.open(nullptr, "finish", false);
    script.heartbeat(true);
    CHECK(script.broke("nobody may have said that it has to"));
  }
}

TEST_CASE("an opening that does not say has the default") {
  InFlightScript script{"finish"};
  script.open(nullptr, "finish");
  script.heartbeat(false);
  CHECK(script.kept());
  script.heartbeat(true);
  CHECK(script.broke("nobody may have said that it has to"));
}

TEST_CASE("the circuit shows what was said last") {
  InFlightScript script;
  script.open("finish", "finish");
  json shown = circuit("open", 1);
  SECTION("another choice") {
    script.get("/api/v1/breaker", shown);
    CHECK(script.broke("is shown with in_flight stop, and nobody may have said so"));
  }
  SECTION("none") {
    shown.erase("in_flight");
    script.get("/api/v1/breaker", shown);
    CHECK(script.broke("is shown open, and in_flight is ''"));
  }
}

TEST_CASE("after storage trouble the daemon may have opened with its default") {
  InFlightScript script;
  script.open("finish", "finish");
  script.promises.storage_trouble(script.now_ms);
  script.heartbeat(true);
  CHECK(script.kept());
}

namespace {

/// The log has an opening and somebody who asks for it once more.
void take(InFlightJobs& model, History& history, const std::string& type, const std::string& in_flight, bool by_hand,
          const std::string& reason) {
  json data{{"epoch", 1U}, {"in_flight", in_flight}, {"reason", reason}};
  if (type == "CircuitOpened") data["by_hand"] = by_hand;
  const json event{{"seq", history.last_seq() + 1}, {"type", type}, {"stream", "breaker"}, {"data", data}};
  model.take(event, history);
  history.take(event);
}

}  // namespace

TEST_CASE("the log has the choice that was made, the default, or that of before") {
  std::vector<std::string> sentences;
  InFlightJobs model{[&](std::string sentence) { sentences.push_back(std::move(sentence)); }, "stop"};
  History history{[](const std::string&) {}};
  const auto ask = [&](const std::string& reason, const json& in_flight) {
    json body{{"reason", reason}};
    if (!in_flight.is_null()) body["in_flight"] = in_flight;
    model.begun(parse({"POST", "/api/v1/breaker/open", body.dump(), {}}), 1, 1);
  };
  ask("drill", "finish");
  ask("again", nullptr);
  SECTION("as it was said") {
    take(model, history, "CircuitOpened", "finish", true, "drill");
    take(model, history, "OpeningReaffirmed", "finish", true, "again");
    CHECK(sentences.empty());
  }
  SECTION("an opening that was told otherwise") {
    take(model, history, "CircuitOpened", "stop", true, "drill");
    CHECK(sentences.size() == 1);
  }
  SECTION("a failure has the default") {
    take(model, history, "CircuitOpened", "finish", false, "apollo: 429");
    CHECK(sentences.size() == 1);
  }
  SECTION("who does not say changes nothing") {
    take(model, history, "CircuitOpened", "finish", true, "drill");
    take(model, history, "OpeningReaffirmed", "stop", true, "again");
    CHECK(sentences.size() == 1);
  }
}
