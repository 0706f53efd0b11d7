#include "tests/simulation/promises/paces.hpp"

#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

constexpr std::int64_t longest_ms = 100;

/// Campaign c1 with a job that is leased for a minute.
class PaceScript : public ScriptedCalls {
 public:
  PaceScript() : ScriptedCalls{longest_ms} {
    create_campaign(autumn);
    campaign(autumn, "start", "RUNNING");
    enqueue(1, autumn);
    lease(1, "t1", 60'000, autumn);
  }
  void show(const json& pace, const std::string& status = "RUNNING", std::uint64_t left = 7) {
    json row = campaign_row(autumn, status);
    row["job_counts"] = {{"PENDING", left - 3}, {"PROCESSING", 1}, {"PAUSED", 2}, {"COMPLETED", 5}};
    row["pace"] = pace;
    get("/api/v1/campaigns/" + autumn, row);
  }
  static json pace(std::uint64_t jobs_per_minute, const json& eta_seconds) {
    return {{"jobs_per_minute", jobs_per_minute}, {"eta_seconds", eta_seconds}};
  }
  void complete() {
    json row = job_row(1, "COMPLETED");
    row["campaign_id"] = autumn;
    end(1, "complete", "t1", row);
  }

  const std::string autumn = "01a22528-3edc-7b99-a493-80c76353a000";
};

}  // namespace

TEST_CASE("a pace that fits the jobs that are left is accepted") {
  PaceScript script;
  script.show(PaceScript::pace(0, nullptr));
  script.show(PaceScript::pace(3, 120), "RUNNING", 6);
  script.show(PaceScript::pace(120, 4));
  script.show(PaceScript::pace(120, nullptr), "PAUSED");
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a pace that does not fit what stands beside it breaks a promise") {
  PaceScript script;
  SECTION("the time that is left") {
    script.show(PaceScript::pace(120, 3));
    CHECK(script.broke("does not fit its 7 jobs"));
  }
  SECTION("an end that is not told") {
    script.show(PaceScript::pace(120, nullptr));
    CHECK(script.broke("does not fit its 7 jobs"));
  }
  SECTION("an end of a campaign that is paused") {
    script.show(PaceScript::pace(120, 4), "PAUSED");
    CHECK(script.broke("tells its end"));
  }
  SECTION("an end without a pace") {
    script.show(PaceScript::pace(0, 4));
    CHECK(script.broke("tells its end"));
  }
  SECTION("a figure that is none") {
    script.show({{"jobs_per_minute", "fast"}, {"eta_seconds", nullptr}});
    CHECK(script.broke("is not as documented"));
  }
  SECTION("no pace at all") {
    json row = campaign_row(script.autumn, "RUNNING");
    row.erase("pace");
    script.get("/api/v1/campaigns/" + script.autumn, row);
    CHECK(script.broke("is missing"));
  }
  SECTION("none in the answer to a change") {
    json row = campaign_row(script.autumn, "RUNNING");
    row["pace"] = nullptr;
    script.post("/api/v1/campaigns/" + script.autumn + "/resume", nullptr, row);
    CHECK(script.broke("is null in the answer to a change"));
  }
}

TEST_CASE("a campaign of which a job is leased has a pace") {
  PaceScript script;
  SECTION("not at once") {
    script.now_ms += longest_ms - 1;
    script.show(nullptr);
    CHECK(script.kept());
  }
  SECTION("but soon") {
    script.now_ms += longest_ms;
    script.show(nullptr);
    CHECK(script.broke("was leased 100 ms ago"));
  }
  SECTION("until the lease may be over") {
    script.now_ms += 60'000;
    script.show(nullptr);
    CHECK(script.kept());
  }
  SECTION("or somebody may have ended it") {
    script.lose(script.begin("POST", "/api/v1/jobs/1/release", {{"token", "t1"}}));
    script.now_ms += longest_ms;
    script.show(nullptr);
    CHECK(script.kept());
  }
  SECTION("not after trouble") {
    script.promises.storage_trouble(script.now_ms);
    script.now_ms += longest_ms;
    script.show(nullptr);
    CHECK(script.kept());
  }
}

TEST_CASE("a job that is completed counts a second later") {
  PaceScript script;
  script.now_ms += longest_ms;
  script.complete();
  SECTION("not at once") {
    script.now_ms += 1'000;
    script.show(PaceScript::pace(0, nullptr));
    CHECK(script.kept());
  }
  SECTION("but soon") {
    script.now_ms += 1'000 + longest_ms;
    script.show(PaceScript::pace(0, nullptr));
    CHECK(script.broke("no job ends, and one was completed 1100 ms ago"));
  }
  SECTION("as long as the campaign is known to be awake") {
    script.now_ms += 5'001;
    script.show(PaceScript::pace(0, nullptr));
    CHECK(script.kept());
  }
  SECTION("not after trouble") {
    script.promises.storage_trouble(script.now_ms);
    script.now_ms += 1'000 + longest_ms;
    script.show(PaceScript::pace(0, nullptr));
    CHECK(script.kept());
  }
}
