// The model holds a call that settles leases to the promises of the calls that would end them one by one.

#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

json end_of(std::uint64_t job, const std::string& token, const std::string& outcome, json more = json::object()) {
  more.update({{"job_id", job}, {"token", token}, {"outcome", outcome}});
  return more;
}

json settled(std::uint64_t job, const std::string& status) { return {{"id", job}, {"status", status}}; }

json stale(std::uint64_t job) {
  return {{"id", job}, {"code", "stale_lease"}, {"job_status", "PENDING"}, {"detail", "no"}};
}

/// Jobs 1 and 2 are leased with t1 and t2, job 3 waits.
struct Story : ScriptedCalls {
  Story() {
    for (std::uint64_t job = 1; job <= 3; ++job) enqueue(job);
    lease(1, "t1");
    lease(2, "t2");
  }
  void round(const json& settle, const json& answers, json leased_next = json{{"jobs", json::array()}}) {
    leased_next["settled"] = answers;
    post("/api/v1/leases", {{"worker", "w"}, {"settle", settle}}, leased_next);
  }
};

}  // namespace

TEST_CASE("a round is answered entry by entry") {
  Story script;
  const json ends = {end_of(1, "t1", "complete"), end_of(2, "none", "release")};
  SECTION("as it should be") {
    script.round(ends, {settled(1, "COMPLETED"), stale(2)}, leased(3, "t3"));
    script.post("/api/v1/jobs/settle", json::array({end_of(2, "t2", "release")}),
                {{"settled", json::array({settled(2, "PENDING")})}});
    CHECK(script.kept());
  }
  SECTION("in another order") {
    script.round(ends, {stale(2), settled(1, "COMPLETED")});
    CHECK(script.broke("in their order"));
  }
  SECTION("not of all") {
    script.round(ends, json::array({settled(1, "COMPLETED")}));
    CHECK(script.broke("in their order"));
  }
  SECTION("a token that nobody has") {
    script.round(ends, {settled(1, "COMPLETED"), settled(2, "PENDING")});
    CHECK(script.broke("a token that nobody was given"));
  }
  SECTION("a living lease that is refused") {
    script.round(json::array({end_of(1, "t1", "complete")}), json::array({stale(1)}));
    CHECK(script.broke("refused as stale"));
  }
  SECTION("a complete that is not one") {
    script.round(json::array({end_of(1, "t1", "complete")}), json::array({settled(1, "PENDING")}));
    CHECK(script.broke("a job that reads PENDING"));
  }
}

TEST_CASE("of two for one job the second is refused") {
  Story script;
  const json twice = {end_of(1, "t1", "release"), end_of(1, "t1", "complete")};
  SECTION("as it should be, and the job is leased again") {
    script.round(twice, {settled(1, "PENDING"), stale(1)}, leased(1, "t4"));
    CHECK(script.kept());
  }
  SECTION("both are accepted") {
    script.round(twice, {settled(1, "PENDING"), settled(1, "COMPLETED")});
    CHECK(script.broke("whose lease had ended"));
  }
}

TEST_CASE("a round that reports a service failure leases nothing, and opens") {
  Story script;
  const json failure = end_of(1, "t1", "fail", {{"error", "429"}, {"service", "apollo"}});
  SECTION("as it should be") {
    script.round({failure, end_of(2, "t2", "complete")}, {settled(1, "PAUSED"), settled(2, "COMPLETED")});
    script.get("/api/v1/breaker", circuit("open", 1));
    CHECK(script.kept());
  }
  SECTION("a job is leased") {
    script.round(json::array({failure}), json::array({settled(1, "PENDING")}), leased(3, "t3"));
    CHECK(script.broke("reported the failure of a service"));
  }
  SECTION("the circuit is closed afterwards") {
    script.round(json::array({failure}), json::array({settled(1, "PAUSED")}));
    script.get("/api/v1/breaker", circuit("closed", 0));
    CHECK(script.broke("the circuit read closed"));
  }
  SECTION("it is refused, and not said to be recorded") {
    script.round(json::array({end_of(2, "none", "fail", {{"error", "429"}, {"service", "apollo"}})}),
                 json::array({stale(2)}));
    CHECK(script.broke("does not say that the failure was recorded"));
  }
}

TEST_CASE("a round that is refused, or whose answer is lost, may be asked again") {
  Story script;
  const json ends = json::array({end_of(1, "t1", "complete")});
  script.refused("/api/v1/jobs/settle", ends, refusal(503, "unavailable"));
  SECTION("and is done then") {
    script.round(ends, json::array({settled(1, "COMPLETED")}));
    CHECK(script.kept());
  }
  SECTION("and is stale when it was done although nobody heard of it") {
    script.lose(script.begin("POST", "/api/v1/jobs/settle", ends));
    script.round(ends, json::array({stale(1)}));
    CHECK(script.kept());
  }
}
