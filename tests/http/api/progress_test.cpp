// How far a worker is, as its heartbeats say it.

#include <thread>

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  Daemon() { post("/api/v1/jobs", {{"job_type", "mail"}}); }

  void lease() { token_ = post("/api/v1/leases", {{"worker", "w"}}).at("jobs").at(0).at("token"); }
  Response beat(const json& progress) {
    return client.post("/api/v1/jobs/1/heartbeat", json{{"token", token_}, {"progress", progress}}.dump());
  }
  json progress() { return get("/api/v1/jobs/1").at("progress"); }
  const std::string& token() const { return token_; }

 private:
  std::string token_;
};

}  // namespace

TEST_CASE("a job shows what its worker has reported last, until its lease ends") {
  Daemon d;
  CHECK(d.progress().is_null());
  d.lease();
  CHECK(d.progress().is_null());
  CHECK(d.beat({{"percent", 10}, {"message", "begun"}}).status == 200);
  CHECK(d.beat({{"percent", 60}}).status == 200);
  const json shown = d.progress();
  CHECK(shown.at("percent") == 60);
  CHECK(shown.at("message").is_null());
  CHECK(shown.at("at").is_string());
  CHECK(d.get("/api/v1/jobs").at("jobs").at(0).at("progress") == shown);
  d.post("/api/v1/jobs/1/heartbeat", {{"token", d.token()}});
  CHECK(d.progress() == shown);
  d.post("/api/v1/jobs/1/release", {{"token", d.token()}});
  CHECK(d.progress().is_null());
}

TEST_CASE("a report that is wrong is refused, and changes nothing") {
  Daemon d;
  d.lease();
  d.beat({{"percent", 10}});
  const json before = d.progress();
  const auto refused = [&](const json& progress) { return d.beat(progress).refused_fields(); };
  CHECK(refused({{"percent", 101}}) == "progress.percent");
  CHECK(refused({{"percent", -1}}) == "progress.percent");
  CHECK(refused({{"percent", "10"}}) == "progress.percent");
  CHECK(refused({{"message", "begun"}}) == "progress.percent");
  CHECK(refused({{"percent", 1}, {"message", std::string(256, 'x')}}) == "progress.message");
  CHECK(refused({{"percent", 1}, {"message", 7}}) == "progress.message");
  CHECK(refused({{"percent", 1}, {"at", "now"}}) == "progress.at");
  CHECK(refused(50) == "progress");
  CHECK(d.client.post("/api/v1/jobs/1/heartbeat", R"({"token":"stale","progress":{"percent":99}})").status == 409);
  CHECK(d.progress() == before);
}

TEST_CASE("a heartbeat that waits shows its progress at once, and does not take a newer one back") {
  Daemon d;
  d.lease();
  std::thread waiting{[&] {
    Client other{d.server.port()};
    other.post("/api/v1/jobs/1/heartbeat",
               json{{"token", d.token()}, {"wait_ms", 10'000}, {"progress", {{"percent", 10}}}}.dump());
  }};
  while (d.progress().is_null()) std::this_thread::yield();
  CHECK(d.progress().at("percent") == 10);
  d.beat({{"percent", 20}});
  d.post("/api/v1/breaker/open", {{"reason", "drill"}});  // answers the one that waits
  waiting.join();
  CHECK(d.progress().at("percent") == 20);
}
