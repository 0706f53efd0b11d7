#pragma once
// Results in tests. Not CHECK(result): Boost's way of printing one wants a printable error.

#include <utility>

#include <breakerd/events/model/error.hpp>
#include "tests/support/catch.hpp"

namespace breakerd::test {

/// Fails the test when `result` is an error, else gives its value.
template <class T>
T must(Result<T> result) {
  if (!result) FAIL(to_string(result.error().code) << ": " << result.error().detail);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) FAIL(to_string(result.error().code) << ": " << result.error().detail);
}

/// The error; fails the test when there is none.
template <class T>
Error error_of(const Result<T>& result) {
  if (result) FAIL("was not refused");
  return result.error();
}

/// The error's code; fails the test when there is none.
template <class T>
ErrorCode refusal(const Result<T>& result) {
  return error_of(result).code;
}

}  // namespace breakerd::test
