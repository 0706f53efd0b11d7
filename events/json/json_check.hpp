#pragma once
// Whether a text is JSON, for commands that did not come over HTTP. Pure; any thread. Texts in the log are shown as
// they are, within larger JSON: one that is not JSON would spoil every answer it is part of.

#include <cstddef>
#include <string>
#include <string_view>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// Deepest nesting breakerd takes.
inline constexpr std::size_t json_depth_max = 32;

/// Whether `text` is one JSON value in UTF-8, nested at most `depth_max` deep (64 at most). Never throws,
/// never recurses.
[[nodiscard]] bool is_json(std::string_view text, std::size_t depth_max = json_depth_max);

/// What keeps it from being that, e.g. "not a JSON value (at byte 7)"; empty when nothing does.
[[nodiscard]] std::string json_problem(std::string_view text, std::size_t depth_max = json_depth_max);

/// What validate() leaves out, because the HTTP reader has done it: `invalid`, naming each payload, result and metadata
/// that is neither empty nor JSON.
[[nodiscard]] Result<void> check_json(const Command& command);

}  // namespace breakerd
