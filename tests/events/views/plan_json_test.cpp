#include <breakerd/events/views/plan_json.hpp>

#include <nlohmann/json.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/views/job_command_json.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using nlohmann::json;

namespace {

constexpr Time some_time{std::chrono::microseconds{1'700'000'000'000'042}};
const CampaignId spring = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");

json shown(const PlanPreview& preview) {
  std::string text;
  JsonWriter writer{text};
  write_preview(writer, preview);
  return json::parse(text);
}

json shown(const JobCommandRow& row) {
  std::string text;
  JsonWriter writer{text};
  write_job_command(writer, row);
  return json::parse(text);
}

std::vector<std::string> names(const json& object) {
  std::vector<std::string> all;
  for (const auto& [name, value] : object.items()) all.push_back(name);
  return all;
}

}  // namespace

TEST_CASE("a preview of nothing has all its members") {
  const json nothing = {{"jobs", 0},
                        {"by_campaign", json::array()},
                        {"by_type", json::array()},
                        {"by_service", json::array()},
                        {"oldest_at", nullptr}};
  CHECK(shown(PlanPreview{}) == json{{"seq", 0},
                                     {"preview", {{"release", nothing}, {"park", nothing}, {"cancel", nothing}}},
                                     {"drain_ms", nullptr}});
}

TEST_CASE("a preview of a plan with a ramp says how long that takes, also when it takes no time") {
  PlanPreview preview;
  preview.drain_ms = 12'345;
  CHECK(shown(preview).at("drain_ms") == 12'345);
  preview.drain_ms = 0;
  CHECK(shown(preview).at("drain_ms") == 0);
}

TEST_CASE("the counts of a preview are the greatest first, then by name, and null is of none") {
  PlanPreview preview;
  preview.seq = 12;
  preview.park = {
      7, {{CampaignId{}, 3}, {spring, 4}}, {{"sms", 2}, {"mail", 2}, {"letter", 3}}, {{"", 6}, {"smtp", 1}}, some_time};
  const json park = shown(preview).at("preview").at("park");
  CHECK(park.at("jobs") == 7);
  CHECK(park.at("by_campaign") == json::parse(R"([{"campaign_id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","jobs":4},)"
                                              R"({"campaign_id":null,"jobs":3}])"));
  CHECK(park.at("by_type") == json::parse(R"([{"job_type":"letter","jobs":3},{"job_type":"mail","jobs":2},)"
                                          R"({"job_type":"sms","jobs":2}])"));
  CHECK(park.at("by_service") == json::parse(R"([{"service":null,"jobs":6},{"service":"smtp","jobs":1}])"));
  CHECK(park.at("oldest_at") == to_rfc3339(some_time));
  CHECK_FALSE(park.contains("more"));
}

TEST_CASE("a preview with too many rows says how many it leaves out") {
  PlanPreview preview;
  for (std::size_t i = 0; i < limits::preview_rows_max + 5; ++i)
    preview.release.by_type["t" + std::to_string(i)] = i + 1;
  const json release = shown(preview).at("preview").at("release");
  CHECK(release.at("by_type").size() == limits::preview_rows_max);
  CHECK(release.at("by_type").at(0).at("jobs") == limits::preview_rows_max + 5);
  CHECK(release.at("more") == json{{"by_campaign", 0}, {"by_type", 5}, {"by_service", 0}});
}

TEST_CASE("a plan is shown with its actions, and without what nobody counts") {
  JobCommandRow row;
  row.id = 7;
  row.kind = JobCommandKind::plan;
  row.actions = {{PlanVerb::cancel, {}, some_time, spring, "mail", "smtp"}, {PlanVerb::park}};
  row.done = 5;
  row.parked = 2;
  const json plan = shown(row);
  CHECK(plan.at("kind") == "plan");
  CHECK(plan.at("filter").is_null());
  CHECK(plan.at("actions").at(0) == json{{"do", "cancel"},
                                         {"enqueued_by", to_rfc3339(some_time)},
                                         {"campaign_id", spring.to_string()},
                                         {"job_type", "mail"},
                                         {"service", "smtp"}});
  CHECK(plan.at("actions").at(1) == json{{"do", "park"},
                                         {"enqueued_by", nullptr},
                                         {"campaign_id", nullptr},
                                         {"job_type", nullptr},
                                         {"service", nullptr}});
  CHECK(plan.at("matched").is_null());
  CHECK(plan.at("remaining").is_null());
  CHECK(plan.at("done") == 5);
  CHECK(plan.at("parked") == 2);
  CHECK(plan.at("cancelled") == 3);
  CHECK(plan.at("canary").is_null());
  CHECK(plan.at("ramp").is_null());
}

TEST_CASE("a plan is shown with its canary and its ramp") {
  JobCommandRow row;
  row.kind = JobCommandKind::plan;
  row.canary = 10;
  CHECK(shown(row).at("canary") == 10);
  CHECK(shown(row).at("ramp").is_null());
  row.canary = 0;
  row.ramp = {2'500, 1, 604'800'000};
  CHECK(shown(row).at("canary").is_null());
  CHECK(shown(row).at("ramp") == json{{"from_per_second", 2.5}, {"to_per_second", 0.001}, {"over_ms", 604'800'000}});
  CHECK(shown(row).at("actions") == json::array());
}

TEST_CASE("other commands about many jobs have the members that they always had") {
  JobCommandRow row;
  row.kind = JobCommandKind::retry;
  row.matched = 3;
  const std::vector<std::string> all{"created_at", "done",    "filter",    "finished_at", "id",
                                     "kind",       "matched", "principal", "reason",      "remaining",
                                     "skipped",    "state",   "updated_at"};
  CHECK(names(shown(row)) == all);
  CHECK(names(shown(row).at("filter")) ==
        std::vector<std::string>{"campaign_id", "ended_by", "error_contains", "ids", "job_type", "service", "status"});
  row.kind = JobCommandKind::release_parked;
  row.filter.ended_by = some_time;
  CHECK(names(shown(row)) == all);
  CHECK(shown(row).at("kind") == "release_parked");
  CHECK(shown(row).at("filter") == json{{"campaign_id", nullptr},
                                        {"job_type", nullptr},
                                        {"service", nullptr},
                                        {"enqueued_by", to_rfc3339(some_time)},
                                        {"ids", nullptr}});
}
