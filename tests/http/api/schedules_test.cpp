// Schedules over HTTP with the real core.

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/job_keys.hpp"
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string schedules_path = "/api/v1/schedules";

struct ScheduleDaemon : RealDaemon {
  json create(const json& body) {
    const Response response = client.call("POST", schedules_path, body.dump());
    INFO(response.body);
    REQUIRE(response.status == 201);
    CHECK(response.field("location") == schedules_path + "/" + std::to_string(response.data().at("id").get<int>()));
    return response.data();
  }
  std::string refused(const json& body) {
    const Response response = client.call("POST", schedules_path, body.dump());
    INFO(response.body);
    CHECK(response.status == 422);
    return response.refused_fields();
  }
  Response change(int id, const json& body) {
    return client.call("PATCH", schedules_path + "/" + std::to_string(id), body.dump());
  }
};

json hourly(const std::string& name = "hourly") {
  return {{"name", name}, {"cron", "@hourly"}, {"job", {{"job_type", "report"}, {"payload", {1, 2}}}}};
}

}  // namespace

TEST_CASE("a schedule is created, shown, listed and found by its name") {
  ScheduleDaemon d;
  json body = hourly();
  body["time_zone"] = "Europe/Berlin";
  body["missed"] = "skip";
  body["reason"] = "reports";
  body["job"]["retry"] = {{"max_attempts", 7}};
  body["job"]["expires_in_ms"] = 60'000;
  const json made = d.create(body);
  CHECK(made.at("id") == 1);
  CHECK(made.at("time_zone") == "Europe/Berlin");
  CHECK(made.at("missed") == "skip");
  CHECK(made.at("every_ms").is_null());
  CHECK(made.at("job").at("payload") == json({1, 2}));
  CHECK(made.at("job").at("retry").at("max_attempts") == 7);
  CHECK(made.at("job").at("retry").at("backoff").is_null());
  CHECK(made.at("job").at("expires_in_ms") == 60'000);
  CHECK(made.at("next_at").get<std::string>().ends_with(":00:00.000000Z"));
  CHECK(made.at("last_at").is_null());
  CHECK(made.at("last_job_id").is_null());
  CHECK(made.at("last_skipped").is_null());
  CHECK(made.at("reason") == "reports");
  CHECK(d.get(schedules_path + "/1") == made);
  const json other = d.create({{"name", "often"}, {"every_ms", 3'600'000}, {"job", {{"job_type", "x"}}}});
  CHECK(other.at("cron").is_null());
  CHECK(other.at("time_zone").is_null());
  CHECK(d.get(schedules_path).at("schedules") == json({made, other}));
  CHECK(d.get(schedules_path + "?name=often").at("schedules") == json::array({other}));
  CHECK(d.get(schedules_path + "?name=none").at("schedules").empty());
  CHECK(d.get(schedules_path + "?limit=1&name=hourly").at("next_cursor").is_null());
  CHECK(d.get(schedules_path + "?limit=1&name=often").at("next_cursor").is_null());
  const json first = d.get(schedules_path + "?limit=1");
  CHECK(first.at("schedules") == json::array({made}));
  CHECK(d.get(schedules_path + "?limit=1&cursor=" + first.at("next_cursor").get<std::string>()).at("schedules") ==
        json::array({other}));
}

TEST_CASE("a schedule that is none is refused by its fields") {
  ScheduleDaemon d;
  const auto with = [](const json& more) {
    json body = hourly();
    body.update(more);
    return body;
  };
  CHECK(d.refused(json::object()) == "name job cron job.job_type");
  CHECK(d.refused(with({{"name", ""}})) == "name");
  CHECK(d.refused(with({{"name", std::string(129, 'n')}})) == "name");
  CHECK(d.refused(with({{"cron", "61 * * * *"}})) == "cron");
  CHECK(d.refused(with({{"cron", "0 0 31 2 *"}})) == "cron");
  CHECK(d.refused(with({{"cron", 5}})) == "cron");
  CHECK(d.refused(with({{"every_ms", 5'000}})) == "cron");
  CHECK(d.refused(with({{"cron", nullptr}, {"every_ms", 999}})) == "every_ms");
  CHECK(d.refused(with({{"cron", nullptr}, {"every_ms", 0}})) == "every_ms");
  CHECK(d.refused(with({{"job", {{"job_type", ""}}}})) == "job.job_type");
  CHECK(d.refused(with({{"job", {{"job_type", "x"}, {"retry", {{"max_attempts", 0}}}}}})) == "job.retry.max_attempts");
  CHECK(d.refused(with({{"cron", nullptr}, {"every_ms", 5'000}, {"time_zone", "UTC"}})) == "time_zone");
  CHECK(d.refused(with({{"time_zone", "Mars/Crater"}})) == "time_zone");
  CHECK(d.refused(with({{"missed", "never"}})) == "missed");
  CHECK(d.refused(with({{"colour", "red"}})) == "colour");
  CHECK(d.refused(with({{"job", {{"job_type", "x"}, {"run_at", "2030-01-01T00:00:00Z"}}}})) == "job.run_at");
  CHECK(d.refused(with({{"job", {{"job_type", "x"}, {"unique_key", "k"}}}})) == "job.unique_key");
  CHECK(d.refused(with({{"job", {{"job_type", "x"}, {"priority", 101}}}})) == "job.priority");
  const json large = with({{"job", {{"job_type", "x"}, {"payload", std::string(17'000, 'x')}}}});
  CHECK(d.client.call("POST", schedules_path, large.dump()).status == 413);
  CHECK(d.get(schedules_path).at("schedules").empty());
  json lost = hourly();
  lost["job"]["campaign_id"] = "01a3185c-53d4-7559-a7de-2dfd157d7fee";
  CHECK(d.client.call("POST", schedules_path, lost.dump()).status == 404);
}

TEST_CASE("where services are listed, the job of a schedule has one of them") {
  RealServer server{{"apollo"}};
  Client client{server.port()};
  json body = hourly();
  body["job"]["service"] = "zeus";
  const Response refused = client.call("POST", schedules_path, body.dump());
  CHECK(refused.code() == "unknown_service");
  CHECK(refused.refused_fields() == "job.service");
  body["job"]["service"] = "Apollo";
  CHECK(client.call("POST", schedules_path, body.dump()).status == 201);
}

TEST_CASE("a name is taken once") {
  ScheduleDaemon d;
  d.create(hourly());
  const Response again = d.client.call("POST", schedules_path, hourly().dump());
  CHECK(again.status == 409);
  CHECK(again.json().at("code") == "duplicate");
  CHECK(again.json().at("detail") == "schedule 1 has this name already");
  CHECK(again.refused_fields() == "name");
}

TEST_CASE("a schedule is changed field by field") {
  ScheduleDaemon d;
  const json made = d.create(hourly());
  const Response renamed = d.change(1, {{"name", "each hour"}, {"missed", "skip"}});
  REQUIRE(renamed.status == 200);
  CHECK(renamed.data().at("name") == "each hour");
  CHECK(renamed.data().at("missed") == "skip");
  CHECK(renamed.data().at("next_at") == made.at("next_at"));
  CHECK(renamed.data().at("job") == made.at("job"));
  CHECK(d.change(1, {{"every_ms", 60'000}}).data().at("cron").is_null());
  CHECK(d.change(1, {{"job", {{"job_type", "other"}}}}).data().at("job").at("payload").is_null());
  CHECK(d.change(1, json::object()).refused_fields() == "name");
  CHECK(d.change(1, {{"time_zone", "UTC"}}).refused_fields() == "time_zone");
  CHECK(d.change(1, {{"cron", nullptr}}).refused_fields() == "name");
  CHECK(d.change(1, {{"cron", ""}, {"missed", "skip"}}).refused_fields() == "cron");
  CHECK(d.change(1, {{"job", {{"name", "x"}}}}).refused_fields() == "job.job_type");
  CHECK(d.change(1, {{"job", {{"job_type", ""}, {"priority", 5}}}}).refused_fields() == "job.job_type");
  CHECK(d.change(1, {{"missed", "skip"}, {"job", nullptr}}).status == 200);
  CHECK(d.change(1, {{"every_ms", 0}}).refused_fields() == "every_ms");
  const json slower = {{"every_ms", 50'000}, {"cron", nullptr}, {"time_zone", nullptr}, {"name", nullptr}};
  CHECK(d.change(1, slower).data().at("every_ms") == 50'000);
  CHECK(d.change(1, {{"cron", "@daily"}, {"every_ms", nullptr}}).data().at("cron") == "@daily");
  CHECK(d.change(9, {{"missed", "skip"}}).status == 404);
  CHECK(d.client.call("PATCH", schedules_path + "/x", "{}").status == 404);
}

TEST_CASE("a schedule is paused, run by hand, resumed and removed") {
  ScheduleDaemon d;
  d.create(hourly());
  const json paused = d.post(schedules_path + "/1/pause", {{"reason", "lunch"}});
  CHECK(paused.at("paused") == true);
  CHECK(paused.at("next_at").is_null());
  CHECK(paused.at("reason") == "lunch");
  const Response run = d.client.call("POST", schedules_path + "/1/run", "");
  REQUIRE(run.status == 201);
  CHECK(run.data().at("job_type") == "report");
  CHECK(run.data().at("payload") == json({1, 2}));
  CHECK(run.data().at("unique_key").get<std::string>().starts_with("schedule/hourly/"));
  CHECK(d.client.call("POST", schedules_path + "/1/run", R"({"reason":"x"})").status == 422);
  const json resumed = d.post(schedules_path + "/1/resume", json::object());
  CHECK(resumed.at("paused") == false);
  CHECK(resumed.at("last_job_id") == run.data().at("id"));
  const Response removed = d.client.call("DELETE", schedules_path + "/1", R"({"reason":"no more"})");
  CHECK(removed.status == 200);
  CHECK(removed.data().at("name") == "hourly");
  CHECK(d.client.call("DELETE", schedules_path + "/1", "").status == 404);
  CHECK(d.client.call("GET", schedules_path + "/1", "").status == 404);
  CHECK(d.get("/api/v1/jobs").at("jobs").size() == 1);
}

TEST_CASE("a run comes by itself, with the name of its schedule and its time") {
  ScheduleDaemon d;
  d.create({{"name", "tick"}, {"every_ms", 1'000}, {"job", {{"job_type", "t"}}}});
  const json leased = d.post("/api/v1/leases", {{"worker", "w"}, {"wait_ms", 20'000}});
  REQUIRE(leased.at("jobs").size() == 1);
  const json row = d.get(schedules_path + "/1");
  CHECK(row.at("last_job_id") == leased.at("jobs").at(0).at("id"));
  const json job = d.get("/api/v1/jobs/" + std::to_string(row.at("last_job_id").get<int>()));
  CHECK(job.at("unique_key") == "schedule/tick/" + row.at("last_due_at").get<std::string>());
}
