// Shorter scripts: what is left fails, and nothing of it can be left out.

#include "tests/simulation/shrink.hpp"

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

const Moves all_moves{{"operator1", 10}, {"producer1", 20}, {"worker1", 30}};

/// Fails when the operator's move 3 and the producer's moves 7 and 8 are made, processes are killed, and there are 17
/// calls or more.
std::optional<Moves> fails(const Script& script) {
  const bool made = script.does("operator1", 3) && script.does("producer1", 7) && script.does("producer1", 8);
  if (!made || script.without.contains("kills") || script.calls < 17) return std::nullopt;
  return all_moves;
}

std::size_t moves_made(const Script& script) {
  std::size_t made = 0;
  for (const auto& [user, count] : all_moves)
    for (std::uint32_t move = 0; move < count; ++move) made += script.does(user, move) ? 1 : 0;
  return made;
}

}  // namespace

TEST_CASE("a script is shrunk to what it does not fail without") {
  const Script shorter = shrink(Script{}, all_moves, fails);
  CHECK(fails(shorter));
  CHECK(shorter.calls == 17);
  CHECK(shorter.silent == std::set<std::string>{"worker1"});
  CHECK_FALSE(shorter.without.contains("kills"));
  CHECK(shorter.without.contains("failed_syncs"));
  CHECK(moves_made(shorter) == 3);
}

TEST_CASE("shrinking ends with its tries, and gives what failed last") {
  std::size_t tries = 0;
  const auto counted = [&](const Script& script) {
    ++tries;
    return fails(script);
  };
  const Script shorter = shrink(Script{}, all_moves, counted, 5);
  CHECK(tries == 5);
  CHECK(fails(shorter));
}

TEST_CASE("a script that fails whatever is left out is shrunk to nothing") {
  const Script shorter = shrink(Script{}, all_moves, [](const Script&) { return all_moves; });
  CHECK(shorter.calls == 1);
  CHECK(moves_made(shorter) == 0);
}
