// Canary and ramp: the options of close and resume-queue, what is shown of a rollout, and how it is stopped.

#include <breakerd/http/ctl/text/measures.hpp>
#include <breakerd/http/ctl/text/rollout_text.hpp>
#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string none = R"({"state":"none","command_id":null,"by":null,"began_at":null,"canary":null,"ramp":null})";
const std::string ramp_members = R"("from_per_second":1,"to_per_second":50,"over_ms":600000)";
const std::string at_canary =
    R"({"state":"canary","command_id":7,"by":"alice","began_at":"T1","canary":{"jobs":10,"succeeded":3,"in_flight":7},)"
    R"("ramp":{)" +
    ramp_members + R"(,"began_at":null,"elapsed_ms":0,"remaining_ms":600000,"per_second":0}})";
const std::string canary_alone =
    R"({"state":"canary","command_id":7,"by":"alice","began_at":"T1","canary":{"jobs":1,"succeeded":0,"in_flight":0},)"
    R"("ramp":null})";
const std::string at_ramp =
    R"({"state":"ramp","command_id":7,"by":"alice","began_at":"T1","canary":{"jobs":10,"succeeded":10,"in_flight":0},)"
    R"("ramp":{)" +
    ramp_members + R"(,"began_at":"T2","elapsed_ms":120000,"remaining_ms":480000,"per_second":10.8}})";
const std::string even_ramp =
    R"({"state":"ramp","command_id":8,"by":"bob","began_at":"T1","canary":null,"ramp":{"from_per_second":0.5,)"
    R"("to_per_second":0.5,"over_ms":90000,"began_at":"T1","elapsed_ms":89500,"remaining_ms":500,"per_second":0.5}})";

std::string preview_of(unsigned jobs, const std::string& drain_ms) {
  return R"({"seq":9,"preview":{"release":{"jobs":)" + std::to_string(jobs) + R"(},"park":{"jobs":0},)" +
         R"("cancel":{"jobs":0}},"drain_ms":)" + drain_ms + "}";
}

/// The lines that a dry run of close with these options prints below its table.
std::string foreseen(const std::string& preview, std::vector<std::string> options) {
  Desk desk{success(preview)};
  options.insert(options.begin(), {"close", "--reason", "x", "--dry-run"});
  const Run run = desk(options);
  CHECK(run.code == 0);
  const std::string last_row = "cancel   0";
  const auto at = run.out.find(last_row);
  REQUIRE(at != std::string::npos);
  return run.out.substr(run.out.find('\n', at) + 1);
}

}  // namespace

TEST_CASE("a canary and a ramp are sent as the plan, in numbers as they were typed", "[cli][ramp]") {
  Desk desk{success(R"({"message":"closed","changed":false,"plan":null})")};
  const auto sent = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"close", "--reason", "x"});
    CHECK(desk(options).code == 0);
    return desk.last().body;
  };
  CHECK(sent({"--canary", "10"}) == R"({"reason":"x","plan":{"canary":10}})");
  CHECK(sent({"--ramp-from", "0.5", "--ramp-over", "90s"}) ==
        R"({"reason":"x","plan":{"ramp":{"from_per_second":0.5,"over_ms":90000}}})");
  CHECK(sent({"--ramp-over", "1d12h", "--ramp-to", "999999.999", "--ramp-from", "0.001"}) ==
        R"({"reason":"x","plan":{"ramp":{"from_per_second":0.001,"to_per_second":999999.999,"over_ms":129600000}}})");
  CHECK(sent({"--canary", "1000", "--ramp-from", "1.0", "--ramp-to", "1000000", "--ramp-over", "1500ms", "--action",
              "park type=mail"}) ==
        R"({"reason":"x","plan":{"actions":[{"do":"park","job_type":"mail"}],"canary":1000,)"
        R"("ramp":{"from_per_second":1,"to_per_second":1000000,"over_ms":1500}}})");
  CHECK(desk({"resume-queue", "--canary", "3"}).code == 0);
  CHECK(desk.last().target == "/api/v1/queue-management/resume-queue");
  CHECK(desk.last().body == R"({"plan":{"canary":3}})");
}

TEST_CASE("a canary or a ramp that is none is a usage error, and nothing is sent", "[cli][ramp]") {
  Desk desk{success("{}")};
  const auto refused = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"close", "--reason", "x"});
    INFO(options.back());
    const Run run = desk(options);
    CHECK(run.code == 2);
    return run.err;
  };
  for (const char* canary : {"0", "1001", "-1", "1.5", "ten", "010", ""})
    CHECK_THAT(refused({"--canary", canary}), ContainsSubstring("--canary"));
  for (const char* rate :
       {"0", "0.000", "0.0001", "1000000.001", "1000001", "-1", "1e3", ".5", "5.", "1,5", "fast", ""})
    CHECK_THAT(refused({"--ramp-over", "1m", "--ramp-from", rate}), ContainsSubstring("--ramp-from"));
  CHECK_THAT(refused({"--ramp-over", "1m", "--ramp-from", "1", "--ramp-to", "0"}), ContainsSubstring("--ramp-to"));
  for (const char* time : {"0s", "7d1ms", "8d", "60", "m", "-1m", "1.5h", ""})
    CHECK_THAT(refused({"--ramp-from", "1", "--ramp-over", time}), ContainsSubstring("--ramp-over"));
  CHECK_THAT(refused({"--ramp-from", "1"}), ContainsSubstring("--ramp-over"));
  CHECK_THAT(refused({"--ramp-over", "1m"}), ContainsSubstring("--ramp-from"));
  CHECK_THAT(refused({"--ramp-to", "1"}), ContainsSubstring("--ramp-from"));
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("a ramp may last as long as a ramp may, and its rates be as far apart as they may", "[cli][ramp]") {
  CHECK(parse_length("1w", 604'800'000) == 604'800'000);
  CHECK(parse_length("6d24h", 604'800'000) == 604'800'000);
  CHECK_FALSE(parse_length("1w1ms", 604'800'000));
  CHECK(parse_rate("0.001") == 1);
  CHECK(parse_rate("2.50") == 2'500);
  CHECK(parse_rate("0012") == 12'000);
  CHECK(parse_rate("1000000") == 1'000'000'000);
  CHECK_FALSE(parse_rate("99999999999999999999"));
  CHECK_FALSE(parse_rate("1.2.3"));
  CHECK(length_text(0) == "0s");
  CHECK(length_text(250) == "250ms");
  CHECK(length_text(90'999) == "1m 30s");
}

TEST_CASE("a preview says how work begins, and how long the ramp takes", "[cli][ramp]") {
  CHECK(foreseen(preview_of(1'200, "null"), {}).empty());
  CHECK(foreseen(preview_of(1'200, "null"), {"--canary", "10"}) ==
        "work begins with 10 jobs; when so many have succeeded, leases are free\n");
  CHECK(foreseen(preview_of(1'200, "123000"),
                 {"--canary", "1", "--ramp-from", "1", "--ramp-to", "50", "--ramp-over", "10m"}) ==
        "work begins with 1 job; when so many have succeeded, jobs are leased from 1 to 50 per second over 10m\n"
        "at that rate 1200 jobs take 2m 3s or longer\n");
  CHECK(foreseen(preview_of(120'000, "90000"), {"--ramp-from", "2.5", "--ramp-over", "90s"}) ==
        "work begins slowly: jobs are leased at 2.5 per second for 1m 30s\n"
        "that is over in 1m 30s, and what is left of 120000 jobs can be leased at once then\n");
  CHECK(foreseen(preview_of(0, "0"), {"--ramp-from", "2", "--ramp-over", "90s"}) ==
        "work begins slowly: jobs are leased at 2 per second for 1m 30s\n");
}

TEST_CASE("a person is shown how work begins before the question, and afterwards", "[cli][ramp]") {
  const std::string plan =
      R"({"id":7,"kind":"plan","state":"running","parked":0,"cancelled":0,"canary":10,"ramp":{)" + ramp_members + "}}";
  Desk desk{[&](const PeerRequest& request) {
    if (request.target.ends_with("?dry_run=true")) return success(preview_of(1'200, "123000"));
    return success(R"({"message":"closed","changed":false,"plan":)" + plan + "}");
  }};
  const Run run = with_person({"--address", desk.peer.url(), "close", "--reason", "x", "--canary", "10", "--ramp-from",
                               "1", "--ramp-to", "50", "--ramp-over", "10m"},
                              "y\n");
  CHECK(run.code == 0);
  const std::string begin =
      "work begins with 10 jobs; when so many have succeeded, jobs are leased from 1 to 50 per second over 10m\n";
  CHECK_THAT(run.out,
             ContainsSubstring(begin + "at that rate 1200 jobs take 2m 3s or longer\nClose the circuit? [y/N] " +
                               "closed\ncommand 7: plan running, 0 jobs parked, 0 cancelled\n" + begin +
                               "breakerctl ramp shows how far that is\n"));
}

TEST_CASE("ramp shows the rollout there is", "[cli][ramp]") {
  const auto shown = [](const std::string& rollout) {
    Desk desk{success(rollout)};
    const Run run = desk({"ramp"});
    CHECK(run.code == 0);
    CHECK(desk.last().method == "GET");
    CHECK(desk.last().target == "/api/v1/queue-management/ramp");
    CHECK(desk({"--json", "ramp"}).out == rollout + "\n");
    return run.out;
  };
  CHECK(shown(none) == "leases are free: there is no canary and no ramp\n");
  CHECK(shown(at_canary) ==
        "rollout      canary: 3 of 10 jobs succeeded, 7 in flight; then from 1 to 50 per second over 10m\n"
        "  begun       T1 by alice, with command 7\n"
        "  to end it   breakerctl ramp stop\n");
  CHECK_THAT(shown(canary_alone),
             ContainsSubstring("canary: 0 of 1 job succeeded, 0 in flight; then leases are free\n"));
  CHECK(shown(at_ramp) ==
        "rollout      ramp: 10.8 per second now, from 1 to 50 per second over 10m, 8m left\n"
        "  canary      10 of 10 jobs succeeded, 0 in flight\n"
        "  begun       T1 by alice, with command 7\n"
        "  to end it   breakerctl ramp stop\n");
  CHECK(shown(even_ramp) ==
        "rollout      ramp: 0.5 per second now, at 0.5 per second for 1m 30s, 500ms left\n"
        "  begun       T1 by bob, with command 8\n"
        "  to end it   breakerctl ramp stop\n");
}

TEST_CASE("ramp stop says whether there was something to stop, and sends its reason", "[cli][ramp]") {
  Desk desk{success(R"({"stopped":true,"rollout":)" + at_ramp + "}")};
  const Run run = desk({"ramp", "stop", "--reason", "it goes well"});
  CHECK(run.code == 0);
  CHECK(run.out == "stopped: leases are free\n");
  CHECK(desk.last().method == "POST");
  CHECK(desk.last().target == "/api/v1/queue-management/ramp/stop");
  CHECK(desk.last().body == R"({"reason":"it goes well"})");
  CHECK(desk({"ramp", "stop"}).code == 0);
  CHECK(desk.last().body == "{}");
  const Desk nothing{success(R"({"stopped":false,"rollout":)" + none + "}")};
  CHECK(nothing({"ramp", "stop"}).code == 0);
  CHECK(nothing({"ramp", "stop"}).out == "there is no canary and no ramp to stop\n");
  CHECK(nothing({"ramp", "stop", "--json"}).out == R"({"stopped":false,"rollout":)" + none + "}\n");
  const Desk lost{success(R"({"done":true,"first_event":4,"last_event":4})")};
  CHECK(lost({"ramp", "stop"}).out == "stopped: leases are free\n");
}

TEST_CASE("ramp takes no other word than stop", "[cli][ramp]") {
  Desk desk{success(none)};
  CHECK(desk({"ramp", "start"}).code == 2);
  CHECK(desk({"ramp", "--reason", "x"}).code == 2);
  CHECK(desk({"stop"}).code == 2);
  CHECK(desk.peer.seen().empty());
  CHECK_THAT(breakerctl({"ramp", "--help"}).out, ContainsSubstring("stop"));
  CHECK_THAT(breakerctl({"help", "ramp", "stop"}).out, ContainsSubstring("--reason"));
}

TEST_CASE("status shows a rollout in two lines, and nothing without one", "[cli][ramp]") {
  const auto shown = [](const std::string& rollout) {
    Desk desk{success(R"({"circuit_breaker":{"state":"closed","epoch":1},"queue":{"paused":false},)"
                      R"("job_counts":{},"campaign_counts":{},"rollout":)" +
                      rollout + "}")};
    return desk({"status"}).out;
  };
  CHECK_THAT(shown(at_canary),
             ContainsSubstring("queue        running\n"
                               "rollout      canary: 3 of 10 jobs succeeded, 7 in flight; then from 1 to 50 per second "
                               "over 10m\n"
                               "  to end it   breakerctl ramp stop\n"
                               "jobs         none\n"));
  CHECK_THAT(shown(at_ramp), ContainsSubstring("rollout      ramp: 10.8 per second now"));
  CHECK_THAT(shown("null"), ContainsSubstring("queue        running\njobs         none\n"));
}
