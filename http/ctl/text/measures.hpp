#pragma once
// Lengths of time and rates, as a person writes and reads them. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakerd::ctl {

/// "1d12h" in milliseconds: 90s, 15m, 2h, 1d or 1w, several of them together, or 1500ms. nullopt when it is no length
/// of time, or one of more than `most_ms`.
[[nodiscard]] std::optional<std::uint64_t> parse_length(std::string_view text, std::uint64_t most_ms);
inline constexpr std::string_view length_expected = "a length of time such as 90s, 15m, 2h or 1d12h";

/// "0.5" in thousandths: a number with up to three decimals, from 0.001 to what a rate of leases may be. nullopt when
/// it is none.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text);
/// What a rate is, for the refusal of one.
[[nodiscard]] std::string rate_expected();

/// "12s", "3m 5s", "2h", and "250ms" below a second.
[[nodiscard]] std::string length_text(std::uint64_t ms);

}  // namespace breakerd::ctl
