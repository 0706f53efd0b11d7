#pragma once
// Plans, and commands about many jobs, in words, from the JSON in which the API says them. Pure.

#include <string>

#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// What a plan would do, as a table. `data` of the answer to a dry run.
[[nodiscard]] std::string preview_text(const Json& data, const Terminal& terminal);

/// A command about many jobs in one line. Printable.
[[nodiscard]] std::string command_text(const Json& command);

}  // namespace breakerd::ctl
