// POST /api/v1/jobs/complete: many completes in one call, against a scripted backend.

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string path = "/api/v1/jobs/complete";

/// Completes of the jobs 1 to `last`, as a JSON array; that of job 2 has `result`.
std::string completes(JobId last, const json& result = nullptr) {
  json items = json::array();
  for (JobId id = 1; id <= last; ++id) items.push_back({{"id", id}, {"token", "t"}});
  items.at(1)["result"] = result;
  return items.dump();
}

/// A server and one connection to it.
struct Daemon {
  TestServer server;
  Client client{server.port()};

  ScriptedBackend& core() { return server.backend; }
  Response complete(std::string_view body) { return client.post(path, body); }

  /// Job `id` comes back with `error`, every other one as the scripted backend finds plausible.
  void answer_for(JobId id, Error error) {
    errors_.emplace_back(id, std::move(error));
    script();
  }

  /// Expects 422 about these fields and nothing asked of the core.
  void refuses(std::string_view body, const std::string& fields) {
    INFO(body);
    const Response response = complete(body);
    CHECK(response.status == 422);
    CHECK(response.code() == "invalid");
    CHECK(response.refused_fields() == fields);
    CHECK(core().take_submitted().empty());
  }

 private:
  void script() {
    core().answer_with([errors = errors_](const Command& command) -> Outcome {
      const JobId job = std::get<CompleteJob>(command).job;
      for (const auto& [id, error] : errors)
        if (id == job) return error;
      JobView view;
      view.row.id = job;
      view.status = view.row.status = JobStatus::completed;
      return Reply{std::move(view)};
    });
  }

  std::vector<std::pair<JobId, Error>> errors_;
};

Error stale(std::string job_status) {
  Error error = make_error(ErrorCode::stale_lease, "the lease has ended");
  error.job_status = std::move(job_status);
  return error;
}

}  // namespace

TEST_CASE("completes of one call reach the core in their order") {
  Daemon d;
  const Response response = d.complete(R"([{"id":7,"token":"a","result":{"ok": true}},{"token":"b","id":3}])");
  CHECK(response.status == 200);
  CHECK(response.json().at("status") == "success");
  CHECK(response.data() ==
        json::parse(R"({"completed":2,"results":[{"id":7,"status":"COMPLETED"},{"id":3,"status":"COMPLETED"}]})"));
  const auto submitted = d.core().take_submitted();
  REQUIRE(submitted.size() == 2);
  const auto& first = std::get<CompleteJob>(submitted[0].command);
  CHECK(first.job == 7);
  CHECK(first.token == "a");
  CHECK(first.result == R"({"ok": true})");
  CHECK(std::get<CompleteJob>(submitted[1].command).token == "b");
  CHECK(submitted[1].principal == "anonymous@127.0.0.1");
}

TEST_CASE("completes of one call may come as lines") {
  Daemon d;
  const std::string lines = "{\"id\":1,\"token\":\"a\"}\n\n{\"id\":2,\"token\":\"b\",\"result\":null}\n";
  CHECK(d.complete(lines).data().at("completed") == 2);
  CHECK(d.client.call("POST", path, lines, "application/x-ndjson").data().at("completed") == 2);
  CHECK(d.client.call("POST", path, lines, "text/csv").data().at("completed") == 2);
  CHECK(d.client.get(path).field("allow") == "POST");
}

TEST_CASE("a refused item holds up no other one") {
  Daemon d;
  d.answer_for(2, stale("PENDING"));
  d.answer_for(4, make_error(ErrorCode::not_found, "job 4 not found"));
  const Response response = d.complete(completes(5));
  CHECK(response.status == 200);
  CHECK(response.data() == json::parse(R"({"completed":3,"results":[
    {"id":1,"status":"COMPLETED"},
    {"id":2,"code":"stale_lease","job_status":"PENDING","detail":"the lease has ended"},
    {"id":3,"status":"COMPLETED"},
    {"id":4,"code":"not_found","detail":"job 4 not found"},
    {"id":5,"status":"COMPLETED"}]})"));
}

TEST_CASE("results are in the order of the items, whatever the order in which they come") {
  Daemon d;
  d.answer_for(9, stale("COMPLETED"));
  d.core().hold_answers();
  d.client.send(request("POST", path, completes(64)));
  d.core().wait_for(64);
  d.core().release_all();  // the newest first
  const json data = d.client.receive().data();
  CHECK(data.at("completed") == 63);
  for (std::size_t i = 0; i < 64; ++i) CHECK(data.at("results").at(i).at("id") == i + 1);
  CHECK(data.at("results").at(8).at("code") == "stale_lease");
}

TEST_CASE("malformed completes reach nobody") {
  Daemon d;
  d.refuses("[]", "jobs");
  d.refuses("", "jobs");
  d.refuses("7", "body");
  d.refuses(R"([{"id":1,"token":"t"},{"id":2}])", "[1].token");
  d.refuses(R"([{"id":1,"token":"t"},{"token":"t"}])", "[1].id");
  d.refuses(R"([{"id":1,"token":"t"},{"id":null,"token":null}])", "[1].id [1].token");
  d.refuses(R"([{"id":"1","token":7}])", "[0].id [0].token");
  d.refuses(R"([{"id":1.0,"token":"t"},{"id":-2,"token":"t"},{"id":18446744073709551616,"token":"t"}])",
            "[0].id [1].id [2].id");
  d.refuses(R"([{"id":1,"token":"t","status":"COMPLETED"},[],null])", "[0].status [1] [2]");
  d.refuses(R"([{"id":0,"token":"t"}])", "[0].id");
  d.refuses("{\"id\":1,\"token\":\"t\"}\n{\"id\":2}\n", "[1].token");
  CHECK(d.complete("[{\"id\":1,").status == 400);
  CHECK(d.complete(R"([{"id":1,"token":"t","id":2}])").code() == "invalid_json");
  CHECK(d.core().take_submitted().empty());
}

TEST_CASE("a job is in a call only once") {
  Daemon d;
  d.refuses(
      R"([{"id":5,"token":"a"},{"id":3,"token":"b"},{"id":5,"token":"a"},{"id":4,"token":"c"},{"id":3,"token":"d"}])",
      "[2].id [4].id");
}

TEST_CASE("completes of one call have bounds") {
  Daemon d;
  CHECK(d.complete(completes(limits::complete_batch_max)).data().at("completed") == limits::complete_batch_max);
  static_cast<void>(d.core().take_submitted());
  const Response many = d.complete(completes(limits::complete_batch_max + 1));
  CHECK(many.status == 413);
  CHECK(many.code() == "batch_too_large");
  CHECK_THAT(many.json().at("detail").get<std::string>(), ContainsSubstring("1000"));
  const std::string large = completes(3, std::string(limits::result_bytes_max, 'x'));
  CHECK(d.complete(large).status == 413);
  CHECK(d.complete(large).refused_fields() == "[1].result");
  CHECK(d.core().take_submitted().empty());
}

TEST_CASE("what could not be written is told of the whole call") {
  Daemon d;
  const auto refused = [&](const std::string& code) {
    const Response response = d.complete(completes(3));
    CHECK(response.status == 503);
    CHECK(response.code() == code);
    CHECK(response.field("retry-after") == "1");
    return response.json().at("detail").get<std::string>();
  };
  const Error unavailable = make_error(ErrorCode::unavailable, "storage is down: nothing was done");
  SECTION("nothing was done") {
    d.core().answer_with(unavailable);
    CHECK_THAT(refused("unavailable"), ContainsSubstring("nothing was done"));
  }
  SECTION("the outcome is unknown") {
    d.core().answer_with(make_error(ErrorCode::outcome_unknown, "the write failed"));
    CHECK_THAT(refused("outcome_unknown"), ContainsSubstring("outcome unknown: the write failed"));
  }
  SECTION("a refusal beside it changes nothing: nothing was done") {
    d.answer_for(1, unavailable);
    d.answer_for(2, stale("COMPLETED"));
    d.answer_for(3, unavailable);
    CHECK_THAT(refused("unavailable"), ContainsSubstring("nothing was done"));
  }
  SECTION("an unknown outcome is told before one that says nothing was done") {
    d.answer_for(1, unavailable);
    d.answer_for(2, make_error(ErrorCode::outcome_unknown, "the write failed"));
    d.answer_for(3, unavailable);
    refused("outcome_unknown");
  }
  SECTION("it does not say that nothing was done when something was") {
    d.answer_for(2, unavailable);
    CHECK_THAT(refused("outcome_unknown"), ContainsSubstring("ask again") && !ContainsSubstring("nothing was done"));
  }
}
