// campaign create|update|start|pause|resume|seal|cancel|fail|show|list.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view campaigns_path = "/api/v1/campaigns";
constexpr const char* campaign_help = "Its id, or its name where no other campaign has it";

/// "12 of 40" jobs that have ended.
std::string jobs_cell(const Json& campaign) {
  const auto& counts = member_at(campaign, "job_counts");
  std::uint64_t total = 0;
  std::uint64_t ended = 0;
  for (const auto& [name, count] : counts.items()) {
    const bool is_part = name == "scheduled" || name == "parked";  // of PENDING and PAUSED
    if (!count.is_number_unsigned() || is_part || name == "total" || name == "TOTAL") continue;
    total += count.get<std::uint64_t>();
    if (name == "COMPLETED" || name == "FAILED" || name == "CANCELLED" || name == "EXPIRED")
      ended += count.get<std::uint64_t>();
  }
  return fmt::format("{} of {}", ended, total);
}

/// A campaign after a command: for people its id and status, in one line.
void print_campaign(const Context& context, const Reply& reply) {
  if (context.json()) {
    context.print_json(reply.raw());
    return;
  }
  const auto& campaign = reply.data();
  const auto message = text_at(campaign, "status_message");
  context.out() << fmt::format("{}  {}{}{}\n", printable(text_at(campaign, "id")),
                               context.terminal().paint_status(printable(text_at(campaign, "status"))),
                               flag_at(campaign, "sealed") ? "  sealed" : "",
                               message.empty() ? "" : "  " + printable(message))
                << std::flush;
}

int print_changed(const Context& context, HttpClient& client, const Request& request) {
  auto reply = client.call(request);
  if (!reply) return context.fail(reply.error());
  print_campaign(context, *reply);
  return 0;
}

struct CreateOptions {
  std::string name;
  std::string description;
  std::string metadata;
  std::uint32_t weight = 1;
  bool start = false;
};

int run_create(const Context& context, const CreateOptions& options) {
  if (options.name.empty()) return context.fail(usage_error("campaign create needs a name"));
  if (!options.metadata.empty() &&
      (!is_json(options.metadata) || options.metadata[options.metadata.find_first_not_of(" \t\r\n")] != '{')) {
    return context.fail(usage_error("--metadata is not a JSON object"));
  }
  std::string body = "{\"name\":" + json_string(options.name);
  if (!options.description.empty()) body += ",\"description\":" + json_string(options.description);
  if (!options.metadata.empty()) body += ",\"metadata\":" + options.metadata;
  if (options.weight != 1) body += ",\"weight\":" + std::to_string(options.weight);
  const Request create{Verb::post, std::string{campaigns_path}, body + "}", Repeat::keyed};
  auto client = context.client();
  if (!options.start) return print_changed(context, client, create);
  auto created = client.call(create);
  if (!created) return context.fail(created.error());
  const auto id = text_at(created->data(), "id");
  auto started = client.call({Verb::post, fmt::format("{}/{}/start", campaigns_path, segment(id)), "", Repeat::keyed});
  // One campaign on out in either case: its id must not be lost with the error.
  print_campaign(context, started ? *started : *created);
  if (started) return 0;
  auto error = started.error();
  error.detail = "campaign " + id + " was created, but not started: " + error.detail;
  return context.fail(error);
}

Command create_command() {
  return {"campaign create", "Create a campaign; prints its id", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<CreateOptions>();  // shared: the parser writes it, the runner reads it
            auto* name = app.add_option("name", options->name, "Its name, 1 to 255 characters");
            app.add_option("--name", options->name)->group("")->excludes(name);  // as it was before it had a place
            app.add_option("--description", options->description, "What it is for");
            app.add_option("--metadata", options->metadata, "A JSON object to keep with it");
            app.add_option("--weight", options->weight, "Its turns in each round of leases")
                ->check(CLI::Range(1u, limits::campaign_weight_max))
                ->capture_default_str();
            app.add_flag("--start", options->start, "Start it at once");
            return [options](const Context& context) { return run_create(context, *options); };
          }};
}

/// A command on one campaign. `takes_reason`: with --reason.
Command action_command(const std::string& action, const std::string& summary, bool takes_reason) {
  struct Options {
    std::string campaign;
    std::string reason;
  };
  return {"campaign " + action, summary, [action, takes_reason](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("campaign", options->campaign, campaign_help)->required()->check(not_empty());
            if (takes_reason) app.add_option("--reason", options->reason, "Why, for the log");
            return [options, action](const Context& context) {
              const auto body =
                  options->reason.empty() ? std::string{} : "{\"reason\":" + json_string(options->reason) + "}";
              auto client = context.client();
              const auto id = find_campaign(client, options->campaign);
              if (!id) return context.fail(id.error());
              return print_changed(
                  context, client,
                  {Verb::post, fmt::format("{}/{}/{}", campaigns_path, segment(*id), action), body, Repeat::keyed});
            };
          }};
}

/// What of a campaign can be changed while it runs.
Command update_command() {
  struct Options {
    std::string campaign;
    std::string name;
    std::uint32_t weight = 0;
  };
  return {"campaign update", "Give a campaign another name or weight", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("campaign", options->campaign, campaign_help)->required()->check(not_empty());
            app.add_option("--name", options->name, "Its name, 1 to 255 characters")->check(not_empty());
            app.add_option("--weight", options->weight, "Its turns in each round of leases")
                ->check(CLI::Range(1u, limits::campaign_weight_max));
            return [options](const Context& context) {
              Json body = Json::object();
              if (!options->name.empty()) body["name"] = options->name;
              if (options->weight != 0) body["weight"] = options->weight;
              if (body.empty()) return context.fail(usage_error("campaign update needs --name or --weight"));
              auto client = context.client();
              const auto id = find_campaign(client, options->campaign);
              if (!id) return context.fail(id.error());
              return print_changed(
                  context, client,
                  {Verb::patch, fmt::format("{}/{}", campaigns_path, segment(*id)), body.dump(), Repeat::keyed});
            };
          }};
}

Command show_campaign_command() {
  return {"campaign show", "Show a campaign", [](CLI::App& app) -> Runner {
            auto named = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("campaign", *named, campaign_help)->required()->check(not_empty());
            return [named](const Context& context) {
              auto client = context.client();
              const auto id = find_campaign(client, *named);
              if (!id) return context.fail(id.error());
              return print_object(context, client,
                                  {Verb::get, fmt::format("{}/{}", campaigns_path, segment(*id)), "", Repeat::safe});
            };
          }};
}

Command list_campaigns_command() {
  struct Options {
    std::string status;
    PageOptions page;
  };
  return {"campaign list", "List campaigns", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--status", options->status,
                           "Only those: CREATED, RUNNING, PAUSED, COMPLETED, FAILED, CANCELLED")
                ->check(one_of({"CREATED", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED"}));
            options->page.declare(app);
            return [options](const Context& context) {
              Listing listing{std::string{campaigns_path},
                              "campaigns",
                              {"ID", "STATUS", "SEALED", "JOBS ENDED", "CREATED", "NAME", "MESSAGE"},
                              [&](const Json& item) -> std::vector<std::string> {
                                return {cell_at(item, "id"),
                                        cell_at(item, "status"),
                                        flag_at(item, "sealed") ? "yes" : "no",
                                        jobs_cell(item),
                                        context.terminal().time(cell_at(item, "created_at")),
                                        cell_at(item, "name"),
                                        cell_at(item, "status_message")};
                              }};
              add_query(listing.target, "status", options->status);
              return print_listing(context, listing, options->page);
            };
          }};
}

}  // namespace

std::vector<Command> campaign_commands() {
  return {create_command(),
          update_command(),
          action_command("start", "Start a campaign: its jobs are served", false),
          action_command("pause", "Pause a campaign by hand; resume-queue leaves it paused", true),
          action_command("resume", "Resume a campaign that was paused by hand", false),
          action_command("seal", "Say that no more jobs will come: it completes when all have ended", false),
          action_command("cancel", "Cancel a campaign and its remaining jobs", true),
          action_command("fail", "Declare a campaign failed; its remaining jobs end", true),
          show_campaign_command(),
          list_campaigns_command()};
}

}  // namespace breakerd::ctl
