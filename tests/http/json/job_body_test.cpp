// When a job is run, in which order, and when again: as a body says it.

#include <breakerd/http/json/read_body.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;
using Delays = std::vector<std::uint32_t>;

namespace {

constexpr BodyRules rules{1'000, 0x6A09E667F3BCC908};

std::string with(const std::string& members) { return R"({"job_type":"mail",)" + members + "}"; }

JobSpec read(const std::string& members) {
  JobSpec spec;
  INFO(members);
  const BodyErrors errors = read_object(with(members), job_fields(spec), rules);
  CHECK(errors.ok());
  return spec;
}

/// Which field is refused, and what was expected there.
std::string refused(const std::string& members) {
  JobSpec spec;
  INFO(members);
  const BodyErrors errors = read_object(with(members), job_fields(spec), rules);
  CHECK(errors.status == 422);
  REQUIRE(errors.fields.size() == 1);
  return errors.fields.front().field + ": " + errors.fields.front().expected;
}

Backoff backoff_of(const std::string& backoff) {
  const JobSpec spec = read(R"("retry":{"backoff":)" + backoff + "}");
  REQUIRE(spec.backoff);
  return *spec.backoff;
}

}  // namespace

TEST_CASE("a priority may be below 0") {
  CHECK(read(R"("priority":-100)").priority == -100);
  CHECK(read(R"("priority":7)").priority == 7);
  CHECK(read(R"("priority":null)").priority == 0);
  CHECK(refused(R"("priority":1.5)") == "priority: a whole number from -2147483648 to 2147483647");
  CHECK(refused(R"("priority":"7")").starts_with("priority: "));
  CHECK(refused(R"("priority":99999999999)").starts_with("priority: "));
}

TEST_CASE("a time is that of RFC 3339, in any zone") {
  CHECK(read(R"("run_at":"2026-11-23T22:14:05Z")").run_at == parse_rfc3339("2026-11-23T22:14:05Z"));
  CHECK(read(R"("run_at":"2026-11-23T23:14:05.5+01:00")").run_at == parse_rfc3339("2026-11-23T22:14:05.500000Z"));
  CHECK(read(R"("run_at":null)").run_at == no_time);
  const std::string expected = "run_at: a time behind the begin of 1970, as of RFC 3339, such as 2026-11-23T22:14:05Z";
  CHECK(refused(R"("run_at":"tomorrow")") == expected);
  CHECK(refused(R"("run_at":"2026-02-30T00:00:00Z")") == expected);
  CHECK(refused(R"("run_at":1764108000)") == expected);
  CHECK(refused(R"("run_at":"1970-01-01T00:00:00Z")") == expected);
  CHECK(read(R"("delay_ms":90000)").delay_ms == 90'000);
  CHECK(refused(R"("delay_ms":-1)").starts_with("delay_ms: "));
}

TEST_CASE("a job that says nothing of retries has the default") {
  CHECK_FALSE(read(R"("retry":null)").backoff);
  CHECK_FALSE(read(R"("retry":{})").backoff);
  CHECK(read(R"("retry":{"max_attempts":9})").max_attempts == 9);
  CHECK(backoff_of("{}") == Backoff{});
}

TEST_CASE("a backoff is exponential with jitter, fixed, or a list") {
  CHECK(backoff_of(R"({"base_ms":5,"factor":3,"max_ms":60})") ==
        Backoff{BackoffKind::exponential, Jitter::full, 5, 60, 3});
  CHECK(backoff_of(R"({"kind":"exponential","jitter":"none"})").jitter == Jitter::none);
  const Backoff fixed = backoff_of(R"({"kind":"fixed","base_ms":700000000})");
  CHECK(fixed.kind == BackoffKind::fixed);
  CHECK(fixed.jitter == Jitter::none);
  CHECK(fixed.max_ms == 604'800'000);
  const Backoff list = backoff_of(R"({"kind":"list","delays_ms":[0,1000,60000],"jitter":"full"})");
  CHECK(list.delays_ms == Delays{0, 1'000, 60'000});
  CHECK(list.jitter == Jitter::full);
}

TEST_CASE("what is wrong with a retry is named with its place") {
  CHECK(refused(R"("retry":3)") == "retry: an object");
  CHECK(refused(R"("retry":[])") == "retry: an object");
  CHECK(refused(R"("retry":{"max_attempts":"3"})") == "retry.max_attempts: a whole number from 0 to 4294967295");
  CHECK(refused(R"("retry":{"attempts":3})") == "retry.attempts: one of the fields max_attempts, backoff");
  CHECK(refused(R"("retry":{"backoff":"fixed"})") == "retry.backoff: an object");
  CHECK(refused(R"("retry":{"backoff":{"kind":"linear"}})") ==
        R"(retry.backoff.kind: "fixed", "exponential" or "list")");
  CHECK(refused(R"("retry":{"backoff":{"jitter":"some"}})") == R"(retry.backoff.jitter: "full" or "none")");
  CHECK(refused(R"("retry":{"backoff":{"factor":1.5}})").starts_with("retry.backoff.factor: a whole number"));
  CHECK(refused(R"("retry":{"backoff":{"kind":"list","delays_ms":[1,"2"]}})")
            .starts_with("retry.backoff.delays_ms[]: a whole number"));
  CHECK(refused(R"("retry":{"backoff":{"kind":"list","delays_ms":{}}})") ==
        "retry.backoff.delays_ms: an array of whole numbers");
}

TEST_CASE("a unique key says what becomes of a job that meets another one with it") {
  CHECK(read(R"("unique_key":"ada")").unique_key == "ada");
  CHECK(read(R"("unique_key":"ada")").on_conflict == OnConflict::refuse);
  CHECK(read(R"("unique_key":null)").unique_key.empty());
  const JobSpec spec = read(R"("unique_key":"ada","unique":{"on_conflict":"existing","for_ms":60000})");
  CHECK(spec.on_conflict == OnConflict::existing);
  CHECK(spec.unique_for_ms == 60'000);
  CHECK(read(R"("unique_key":"ada","unique":{"on_conflict":"replace"})").on_conflict == OnConflict::replace);
  CHECK(refused(R"("unique_key":7)") == "unique_key: text that is not empty");
  CHECK(refused(R"("unique_key":"")") == "unique_key: text that is not empty");
  CHECK(refused(R"("unique":true)") == "unique: an object");
  CHECK(refused(R"("unique":{"on_conflict":"ignore"})") == R"(unique.on_conflict: "refuse", "existing" or "replace")");
  CHECK(refused(R"("unique":{"for_ms":-1})").starts_with("unique.for_ms: a whole number"));
  CHECK(refused(R"("unique":{"until":1})") == "unique.until: one of the fields on_conflict, for_ms");
}

TEST_CASE("a key that stands twice in a retry is refused as in any object") {
  JobSpec spec;
  const BodyErrors errors =
      read_object(with(R"("retry":{"backoff":{"kind":"fixed","kind":"list"}})"), job_fields(spec), rules);
  CHECK(errors.status == 400);
}

TEST_CASE("in a batch the place of the job stands before it") {
  std::vector<JobSpec> specs;
  const BodyErrors errors = read_batch(
      R"([{"job_type":"a","retry":{"backoff":{"kind":"list","delays_ms":[7]}}},{"job_type":"b","retry":{"backoff":{"kind":1}}}])",
      false, items_of(specs), rules);
  REQUIRE(errors.fields.size() == 1);
  CHECK(errors.fields.front().field == "[1].retry.backoff.kind");
  CHECK(specs[0].backoff->delays_ms == Delays{7});
  CHECK_FALSE(specs[1].backoff);
}
