#pragma once
// Brings commands into their normal form and checks them against limits.hpp. Pure: no clock, no I/O, no JSON library.
//
// Normal form: service names folded to lower case; a missing reason is "no reason given"; texts of error reports
// (error, error_type) made valid UTF-8 and cut to their bound, because a report of a failure must never be lost for
// being long; everything else is refused rather than changed. Lease tokens are left alone: whatever is not the living
// lease's token is `stale_lease`, not `invalid`.

#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// Checks and normalises `command` in place. Errors:
///   invalid  every refused field is in `fields` with what was expected of it; jobs of a batch are named
///   `[17].job_type` limit    a payload, result, metadata or batch is larger than allowed; `fields` names it
/// After an error the command is valid to destroy and to look at, and has its service names folded.
[[nodiscard]] Result<void> validate(Command& command);

/// A failure of a service counts even when the rest of its report is refused (design, rule 8): the report as it can be
/// recorded all the same. A label that is none moves into the text; a text that is empty becomes `no_error`.
[[nodiscard]] RecordFailure recordable(RecordFailure report);

/// Takes the label out of a report, for one that is not to be used as such, and keeps it in the text.
void move_label_into_text(RecordFailure& report);

/// What the refusal of such a report says at its end.
inline constexpr std::string_view counted_all_the_same =
    "; the failure was recorded all the same and the circuit is open";

/// True for [a-z0-9][a-z0-9._-]{0,63}.
[[nodiscard]] bool is_service_name(std::string_view name) noexcept;

/// A to Z become a to z; everything else stays.
void fold_case(std::string& text) noexcept;

/// Replaces what is not UTF-8 by U+FFFD and cuts to at most `bytes_max`, never inside a code point.
void clip_text(std::string& text, std::size_t bytes_max);

/// What is recorded as the reason when none was given.
inline constexpr std::string_view no_reason = "no reason given";

/// What is recorded as the error when none was given.
inline constexpr std::string_view no_error = "no error given";

/// What a service name has to look like, for error answers.
inline constexpr std::string_view service_expected =
    "a service name: 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit";

}  // namespace breakerd
