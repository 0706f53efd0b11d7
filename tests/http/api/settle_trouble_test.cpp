// Leases that end, many in one call: what is answered when a part of it cannot be done, against a scripted backend.

#include <thread>

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using http::HttpLimits;
using nlohmann::json;

namespace {

const Error nothing_done = make_error(ErrorCode::unavailable, "storage is down: nothing was done");
const Error unknown = make_error(ErrorCode::outcome_unknown, "the write failed");

Outcome done(JobId job) {
  JobView view;
  view.row.id = job;
  view.status = JobStatus::completed;
  return Reply{std::move(view)};
}

LeaseAnswer with_job() {
  LeaseAnswer answer;
  answer.waited = true;
  JobView job;
  job.row.id = 7;
  job.spec = std::make_shared<const JobSpec>();
  answer.jobs.push_back({std::move(job), std::string(32, 'a'), 1, Time{}});
  return answer;
}

/// Leases come back with these, one after the other; the last one again and again.
ScriptedBackend::Script leases_come_with(std::vector<Outcome> outcomes) {
  return [outcomes = std::move(outcomes), next = std::size_t{0}](const Command& command) mutable -> Outcome {
    if (const auto* complete = std::get_if<CompleteJob>(&command)) return done(complete->job);
    if (!std::holds_alternative<LeaseJobs>(command)) return Reply{};
    const Outcome& outcome = outcomes[next];
    if (next + 1 < outcomes.size()) ++next;
    return outcome;
  };
}

std::string a_round(unsigned wait_ms, bool settles = true) {
  json settle = json::array();
  if (settles)
    for (int id = 1; id <= 2; ++id) settle.push_back({{"job_id", id}, {"token", "t"}, {"outcome", "complete"}});
  return json{{"worker", "a"}, {"wait_ms", wait_ms}, {"settle", settle}}.dump();
}

struct Daemon {
  TestServer server;
  Client client{server.port()};

  Response ask(const std::string& body) { return client.post("/api/v1/leases", body); }
};

}  // namespace

TEST_CASE("what could not be written is told of the whole round") {
  Daemon d;
  const auto refused = [&](const std::string& code) {
    const Response response = d.ask(a_round(0));
    CHECK(response.status == 503);
    CHECK(response.code() == code);
    CHECK(response.field("retry-after") == "1");
    return response.json().at("detail").get<std::string>();
  };
  SECTION("nothing was done") {
    d.server.backend.answer_with(nothing_done);
    CHECK_THAT(refused("unavailable"), ContainsSubstring("nothing was done"));
  }
  SECTION("the outcome is unknown") {
    d.server.backend.answer_with(unknown);
    refused("outcome_unknown");
  }
  SECTION("it does not say that nothing was done when one is settled") {
    d.server.backend.answer_with([](const Command& command) -> Outcome {
      const auto* complete = std::get_if<CompleteJob>(&command);
      return complete != nullptr && complete->job == 2 ? done(2) : Outcome{nothing_done};
    });
    CHECK_THAT(refused("outcome_unknown"), !ContainsSubstring("nothing was done"));
  }
  SECTION("nor when all are, and the lease is not") {
    d.server.backend.answer_with(leases_come_with({nothing_done}));
    CHECK_THAT(refused("outcome_unknown"), ContainsSubstring("is settled"));
  }
}

TEST_CASE("nor does it say so when a failure was recorded") {
  Daemon d;
  d.server.backend.answer_with([](const Command& command) -> Outcome {
    const auto* report = std::get_if<FailJob>(&command);
    if (report == nullptr) return nothing_done;
    return make_error(ErrorCode::stale_lease, "recorded all the same");
  });
  const json settle = {{{"job_id", 1}, {"token", "t"}, {"outcome", "complete"}},
                       {{"job_id", 2}, {"token", "t"}, {"outcome", "fail"}, {"error", "e"}, {"service", "s"}}};
  CHECK(d.client.post("/api/v1/jobs/settle", settle.dump()).code() == "outcome_unknown");
  const auto submitted = d.server.backend.take_submitted();
  REQUIRE(submitted.size() == 2);
  CHECK(std::holds_alternative<FailJob>(submitted[0].command));  // first of all the gate
}

TEST_CASE("a lease that was granted beside what failed is given back") {
  Daemon d;
  d.server.backend.answer_with([](const Command& command) -> Outcome {
    if (std::holds_alternative<LeaseJobs>(command)) return Reply{with_job()};
    return std::holds_alternative<CompleteJob>(command) ? Outcome{unknown} : Outcome{Reply{}};
  });
  CHECK(d.ask(a_round(0)).code() == "outcome_unknown");
  d.server.backend.wait_for(4);
  CHECK(d.server.backend.take_one<ReleaseJob>().job == 7);
}

TEST_CASE("a lease that meets damage says what is settled") {
  Daemon d;
  d.server.backend.answer_with(leases_come_with({make_error(ErrorCode::corrupt, "a row is damaged")}));
  const Response response = d.ask(a_round(0));
  CHECK(response.status == 500);
  CHECK(response.json().at("detail") == "a row is damaged; what was to be settled is settled");
}

TEST_CASE("trouble during the wait takes back nothing of what was settled before") {
  for (const Error& trouble : {nothing_done, unknown}) {
    Daemon d;
    d.server.backend.answer_with(leases_come_with({Reply{LeaseAnswer{}}, trouble}));
    const json data = d.ask(a_round(1'000)).data();
    CHECK(data.at("settled").size() == 2);
    CHECK(data.at("jobs").empty());
  }
}

TEST_CASE("trouble during the wait is told when nothing was to be settled") {
  Daemon d;
  d.server.backend.answer_with(leases_come_with({Reply{LeaseAnswer{}}, nothing_done}));
  CHECK(d.ask(a_round(1'000, false)).code() == "unavailable");
}

TEST_CASE("one too many that would wait is told what is settled") {
  HttpLimits limits;
  limits.waiters_max = 0;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  server.backend.answer_with(leases_come_with({Reply{LeaseAnswer{}}}));
  const json data = client.post("/api/v1/leases", a_round(1'000)).data();
  CHECK(data.at("settled").size() == 2);
  CHECK(data.at("jobs").empty());
  CHECK(client.post("/api/v1/leases", a_round(1'000, false)).code() == "too_many_waiters");
}

TEST_CASE("jobs that come while a client goes are released, and what it settled is not") {
  TestServer server;
  server.backend.answer_with(leases_come_with({Reply{LeaseAnswer{}}, Reply{with_job()}}));
  server.backend.hold_answers();
  {
    Client client{server.port()};
    client.send(request("POST", "/api/v1/leases", a_round(1'000)));
    server.backend.wait_for(3);
    for (int i = 0; i < 3; ++i) server.backend.release_newest();
    server.backend.wait_for(4);
  }
  while (server.backend.waits_ended() == 0) std::this_thread::yield();
  server.backend.release_all();
  server.backend.wait_for(5);
  CHECK(server.backend.take_one<ReleaseJob>().job == 7);
}
