// The calls that show and stop a rollout, against a scripted backend.

#include "tests/http/support/scripted_daemon.hpp"

using namespace breakerd;
using namespace breakerd::http::test;

namespace {

const std::string ramp = management + "ramp";
const Names all_keys{"began_at", "by", "canary", "command_id", "ramp", "state"};

}  // namespace

TEST_CASE("GET ramp asks nothing of the core") {
  Daemon d;
  const Response shown = d.get(ramp);
  CHECK(shown.status == 200);
  CHECK(keys(shown.data()) == all_keys);
  CHECK(shown.data().at("state") == "none");
  CHECK(d.get(management + "status").data().at("rollout").is_null());
  CHECK(d.get(ramp + "?x=1").refused_fields() == "x");
  CHECK(d.core().take_submitted().empty());
}

TEST_CASE("POST ramp/stop hands on its reason, and shows what was stopped") {
  Daemon d;
  const Response stopped = d.post(ramp + "/stop", R"({"reason":"it goes well"})");
  CHECK(stopped.status == 200);
  CHECK(keys(stopped.data()) == Names{"rollout", "stopped"});
  CHECK(stopped.data().at("stopped") == true);
  const json rollout = stopped.data().at("rollout");
  CHECK(keys(rollout) == all_keys);
  CHECK(rollout.at("state") == "canary");
  CHECK(rollout.at("command_id") == 7);
  CHECK(rollout.at("by") == "alice");
  CHECK(rollout.at("canary") == json{{"jobs", 10}, {"succeeded", 3}, {"in_flight", 2}});
  CHECK(rollout.at("ramp").is_null());
  CHECK(d.core().take_one<StopRollout>().reason == "it goes well");
  CHECK(d.post(ramp + "/stop").status == 200);
  CHECK(d.core().take_one<StopRollout>().reason == "no reason given");
}

TEST_CASE("POST ramp/stop refuses what it does not know, and ramp what it is not") {
  Daemon d;
  d.refuses(ramp + "/stop", R"({"reason":7})", "reason");
  d.refuses(ramp + "/stop", R"({"command":1})", "command");
  d.refuses(ramp + "/stop?dry_run=true", "", "dry_run");
  d.refuses(ramp + "/stop", R"({"reason":")" + std::string(5'000, 'x') + R"("})", "reason");
  const Response posted = d.post(ramp);
  CHECK(posted.status == 405);
  CHECK(posted.field("allow") == "GET, HEAD");
  CHECK(d.get(ramp + "/stop").status == 405);
  CHECK(d.get(ramp + "/start").status == 404);
}
