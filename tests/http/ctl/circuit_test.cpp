// What an operator sees of the circuit, its evidence and what it holds.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string circuit_hold =
    R"({"kind":"circuit","service":"apollo","cause":"Paused: 429","principal":"ada","placed_at":"T1"})";
const std::string service_hold =
    R"({"kind":"service","service":"mail","cause":"Paused for mail","principal":"bob","placed_at":"T2"})";

std::string status_of(const std::string& state, const std::string& holds, unsigned paused_campaigns,
                      const std::string& more = "") {
  return R"({"circuit_breaker":{"state":")" + state +
         R"(","opened_at":null,"closed_at":"T0","epoch":3,"metadata":{}},"queue":{"paused":false,"holds":[)" + holds +
         R"(]},"job_counts":{},"campaign_counts":{"PAUSED":)" + std::to_string(paused_campaigns) + "}" + more + "}";
}

std::string shown(const std::string& data) {
  const Desk desk{success(data)};
  return desk({"status"}).out;
}

}  // namespace

TEST_CASE("after a close status says what holds the campaigns and the command that ends it", "[cli][circuit]") {
  CHECK_THAT(shown(status_of("closed", circuit_hold, 2)),
             ContainsSubstring("campaigns    paused 2\n"
                               "  held        by the circuit since T1: Paused: 429 (ada)\n"
                               "  to resume   breakerctl resume-queue\n"));
  CHECK_THAT(shown(status_of("closed", service_hold, 1)),
             ContainsSubstring("  held        by a pause for service mail since T2: Paused for mail (bob)\n"
                               "  to resume   breakerctl service resume mail\n"));
  const auto both = shown(status_of("closed", circuit_hold + "," + service_hold, 2));
  CHECK_THAT(both, ContainsSubstring("by the circuit"));
  CHECK_THAT(both, ContainsSubstring("for service mail"));
  CHECK_THAT(both, ContainsSubstring("to resume   breakerctl resume-queue\n"));
}

TEST_CASE("while the circuit is open the close comes first", "[cli][circuit]") {
  CHECK_THAT(
      shown(status_of("open", circuit_hold, 1)),
      ContainsSubstring("  to resume   breakerctl close --epoch 3 --reason TEXT, then breakerctl resume-queue\n"));
}

TEST_CASE("campaigns that are paused by hand are resumed one by one, and without any nothing is held",
          "[cli][circuit]") {
  CHECK_THAT(shown(status_of("closed", "", 1)), ContainsSubstring("breakerctl campaign resume ID"));
  const auto none = shown(status_of("closed", circuit_hold, 0));
  CHECK(none.find("held") == std::string::npos);
  CHECK(none.find("resume") == std::string::npos);
}

TEST_CASE("a close speaks of held campaigns only when there are some", "[cli][circuit]") {
  std::string status = status_of("closed", circuit_hold, 1);
  bool changed = true;
  const Desk desk{[&](const PeerRequest& request) {
    if (request.method == "GET") return success(status);
    return success(R"({"state":"closed","changed":)" + std::string{changed ? "true" : "false"} +
                   R"(,"message":"Circuit breaker closed: x"})");
  }};
  CHECK(desk({"close", "--reason", "x"}).out ==
        "Circuit breaker closed: x\ncampaigns are held by the circuit since T1: Paused: 429 (ada); to resume them: "
        "breakerctl resume-queue\n");
  status = status_of("closed", circuit_hold, 0);
  CHECK(desk({"close", "--reason", "x"}).out == "Circuit breaker closed: x\n");
  status = status_of("closed", circuit_hold, 1);
  changed = false;
  CHECK(desk({"close", "--reason", "x"}).out == "Circuit breaker closed: x\n");
}

TEST_CASE("a close that is done stays done when what is held cannot be asked", "[cli][circuit]") {
  const Desk desk{[](const PeerRequest& request) {
    return request.method == "GET" ? drop() : success(R"({"changed":true,"message":"closed"})");
  }};
  const auto done = desk({"close", "--reason", "x"});
  CHECK(done.code == 0);
  CHECK(done.out == "closed\n");
  CHECK_THAT(done.err, ContainsSubstring("is not known"));
}

TEST_CASE("status tells by its exit code only when it is asked to", "[cli][circuit]") {
  const Desk open{success(status_of("open", "", 0))};
  CHECK(open({"status"}).code == 0);
  CHECK(open({"status", "--exit-code"}).code == 10);
  CHECK(open({"--json", "status", "--exit-code"}).code == 10);
  const Desk closed{success(status_of("closed", "", 0))};
  CHECK(closed({"status", "--exit-code"}).code == 0);
}

TEST_CASE("status shows running work, the evidence of the opening and the last outage", "[cli][circuit]") {
  CHECK_THAT(shown(status_of("open", "", 0, R"(,"in_flight":4)")),
             ContainsSubstring("in flight    4 held by workers now\n"));
  const auto evidence = shown(
      R"({"circuit_breaker":{"state":"open","epoch":1,"metadata":{},"opened_by_failure":{"error":"429","error_type":"rate",
      "service":"apollo","job_id":17,"worker":"w-3","failed_at":"T"},
      "reaffirmed":{"count":2,"last":{"reason":"still bad","principal":"bob","at":"T"}}}})");
  CHECK_THAT(evidence, ContainsSubstring("  evidence    429 (rate), service apollo, job 17, worker w-3, at T\n"));
  CHECK_THAT(evidence, ContainsSubstring("  asked again 2 more times, lastly by bob: still bad\n"));
  const auto outage = shown(
      R"({"circuit_breaker":{"state":"closed","epoch":1,"metadata":{},"last_outage":{"epoch":1,"opened_at":"A",
      "closed_at":"B","reason":"apollo: 429","opened_by":"ada"}}})");
  CHECK_THAT(outage, ContainsSubstring("  last outage epoch 1, A to B: apollo: 429 (ada)\n"));
}

TEST_CASE("open may name the service and what becomes of jobs in flight, and resume-queue its reason",
          "[cli][circuit]") {
  Desk desk{success(R"({"message":"done"})")};
  CHECK(desk({"open", "--reason", "r", "--service", "Apollo"}).code == 0);
  CHECK(desk.last().body == R"({"reason":"r","service":"apollo"})");
  CHECK(desk({"open", "--reason", "r", "--in-flight", "finish"}).code == 0);
  CHECK(desk.last().body == R"({"reason":"r","in_flight":"finish"})");
  CHECK(desk({"resume-queue", "--reason", "all well"}).code == 0);
  CHECK(desk.last().body == R"({"reason":"all well"})");
  CHECK(desk({"resume-queue"}).code == 0);
  CHECK(desk.last().body.empty());
}

TEST_CASE("allow ends with 0 or 1, and with its error's code when nobody can tell", "[cli][circuit]") {
  Desk yes{success(R"({"allowed":true,"epoch":0})")};
  CHECK(yes({"allow"}).code == 0);
  CHECK(yes.last().target == "/api/v1/breaker/allow");
  CHECK(yes({"allow"}).out == "allowed\n");
  CHECK(yes({"allow", "--quiet"}).out.empty());
  Desk no{success(R"({"allowed":false,"epoch":1})")};
  CHECK(no({"allow"}).code == 1);
  CHECK(no({"--json", "allow"}).code == 1);
  no.peer.die();
  CHECK(no({"allow"}).code == 3);
}

TEST_CASE("a failure is reported with all that is known of it", "[cli][circuit]") {
  Desk desk{success(R"({"message":"Circuit breaker opened: apollo: 429"})")};
  const auto done = desk({"failures", "report", "--error", "429", "--error-type", "rate", "--service", "Apollo",
                          "--job", "17", "--campaign", "c"});
  CHECK(done.code == 0);
  CHECK(done.out == "Circuit breaker opened: apollo: 429\n");
  CHECK(desk.last().target == "/api/v1/breaker/failures");
  CHECK(desk.last().body == R"({"error":"429","error_type":"rate","service":"apollo","job_id":17,"campaign_id":"c"})");
}

TEST_CASE("campaigns are paused and resumed for a service", "[cli][circuit]") {
  Desk desk{success(R"({"message":"2 campaigns"})")};
  CHECK(desk({"service", "pause", "mail", "--reason", "quota"}).out == "2 campaigns\n");
  CHECK(desk.last().target == "/api/v1/queue-management/pause-campaigns-for-service");
  CHECK(desk.last().body == R"({"service":"mail","reason":"quota"})");
  CHECK(desk({"service", "resume", "mail"}).code == 0);
  CHECK(desk.last().target == "/api/v1/queue-management/resume-campaigns-for-service");
  CHECK(desk.last().body == R"({"service":"mail"})");
}

TEST_CASE("a list that is refused prints no heading", "[cli][circuit]") {
  const Desk desk{problem(422, "invalid", "cursor: not one of ours")};
  const auto done = desk({"jobs", "list", "--cursor", "x"});
  CHECK(done.code == 1);
  CHECK(done.out.empty());
}
