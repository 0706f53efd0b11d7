// jobs retry|discard, and the commands that they start: commands list|show|stop.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/commands/many_jobs.hpp>
#include <breakerd/http/ctl/text/plan_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view commands_path = "/api/v1/commands";

struct FailedJobOptions : ManyJobs {
  std::string status, error_contains;

  [[nodiscard]] bool is_filtered() const { return has_filter() || !error_contains.empty(); }
};

int print_job(const Context& context, const Reply& reply) {
  if (context.json()) {
    context.print_json(reply.raw());
  } else {
    context.out() << fmt::format("job {} {}\n", number_at(reply.data(), "id"),
                                 printable(text_at(reply.data(), "status")))
                  << std::flush;
  }
  return 0;
}

int change_one(const Context& context, const FailedJobOptions& options, std::string_view verb) {
  Json body = Json::object();
  if (!options.reason.empty()) body["reason"] = options.reason;
  auto reply = context.client().call(
      {Verb::post, fmt::format("{}/{}/{}", jobs_path, options.ids.front(), verb), body.dump(), Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  return print_job(context, *reply);
}

int change_many(const Context& context, const FailedJobOptions& options, std::string_view verb) {
  Json filter = Json::object();
  if (!options.status.empty()) filter["status"] = options.status;
  if (!options.error_contains.empty()) filter["error_contains"] = options.error_contains;
  return start_command(context, options, fmt::format("{}/{}", jobs_path, verb), std::move(filter));
}

int run_change(const Context& context, const FailedJobOptions& options, std::string_view verb) {
  if (options.ids.empty() && !options.is_filtered() && !options.all)
    return context.fail(usage_error(fmt::format("jobs {} needs ids, a filter, or --all", verb)));
  if (options.all && (options.is_filtered() || !options.ids.empty()))
    return context.fail(
        usage_error("--all is for all FAILED jobs, or with --status for all EXPIRED ones: leave out ids and filters"));
  const bool is_one = options.ids.size() == 1 && options.status.empty() && !options.is_filtered() && !options.dry_run;
  return is_one ? change_one(context, options, verb) : change_many(context, options, verb);
}

Command change_command(const char* verb, const char* summary) {
  return {fmt::format("jobs {}", verb), summary, [verb](CLI::App& app) -> Runner {
            auto options = std::make_shared<FailedJobOptions>();  // shared: the parser writes it, the runner reads it
            options->declare(app);
            app.add_option("--status", options->status, "FAILED (as without it) or EXPIRED")
                ->check(one_of({"FAILED", "EXPIRED"}));
            app.add_option("--error-contains", options->error_contains, "Only those whose error has this text in it");
            app.add_option("--older-than-ms", options->older_than_ms, "Only those that ended so long ago or longer")
                ->check(CLI::Range(std::uint64_t{1}, limits::delay_ms_max));
            app.add_flag("--all", options->all, "All FAILED jobs, or all EXPIRED ones");
            return [options, verb](const Context& context) { return run_change(context, *options, verb); };
          }};
}

std::vector<std::string> command_row(const Json& command, const Terminal& terminal) {
  return {cell_at(command, "id"),      cell_at(command, "kind"),      cell_at(command, "state"),
          cell_at(command, "matched"), cell_at(command, "done"),      cell_at(command, "skipped"),
          cell_at(command, "reason"),  cell_at(command, "principal"), terminal.time(cell_at(command, "created_at"))};
}

Command list_commands_command() {
  return {"commands list", "List commands about many jobs, the newest first", [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{std::string{commands_path},
                                    "commands",
                                    {"ID", "KIND", "STATE", "MATCHED", "DONE", "SKIPPED", "REASON", "BY", "STARTED"},
                                    [&](const Json& command) { return command_row(command, context.terminal()); }};
              return print_listing(context, listing, *page);
            };
          }};
}

Command show_command_command() {
  return {
      "commands show", "Show a command about many jobs", [](CLI::App& app) -> Runner {
        auto id = std::make_shared<std::uint64_t>();  // shared: the parser writes it, the runner reads it
        app.add_option("id", *id, "The command's id")->required()->check(whole_number(1));
        return [id](const Context& context) {
          auto client = context.client();
          return print_object(context, client, {Verb::get, fmt::format("{}/{}", commands_path, *id), "", Repeat::safe});
        };
      }};
}

Command stop_command_command() {
  return {"commands stop", "Stop a command about many jobs; what it has done stays so", [](CLI::App& app) -> Runner {
            auto id = std::make_shared<std::uint64_t>();  // shared: the parser writes it, the runner reads it
            app.add_option("id", *id, "The command's id")->required()->check(whole_number(1));
            return [id](const Context& context) {
              auto reply =
                  context.client().call({Verb::post, fmt::format("{}/{}/stop", commands_path, *id), "", Repeat::keyed});
              if (!reply) return context.fail(reply.error());
              if (context.json())
                context.print_json(reply->raw());
              else
                context.out() << command_text(reply->data()) << '\n' << std::flush;
              return 0;
            };
          }};
}

}  // namespace

std::vector<Command> failed_job_commands() {
  return {change_command("retry", "Let FAILED jobs be tried again, with all their attempts"),
          change_command("discard", "Cancel FAILED jobs that nobody needs any more"), list_commands_command(),
          show_command_command(), stop_command_command()};
}

}  // namespace breakerd::ctl
