// What the log has of requests with a key (find_request): their answers, what they did without one, and for how long.

#include <breakerd/storage/views/request_views.hpp>

#include <set>

#include <breakerd/events/model/limits.hpp>
#include "tests/storage/log/log_form.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

constexpr KeyedRequest enqueue_request{"alice", "k-1", "POST", "/api/v1/jobs", "", R"({"job_type":"mail"})"};
const RequestName name = name_of(enqueue_request);
constexpr std::chrono::milliseconds kept{limits::request_kept_ms};

RequestName other_body() {
  KeyedRequest other = enqueue_request;
  other.body = R"({"job_type":"sms"})";
  return name_of(other);
}

/// A log to which requests with a key have come.
struct Requests {
  MemoryLog log;
  JobId jobs = 0;

  Appended append(std::vector<EventData> events, const OperationId& operation, Time time = at(0)) {
    Append append;
    for (EventData& event : events) append.events.push_back(said(std::move(event), "alice", time));
    append.operation = operation;
    return must(try_append(log, append));
  }
  void enqueue(KeyUse use = 0, Time time = at(0)) { append({enqueued(++jobs)}, operation_of(name, use), time); }
  void answer(KeptAnswer answer, KeyUse use = 0, Time time = at(0)) {
    answer.request = operation_of(name, use);
    append({RequestAnswered{std::move(answer)}}, answer_operation_of(name, use), time);
  }
  Result<KnownRequest> look(Time now = at(1), const RequestName& of = name, const std::string& principal = "alice") {
    return find_request(*must(log.view()), of, principal, now);
  }
  KnownRequest find(Time now = at(1), const RequestName& of = name, const std::string& principal = "alice") {
    return must(look(now, of, principal));
  }
};

}  // namespace

TEST_CASE("a key that nobody has used is not known, and is used for the first time") {
  Requests requests;
  const KnownRequest found = requests.find();
  CHECK_FALSE(found.is_known);
  CHECK(found.use == key_use_at(at(1)));
}

TEST_CASE("a request whose answer is kept has it") {
  Requests requests;
  requests.enqueue();
  requests.answer({{}, 201, "/api/v1/jobs/1", R"({"data":1})"});
  const KnownRequest found = requests.find();
  CHECK(found.is_known);
  CHECK(found.is_same);
  REQUIRE(found.answer);
  CHECK(found.answer->status == 201);
  CHECK(found.answer->location == "/api/v1/jobs/1");
  CHECK(found.answer->body == R"({"data":1})");
}

TEST_CASE("what was left out of an answer is put back from where the job has it") {
  Requests requests;
  requests.enqueue();
  const std::string payload = enqueued(1).spec->payload;
  SECTION("the payload") {
    requests.answer({{}, 201, "", R"({"payload":null,"result":null})", 1, 11, 0});
    CHECK(requests.find().answer->body == R"({"payload":)" + payload + R"(,"result":null})");
  }
  SECTION("the payload and the result") {
    requests.append({leased(1)}, {});
    requests.append({completed(1)}, {});
    requests.answer({{}, 200, "", R"({"payload":null,"result":null})", 1, 11, 25});
    CHECK(requests.find().answer->body == R"({"payload":)" + payload + R"(,"result":{"ok":true}})");
  }
  SECTION("a place where nothing was left out") {
    requests.answer({{}, 201, "", R"({"payload":null,"result":null})", 1, 12, 0});
    CHECK(refusal(requests.look()) == ErrorCode::corrupt);
  }
}

TEST_CASE("of a request without an answer it is known what it did") {
  Requests requests;
  SECTION("it enqueued jobs") {
    requests.append({enqueued(1), enqueued(2), enqueued(3)}, operation_of(name, 0));
    const KnownRequest found = requests.find();
    REQUIRE(found.done);
    CHECK(found.done->first == 1);
    CHECK(found.done->last == 3);
    CHECK(found.done->jobs == 3);
    CHECK(found.done->first_job == 1);
    CHECK(found.done->last_job == 3);
  }
  SECTION("it created a campaign") {
    requests.append({created(campaign_id(1))}, operation_of(name, 0));
    CHECK(requests.find().done->campaign == campaign_id(1));
  }
  SECTION("it placed a hold") {
    requests.append({JobHoldPlaced{1, "mail", "", "x"}}, operation_of(name, 0));
    CHECK(requests.find().done->number == 1);
  }
  SECTION("it started a command") {
    requests.append({JobCommandStarted{1, JobCommandKind::retry, {}, "x", 0, 0}}, operation_of(name, 0));
    CHECK(requests.find().done->number == 1);
  }
}

TEST_CASE("another request with the key is known, and told nothing") {
  Requests requests;
  requests.enqueue();
  requests.answer({{}, 201, "", "{}"});
  const KnownRequest found = requests.find(at(1), other_body());
  CHECK(found.is_known);
  CHECK_FALSE(found.is_same);
  CHECK_FALSE(found.answer);
  CHECK_FALSE(found.done);
}

TEST_CASE("an operation of another principal with this digest is told nothing") {
  Requests requests;
  requests.enqueue();
  requests.answer({{}, 201, "", "{}"});
  const KnownRequest found = requests.find(at(1), name, "bob");
  CHECK(found.is_known);
  CHECK_FALSE(found.is_same);
}

TEST_CASE("a key is known for 24 hours from its answer, and then used anew") {
  Requests requests;
  requests.enqueue();
  requests.answer({{}, 201, "", "{}"}, 0, at(10));
  CHECK(requests.find(at(10) + kept - std::chrono::milliseconds{1}).is_known);
  const KnownRequest old = requests.find(at(10) + kept);
  CHECK_FALSE(old.is_known);
  CHECK(old.use == key_use_at(at(10) + kept));

  requests.enqueue(old.use, at(10) + kept);
  const KnownRequest again = requests.find(at(11) + kept);
  CHECK(again.is_known);
  CHECK(again.use == old.use);
  REQUIRE(again.done);
  CHECK(again.done->first_job == 2);
}

TEST_CASE("a key that was used for something else long ago is as good as new") {
  Requests requests;
  requests.enqueue();
  const KnownRequest found = requests.find(at(0) + kept, other_body());
  CHECK_FALSE(found.is_known);
  CHECK(found.use != 0);
}

TEST_CASE("a wall clock that was set back keeps keys longer") {
  Requests requests;
  requests.enqueue(0, at(1'000));
  CHECK(requests.find(at(0)).is_known);
}

TEST_CASE("a key is as good as new after any number of uses") {
  Requests requests;
  Time now = at(0);
  std::set<KeyUse> uses;
  for (int use = 0; use < 300; ++use) {
    const KnownRequest found = requests.find(now);
    CHECK_FALSE(found.is_known);
    CHECK(uses.insert(found.use).second);
    requests.enqueue(found.use, now);
    now += kept;
  }
}

TEST_CASE("a use that began on this day by a clock that was set back is no other's") {
  Requests requests;
  const Time now = at(0) + 10 * kept;
  const KeyUse day = key_use_at(now);
  requests.enqueue(day, at(0));
  requests.enqueue(day + 1, at(0));
  CHECK(requests.find(now).use == day + 2);
}

TEST_CASE("of a request without an answer it is known which of its parts were done") {
  Requests requests;
  requests.append({enqueued(1)}, operation_of(name, 3, 0));
  requests.append({enqueued(2)}, operation_of(name, 3, 2));
  CHECK(requests.find().parts == std::vector<std::uint8_t>{0, 2});
  requests.answer({{}, 201, "", "{}"}, 3);
  CHECK(requests.find().parts.empty());
}

TEST_CASE("an answer that is none is damage") {
  Requests requests;
  requests.append({enqueued(1)}, answer_operation_of(name, 0));
  CHECK(refusal(requests.look()) == ErrorCode::corrupt);
}
