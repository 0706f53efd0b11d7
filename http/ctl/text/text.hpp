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

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Length of the well-formed UTF-8 sequence at `at` (Unicode, table 3-7), 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text, std::size_t at) noexcept;

/// `text` with every byte that is not part of UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

/// The longest prefix of at most `bytes_max` bytes that does not cut a UTF-8 sequence.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) noexcept;
/// The longest such suffix.
[[nodiscard]] std::string_view utf8_suffix(std::string_view text, std::size_t bytes_max) noexcept;

/// Passes over a byte order mark of UTF-8 at the place of `in`; false when it begins like one and is none.
[[nodiscard]] bool skip_byte_order_mark(std::istream& in);

/// Splits at commas; empty parts and spaces around parts are dropped.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// How many columns UTF-8 text takes: its code points.
[[nodiscard]] std::size_t width(std::string_view text) noexcept;

}  // namespace breakerd::ctl
