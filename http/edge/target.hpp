#pragma once
// Request targets: what is let in, and percent-decoding.

#include <optional>
#include <string>
#include <string_view>

namespace breakerd::http {

/// Why a target is refused, for a person; empty when it is fine. Only the origin form is let in (RFC 9112, 3.2.1), of
/// visible ASCII without '#', well-formed percent-encoding that hides no control character, slash or non-ASCII byte in
/// the path, and no dot segments, encoded or not.
[[nodiscard]] std::string_view refuse_target(std::string_view target);

/// Splits at the first '?'.
struct TargetParts {
  std::string_view path;
  std::string_view query;
};
[[nodiscard]] TargetParts split_target(std::string_view target);

/// Percent-decodes `text`, and '+' to a space when `plus_is_space`; nullopt when malformed or not UTF-8 or with NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace breakerd::http
