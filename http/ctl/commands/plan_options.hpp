#pragma once
// The options of close and of resume-queue that are about the jobs that wait and how work begins, and what comes before
// such a command.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {

/// --action, --canary, --ramp-from, --ramp-to, --ramp-over, --dry-run, --yes.
struct PlanOptions {
  std::vector<std::string> actions;
  std::uint64_t canary = 0;                   ///< 0: not given
  std::string ramp_from, ramp_to, ramp_over;  ///< as typed; empty: not given
  bool dry_run = false;
  bool yes = false;

  void declare(CLI::App& app);

  /// Puts the plan into the body of the call, if there is one. Names of campaigns are looked up.
  [[nodiscard]] std::optional<CliError> add_to(Json& body, HttpClient& client) const;

 private:
  [[nodiscard]] CliResult<Json> read_actions(HttpClient& client) const;
};

/// Shows what the call to `path` with `body` would do to the jobs that wait, and how work would begin: always with
/// --dry-run, and before the call is made where a person at a terminal is asked. Gives the exit code when the call is
/// not to be made: the preview was all, it failed, or the person said no. `question` is what is asked.
[[nodiscard]] std::optional<int> look_first(const Context& context, HttpClient& client, const PlanOptions& options,
                                            const std::string& path, const Json& body, std::string_view question);

}  // namespace breakerd::ctl
