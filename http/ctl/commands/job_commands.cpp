// jobs list|show|cancel.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::size_t error_cell_bytes_max = 60;

std::string error_cell(const Json& job) {
  const auto whole = cell_at(job, "error");
  const auto cut = utf8_prefix(whole, error_cell_bytes_max);
  return cut.size() == whole.size() ? whole : std::string{cut} + "...";
}

std::vector<std::string> job_row(const Json& job, const Terminal& terminal) {
  return {cell_at(job, "id"),
          cell_at(job, "status"),
          fmt::format("{}/{}", number_at(job, "attempts"), number_at(job, "max_attempts")),
          cell_at(job, "job_type"),
          cell_at(job, "name"),
          cell_at(job, "campaign_id"),
          terminal.time(cell_at(job, "created_at")),
          error_cell(job)};
}

Command list_jobs_command() {
  struct Options {
    std::string status, campaign, type;
    PageOptions page;
  };
  return {"jobs list", "List jobs", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--status", options->status,
                           "Only those: PENDING, PROCESSING, PAUSED, COMPLETED, FAILED, CANCELLED, EXPIRED")
                ->check(one_of({"PENDING", "PROCESSING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED", "EXPIRED"}));
            app.add_option("--campaign", options->campaign,
                           "Only those of this campaign: its id, or a name that is unique")
                ->check(not_empty());
            app.add_option("--type", options->type, "Only those of this job type");
            options->page.declare(app);
            return [options](const Context& context) {
              Listing listing{std::string{jobs_path},
                              "jobs",
                              {"ID", "STATUS", "ATTEMPTS", "TYPE", "NAME", "CAMPAIGN", "CREATED", "ERROR"},
                              [&](const Json& job) { return job_row(job, context.terminal()); }};
              add_query(listing.target, "status", options->status);
              if (!options->campaign.empty()) {
                auto client = context.client();
                const auto id = find_campaign(client, options->campaign);
                if (!id) return context.fail(id.error());
                add_query(listing.target, "campaign_id", *id);
              }
              add_query(listing.target, "job_type", options->type);
              return print_listing(context, listing, options->page);
            };
          }};
}

Command show_job_command() {
  return {"jobs show", "Show a job", [](CLI::App& app) -> Runner {
            auto id = std::make_shared<std::uint64_t>();  // shared: the parser writes it, the runner reads it
            app.add_option("id", *id, "The job's id")->required()->check(whole_number(1));
            return [id](const Context& context) {
              auto client = context.client();
              return print_object(context, client, {Verb::get, fmt::format("{}/{}", jobs_path, *id), "", Repeat::safe});
            };
          }};
}

Command cancel_command() {
  struct Options {
    std::uint64_t id = 0;
    std::string reason;
  };
  return {"jobs cancel", "Cancel a job", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("id", options->id, "The job's id")->required()->check(whole_number(1));
            app.add_option("--reason", options->reason, "Why, for the log");
            return [options](const Context& context) {
              const auto body =
                  options->reason.empty() ? std::string{} : "{\"reason\":" + json_string(options->reason) + "}";
              auto reply = context.client().call(
                  {Verb::post, fmt::format("{}/{}/cancel", jobs_path, options->id), body, Repeat::keyed});
              if (!reply) return context.fail(reply.error());
              if (context.json()) {
                context.print_json(reply->raw());
              } else {
                context.out() << fmt::format("job {} {}\n", options->id, printable(text_at(reply->data(), "status")))
                              << std::flush;
              }
              return 0;
            };
          }};
}

}  // namespace

std::vector<Command> job_commands() { return {list_jobs_command(), show_job_command(), cancel_command()}; }

}  // namespace breakerd::ctl
