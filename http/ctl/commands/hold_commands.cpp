// holds: jobs of a service or of a type are kept back.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/status_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view holds_path = "/api/v1/holds";

std::vector<std::string> hold_row(const Json& hold, const Terminal& terminal) {
  return {cell_at(hold, "id"),
          cell_at(hold, "service"),
          cell_at(hold, "job_type"),
          cell_at(hold, "campaign_id"),
          cell_at(hold, "waiting"),
          cell_at(hold, "principal"),
          terminal.without_colour().time_and_age(cell_at(hold, "placed_at")),
          cell_at(hold, "reason")};
}

Command list_holds_command() {
  return {"holds list", "List the holds on jobs, and how many ready jobs each keeps back", [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{std::string{holds_path},
                                    "holds",
                                    {"ID", "SERVICE", "TYPE", "CAMPAIGN", "WAITING", "BY", "SINCE", "REASON"},
                                    [&](const Json& hold) { return hold_row(hold, context.terminal()); }};
              return print_listing(context, listing, *page);
            };
          }};
}

int print_hold(const Context& context, const CliResult<Reply>& reply, std::string_view done) {
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
    return 0;
  }
  const auto& hold = reply->data();
  context.out() << fmt::format("hold {} on {}: {}\n", number_at(hold, "id"), held_jobs_text(hold), done) << std::flush;
  return 0;
}

Command place_command() {
  struct Options {
    std::string service, type, campaign, reason;
  };
  return {"holds place", "Lease no more jobs of a service, of a type, of a campaign, or of several of these together",
          [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--service", options->service, "Jobs of this service")->check(service_name());
            app.add_option("--type", options->type, "Jobs of this job type")->check(not_empty());
            app.add_option("--campaign", options->campaign, "Jobs of the campaign with this id")->check(not_empty());
            app.add_option("--reason", options->reason, "Why, for the log");
            return [options](const Context& context) {
              Json body = Json::object();
              if (!options->service.empty()) body["service"] = options->service;
              if (!options->type.empty()) body["job_type"] = to_utf8(options->type);
              if (!options->campaign.empty()) body["campaign_id"] = to_utf8(options->campaign);
              if (body.empty()) return context.fail(usage_error("holds place needs --service, --type or --campaign"));
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              auto reply = context.client().call({Verb::post, std::string{holds_path}, body.dump(), Repeat::keyed});
              return print_hold(context, reply, "they are not leased until it is lifted");
            };
          }};
}

Command lift_command() {
  struct Options {
    std::uint64_t id = 0;
    std::string reason;
  };
  return {"holds lift", "Lift a hold: its jobs are leased again", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("id", options->id, "The hold's id")->required()->check(whole_number(1));
            app.add_option("--reason", options->reason, "Why, for the log");
            return [options](const Context& context) {
              Json body = Json::object();
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              auto reply = context.client().call(
                  {Verb::post, fmt::format("{}/{}/lift", holds_path, options->id), body.dump(), Repeat::keyed});
              return print_hold(context, reply, "lifted");
            };
          }};
}

}  // namespace

std::vector<Command> hold_commands() { return {list_holds_command(), place_command(), lift_command()}; }

}  // namespace breakerd::ctl
