#pragma once
// The cursor of a list in order of numbers: the last number of the page before, as text.

#include <charconv>
#include <cstdint>
#include <string_view>

#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// 0 for an empty one. `invalid`, naming the field `cursor`, for a text that is no number.
[[nodiscard]] inline Result<std::uint64_t> parse_number_cursor(std::string_view cursor) {
  std::uint64_t number = 0;
  if (cursor.empty()) return number;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  if (error != std::errc{} || end != cursor.data() + cursor.size())
    return invalid_field("cursor", "the next_cursor of the page before");
  return number;
}

}  // namespace breakerd
