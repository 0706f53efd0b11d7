// Settings of job types, and timeouts of jobs, over HTTP with the real core.

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string types_path = "/api/v1/job-types";

struct Daemon : RealDaemon {
  Response put(const std::string& type, const json& body) {
    return client.call("PUT", types_path + "/" + type, body.dump());
  }
  json set(const std::string& type, const json& body) {
    const Response response = put(type, body);
    INFO(response.body);
    REQUIRE(response.status == 200);
    return response.data();
  }
  std::string refused(const json& body) {
    const Response response = put("mail", body);
    CHECK(response.status == 422);
    return response.refused_fields();
  }
  json enqueue(json more = json::object()) {
    more["job_type"] = "mail";
    return post("/api/v1/jobs", more);
  }
  std::size_t events(const std::string& type) { return get("/api/v1/events?type=" + type).at("events").size(); }
};

const json all_of_it = {{"retry", {{"max_attempts", 7}, {"backoff", {{"kind", "fixed"}, {"base_ms", 500}}}}},
                        {"timeout_ms", 60'000},
                        {"max_expiries", 4},
                        {"reason", "mailboxes are slow"}};

}  // namespace

TEST_CASE("jobs have the settings of their type where they do not say otherwise") {
  Daemon d;
  const json set = d.set("mail", all_of_it);
  CHECK(set.at("job_type") == "mail");
  CHECK(set.at("retry").at("max_attempts") == 7);
  CHECK(set.at("retry").at("backoff").at("base_ms") == 500);
  CHECK(set.at("timeout_ms") == 60'000);
  CHECK(set.at("max_expiries") == 4);
  CHECK(set.at("reason") == "mailboxes are slow");
  CHECK(set.at("set_at").is_string());
  CHECK(d.get(types_path + "/mail") == set);
  const json job = d.enqueue();
  CHECK(job.at("retry") == set.at("retry"));
  CHECK(job.at("max_attempts") == 7);
  CHECK(job.at("timeout_ms") == 60'000);
  CHECK(job.at("max_expiries") == 4);
  const json own = d.enqueue({{"retry", {{"max_attempts", 3}}}, {"max_attempts", nullptr}, {"timeout_ms", 5'000}});
  CHECK(own.at("max_attempts") == 3);
  CHECK(own.at("retry").at("backoff").at("base_ms") == 500);
  CHECK(own.at("timeout_ms") == 5'000);
  CHECK(own.at("max_expiries") == 4);
  const json leased = d.post("/api/v1/leases", {{"worker", "w"}});
  CHECK(leased.at("jobs").at(0).at("timeout_ms") == 60'000);
}

TEST_CASE("a PUT replaces all of the settings, and the same ones again record nothing") {
  Daemon d;
  d.set("mail", all_of_it);
  json again = all_of_it;
  again["reason"] = "another";
  CHECK(d.set("mail", again).at("reason") == "mailboxes are slow");
  CHECK(d.events("JobTypeSet") == 1);
  const json less = d.set("mail", {{"timeout_ms", 60'000}});
  CHECK(less.at("retry").is_null());
  CHECK(less.at("max_expiries").is_null());
  CHECK(d.events("JobTypeSet") == 2);
  CHECK(d.enqueue().at("max_attempts") == 3);
  CHECK(d.enqueue().at("timeout_ms") == 60'000);
}

TEST_CASE("a type that has no settings is not found, and one is removed once") {
  Daemon d;
  CHECK(d.client.get(types_path + "/mail").status == 404);
  CHECK(d.client.call("DELETE", types_path + "/mail").status == 404);
  CHECK(d.client.get(types_path + "/" + std::string(300, 'x')).status == 404);
  const json set = d.set("mail", all_of_it);
  const Response removed = d.client.call("DELETE", types_path + "/mail", R"({"reason":"fast again"})");
  CHECK(removed.status == 200);
  CHECK(removed.data() == set);
  CHECK(d.client.call("DELETE", types_path + "/mail").status == 404);
  CHECK(d.client.get(types_path + "/mail").code() == "not_found");
  CHECK(d.events("JobTypeRemoved") == 1);
  CHECK(d.enqueue().at("timeout_ms").is_null());
}

TEST_CASE("settings that make no sense are refused, with the field named") {
  Daemon d;
  CHECK(d.refused(json::object()) == "retry");
  CHECK(d.refused({{"retry", json::object()}}) == "retry");
  CHECK(d.refused({{"timeout_ms", nullptr}, {"reason", "x"}}) == "retry");
  CHECK(d.refused({{"timeout_ms", 999}}) == "timeout_ms");
  CHECK(d.refused({{"timeout_ms", 0}}) == "timeout_ms");
  CHECK(d.refused({{"timeout_ms", limits::timeout_ms_max + 1}}) == "timeout_ms");
  CHECK(d.refused({{"timeout_ms", 1'000.5}, {"max_expiries", 1}}) == "timeout_ms");
  CHECK(d.refused({{"timeout_ms", "1000"}, {"max_expiries", 1}}) == "timeout_ms");
  CHECK(d.refused({{"max_expiries", 0}}) == "max_expiries");
  CHECK(d.refused({{"max_expiries", 1'001}}) == "max_expiries");
  CHECK(d.refused({{"retry", {{"max_attempts", 0}}}}) == "retry.max_attempts");
  CHECK(d.refused({{"retry", {{"backoff", {{"kind", "list"}}}}}}) == "retry.backoff.delays_ms");
  CHECK(d.refused({{"retry", {{"backoff", {{"kind", "odd"}}}}}, {"max_expiries", 1}}) == "retry.backoff.kind");
  CHECK(d.refused({{"max_attempts", 3}, {"max_expiries", 1}}) == "max_attempts");
  CHECK(d.put(std::string(129, 'x'), all_of_it).refused_fields() == "job_type");
  CHECK(d.client.post(types_path + "/mail", "{}").status == 405);
  CHECK(d.get(types_path).at("job_types").empty());
}

TEST_CASE("a type with a slash has a path, and other characters are encoded in it") {
  Daemon d;
  CHECK(d.set("mail/greet", {{"max_expiries", 2}}).at("job_type") == "mail/greet");
  CHECK(d.get(types_path + "/mail/greet").at("max_expiries") == 2);
  CHECK(d.set("greet%20all", {{"max_expiries", 3}}).at("job_type") == "greet all");
  CHECK(d.put("r%C3%A9sum%C3%A9", {{"max_expiries", 3}}).status == 400);
}

TEST_CASE("the list of job types comes in pages, in order of their names, up to their bound") {
  Daemon d;
  const auto name = [](std::size_t i) { return "t" + std::to_string(10'000 + i); };
  for (std::size_t i = 1; i <= limits::job_types_max; ++i) d.set(name(i), {{"max_expiries", 2}});
  const Response refused = d.put("one-more", {{"max_expiries", 2}});
  CHECK(refused.status == 409);
  CHECK(refused.code() == "limit");
  CHECK(d.set(name(7), {{"max_expiries", 3}}).at("max_expiries") == 3);
  const json first = d.get(types_path + "?limit=600");
  CHECK(first.at("job_types").size() == 600);
  CHECK(first.at("job_types").at(0).at("job_type") == name(1));
  CHECK(first.at("next_cursor") == name(600));
  const json rest = d.get(types_path + "?limit=600&cursor=" + name(600));
  CHECK(rest.at("job_types").size() == 400);
  CHECK(rest.at("job_types").at(0).at("job_type") == name(601));
  CHECK(rest.at("next_cursor").is_null());
  CHECK(d.client.get(types_path + "?limit=0").status == 422);
  CHECK(d.client.get(types_path + "?type=x").status == 422);
}

TEST_CASE("a timeout is out of range, or as it was said") {
  Daemon d;
  const auto answer = [&](const json& timeout_ms) {
    return d.client.post("/api/v1/jobs", json{{"job_type", "mail"}, {"timeout_ms", timeout_ms}}.dump());
  };
  for (const json& bad : {json(0), json(999), json(604'800'001), json(4'294'967'296), json(-1), json(1e3), json("1000"),
                          json(true), json::array()}) {
    INFO(bad.dump());
    CHECK(answer(bad).refused_fields() == "timeout_ms");
  }
  for (const std::uint32_t good : {limits::timeout_ms_min, limits::timeout_ms_max})
    CHECK(answer(good).data().at("timeout_ms") == good);
  CHECK(answer(nullptr).data().at("timeout_ms").is_null());
  const Response batch =
      d.client.post("/api/v1/jobs/batch", R"([{"job_type":"a","timeout_ms":1000},{"job_type":"a","timeout_ms":1}])");
  CHECK(batch.refused_fields() == "[1].timeout_ms");
}

TEST_CASE("a heartbeat that waits is told to stop when the run has taken too long, and the job has a failed attempt") {
  Daemon d;
  d.enqueue({{"timeout_ms", 1'000}, {"retry", {{"backoff", {{"kind", "fixed"}, {"base_ms", 0}}}}}});
  const json leased = d.post("/api/v1/leases", {{"worker", "w"}, {"lease_ms", 60'000}});
  const json token = leased.at("jobs").at(0).at("token");
  const json stopped = d.post("/api/v1/jobs/1/heartbeat", {{"token", token}, {"wait_ms", 30'000}});
  CHECK(stopped.at("stop") == true);
  CHECK(stopped.at("circuit").at("state") == "closed");
  const json back = d.post("/api/v1/jobs/1/release", {{"token", token}});
  CHECK(back.at("status") == "PENDING");
  CHECK(back.at("attempts") == 1);
  CHECK(back.at("error") == "timeout: the run took longer than 1000 ms");
  CHECK(back.at("error_type") == "timeout");
  const json errors = d.get("/api/v1/jobs/1").at("errors");
  REQUIRE(errors.size() == 1);
  CHECK(errors.at(0).at("attempt") == 1);
  CHECK(errors.at(0).at("worker") == "w");
  CHECK(d.get("/api/v1/breaker").at("state") == "closed");
}
