#include <breakerd/http/ctl/commands/many_jobs.hpp>

#include <fmt/format.h>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/text/plan_text.hpp>

namespace breakerd::ctl {

void ManyJobs::declare(CLI::App& app) {
  app.add_option("ids", ids, "Ids of such jobs; without them, all that match")
      ->check(whole_number(1))
      ->expected(0, static_cast<int>(limits::job_command_ids_max));
  app.add_option("--campaign", campaign, "Only those of this campaign: its id, or a name that is unique")
      ->check(not_empty());
  app.add_option("--type", type, "Only those of this job type");
  app.add_option("--service", service, "Only those of this service")->transform(service_name());
  app.add_flag("--dry-run", dry_run, "Only say how many match");
  app.add_option("--reason", reason, "Why, for the log");
}

int start_command(const Context& context, const ManyJobs& options, const std::string& path, Json filter) {
  auto client = context.client();
  if (!options.ids.empty()) filter["ids"] = options.ids;
  if (!options.campaign.empty()) {
    const auto id = find_campaign(client, options.campaign);
    if (!id) return context.fail(id.error());
    filter["campaign_id"] = *id;
  }
  if (!options.type.empty()) filter["job_type"] = options.type;
  if (!options.service.empty()) filter["service"] = options.service;
  if (options.older_than_ms > 0) filter["older_than_ms"] = options.older_than_ms;
  Json body{{"filter", filter}};
  if (!options.reason.empty()) body["reason"] = options.reason;
  const std::string target = path + (options.dry_run ? "?dry_run=true" : "");
  auto reply = client.call({Verb::post, target, body.dump(), options.dry_run ? Repeat::safe : Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
  } else if (options.dry_run) {
    context.out() << fmt::format("{} jobs match\n", number_at(reply->data(), "matched")) << std::flush;
  } else {
    context.out() << command_text(reply->data()) << '\n' << std::flush;
  }
  return 0;
}

}  // namespace breakerd::ctl
