#pragma once
// Commands about many jobs: which jobs, and their start.

#include <cstdint>
#include <string>
#include <vector>

#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {

/// The options that every such command has.
struct ManyJobs {
  std::vector<std::uint64_t> ids;
  std::string campaign, type, service, reason;
  std::uint64_t older_than_ms = 0;
  bool all = false;
  bool dry_run = false;

  /// All but --older-than-ms and --all, which mean something else in each command.
  void declare(CLI::App& app);
  [[nodiscard]] bool has_filter() const {
    return !campaign.empty() || !type.empty() || !service.empty() || older_than_ms > 0;
  }
};

/// Sends the command to `path` and prints it, or with --dry-run how many jobs match. `filter` has what else must match.
/// Gives the exit code.
[[nodiscard]] int start_command(const Context& context, const ManyJobs& options, const std::string& path, Json filter);

}  // namespace breakerd::ctl
