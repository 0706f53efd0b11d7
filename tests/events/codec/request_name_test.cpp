// The names of requests with a key: what is told apart, and what is found in their operation ids.

#include <breakerd/events/codec/request_name.hpp>

#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

constexpr KeyedRequest some_request{"alice", "k-1", "POST", "/api/v1/jobs", "", "{}"};

}  // namespace

TEST_CASE("the same request has the same name, and its key depends on nothing but key and principal") {
  const RequestName name = name_of(some_request);
  CHECK(name == name_of(some_request));
  KeyedRequest other = some_request;
  SECTION("method") { other.method = "PUT"; }
  SECTION("path") { other.path = "/api/v1/holds"; }
  SECTION("query") { other.query = "dry_run=true"; }
  SECTION("body") { other.body = "{ }"; }
  SECTION("what stands where") {
    other.path = "/api/v1/";
    other.query = "jobs";
  }
  CHECK(name_of(other).key == name.key);
  CHECK(name_of(other).content != name.content);
}

TEST_CASE("keys of two principals are two keys, whatever they are made of") {
  const RequestName name = name_of(some_request);
  KeyedRequest other = some_request;
  SECTION("another principal") { other.principal = "bob"; }
  SECTION("another key") { other.key = "k-2"; }
  SECTION("the same bytes in a row") {
    other.principal = "alicek";
    other.key = "-1";
  }
  CHECK(name_of(other).key != name.key);
  CHECK(name_of(other).content == name.content);
}

TEST_CASE("an operation id says which request, which use of its key, and whether it is the answer's") {
  const RequestName name = name_of(some_request);
  std::set<OperationId> all;
  const std::set<KeyUse> uses{0, 1, 255, 256, 20'787, key_uses - 1};
  for (const KeyUse at : uses) {
    for (const unsigned part : {0U, 1U, request_parts - 1}) {
      const OperationId id = operation_of(name, at, static_cast<std::uint8_t>(part));
      CHECK(name_in(id) == name);
      CHECK(key_use_in(id) == at);
      CHECK(part_in(id) == part);
      CHECK_FALSE(is_answer(id));
      all.insert(id);
    }
    const OperationId answer = answer_operation_of(name, at);
    CHECK(name_in(answer) == name);
    CHECK(key_use_in(answer) == at);
    CHECK(is_answer(answer));
    all.insert(answer);
  }
  CHECK(all.size() == uses.size() * 4);
}

TEST_CASE("a use of a key is named by its day") {
  using namespace std::chrono;
  const Time noon = sys_days{2026y / November / 30} + 12h;
  CHECK(key_use_at(noon) == 20'787);
  CHECK(key_use_at(noon + 11h) == key_use_at(noon));
  CHECK(key_use_at(noon + 24h) == key_use_at(noon) + 1);
  CHECK(key_use_at(Time{}) == 0);
  CHECK(key_use_at(Time{} - 1h) == key_uses - 1);
  CHECK(key_use_at(Time{} + days{key_uses}) == 0);
}
