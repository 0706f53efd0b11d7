// Every call of the API against a scripted backend: what reaches the core, and the shape of what comes back.

#include "tests/http/support/job_keys.hpp"
#include "tests/http/support/scripted_daemon.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("health") {
  Daemon d;
  CHECK(d.get("/livez").status == 200);
  CHECK(d.get("/readyz").status == 200);
  d.core().be_unready("the log is being reopened");
  const Response response = d.get("/readyz");
  CHECK(response.status == 503);
  CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("the log is being reopened"));
  CHECK(d.get("/livez").status == 200);
}

TEST_CASE("POST /api/v1/jobs") {
  Daemon d;
  const Response response =
      d.post("/api/v1/jobs", R"({"job_type":"enrich","name":"n","description":"d","campaign_id":")" + campaign +
                                 R"(","service":"Apollo","payload":{"a": [1,2]},"max_attempts":5,"max_expiries":4})");
  CHECK(response.status == 201);
  CHECK(response.field("location") == "/api/v1/jobs/1");
  CHECK(response.json().at("status") == "success");
  CHECK(keys(response.data()) == job_keys);
  CHECK(response.data().at("payload") == json::parse(R"({"a":[1,2]})"));
  CHECK(response.data().at("created_at") == "2023-11-14T22:13:20.000042Z");
  const JobSpec spec = d.core().take_one<EnqueueJob>().spec;
  CHECK(spec.job_type == "enrich");
  CHECK(spec.service == "apollo");
  CHECK(spec.campaign.to_string() == campaign);
  CHECK(spec.payload == R"({"a": [1,2]})");
  CHECK(spec.max_attempts == 5);
  CHECK(spec.max_expiries == 4);

  d.refuses("/api/v1/jobs", "{}", "job_type");
  d.refuses("/api/v1/jobs", R"({"job_type":"","max_attempts":0,"service":"a b","weight":1})",
            "weight job_type service max_attempts");
  d.refuses("/api/v1/jobs", R"({"job_type":7,"campaign_id":"x"})", "job_type campaign_id");
  CHECK(d.post("/api/v1/jobs", "{").status == 400);
  CHECK(d.post("/api/v1/jobs", R"({"job_type":"a","job_type":"b"})").status == 400);
  const Response large = d.post("/api/v1/jobs", R"({"job_type":"a","payload":")" + std::string(300'000, 'x') + R"("})");
  CHECK(large.status == 413);
  CHECK(large.refused_fields() == "payload");
}

TEST_CASE("POST /api/v1/jobs/batch") {
  Daemon d;
  const Response response = d.post("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"b"}])");
  CHECK(response.status == 201);
  CHECK(response.data() == json::parse(R"({"count":2,"first_id":1,"last_id":2})"));
  const std::string lines = "{\"job_type\":\"a\"}\n{\"job_type\":\"b\"}\n{\"job_type\":\"c\"}\n";
  CHECK(d.post("/api/v1/jobs/batch", lines).data().at("count") == 3);
  CHECK(d.client.call("POST", "/api/v1/jobs/batch", lines, "application/x-ndjson").data().at("last_id") == 8);
  CHECK(d.core().take_submitted().size() == 3);
  d.refuses("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":""},{"nope":1}])",
            "[2].nope [2].job_type [1].job_type");
  d.refuses("/api/v1/jobs/batch", "[]", "jobs");
  d.refuses("/api/v1/jobs/batch", "", "jobs");
  CHECK(d.client.call("POST", "/api/v1/jobs", R"({"job_type":"a"})", "").status == 201);
}

TEST_CASE("POST /api/v1/jobs/{id}/cancel") {
  Daemon d;
  CHECK(d.post("/api/v1/jobs/7/cancel").data().at("status") == "CANCELLED");
  CHECK(d.core().take_one<CancelJob>().job == 7);
  CHECK(d.post("/api/v1/jobs/7/cancel", R"({"reason":"late"})").status == 200);
  CHECK(d.core().take_one<CancelJob>().reason == "late");
  d.refuses("/api/v1/jobs/7/cancel", R"({"why":"late"})", "why");
}

TEST_CASE("POST /api/v1/leases") {
  Daemon d;
  const Response response = d.post("/api/v1/leases", R"({"worker":"w1"})");
  CHECK(response.status == 200);
  CHECK(keys(response.data()) == Names{"circuit", "jobs", "paused"});
  CHECK(response.data().at("circuit") == json::parse(R"({"state":"closed","epoch":0})"));
  CHECK(keys(response.data().at("jobs").at(0)) == Names{"attempt", "campaign_id", "id", "job_type", "lease_expires_at",
                                                        "name", "payload", "service", "timeout_ms", "token"});
  const auto command = d.core().take_one<LeaseJobs>();
  CHECK(command.max == 1);
  CHECK(command.lease_ms == 30'000);
  CHECK(d.post("/api/v1/leases", R"({"worker":"w1","max":64,"lease_ms":1000,"job_types":["a","b"]})").status == 200);
  CHECK(d.core().take_one<LeaseJobs>().job_types == Names{"a", "b"});
  d.refuses("/api/v1/leases", "", "worker");
  d.refuses("/api/v1/leases", R"({"worker":"","max":0,"lease_ms":1,"job_types":[""]})",
            "worker max lease_ms job_types[0]");
  d.refuses("/api/v1/leases", R"({"worker":"w","max":1e3})", "max");
  d.refuses("/api/v1/leases", R"({"worker":"w","job_types":[]})", "job_types");
  d.refuses("/api/v1/leases", R"({"worker":"w","job_types":[1,["a"]]})", "job_types[] job_types[]");
  CHECK(d.post("/api/v1/leases", R"({"worker":"w","job_types":null})").status == 200);
}

TEST_CASE("heartbeat, complete and release") {
  Daemon d;
  const std::string body = R"({"token":")" + token + R"("})";
  const Response heartbeat = d.post("/api/v1/jobs/3/heartbeat", body);
  CHECK(keys(heartbeat.data()) == Names{"circuit", "lease_expires_at", "stop"});
  CHECK(d.core().take_one<Heartbeat>().token == token);
  const Response complete = d.post("/api/v1/jobs/3/complete", R"({"token":"t","result":{"ok": true}})");
  CHECK(complete.data().at("result") == json::parse(R"({"ok":true})"));
  CHECK(d.core().take_one<CompleteJob>().result == R"({"ok": true})");
  CHECK(d.post("/api/v1/jobs/3/release", body).status == 200);
  CHECK(d.core().take_one<ReleaseJob>().job == 3);
  for (const char* call : {"heartbeat", "complete", "release"}) {
    d.refuses("/api/v1/jobs/3/" + std::string{call}, "{}", "token");
    CHECK(d.post("/api/v1/jobs/x/" + std::string{call}, body).status == 404);
  }
}

TEST_CASE("a refusal about a job carries its status") {
  Daemon d;
  Error error = make_error(ErrorCode::stale_lease, "the lease has ended");
  error.job_status = "COMPLETED";
  d.core().answer_with(error);
  const Response response = d.post("/api/v1/jobs/3/complete", R"({"token":"anything"})");
  CHECK(response.status == 409);
  CHECK(response.code() == "stale_lease");
  CHECK(response.json().at("job_status") == "COMPLETED");
  CHECK(keys(response.json()) == Names{"code", "detail", "job_status", "status", "title", "type"});
}

TEST_CASE("errors of the core have their HTTP statuses") {
  const std::pair<ErrorCode, int> expected[] = {{ErrorCode::invalid, 422},      {ErrorCode::not_found, 404},
                                                {ErrorCode::circuit_open, 409}, {ErrorCode::circuit_changed, 409},
                                                {ErrorCode::stale_lease, 409},  {ErrorCode::wrong_state, 409},
                                                {ErrorCode::held, 409},         {ErrorCode::sealed, 409},
                                                {ErrorCode::limit, 409},        {ErrorCode::conflict, 409},
                                                {ErrorCode::unavailable, 503},  {ErrorCode::outcome_unknown, 503},
                                                {ErrorCode::storage, 503},      {ErrorCode::corrupt, 500}};
  Daemon d;
  for (const auto& [code, status] : expected) {
    d.core().answer_with(make_error(code, "why"));
    const Response response = d.post(campaigns + "/start");
    CHECK(response.status == status);
    CHECK(response.code() == to_string(code));
    CHECK(response.field("retry-after") == (status == 503 ? "1" : ""));
    CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("why"));
  }
  d.core().answer_with(make_error(ErrorCode::outcome_unknown, "the disk failed"));
  CHECK_THAT(d.post("/api/v1/jobs", R"({"job_type":"a"})").json().at("detail").get<std::string>(),
             ContainsSubstring("outcome unknown"));
}

TEST_CASE("POST /api/v1/jobs/{id}/fail") {
  Daemon d;
  CHECK(d.post("/api/v1/jobs/3/fail", R"({"token":"t","error":"bad row","error_type":"ValueError"})").status == 200);
  CHECK(d.core().take_one<FailJob>().error_type == "ValueError");
  CHECK(d.post("/api/v1/jobs/3/fail", R"({"token":"t","error":"429","service":"Apollo"})").status == 200);
  CHECK(d.core().take_one<FailJob>().service == "apollo");
  d.refuses("/api/v1/jobs/3/fail", R"({"token":"t"})", "error");
  d.refuses("/api/v1/jobs/3/fail", R"({"error":"bad row"})", "token");
}

TEST_CASE("a service failure opens the circuit even when the rest of the report is refused") {
  Daemon d{{"apollo", "zeus"}};
  const auto opens = [&](std::string_view path, std::string_view body, int status) {
    INFO(path << " " << body);
    const Response response = d.post(path, body);
    CHECK(response.status == status);
    CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
    const auto report = d.core().take_one<RecordFailure>();
    CHECK_THAT(report.error, StartsWith("429"));
    return report;
  };
  SECTION("an unknown label") {
    const auto report = opens("/api/v1/jobs/3/fail", R"({"token":"t","error":"429","service":"Hermes"})", 400);
    CHECK(report.service.empty());
    CHECK(report.job == 3);
    CHECK_THAT(report.error, ContainsSubstring("Hermes"));
    opens("/api/v1/breaker/failures", R"({"error":"429","service":"hermes"})", 400);
  }
  SECTION("a label that is none") {
    opens("/api/v1/jobs/3/fail", R"({"token":"t","error":"429","service":"a b"})", 400);
    opens("/api/v1/jobs/3/fail", R"({"token":"t","error":"429","service":17})", 422);
    opens("/api/v1/breaker/failures", R"({"error":"429","service":"../x"})", 400);
  }
  SECTION("no token") { opens("/api/v1/jobs/3/fail", R"({"error":"429","service":"apollo"})", 422); }
  SECTION("a job that cannot exist") {
    CHECK(opens("/api/v1/jobs/x/fail", R"({"token":"t","error":"429","service":"apollo"})", 404).service == "apollo");
    opens("/api/v1/jobs/18446744073709551616/fail", R"({"token":"t","error":"429","service":"apollo"})", 404);
  }
  SECTION("other fields") {
    const auto report = opens("/api/v1/breaker/failures",
                              R"({"error":"429","service":"zeus","job_id":"x","campaign_id":5,"nope":1})", 422);
    CHECK(report.service == "zeus");
  }
  SECTION("but a job's own failure does not") {
    CHECK(d.post("/api/v1/jobs/x/fail", R"({"token":"t","error":"bad row"})").status == 404);
    CHECK(d.core().take_submitted().empty());
  }
}

TEST_CASE("the breaker by its plain names") {
  Daemon d;
  CHECK(keys(d.get("/api/v1/breaker").data()) ==
        Names{"closed_at", "epoch", "metadata", "opened_at", "state", "timestamp"});
  CHECK(d.get("/api/v1/breaker/allow").data() == json::parse(R"({"allowed":true,"epoch":0})"));
  const Response opened = d.post("/api/v1/breaker/open", R"({"reason":"drill"})");
  CHECK(opened.status == 200);
  CHECK(opened.data().at("state") == "open");
  CHECK(opened.data().at("changed") == true);
  CHECK(opened.data().at("opened_at") == "2023-11-14T22:13:20.000042Z");
  CHECK(opened.data().at("closed_at").is_null());
  CHECK(opened.data().at("metadata").at("reason") == "drill");
  CHECK(d.get("/api/v1/breaker/allow").data() == json::parse(R"({"allowed":false,"epoch":1})"));
  const Response closed = d.post("/api/v1/breaker/close", R"({"reason":"fixed","epoch":1})");
  CHECK(closed.data().at("state") == "closed");
  CHECK(closed.data().at("opened_at").is_null());
  CHECK(d.core().take_one<CloseCircuit>().epoch == 1);
  CHECK(d.post("/api/v1/breaker/close").data().at("changed") == false);
  CHECK(d.core().take_one<CloseCircuit>().reason == "no reason given");
  CHECK(d.post("/api/v1/breaker/failures",
               R"({"error":"429","error_type":"TooMany","service":"Apollo","job_id":9,"campaign_id":")" + campaign +
                   R"("})")
            .data()
            .at("state") == "open");
  const auto report = d.core().take_one<RecordFailure>();
  CHECK(report.service == "apollo");
  CHECK(report.job == 9);
  CHECK(report.campaign.to_string() == campaign);
  d.refuses("/api/v1/breaker/failures", "{}", "error");
  d.refuses("/api/v1/breaker/open", R"({"reason":5})", "reason");
  d.refuses("/api/v1/breaker/close", R"({"epoch":-1})", "epoch");
}

TEST_CASE("each call that opens takes what becomes of runs in flight, and refuses what it does not know") {
  Daemon d;
  const std::string service = R"("service":"apollo")";
  const std::string path = GENERATE(as<std::string>{}, "/api/v1/breaker/open", "/api/v1/queue/open-circuit-breaker",
                                    "/api/v1/queue-management/pause-service");
  const auto asked = [&](const std::string& member) {
    CHECK(d.post(path, "{" + service + member + "}").status == 200);
    return d.core().take_one<OpenCircuit>().in_flight;
  };
  CHECK_FALSE(asked(""));
  CHECK_FALSE(asked(R"(,"in_flight":null)"));
  CHECK(asked(R"(,"in_flight":"stop")") == InFlight::stop);
  CHECK(asked(R"(,"in_flight":"finish")") == InFlight::finish);
  for (const char* bad : {R"("Finish")", R"("kill")", R"("")", "true", "1", R"(["stop"])", "{}"})
    d.refuses(path, "{" + service + R"(,"in_flight":)" + bad + "}", "in_flight");
  const Response refused = d.post(path, "{" + service + R"(,"in_flight":"kill"})");
  CHECK_THAT(refused.body, ContainsSubstring(R"(\"finish\" or \"stop\")"));
}

TEST_CASE("a report of a failure does not choose") {
  Daemon d;
  const Response answer = d.post("/api/v1/breaker/failures", R"({"error":"429","in_flight":"finish"})");
  CHECK(answer.status == 422);
  CHECK(answer.refused_fields() == "in_flight");
  CHECK(d.core().take_one<RecordFailure>().error == "429");  // it opens nevertheless
}

TEST_CASE("the later API") {
  Daemon d;
  CHECK(d.get("/api/v1/queue/circuit-breaker-status").data().at("state") == "closed");
  const Response opened = d.post("/api/v1/queue/open-circuit-breaker", R"({"reason":"drill"})");
  CHECK(keys(opened.data()) == Names{"current_state", "message", "previous_state", "success", "timestamp"});
  CHECK(opened.data().at("success") == true);
  CHECK(opened.data().at("previous_state") == "closed");
  CHECK(opened.data().at("current_state") == "open");
  CHECK_THAT(opened.data().at("message").get<std::string>(), ContainsSubstring("drill"));
  const Response again = d.post("/api/v1/queue/open-circuit-breaker");
  CHECK(again.status == 200);
  CHECK(again.data().at("success") == false);
  CHECK_THAT(again.data().at("message").get<std::string>(), ContainsSubstring("already open"));
  static_cast<void>(d.core().take_submitted());
  static_cast<void>(d.post("/api/v1/queue/open-circuit-breaker"));
  CHECK(d.core().take_one<OpenCircuit>().reason == "Manual API call");
  CHECK(d.post("/api/v1/queue/close-circuit-breaker", R"({"reason":"fixed"})").data().at("success") == true);
  CHECK_THAT(d.post("/api/v1/queue/close-circuit-breaker").data().at("message").get<std::string>(),
             ContainsSubstring("already closed"));
}

TEST_CASE("campaigns") {
  Daemon d;
  const Response created = d.post("/api/v1/campaigns", R"({"name":"spring","description":"d","metadata":{"k": 1}})");
  CHECK(created.status == 201);
  CHECK(created.field("location") == campaigns);
  CHECK(keys(created.data()) == Names{"completed_at",
                                      "created_at",
                                      "created_by",
                                      "description",
                                      "failed_at",
                                      "finished_at",
                                      "id",
                                      "in_flight",
                                      "job_counts",
                                      "metadata",
                                      "name",
                                      "pace",
                                      "sealed",
                                      "started_at",
                                      "status",
                                      "status_error",
                                      "status_message",
                                      "updated_at",
                                      "valid_transitions",
                                      "weight"});
  CHECK(d.core().take_one<CreateCampaign>().metadata == R"({"k": 1})");
  d.refuses("/api/v1/campaigns", "{}", "name");
  d.refuses("/api/v1/campaigns", R"({"name":"","metadata":[1]})", "metadata name");
  for (const char* action : {"start", "pause", "resume", "seal", "fail", "cancel"}) {
    CHECK(d.post(campaigns + "/" + action).data().at("id") == campaign);
    CHECK(d.core().take_one<ChangeCampaign>().campaign.to_string() == campaign);
    d.refuses(campaigns + "/" + action, R"({"nope":1})", "nope");
    CHECK(d.post("/api/v1/campaigns/1234/" + std::string{action}).status == 404);
  }
  CHECK(d.post(campaigns + "/cancel", R"({"reason":"over"})").status == 200);
  CHECK(std::get<CancelCampaign>(d.core().take_one<ChangeCampaign>().action).reason == "over");
  d.refuses(campaigns + "/start", R"({"reason":"go"})", "reason");
}

TEST_CASE("PATCH of a campaign tells what is changed from what is not") {
  Daemon d;
  CHECK(d.client.call("PATCH", campaigns, R"({"description":null,"metadata":{"a":1}})").status == 200);
  const auto update = std::get<UpdateCampaign>(d.core().take_one<ChangeCampaign>().action);
  CHECK_FALSE(update.name);
  CHECK(update.description == "");
  CHECK(update.metadata == R"({"a":1})");
  CHECK(d.client.call("PATCH", campaigns, R"({"name":null})").refused_fields() == "name");
  CHECK(d.client.call("PATCH", campaigns, R"({"weight":null})").refused_fields() == "weight");
}

TEST_CASE("reads of what is not there") {
  Daemon d;
  CHECK(d.get("/api/v1/jobs/1").status == 404);
  CHECK(d.get("/api/v1/jobs/1").code() == "not_found");
  CHECK(d.get("/api/v1/jobs/x").status == 404);
  CHECK(d.get(campaigns).status == 404);
  CHECK(d.get(campaigns + "/jobs").status == 404);
}

TEST_CASE("lists of nothing") {
  Daemon d;
  CHECK(d.get("/api/v1/jobs").data() == json::parse(R"({"jobs":[],"next_cursor":null})"));
  CHECK(d.get("/api/v1/jobs?status=PAUSED&campaign_id=&limit=5").status == 422);
  CHECK(d.get("/api/v1/jobs?status=PAUSED&job_type=a%20b&limit=1000").status == 200);
  CHECK(d.get("/api/v1/campaigns?status=RUNNING").data() == json::parse(R"({"campaigns":[],"next_cursor":null})"));
  CHECK(d.get("/api/v1/events?from=5&limit=10").data() == json::parse(R"({"events":[],"next":5})"));
}
