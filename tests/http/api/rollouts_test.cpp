// How work begins behind a plan, over HTTP with the real core: its canary, its ramp, and the calls that show and stop
// them. What a call looks like is tested with a scripted core.

#include <thread>

#include "tests/http/support/keyed_daemon.hpp"
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string close_path = "/api/v1/breaker/close";
const std::string resume_path = "/api/v1/queue-management/resume-queue";
const std::string ramp_path = "/api/v1/queue-management/ramp";
const std::string stop_path = ramp_path + "/stop";

const json no_rollout = {{"state", "none"},     {"command_id", nullptr}, {"by", nullptr},
                         {"began_at", nullptr}, {"canary", nullptr},     {"ramp", nullptr}};
/// Whose second job is leased after a quarter of an hour.
const json slow_ramp = {{"from_per_second", 0.001}, {"over_ms", 604'800'000}};

json of_plan(const json& plan) { return {{"plan", plan}}; }

struct Daemon : RealDaemon {
  explicit Daemon(int jobs = 5) {
    for (int i = 0; i < jobs; ++i) enqueue("mail");
  }
  void open() { post("/api/v1/breaker/open", {{"reason", "drill"}}); }
  json close(const json& plan) {
    open();
    return post(close_path, of_plan(plan)).at("plan");
  }
  json lease() { return post("/api/v1/leases", {{"worker", "w"}, {"max", 100}}).at("jobs"); }
  void complete(const json& leased) {
    post("/api/v1/jobs/" + std::to_string(leased.at("id").get<int>()) + "/complete", {{"token", leased.at("token")}});
  }
  json rollout() { return get(ramp_path); }
  json status() { return get("/api/v1/queue-management/status"); }
  std::uint64_t last_seq() { return status().at("queue").at("last_seq"); }
  json events(const std::string& type) { return get("/api/v1/events?limit=1000&type=" + type).at("events"); }
  /// The only event of this type.
  json event(const std::string& type) {
    json all = events(type);
    REQUIRE(all.size() == 1);
    return all.at(0);
  }
};

}  // namespace

TEST_CASE("there is no rollout before a plan, nor behind one that begins all at once") {
  Daemon d;
  CHECK(d.rollout() == no_rollout);
  CHECK(d.status().at("rollout").is_null());
  CHECK(d.close(json::object()).at("canary").is_null());
  CHECK(d.rollout() == no_rollout);
  CHECK(d.lease().size() == 5);
}

TEST_CASE("a canary leases so many jobs, and no more until they have succeeded") {
  Daemon d;
  const json plan = d.close({{"canary", 2}});
  CHECK(plan.at("canary") == 2);
  CHECK(plan.at("ramp").is_null());
  const json leased = d.lease();
  REQUIRE(leased.size() == 2);
  CHECK(d.lease().empty());
  json rollout = d.rollout();
  CHECK(rollout.at("state") == "canary");
  CHECK(rollout.at("command_id") == plan.at("id"));
  CHECK(rollout.at("by") == plan.at("principal"));
  CHECK(rollout.at("began_at") == plan.at("created_at"));
  CHECK(rollout.at("canary") == json{{"jobs", 2}, {"succeeded", 0}, {"in_flight", 2}});
  CHECK(rollout.at("ramp").is_null());
  CHECK(d.status().at("rollout") == rollout);
  d.complete(leased.at(0));
  CHECK(d.rollout().at("canary") == json{{"jobs", 2}, {"succeeded", 1}, {"in_flight", 1}});
  CHECK(d.lease().empty());
  d.complete(leased.at(1));
  CHECK(d.rollout() == no_rollout);
  CHECK(d.event("CanaryPassed").at("data") == json{{"command", 1}, {"succeeded", 2}});
  CHECK(d.lease().size() == 3);
}

TEST_CASE("a canary job that is given back does not count, and another one is drawn") {
  Daemon d;
  d.close({{"canary", 1}});
  const json leased = d.lease();
  REQUIRE(leased.size() == 1);
  d.post("/api/v1/jobs/" + std::to_string(leased.at(0).at("id").get<int>()) + "/fail",
         {{"token", leased.at(0).at("token")}, {"error", "no mailbox"}, {"retry", false}});
  CHECK(d.rollout().at("canary") == json{{"jobs", 1}, {"succeeded", 0}, {"in_flight", 0}});
  CHECK(d.lease().size() == 1);
}

TEST_CASE("behind the canary comes the ramp") {
  Daemon d;
  d.close({{"canary", 1}, {"ramp", slow_ramp}});
  json ramp = d.rollout().at("ramp");
  CHECK(ramp.at("from_per_second") == 0.001);
  CHECK(ramp.at("to_per_second") == 0.001);
  CHECK(ramp.at("over_ms") == 604'800'000);
  CHECK(ramp.at("began_at").is_null());
  CHECK(ramp.at("elapsed_ms") == 0);
  CHECK(ramp.at("remaining_ms") == 604'800'000);
  CHECK(ramp.at("per_second") == 0);
  const json leased = d.lease();
  REQUIRE(leased.size() == 1);
  d.complete(leased.at(0));
  const json rollout = d.rollout();
  CHECK(rollout.at("state") == "ramp");
  CHECK(rollout.at("canary") == json{{"jobs", 1}, {"succeeded", 1}, {"in_flight", 0}});
  ramp = rollout.at("ramp");
  CHECK(ramp.at("began_at") == d.event("CanaryPassed").at("time"));
  CHECK(ramp.at("elapsed_ms").get<std::uint64_t>() + ramp.at("remaining_ms").get<std::uint64_t>() == 604'800'000);
  CHECK(ramp.at("per_second") == 0.001);
  CHECK(d.lease().size() == 1);
  CHECK(d.lease().empty());
}

TEST_CASE("a rollout that is stopped lets workers have all at once, and the answer has it as it was") {
  Daemon d;
  const json plan = d.close({{"ramp", slow_ramp}});
  CHECK(plan.at("ramp") == json{{"from_per_second", 0.001}, {"to_per_second", 0.001}, {"over_ms", 604'800'000}});
  CHECK(d.lease().size() == 1);
  CHECK(d.lease().empty());
  const json stopped = d.post(stop_path, {{"reason", "it goes well"}});
  CHECK(stopped.at("stopped") == true);
  CHECK(stopped.at("rollout").at("state") == "ramp");
  CHECK(stopped.at("rollout").at("command_id") == plan.at("id"));
  CHECK(d.rollout() == no_rollout);
  CHECK(d.status().at("rollout").is_null());
  const json ended = d.event("RolloutEnded");
  CHECK(ended.at("data") == json{{"command", 1}, {"end", "stopped"}, {"reason", "it goes well"}});
  CHECK(ended.at("stream") == "queue");
  CHECK(d.lease().size() == 4);
}

TEST_CASE("with nothing to stop nothing is written") {
  Daemon d;
  const std::uint64_t before = d.last_seq();
  CHECK(d.post(stop_path) == json{{"stopped", false}, {"rollout", no_rollout}});
  CHECK(d.last_seq() == before);
}

TEST_CASE("a plan's command that ends, or is stopped, takes nothing from its rollout") {
  Daemon d;
  const json plan = d.close({{"canary", 3}, {"actions", {{{"do", "park"}, {"job_type", "letter"}}}}});
  const std::string path = "/api/v1/commands/" + std::to_string(plan.at("id").get<int>());
  d.post(path + "/stop");
  while (d.get(path).at("state") == "running") std::this_thread::yield();
  CHECK(d.rollout().at("command_id") == plan.at("id"));
  CHECK(d.rollout().at("state") == "canary");
  CHECK(d.lease().size() == 3);
}

TEST_CASE("an opening ends a rollout") {
  Daemon d;
  d.close({{"canary", 3}});
  d.open();
  CHECK(d.rollout() == no_rollout);
  CHECK(d.event("RolloutEnded").at("data") == json{{"command", 1}, {"end", "opened"}, {"reason", nullptr}});
  d.post(close_path);
  CHECK(d.rollout() == no_rollout);
  CHECK(d.lease().size() == 5);
}

TEST_CASE("a newer plan takes the place of a rollout, with one of its own or without") {
  Daemon d;
  d.close({{"canary", 3}});
  const json newer = d.post(resume_path, of_plan({{"canary", 4}})).at("plan");
  CHECK(d.rollout().at("command_id") == newer.at("id"));
  CHECK(d.rollout().at("canary").at("jobs") == 4);
  CHECK(d.event("RolloutEnded").at("data") == json{{"command", 1}, {"end", "replaced"}, {"reason", nullptr}});
  d.post(resume_path, of_plan(json::object()));
  CHECK(d.rollout() == no_rollout);
  CHECK(d.events("RolloutEnded").size() == 2);
}

TEST_CASE("a dry run says how long a ramp lets the released jobs take, and nothing begins") {
  Daemon d{11};
  d.open();
  const std::uint64_t before = d.last_seq();
  const auto drain = [&](const json& plan) {
    return d.post(close_path + "?dry_run=true", of_plan(plan)).at("drain_ms");
  };
  CHECK(drain(json::object()).is_null());
  CHECK(drain({{"canary", 3}}).is_null());
  const json ramp = {{"from_per_second", 2}, {"over_ms", 60'000}};
  CHECK(drain({{"ramp", ramp}}) == 5'000);  // the first one at once, and ten at two a second
  CHECK(drain({{"ramp", ramp}, {"actions", {{{"do", "park"}}}}}) == 0);
  CHECK(d.post(resume_path + "?dry_run=true", of_plan({{"ramp", ramp}})).at("drain_ms") == 5'000);
  CHECK(d.last_seq() == before);
  CHECK(d.rollout() == no_rollout);
}

TEST_CASE("a stop with a key is done once") {
  KeyedDaemon d;
  d.made("/api/v1/jobs", R"({"job_type":"mail"})");
  d.made(resume_path, R"({"plan":{"canary":1}})");
  const Response stopped = d.twice("POST", stop_path, R"({"reason":"x"})");
  CHECK(stopped.data().at("stopped") == true);
  CHECK(d.events("RolloutEnded") == 1);
}
