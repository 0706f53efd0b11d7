#include <breakerd/http/ctl/commands/job_options.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {

void JobOptions::declare(CLI::App& app) {
  app.add_option("--type", defaults.job_type, "Job type");
  const auto add = [&](const char* name, auto& value, const char* what) {
    CLI::Option* option = app.add_option(name, value, what);
    beside_type_.push_back(option);
    return option;
  };
  add("--payload", payload, "JSON for the worker");
  add("--name", defaults.name, "A name for people");
  add("--description", description, "A description for people");
  add("--campaign", defaults.campaign, "Campaign that the job belongs to: its id, or a name that is unique")
      ->check(not_empty());
  add("--service", defaults.service, "Outside dependency that the job needs, a label");
  add("--max-attempts", defaults.max_attempts, "Attempts before it is FAILED")
      ->check(CLI::Range(1u, limits::max_attempts_max));
  add("--max-expiries", defaults.max_expiries, "Lost leases that it survives; one more: FAILED")
      ->check(CLI::Range(1u, limits::max_expiries_max));
  add("--timeout-ms", defaults.timeout_ms, "How long a run may take; one more failed attempt then")
      ->check(CLI::Range(limits::timeout_ms_min, limits::timeout_ms_max));
  add("--priority", defaults.priority, "Greater ones are leased first")
      ->check(CLI::Range(limits::priority_min, limits::priority_max));
  add("--expires-in-ms", defaults.expires_in_ms,
      "EXPIRED when it was not started within so many milliseconds from when it is enqueued")
      ->check(CLI::Range(std::uint64_t{1}, limits::expires_in_ms_max));
  add("--retry-delays-ms", defaults.retry_delays_ms,
      "Milliseconds between attempts, with commas; the last number is kept")
      ->delimiter(',')
      ->check(CLI::Range(0u, limits::retry_delay_ms_max));
}

std::string JobOptions::given_without_type() const {
  for (const CLI::Option* option : beside_type_)
    if (option->count() > 0) return option->get_name();
  return {};
}

CliResult<std::string> JobOptions::text(const Context& context) const {
  if (defaults.job_type.empty()) return usage_error("a job needs its --type");
  if (const auto problem = payload.empty() ? "" : json_problem(payload, json_depth_max - 1); !problem.empty())
    return usage_error("--payload: " + problem + "; a string needs its quotes");
  const auto found = with_campaign_id(context, defaults);
  if (!found) return found.error();
  auto job = job_text(*found, payload);
  if (!description.empty()) job.insert(job.size() - 1, ",\"description\":" + json_string(description));
  return job;
}

CliResult<JobDefaults> with_campaign_id(const Context& context, JobDefaults defaults) {
  if (defaults.campaign.empty()) return defaults;
  auto client = context.client();
  auto id = find_campaign(client, defaults.campaign);
  if (!id) return id.error();
  defaults.campaign = *id;
  return defaults;
}

}  // namespace breakerd::ctl
