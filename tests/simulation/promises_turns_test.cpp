// Whose turn it is, when leases end, and what counts: the model's checks over the log.

#include "tests/simulation/promises/listings.hpp"
#include "tests/simulation/promises/time_text.hpp"
#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

const std::string spring = "01a22528-3edc-7b99-a493-80c76353a0a1";

/// Jobs of campaign `id`, or of none: their events, and no rows that the look would compare.
void enqueue_events(json& events, std::uint64_t first, std::uint64_t count, const json& campaign) {
  for (std::uint64_t job = first; job < first + count; ++job)
    events.push_back({{"type", "JobEnqueued"},
                      {"stream", "job-" + std::to_string(job)},
                      {"data", {{"job", job}, {"campaign", campaign}, {"job_type", "mail"}, {"max_attempts", 3}}}});
}

struct TakenTurns {
  std::vector<std::string> sentences;
  History history{[](const std::string&) {}};
  Turns turns{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  UniqueKeys keys{[](const std::string&) {}};
  Times times{[](const std::string&) {}, true};
  JobHolds holds{[](const std::string&) {}};
  Limits limits{[](const std::string&) {}, true};
  Deadlines deadlines{[](const std::string&) {}, true};
  Plans plans{[](const std::string&) {}};
  std::uint64_t seq = 0;

  void take(json event) {
    event["seq"] = ++seq;
    plans.take(event, history);
    history.take(event);
    times.take(event, keys);
    holds.take(event);
    limits.take(event, history);
    turns.take(event, history, times);
  }
  void lease(std::uint64_t job, const json& campaign, std::uint64_t known, std::uint64_t call = 1) {
    const json event{{"type", "JobLeased"},
                     {"stream", "job-" + std::to_string(job)},
                     {"seq", seq + 1},
                     {"data", {{"job", job}, {"campaign", campaign}, {"attempt", 1}}}};
    turns.leased(event, Grant{call, 0, nullptr}, known, history, {holds, limits, deadlines, plans});
    take(event);
  }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a job that a plan is about to park gives its turn to the next one") {
  TakenTurns taken;
  json events = json::array();
  enqueue_events(events, 1, 2, nullptr);
  for (const json& event : events) taken.take(event);
  const json actions = json::array({{{"do", "park"}, {"job_type", GENERATE("mail", "sms")}}});
  const bool is_meant = actions[0]["job_type"] == "mail";
  taken.take({{"type", "JobCommandStarted"},
              {"stream", "queue"},
              {"data", {{"command", 1U}, {"kind", "plan"}, {"last_job", 2U}, {"actions", actions}}}});
  taken.lease(2, nullptr, 3);
  CHECK(taken.sentences.empty() == is_meant);
}

TEST_CASE("of one type the oldest job that waits is leased") {
  TakenTurns taken;
  json events = json::array();
  enqueue_events(events, 1, 2, nullptr);
  for (const json& event : events) taken.take(event);
  SECTION("in order") {
    taken.lease(1, nullptr, 2);
    taken.lease(2, nullptr, 2);
    CHECK(taken.sentences.empty());
  }
  SECTION("out of order") {
    taken.lease(2, nullptr, 2);
    CHECK(taken.broke("job 2 was leased, and job 1 waited before it"));
  }
  SECTION("out of order, and nobody knows that the older one waited already") {
    taken.lease(2, nullptr, 0);
    CHECK(taken.sentences.empty());
  }
}

TEST_CASE("one lease does not take more than its share of a campaign while another one waits") {
  TakenTurns taken;
  taken.take({{"type", "CampaignCreated"}, {"stream", "campaign-" + spring}, {"data", {{"campaign", spring}}}});
  taken.take({{"type", "CampaignStarted"},
              {"stream", "campaign-" + spring},
              {"data", {{"campaign", spring}, {"ordinal", 1}}}});
  json events = json::array();
  enqueue_events(events, 1, 20, nullptr);
  enqueue_events(events, 21, 1, spring);
  for (const json& event : events) taken.take(event);
  const std::uint64_t known = taken.seq;
  for (std::uint64_t job = 1; job <= 16; ++job) taken.lease(job, nullptr, known);
  CHECK(taken.sentences.empty());
  SECTION("the other one's turn") { taken.lease(21, spring, known); }
  SECTION("another lease") { taken.lease(17, nullptr, known, 2); }
  SECTION("one too many") {
    taken.lease(17, nullptr, known);
    CHECK(taken.broke("more than 16 jobs of no campaign were leased in a row"));
    return;
  }
  CHECK(taken.sentences.empty());
}

TEST_CASE("the expiry of a lease from before the last start counts only when its worker was heard of") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.lease(1, "t1", 1'000);
  shown.leased(1, "t1");
  script.promises.restarted(script.now_ms);
  script.promises.started(script.now_ms, shown.events.size());
  const bool heard = GENERATE(false, true);
  if (heard)
    script.post("/api/v1/jobs/1/heartbeat", {{"token", "t1"}}, {{"stop", false}, {"circuit", circuit("closed", 0)}});
  script.now_ms += 1'000;
  shown.event("JobLeaseExpired", "job-1", {{"job", 1}, {"worker", "w"}, {"counted", true}}, "breakerd");
  shown.jobs[0] = job_row(1);
  shown.jobs[0].update({{"expiries", 1}, {"expiries_counted", 1}});
  shown.status["job_counts"].update({{"PENDING", 1}, {"PROCESSING", 0}});
  shown.status["in_flight"] = 0;
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept() == heard);
  CHECK(script.broke("older than the last start") != heard);
}

TEST_CASE("a lease comes to its end") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.lease(1, "t1", 1'000);
  shown.leased(1, "t1");
  script.now_ms += 5'000;
  const bool is_extended = GENERATE(false, true);
  if (is_extended) script.promises.storage_trouble(script.now_ms);
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.broke("should have expired 4000 ms ago") != is_extended);
}

TEST_CASE("an answer says when the lease ends, by the calendar") {
  std::int64_t wall_us = 1'000'000;
  Promises promises{{{}, {}, [&wall_us] { return wall_us; }}};
  promises.begun(1, 0, "user", {"POST", "/api/v1/leases", R"({"worker":"w","lease_ms":1000})", {}});
  json granted = leased(1, "t1");
  std::string expected;
  SECTION("a whole lease from then") { granted["jobs"][0]["lease_expires_at"] = "1970-01-01T00:00:02.000000Z"; }
  SECTION("sooner") {
    granted["jobs"][0]["lease_expires_at"] = "1970-01-01T00:00:01.500000Z";
    expected = "sooner than a whole lease";
  }
  SECTION("later") {
    granted["jobs"][0]["lease_expires_at"] = "1970-01-01T00:00:02.500000Z";
    expected = "later than a whole lease";
  }
  SECTION("no time") {
    granted["jobs"][0]["lease_expires_at"] = "soon";
    expected = "that is no time";
  }
  SECTION("the calendar has jumped meanwhile") {
    granted["jobs"][0]["lease_expires_at"] = "1970-01-01T00:10:00.000000Z";
    wall_us += 600'000'000;
  }
  promises.ended(1, 0, success(granted));
  const auto& broken = promises.broken();
  CHECK(broken.size() == (expected.empty() ? 0 : 1));
  if (!expected.empty() && !broken.empty()) CHECK(broken.front().find(expected) != std::string::npos);
}

TEST_CASE("times are read as the API writes them") {
  CHECK(read_time("1970-01-02T00:00:01.000002Z") == 86'401'000'002);
  CHECK(read_time("2026-11-23T22:14:05.000042Z") == 1'795'472'045'000'042);
  CHECK(!read_time("2026-11-23T22:14:05Z"));
  CHECK(!read_time("2026-13-23T22:14:05.000042Z"));
}

TEST_CASE("from the answer that an opening is recorded later nothing is leased before it") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  const CallId close = script.begin("POST", "/api/v1/breaker/close", {{"reason", "drilled"}});
  script.refused("/api/v1/breaker/open", {{"reason", "drill"}}, refusal(503, "outcome_unknown", "recorded later"));
  const CallId lease = script.begin("POST", "/api/v1/leases", {{"worker", "w"}, {"lease_ms", 60'000}});
  script.lose(close);
  const bool is_granted = GENERATE(false, true);
  script.answer(lease, success(is_granted ? leased(1, "t1") : json{{"jobs", json::array()}, {"paused", true}}));
  if (is_granted) shown.leased(1, "t1");
  shown.opened();
  shown.jobs[0].update({{"status", "PAUSED"}, {"pause_reason", "Paused"}});
  shown.status["job_counts"].update({{"PENDING", 0}, {"PROCESSING", 0}, {"PAUSED", 1}});
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept() != is_granted);
  CHECK(script.broke("was answered to be recorded later") == is_granted);
}

TEST_CASE("the counts in events are what the events before them add up to") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.open(1);
  shown.opened();
  shown.jobs[0].update({{"status", "PAUSED"}, {"pause_reason", "Paused"}});
  shown.status["job_counts"].update({{"PENDING", 0}, {"PAUSED", 1}});
  const bool is_wrong = GENERATE(false, true);
  if (is_wrong) shown.events[2]["data"]["jobs_held"] = 2;
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.broke("jobs_held is 2, and the events before it make it 1") == is_wrong);
}

TEST_CASE("a log without gaps is expected") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  shown.events[0]["seq"] = 2;
  shown.status["queue"]["last_seq"] = 2;
  look(script, shown);
  CHECK(script.broke("event 1 should stand here"));
}

TEST_CASE("a numbered page shows what the list has there") {
  std::vector<json> jobs;
  for (std::uint64_t id = 1; id <= 6; ++id) jobs.push_back(job_row(id, id == 1 ? "COMPLETED" : "PENDING"));
  const std::vector<Listing> listings = some_listings(jobs, 0);
  REQUIRE_FALSE(listings.empty());
  for (const Listing& listing : listings) {
    json rows = json::array();
    for (const std::uint64_t id : listing.ids) rows.push_back({{"id", id}});
    json data{{"jobs", rows},
              {"total", listing.total ? json(*listing.total) : json()},
              {"next_cursor", listing.goes_on ? json("7") : json()}};
    std::vector<std::string> sentences;
    const auto complain = [&](std::string sentence) { sentences.push_back(std::move(sentence)); };
    compare_listing(listing, data, complain);
    CHECK(sentences.empty());
    data["jobs"].push_back({{"id", 99}});
    data["total"] = 99;
    compare_listing(listing, data, complain);
    CHECK(sentences.size() == 2);
  }
}

TEST_CASE("who asks as the documents have it is not refused for how it was asked") {
  const bool is_careful = GENERATE(false, true);
  Promises promises{{{}, [is_careful](const std::string&) { return is_careful; }, {}}};
  promises.begun(1, 0, "user", {"POST", "/api/v1/jobs", R"({"job_type":"mail"})", {}});
  promises.ended(1, 0, refusal(422, "invalid"));
  CHECK(promises.broken().size() == (is_careful ? 1 : 0));
}

TEST_CASE("a report that is refused in part says that it was recorded") {
  ScriptedCalls script;
  const std::string recorded = "bad; the failure was recorded all the same and the circuit is open";
  SECTION("it does") {
    script.refused("/api/v1/jobs/1/fail", {{"token", "t"}, {"service", "apollo"}}, refusal(422, "invalid", recorded));
    CHECK(script.kept());
  }
  SECTION("it does not") {
    script.refused("/api/v1/jobs/1/fail", {{"token", "t"}, {"service", "apollo"}}, refusal(422, "invalid", "bad"));
    CHECK(script.broke("does not say that the failure was recorded"));
  }
  SECTION("a failure of the job's own need not") {
    script.refused("/api/v1/jobs/1/fail", {{"token", "t"}}, refusal(422, "invalid", "bad"));
    CHECK(script.kept());
  }
}
