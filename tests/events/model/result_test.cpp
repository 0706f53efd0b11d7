#include <breakerd/events/model/error.hpp>

#include <memory>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

Result<std::string> text_or(bool good) {
  if (!good) return make_error(ErrorCode::invalid, "not good");
  return "good";
}

}  // namespace

TEST_CASE("a result is a value or an error, and both convert to it") {
  const Result<std::string> good = text_or(true);
  REQUIRE(good);
  CHECK(good.has_value());
  CHECK_FALSE(good.has_error());
  CHECK(*good == "good");
  CHECK(good->size() == 4);
  CHECK(good.value() == "good");
  CHECK(good.value_or("other") == "good");

  const Result<std::string> bad = text_or(false);
  REQUIRE_FALSE(bad);
  CHECK(bad.has_error());
  CHECK(bad.error().code == ErrorCode::invalid);
  CHECK(bad.value_or("other") == "other");
}

TEST_CASE("value() of an error throws what the error says") {
  CHECK_THROWS_WITH(text_or(false).value(), "not good");
  CHECK_THROWS_AS(text_or(false).value(), BadResult);
  const Result<void> bad = make_error(ErrorCode::limit, "too much");
  CHECK_THROWS_WITH(bad.value(), "too much");
  CHECK_THROWS_WITH((ResultOf<int, bool*>{static_cast<bool*>(nullptr)}.value()), "there is no value");
}

TEST_CASE("a result that has nothing yet has the default value") {
  const Result<int> number;
  CHECK(*number == 0);
  const Result<void> done;
  CHECK(done);
  CHECK_NOTHROW(done.value());
}

TEST_CASE("values that cannot be copied come out of a result by moving") {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(made);
  CHECK(*taken == 7);
  CHECK(*Result<std::unique_ptr<int>>{std::make_unique<int>(8)}.value() == 8);
}

TEST_CASE("a result takes another value or error later") {
  Result<std::string> result = text_or(true);
  result = make_error(ErrorCode::corrupt, "damaged");
  CHECK(result.error().detail == "damaged");
  result = std::string{"mended"};
  CHECK(*result == "mended");
}
