// An append whose precondition cannot be looked at is not refused: nobody knows whether it holds.

#include <array>

#include "tests/support/append.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"

using namespace breakerd;
using namespace breakerd::test;

TEST_CASE("a precondition that cannot be read fails the whole commit, and those behind it are not judged") {
  MemoryLog log;
  wrote(log, {enqueued(1)});

  std::array<Append, 2> appends{together({enqueued(2)}), together({leased(2)})};
  appends[0].preconditions.emplace_back(KeyAt{"a key", 0});
  log.fail_next_get(Table::unique_keys);
  const auto answers = log.append(appends);
  REQUIRE_FALSE(answers);
  CHECK(answers.error().code == ErrorCode::storage);
  CHECK(log.head().seq == 1);
  CHECK(log.fault_pending());

  must(log.reopen());
  std::array<Append, 2> again{together({enqueued(2)}), together({leased(2)})};
  again[0].preconditions.emplace_back(KeyAt{"a key", 0});
  const auto both = must(log.append(again));
  CHECK(both[0]);
  CHECK(both[1]);
  CHECK(log.head().seq == 3);
}
