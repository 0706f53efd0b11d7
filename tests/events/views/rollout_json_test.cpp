#include <breakerd/events/views/rollout_json.hpp>

#include <nlohmann/json.hpp>

#include <breakerd/events/views/view_json.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using nlohmann::json;

namespace {

constexpr Time some_time{std::chrono::microseconds{1'700'000'000'000'042}};
constexpr Time later{std::chrono::microseconds{1'700'000'010'000'042}};

json shown(const RolloutView& view) {
  std::string text;
  JsonWriter writer{text};
  write_rollout(writer, view);
  return json::parse(text);
}

/// Of a plan with a canary of 10 jobs and a ramp from 0.5 to 50 jobs per second over a minute.
RolloutView at_its_begin() {
  RolloutView view;
  Rollout& rollout = view.rollout;
  rollout.phase = RolloutPhase::canary;
  rollout.command = 7;
  rollout.principal = "alice";
  rollout.began_at = some_time;
  rollout.canary = 10;
  rollout.succeeded = 3;
  rollout.in_flight = {{11, {}}, {12, {}}};
  rollout.ramp = {500, 50'000, 60'000};
  return view;
}

}  // namespace

TEST_CASE("without a rollout its state is none, and all else is null") {
  CHECK(shown({}) == json{{"state", "none"},
                          {"command_id", nullptr},
                          {"by", nullptr},
                          {"began_at", nullptr},
                          {"canary", nullptr},
                          {"ramp", nullptr}});
}

TEST_CASE("a canary shows its jobs, and the ramp behind it that has not begun") {
  CHECK(shown(at_its_begin()) == json{{"state", "canary"},
                                      {"command_id", 7},
                                      {"by", "alice"},
                                      {"began_at", to_rfc3339(some_time)},
                                      {"canary", {{"jobs", 10}, {"succeeded", 3}, {"in_flight", 2}}},
                                      {"ramp",
                                       {{"from_per_second", 0.5},
                                        {"to_per_second", 50},
                                        {"over_ms", 60'000},
                                        {"began_at", nullptr},
                                        {"elapsed_ms", 0},
                                        {"remaining_ms", 60'000},
                                        {"per_second", 0}}}});
}

TEST_CASE("a ramp shows how far it is, and the canary that has passed before it") {
  RolloutView view = at_its_begin();
  view.rollout.phase = RolloutPhase::ramp;
  view.rollout.succeeded = 10;
  view.rollout.in_flight.clear();
  view.rollout.ramp_began_at = later;
  view.elapsed_ms = 12'000;
  view.rate_thousandths = 10'400;
  const json ramping = shown(view);
  CHECK(ramping.at("state") == "ramp");
  CHECK(ramping.at("began_at") == to_rfc3339(some_time));
  CHECK(ramping.at("canary") == json{{"jobs", 10}, {"succeeded", 10}, {"in_flight", 0}});
  CHECK(ramping.at("ramp").at("began_at") == to_rfc3339(later));
  CHECK(ramping.at("ramp").at("elapsed_ms") == 12'000);
  CHECK(ramping.at("ramp").at("remaining_ms") == 48'000);
  CHECK(ramping.at("ramp").at("per_second") == 10.4);
}

TEST_CASE("of canary and ramp the one that the plan does not have is null") {
  RolloutView view = at_its_begin();
  view.rollout.ramp = {};
  CHECK(shown(view).at("ramp").is_null());
  CHECK(shown(view).at("canary").at("jobs") == 10);
  view = at_its_begin();
  view.rollout.phase = RolloutPhase::ramp;
  view.rollout.canary = view.rollout.succeeded = 0;
  view.rollout.in_flight.clear();
  CHECK(shown(view).at("canary").is_null());
  CHECK(shown(view).at("ramp").at("over_ms") == 60'000);
}

TEST_CASE("the status has the rollout, or null without one") {
  const auto rollout_of = [](const StatusView& status) {
    std::string text;
    JsonWriter writer{text};
    writer.begin_object();
    write_status_members(writer, status);
    writer.end_object();
    return json::parse(text).at("rollout");
  };
  StatusView status;
  CHECK(rollout_of(status).is_null());
  status.rollout = at_its_begin();
  CHECK(rollout_of(status) == shown(at_its_begin()));
}
