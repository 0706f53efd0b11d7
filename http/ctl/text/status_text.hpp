#pragma once
// The state of the daemon in words, from the JSON in which status and replay say it (docs/http-api.md). What is missing
// there is missing here, so it reads the answers of older daemons too. Pure.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/text/json_text.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {

/// The circuit: its state, and below it what is known of this opening, or of the close.
[[nodiscard]] std::string circuit_text(const Json& circuit, const Terminal& terminal);

/// Circuit, queue, what holds the campaigns, and all counts. `data` of GET queue-management/status, or of a replay.
[[nodiscard]] std::string status_text(const Json& data, const Terminal& terminal);

/// "jobs of type mail of service apollo": what a hold on jobs covers. Printable.
[[nodiscard]] std::string held_jobs_text(const Json& hold);

/// What keeps campaigns paused while the circuit does not, and the command that ends it.
struct Held {
  std::vector<std::string> holds;  ///< a line each; empty when operators paused them one by one
  std::string command;
};

/// nullopt when no campaign is paused. `data` as for status_text. Texts are printable.
[[nodiscard]] std::optional<Held> held_campaigns(const Json& data, const Terminal& terminal);

/// The same in one line, for a log.
[[nodiscard]] std::string one_line(const Held& held);

/// The commands that end an opening: close, with its epoch, and resume-queue.
[[nodiscard]] std::string close_command_text(std::uint64_t epoch);

}  // namespace breakerd::ctl
