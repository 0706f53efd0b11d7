#include <breakerd/events/model/time.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

Time micros(std::int64_t count) { return Time{Duration{count}}; }

}  // namespace

TEST_CASE("a moment is written in RFC 3339 with six digits") {
  CHECK(to_rfc3339(micros(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(micros(1)) == "1970-01-01T00:00:00.000001Z");
  CHECK(to_rfc3339(micros(951'868'799'999'999)) == "2000-02-29T23:59:59.999999Z");
  CHECK(to_rfc3339(micros(1'795'472'045'000'042)) == "2026-11-23T22:14:05.000042Z");
  CHECK(to_rfc3339(micros(253'402'300'799'999'999)) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("what was written is read back") {
  for (std::int64_t count = 1; count < 253'402'300'799'999'999; count = count * 3 + 7)
    CHECK(parse_rfc3339(to_rfc3339(micros(count))) == micros(count));
}

TEST_CASE("offsets, short and long fractions and small letters are read") {
  const Time expected = micros(1'795'472'045'000'000);
  CHECK(parse_rfc3339("2026-11-23T22:14:05Z") == expected);
  CHECK(parse_rfc3339("2026-11-23t22:14:05z") == expected);
  CHECK(parse_rfc3339("2026-11-23T23:14:05+01:00") == expected);
  CHECK(parse_rfc3339("2026-11-23T16:44:05-05:30") == expected);
  CHECK(parse_rfc3339("2026-11-24T22:13:05+23:59") == expected);
  CHECK(parse_rfc3339("2026-11-23T22:14:05.5Z") == expected + std::chrono::milliseconds{500});
  CHECK(parse_rfc3339("2026-11-23T22:14:05.000001999Z") == expected + Duration{1});
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
}

TEST_CASE("anything else is refused") {
  for (const char* text : {"",
                           "Z",
                           "2026",
                           "2026-11-23",
                           "2026-11-23T22:14:05",
                           "2026-11-23 22:14:05Z",
                           "2026-11-23T22:14Z",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T22:60:05Z",
                           "2026-11-23T22:14:60Z",
                           "2026-13-23T22:14:05Z",
                           "2026-00-23T22:14:05Z",
                           "2026-11-31T22:14:05Z",
                           "2026-11-00T22:14:05Z",
                           "2025-02-29T00:00:00Z",
                           "2026-11-23T22:14:05.Z",
                           "2026-11-23T22:14:05.1234567890Z",
                           "2026-11-23T22:14:05,5Z",
                           "2026-11-23T22:14:05+1:00",
                           "2026-11-23T22:14:05+01",
                           "2026-11-23T22:14:05+24:00",
                           "2026-11-23T22:14:05+01:60",
                           "2026-11-23T22:14:05+0100",
                           "2026-11-23T22:14:05Z ",
                           " 2026-11-23T22:14:05Z",
                           "+026-11-23T22:14:05Z",
                           "2026-1 -23T22:14:05Z",
                           "2026-11-23T22:14:05ZZ",
                           "26-11-23T22:14:05Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}
