#pragma once
// Why a job waits, in words, from the JSON of GET /api/v1/jobs/{id}/why (docs/http-api.md). Kinds that are not known
// here are shown all the same. Pure.

#include <string>

#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// A line about the job, and for each condition what it is, since when, by whom, until when, and how it ends.
[[nodiscard]] std::string why_text(const Json& why, const Terminal& terminal);

}  // namespace breakerd::ctl
