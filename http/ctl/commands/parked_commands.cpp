// parked list|release|cancel: jobs that a plan has put aside.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/commands/many_jobs.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view parked_path = "/api/v1/parked";

std::vector<std::string> parked_row(const Json& job, const Terminal& terminal) {
  return {cell_at(job, "id"),          cell_at(job, "job_type"),
          cell_at(job, "service"),     cell_at(job, "name"),
          cell_at(job, "campaign_id"), terminal.without_colour().time_and_age(cell_at(job, "created_at")),
          cell_at(job, "pause_reason")};
}

Command list_parked_command() {
  struct Options {
    std::string campaign, type, service;
    PageOptions page;
  };
  return {"parked list", "List parked jobs", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--campaign", options->campaign,
                           "Only those of this campaign: its id, or a name that is unique")
                ->check(not_empty());
            app.add_option("--type", options->type, "Only those of this job type");
            app.add_option("--service", options->service, "Only those of this service")->transform(service_name());
            options->page.declare(app);
            return [options](const Context& context) {
              Listing listing{std::string{parked_path},
                              "jobs",
                              {"ID", "TYPE", "SERVICE", "NAME", "CAMPAIGN", "CREATED", "WHY"},
                              [&](const Json& job) { return parked_row(job, context.terminal()); }};
              if (!options->campaign.empty()) {
                auto client = context.client();
                const auto id = find_campaign(client, options->campaign);
                if (!id) return context.fail(id.error());
                add_query(listing.target, "campaign_id", *id);
              }
              add_query(listing.target, "job_type", options->type);
              add_query(listing.target, "service", options->service);
              return print_listing(context, listing, options->page);
            };
          }};
}

int run_end(const Context& context, const ManyJobs& options, std::string_view verb) {
  const bool names_some = !options.ids.empty() || options.has_filter();
  if (!names_some && !options.all)
    return context.fail(usage_error(fmt::format("parked {} needs ids, a filter, or --all", verb)));
  if (names_some && options.all)
    return context.fail(usage_error("--all is for all parked jobs: leave out ids and filters"));
  return start_command(context, options, fmt::format("{}/{}", parked_path, verb), Json::object());
}

Command end_command(const char* verb, const char* summary) {
  return {fmt::format("parked {}", verb), summary, [verb](CLI::App& app) -> Runner {
            auto options = std::make_shared<ManyJobs>();  // shared: the parser writes it, the runner reads it
            options->declare(app);
            app.add_option("--older-than-ms", options->older_than_ms, "Only those enqueued so long ago or longer")
                ->check(CLI::Range(std::uint64_t{1}, limits::delay_ms_max));
            app.add_flag("--all", options->all, "All parked jobs");
            return [options, verb](const Context& context) { return run_end(context, *options, verb); };
          }};
}

}  // namespace

std::vector<Command> parked_commands() {
  return {list_parked_command(), end_command("release", "Let workers have parked jobs"),
          end_command("cancel", "Cancel parked jobs")};
}

}  // namespace breakerd::ctl
