#pragma once
// Text for a terminal. What the daemon and the files say may hold anything, so nothing of it reaches a terminal raw.
// Pure functions; any thread.

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace breakerd::ctl {

/// `text` with control characters (C0, DEL, C1) written as \n, \t or \xNN.
[[nodiscard]] std::string printable(std::string_view text);

/// Passes over a byte order mark of UTF-8 at the place of `in`; false when it begins like one and is none.
[[nodiscard]] bool skip_byte_order_mark(std::istream& in);

/// Splits at commas; empty parts and spaces around parts are dropped.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// How many columns UTF-8 text takes: its code points.
[[nodiscard]] std::size_t width(std::string_view text) noexcept;

}  // namespace breakerd::ctl
