#pragma once
// How work begins behind a plan, in words, from the JSON in which the API says it. Printable. Pure.

#include <string>

#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// "work begins with 10 jobs; when so many have succeeded, jobs are leased from 1 to 50 per second over 10m". `plan` is
/// what a call sends, or a plan's command. Empty when it has neither a canary nor a ramp.
[[nodiscard]] std::string begin_text(const Json& plan);

/// "at that rate 1200 jobs take 2m 3s or longer", of the ramp of a plan and of `data`, the answer to its dry run. Empty
/// without a ramp, and when it keeps back nothing.
[[nodiscard]] std::string drain_text(const Json& plan, const Json& data);

/// A rollout as `status` and `ramp` have it, in one or two lines: how far it is, and what ends it. Empty when there is
/// none.
[[nodiscard]] std::string rollout_lines(const Json& rollout, const Terminal& terminal);

/// All that is known of one, in lines.
[[nodiscard]] std::string rollout_text(const Json& rollout, const Terminal& terminal);

}  // namespace breakerd::ctl
