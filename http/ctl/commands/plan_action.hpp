#pragma once
// An action of a plan as a person writes it. --action.

#include <string_view>

#include <breakerd/http/ctl/text/error.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {

/// Takes a verb (release, park or cancel) and, behind it, what must match: older-than=2h, type=mail, service=smtp,
/// campaign=ID. A value with blanks stands in quotes, ' or ". A length of time is 90s, 15m, 2h, 1d or 1w, several of
/// them together, or 1500ms. Gives the action as the API takes it; `campaign_id` is what was written, an id or a name.
/// Anything else is a usage error. Pure.
[[nodiscard]] CliResult<Json> parse_plan_action(std::string_view text);

}  // namespace breakerd::ctl
