#pragma once
// The options of a job: for one that is enqueued, and for the job of a schedule.

#include <string>
#include <vector>

#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/commands/job_source.hpp>

namespace breakerd::ctl {

struct JobOptions {
  JobDefaults defaults;
  std::string payload;
  std::string description;

  /// --type, --payload, and all that says nothing of when the job runs but --expires-in-ms.
  void declare(CLI::App& app);

  /// The first option that was given and says something of a job, but --type; empty: none was. The parser lives yet.
  [[nodiscard]] std::string given_without_type() const;

  /// The job as JSON text, with the campaign's id where its name was given. A usage error when it has no type, or when
  /// the payload is no JSON.
  [[nodiscard]] CliResult<std::string> text(const Context& context) const;

 private:
  std::vector<const CLI::Option*> beside_type_;
};

/// `defaults` with the campaign's id where its name was given.
[[nodiscard]] CliResult<JobDefaults> with_campaign_id(const Context& context, JobDefaults defaults);

}  // namespace breakerd::ctl
