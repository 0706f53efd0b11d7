// What a plan, its dry run and commands about parked jobs are refused for, against a scripted backend.

#include "tests/http/support/scripted_daemon.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> planned_calls{"/api/v1/breaker/close", management + "close-circuit",
                                             management + "resume-queue"};

std::string plan(const std::string& action) { return R"({"plan":{"actions":[)" + action + "]}}"; }

}  // namespace

TEST_CASE("a plan that is wrong is refused by name, and nothing is asked of the core") {
  Daemon d;
  for (const std::string& call : planned_calls) {
    d.refuses(call, R"({"plan":[]})", "plan");
    d.refuses(call, R"({"plan":{"canaries":1}})", "plan.canaries");
    d.refuses(call, plan(R"({"do":"park"},{"do":"park"},{"do":"drop"})"), "plan.actions[2].do");
    d.refuses(call, plan(R"({"service":"smtp"})"), "plan.actions[0].do");
    d.refuses(call, plan(R"({"do":"park","older_than_ms":31622400001})"), "plan.actions[0].older_than_ms");
    d.refuses(call, plan(R"({"do":"park","older_than_ms":1.5})"), "plan.actions[0].older_than_ms");
    d.refuses(call, plan(R"({"do":"park","campaign_id":"spring"})"), "plan.actions[0].campaign_id");
    d.refuses(call, plan(R"({"do":"park","job_type":")" + std::string(129, 'x') + R"("})"), "plan.actions[0].job_type");
    d.refuses(call, plan(R"({"do":"park","job_type":""})"), "plan.actions[0].job_type");
    d.refuses(call, plan(R"({"do":"park","service":""})"), "plan.actions[0].service");
    d.refuses(call, plan(R"({"do":"park","error_contains":"x"})"), "plan.actions[0].error_contains");
    d.refuses(call + "?dry_run=true", plan(R"({"do":"drop"})"), "plan.actions[0].do");
    d.refuses(call + "?dry_run=1", "", "dry_run");
    d.refuses(call + "?dry_run=", "", "dry_run");
    d.refuses(call + "?dry_run=true&x=1", R"({"reason":5})", "reason x");
  }
}

TEST_CASE("a canary or a ramp that is wrong is refused by name, also in a dry run") {
  Daemon d;
  const std::string ramp = "plan.ramp.";
  const auto with_canary = [](const std::string& canary) { return R"({"plan":{"canary":)" + canary + "}}"; };
  const auto with_ramp = [](const std::string& members) { return R"({"plan":{"ramp":{)" + members + "}}}"; };
  for (const std::string& planned : planned_calls) {
    for (const std::string& call : {planned, planned + "?dry_run=true"}) {
      for (const char* canary : {"0", "1001", "-1", "1.5", "true", R"("1")", "4294967297"})
        d.refuses(call, with_canary(canary), "plan.canary");
      d.refuses(call, R"({"plan":{"ramp":1}})", "plan.ramp");
      d.refuses(call, with_ramp(""), ramp + "from_per_second " + ramp + "over_ms");
      d.refuses(call, with_ramp(R"("from_per_second":0,"over_ms":1000)"), ramp + "from_per_second");
      d.refuses(call, with_ramp(R"("from_per_second":1000000.001,"over_ms":1000)"), ramp + "from_per_second");
      d.refuses(call, with_ramp(R"("from_per_second":1,"to_per_second":0,"over_ms":1000)"), ramp + "to_per_second");
      d.refuses(call, with_ramp(R"("from_per_second":1,"to_per_second":1000001,"over_ms":1000)"),
                ramp + "to_per_second");
      d.refuses(call, with_ramp(R"("from_per_second":1,"over_ms":0)"), ramp + "over_ms");
      d.refuses(call, with_ramp(R"("from_per_second":1,"over_ms":604800001)"), ramp + "over_ms");
      d.refuses(call, with_ramp(R"("from_per_second":1,"over_ms":1,"pause_ms":1)"), ramp + "pause_ms");
    }
    d.refuses(planned, R"({"plan":{"canary":0,"ramp":{"from_per_second":0,"over_ms":1}}})",
              "plan.canary " + ramp + "from_per_second");
  }
}

TEST_CASE("a canary and a ramp reach the core as they were given, up to their bounds") {
  Daemon d;
  const auto asked = [&](const std::string& plan) {
    CHECK(d.post("/api/v1/breaker/close", R"({"plan":)" + plan + "}").status == 200);
    return d.core().take_one<CloseCircuit>().plan;
  };
  CHECK(asked("{}") == Plan{});
  CHECK_FALSE(asked("null"));
  CHECK(asked(R"({"canary":null,"ramp":null,"actions":null})") == Plan{});
  CHECK(asked(R"({"canary":1})")->canary == 1);
  CHECK(asked(R"({"canary":1000})")->canary == 1'000);
  CHECK(asked(R"({"ramp":{"from_per_second":0.001,"to_per_second":1000000,"over_ms":604800000}})")->ramp ==
        Ramp{1, 1'000'000'000, 604'800'000});
  CHECK(asked(R"({"ramp":{"from_per_second":2.5,"over_ms":1}})")->ramp == Ramp{2'500, 2'500, 1});
  CHECK(d.post(management + "resume-queue", R"({"plan":{"canary":7}})").status == 200);
  CHECK(d.core().take_one<ResumeQueue>().plan->canary == 7);
}

TEST_CASE("a service in a plan is folded, and has to be one of those that are configured") {
  Daemon d{{"apollo", "smtp"}};
  CHECK(d.post("/api/v1/breaker/close", plan(R"({"do":"park","service":"SMTP"})")).status == 200);
  CHECK(d.core().take_one<CloseCircuit>().plan->actions.at(0).service == "smtp");
  for (const std::string& call : planned_calls) {
    const Response refused = d.post(call, plan(R"({"do":"release"},{"do":"cancel","service":"smpt"})"));
    CHECK(refused.status == 400);
    CHECK(refused.code() == "unknown_service");
    CHECK(refused.refused_fields() == "plan.actions[1].service");
    CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("\"smpt\""));
    CHECK(d.post(call, plan(R"({"do":"cancel","service":"no such label!"})")).status >= 400);
  }
  CHECK(d.core().take_submitted().empty());
}

TEST_CASE("an empty text in a filter does not stand for all jobs") {
  Daemon d;
  for (const char* call :
       {"/api/v1/parked/release", "/api/v1/parked/cancel", "/api/v1/jobs/retry", "/api/v1/jobs/discard"}) {
    d.refuses(call, R"({"filter":{"job_type":""}})", "filter.job_type");
    d.refuses(call, R"({"filter":{"service":""}})", "filter.service");
  }
  d.refuses("/api/v1/jobs/discard", R"({"filter":{"error_contains":""}})", "filter.error_contains");
}

TEST_CASE("calls that take no plan refuse one") {
  Daemon d;
  for (const std::string& call : {std::string{"/api/v1/queue/close-circuit-breaker"},
                                  std::string{"/api/v1/breaker/open"}, management + "circuit-breakers/apollo/reset"}) {
    d.refuses(call, plan(R"({"do":"park"})"), "plan");
    d.refuses(call + "?dry_run=true", "", "dry_run");
  }
}

TEST_CASE("a dry run asks nothing of the core") {
  Daemon d;
  for (const std::string& call : planned_calls) {
    const Response preview = d.post(call + "?dry_run=true");
    CHECK(preview.status == 200);
    CHECK(keys(preview.data()) == Names{"drain_ms", "preview", "seq"});
    const bool resumes = call == planned_calls.back();  // a close of a circuit that is CLOSED takes no plan
    CHECK(d.post(call + "?dry_run=true", plan(R"({"do":"park"})")).status == (resumes ? 200 : 409));
  }
  CHECK(d.core().take_submitted().empty());
  CHECK(d.post("/api/v1/breaker/close?dry_run=false").status == 200);
  CHECK(d.core().take_one<CloseCircuit>().reason == "no reason given");
}

TEST_CASE("an answer has the plan that began; those of the old product have none without one") {
  Daemon d;
  const Response closed = d.post("/api/v1/breaker/close");
  CHECK(closed.data().contains("plan"));
  CHECK(closed.data().at("plan").is_null());
  CHECK_FALSE(d.post("/api/v1/breaker/open").data().contains("plan"));
  CHECK_FALSE(d.post(management + "close-circuit").data().contains("plan"));
  CHECK_FALSE(d.post(management + "resume-queue").data().contains("plan"));
  JobCommandRow row;
  row.id = 7;
  row.kind = JobCommandKind::plan;
  row.canary = 10;
  row.ramp = {500, 50'000, 60'000};
  d.core().answer_with([row](const Command& command) -> Outcome {
    if (std::holds_alternative<ResumeQueue>(command)) {
      HoldsAnswer answer;
      answer.plan = row;
      return Reply{answer};
    }
    CircuitAnswer answer;
    answer.plan = row;
    return Reply{answer};
  });
  for (const std::string& call : planned_calls) {
    const json plan = d.post(call).data().at("plan");
    CHECK(plan.at("id") == 7);
    CHECK(plan.at("kind") == "plan");
    CHECK(plan.at("canary") == 10);
    CHECK(plan.at("ramp") == json{{"from_per_second", 0.5}, {"to_per_second", 50}, {"over_ms", 60'000}});
  }
}

TEST_CASE("a command about parked jobs is refused by name") {
  Daemon d;
  for (const char* call : {"/api/v1/parked/release", "/api/v1/parked/cancel"}) {
    d.refuses(call, "{}", "filter");
    d.refuses(call, R"({"filter":[]})", "filter");
    d.refuses(call, R"({"filter":{"status":"FAILED"}})", "filter.status");
    d.refuses(call, R"({"filter":{"error_contains":"x"}})", "filter.error_contains");
    d.refuses(call, R"({"filter":{"ids":[]}})", "filter.ids");
    d.refuses(call, R"({"filter":{"ids":[0]}})", "filter.ids");
    d.refuses(call, R"({"filter":{"ids":["7"]}})", "filter.ids[]");
    d.refuses(call, R"({"filter":{"older_than_ms":31622400001}})", "filter.older_than_ms");
    d.refuses(call, R"({"filter":{"campaign_id":7}})", "filter.campaign_id");
    d.refuses(call, R"({"filter":{"service":"no such label!"}})", "filter.service");
    d.refuses(call, R"({"filter":{},"reason":7})", "reason");
    d.refuses(std::string{call} + "?dry_run=yes", R"({"filter":{}})", "dry_run");
  }
  const auto refused = [&](const char* query) {
    return d.get(std::string{"/api/v1/parked?"} + query).refused_fields();
  };
  CHECK(refused("campaign_id=spring") == "campaign_id");
  CHECK(refused("limit=0") == "limit");
  CHECK(refused("status=PAUSED") == "status");
  CHECK(refused("cursor=zzz") == "cursor");
}
