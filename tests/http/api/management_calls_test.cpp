// The calls of the queue-management API against a scripted backend, and labels of services everywhere.

#include "tests/http/support/scripted_daemon.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a label that must be given and is not is no unknown one") {
  Daemon d{{"apollo", "zeus"}};
  for (const char* call : {"pause-service", "resume-service", "pause-campaigns-for-service"}) {
    d.refuses(management + call, "{}", "service");
    d.refuses(management + call, R"({"service":""})", "service");
    d.refuses(management + call, R"({"service":5})", "service");
  }
  CHECK(d.core().take_submitted().empty());
}

TEST_CASE("the refusal of a label names it and lists the valid ones") {
  Daemon d{{"apollo", "zeus"}};
  const auto refused = [&](const Response& response) {
    CHECK(response.status == 400);
    CHECK(response.code() == "unknown_service");
    CHECK_THAT(response.json().at("detail").get<std::string>(),
               ContainsSubstring("\"hermes\"") && ContainsSubstring("apollo, zeus"));
  };
  refused(d.post("/api/v1/jobs", R"({"job_type":"a","service":"hermes"})"));
  refused(d.post("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"a","service":"hermes"}])"));
  refused(d.post(management + "pause-service", R"({"service":"hermes"})"));
  refused(d.post(management + "resume-service", R"({"service":"hermes"})"));
  refused(d.post(management + "circuit-breakers/hermes/reset"));
  refused(d.post(management + "pause-campaigns-for-service", R"({"service":"hermes"})"));
  refused(d.post(management + "resume-campaigns-for-service", R"({"service":"hermes"})"));
  refused(d.get(management + "paused-jobs/hermes"));
  refused(d.get(management + "paused-campaigns/hermes"));
  refused(d.post("/api/v1/breaker/open", R"({"service":"hermes"})"));
  CHECK(d.core().take_submitted().empty());
  CHECK(d.post(management + "pause-service", R"({"service":"APOLLO"})").data().at("service") == "apollo");
}

TEST_CASE("queue-management: status and circuit") {
  Daemon d;
  const Response status = d.get(management + "status");
  CHECK(keys(status.data()) == Names{"campaign_counts", "circuit_breaker", "damaged_reads", "in_flight", "job_counts",
                                     "queue", "rollout", "timestamp", "waiting_leases"});
  CHECK(keys(status.data().at("job_counts")) ==
        Names{"CANCELLED", "COMPLETED", "EXPIRED", "FAILED", "PAUSED", "PENDING", "PROCESSING", "parked", "scheduled"});
  CHECK(keys(status.data().at("campaign_counts")) ==
        Names{"CANCELLED", "COMPLETED", "CREATED", "FAILED", "PAUSED", "RUNNING"});
  CHECK(keys(status.data().at("circuit_breaker")) == Names{"closed_at", "epoch", "metadata", "opened_at", "state"});
  CHECK(status.data().at("queue").at("paused") == false);
  CHECK(keys(d.get(management + "circuit-breakers").data()) == Names{"circuit_breaker", "timestamp"});
  CHECK(status.body.find("circuit_breakers") == std::string::npos);
}

TEST_CASE("queue-management: pause, reset, close, resume") {
  Daemon d;
  const Response paused = d.post(management + "pause-service", R"({"service":"Apollo"})");
  CHECK(keys(paused.data()) ==
        Names{"campaigns_paused", "circuit_breaker_state", "jobs_paused", "message", "paused", "reason", "service"});
  CHECK(paused.data().at("reason") == "manual_pause");
  CHECK(paused.data().at("service") == "apollo");
  CHECK(paused.data().at("circuit_breaker_state") == "open");
  const auto command = d.core().take_one<OpenCircuit>();
  CHECK(command.service == "apollo");
  const Response second = d.post(management + "pause-service", R"({"service":"hermes","reason":"slow as well"})");
  CHECK(second.data().at("service") == "hermes");
  CHECK(second.data().at("reason") == "slow as well");
  CHECK_THAT(second.data().at("message").get<std::string>(),
             ContainsSubstring("manual_pause") && ContainsSubstring("hermes"));
  CHECK(d.core().take_one<OpenCircuit>().service == "hermes");
  d.refuses(management + "pause-service", "{}", "service");
  d.refuses(management + "pause-service", R"({"service":""})", "service");

  const Response reset = d.post(management + "circuit-breakers/Apollo/reset");
  CHECK(keys(reset.data()) == Names{"action", "circuit_breaker_state", "message", "service"});
  CHECK(reset.data().at("action") == "circuit_breaker_reset");
  CHECK(reset.data().at("circuit_breaker_state") == "closed");
  const Response again = d.post(management + "circuit-breakers/apollo/reset");
  CHECK(again.status == 200);
  CHECK_THAT(again.data().at("message").get<std::string>(), ContainsSubstring("already closed"));
  static_cast<void>(d.core().take_submitted());
  d.refuses(management + "circuit-breakers/a%20b/reset", "", "service");

  CHECK(keys(d.post(management + "close-circuit").data()) ==
        Names{"circuit_breaker_state", "jobs_resumed", "message", "queue_status"});
  const Response resumed = d.post(management + "resume-queue");
  CHECK(resumed.data().at("queue_resumed") == true);
  CHECK(resumed.data().at("jobs_resumed") == 7);
  CHECK(resumed.data().at("campaigns_eligible") == 3);
  CHECK(resumed.data().at("campaigns_resumed") == 2);
  CHECK(resumed.data().at("campaigns_skipped") == 1);
  CHECK(resumed.data().at("prerequisites_met") == "Global circuit breaker closed");
  CHECK(resumed.data().at("services_resumed") == json::parse(R"(["apollo","hermes"])"));
  CHECK(resumed.data().at("campaign_resume_errors") == json::array());
  static_cast<void>(d.core().take_submitted());
  CHECK(d.post(management + "resume-queue", R"({"reason":"apollo is back"})").status == 200);
  CHECK(d.core().take_one<ResumeQueue>().reason == "apollo is back");
  d.refuses(management + "resume-queue", R"({"reason":7})", "reason");
}

TEST_CASE("queue-management: resume-queue while open is 400") {
  Daemon d;
  d.core().answer_with(make_error(ErrorCode::circuit_open, "the circuit breaker is open: close it first"));
  const Response response = d.post(management + "resume-queue");
  CHECK(response.status == 400);
  CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("circuit breaker"));
  CHECK(d.post(management + "resume-campaigns-for-service", R"({"service":"apollo"})").status == 409);
}

TEST_CASE("queue-management: single services are not resumed") {
  Daemon d;
  const Response closed = d.post(management + "resume-service", R"({"service":"apollo"})");
  CHECK(closed.status == 200);
  CHECK(closed.json().at("status") == "success");
  CHECK(closed.data().at("resumed") == false);
  CHECK_THAT(closed.data().at("message").get<std::string>(), ContainsSubstring("/resume-queue"));
  d.refuses(management + "resume-service", "", "service");
}

TEST_CASE("queue-management: campaigns and what is paused") {
  Daemon d;
  const Response overview = d.get(management + "campaign-status");
  CHECK(keys(overview.data()) == Names{"campaigns_by_status", "paused_by_service", "timestamp", "totals"});
  CHECK(overview.data().at("totals").at("total_campaigns") == 0);
  CHECK(overview.data().at("paused_by_service").is_object());
  CHECK(keys(overview.data().at("campaigns_by_status")) ==
        Names{"CANCELLED", "COMPLETED", "CREATED", "FAILED", "PAUSED", "RUNNING"});
  CHECK(keys(d.get(management + "paused-campaigns/Apollo").data()) ==
        Names{"count", "message", "paused_campaigns", "service"});
  CHECK(keys(d.get(management + "paused-jobs/apollo").data()) == Names{"count", "message", "paused_jobs", "service"});
  const Response paused =
      d.post(management + "pause-campaigns-for-service", R"({"service":"Apollo","reason":"quota"})");
  CHECK(paused.data().at("campaigns_paused") == 4);
  CHECK(paused.data().at("reason") == "quota");
  CHECK(d.core().take_one<PauseCampaignsForService>().service == "apollo");
  const Response resumed = d.post(management + "resume-campaigns-for-service", R"({"service":"apollo"})");
  CHECK(resumed.data().at("campaigns_eligible") == 5);
  CHECK(resumed.data().at("campaigns_resumed") == 4);
}
