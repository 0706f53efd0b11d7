#pragma once
// JSON as text and as a tree. A payload goes from the producer to the worker's command without being read into a tree
// and written again, so that its numbers keep all their digits and its members their order. Any thread.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/json/json_check.hpp>

namespace breakerd::ctl {

using Json = nlohmann::ordered_json;

// The functions below take valid JSON (is_json, or parsed before) and give slices of it.

/// The value of the first member named `key`, however the name is escaped; nullopt when there is none or `object` is
/// not an object.
[[nodiscard]] std::optional<std::string_view> raw_member(std::string_view object, std::string_view key);

/// The elements of an array; empty when it is not one.
[[nodiscard]] std::vector<std::string_view> raw_elements(std::string_view array);

/// Without the white space between tokens: one line. What is not JSON is left as it is from there on.
[[nodiscard]] std::string compact(std::string_view json);

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

/// Length of the longest prefix of `text` whose json_string() has at most `json_bytes_max` (2 and up) bytes and that
/// cuts no UTF-8 sequence.
[[nodiscard]] std::size_t json_string_prefix(std::string_view text, std::size_t json_bytes_max) noexcept;

// Tolerant reading of the daemon's answers: what is missing or of another type reads as empty.

[[nodiscard]] std::string text_at(const Json& object, std::string_view key);
[[nodiscard]] std::uint64_t number_at(const Json& object, std::string_view key);
[[nodiscard]] bool flag_at(const Json& object, std::string_view key);
/// The member, or a null value that lives for ever.
[[nodiscard]] const Json& member_at(const Json& object, std::string_view key);
/// The element, or the same null value.
[[nodiscard]] const Json& element_at(const Json& array, std::size_t index);
/// A scalar in the form a table shows: strings bare, null as "-".
[[nodiscard]] std::string cell_at(const Json& object, std::string_view key);

}  // namespace breakerd::ctl
