#pragma once
// What one simulation does: its seed, and what is left out of it. A seed that fails is shrunk by leaving out what it
// fails without (shrink.hpp); what is left fits in a line, and that line repeats it.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace breakerd::simulation {

/// How many moves each user had the time for, done or left out.
using Moves = std::map<std::string, std::uint32_t>;

struct Script {
  std::uint64_t seed = 1;
  std::size_t calls = 500;                                 ///< of the users, before the faults stop
  std::set<std::string> without;                           ///< kinds of faults, of `fault_kinds`
  std::set<std::string> silent;                            ///< users who make no move
  std::map<std::string, std::set<std::uint32_t>> skipped;  ///< moves that are left out, by user; the first is 0

  [[nodiscard]] bool does(const std::string& user, std::uint32_t move) const;

  friend bool operator==(const Script&, const Script&) = default;
};

/// "seed=7 calls=43 without=kills,stops silent=auditor1 skip=producer1:0-4,worker1:7"; what is at its default is not
/// written, but for the seed.
[[nodiscard]] std::string to_string(const Script& script);

/// nullopt: `text` is not what to_string() gives. Members may stand in any order, each once; `seed` must be there.
[[nodiscard]] std::optional<Script> parse_script(std::string_view text);

}  // namespace breakerd::simulation
