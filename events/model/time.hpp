#pragma once
// Wall time as the log keeps it: microseconds since the Unix epoch, UTC.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace breakerd {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

/// "No such moment" in rows and views. The epoch itself never occurs as an event's time.
inline constexpr Time no_time{};

/// RFC 3339 in UTC with six digits, e.g. 2026-11-23T22:14:05.000042Z. Years 1970 to 9999.
[[nodiscard]] std::string to_rfc3339(Time time);
void append_rfc3339(std::string& out, Time time);

/// Takes RFC 3339 with an offset or Z and up to nine digits of a second (cut to microseconds).
[[nodiscard]] std::optional<Time> parse_rfc3339(std::string_view text);

}  // namespace breakerd
