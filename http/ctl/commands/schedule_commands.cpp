// schedules: jobs that come again and again.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/job_options.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view schedules_path = "/api/v1/schedules";

/// The number of the schedule that a person means: a number is one, everything else is a name.
CliResult<std::string> find_schedule(HttpClient& client, const std::string& text) {
  if (text.find_first_not_of("0123456789") == std::string::npos) return text;
  std::string target{schedules_path};
  add_query(target, "name", text);
  const auto reply = client.call({Verb::get, target, "", Repeat::safe});
  if (!reply) return reply.error();
  const auto& found = member_at(reply->data(), "schedules");
  if (found.empty())
    return CliError{ErrorKind::refused, fmt::format("no schedule has the number or the name \"{}\"", text), 404,
                    "not_found"};
  return std::to_string(number_at(found.front(), "id"));
}

CliResult<std::string> path_of_schedule(HttpClient& client, const std::string& text) {
  auto id = find_schedule(client, text);
  if (!id) return id.error();
  return fmt::format("{}/{}", schedules_path, *id);
}

std::string times_text(const Json& schedule) {
  if (const auto cron = text_at(schedule, "cron"); !cron.empty())
    return fmt::format("{} ({})", cron, text_at(schedule, "time_zone"));
  return fmt::format("every {} ms", number_at(schedule, "every_ms"));
}

std::vector<std::string> schedule_row(const Json& schedule, const Terminal& terminal) {
  return {cell_at(schedule, "id"),
          cell_at(schedule, "name"),
          printable(times_text(schedule)),
          cell_at(member_at(schedule, "job"), "job_type"),
          member_at(schedule, "paused") == Json(true) ? "yes" : "no",
          terminal.time(cell_at(schedule, "next_at")),
          terminal.time(cell_at(schedule, "last_at")),
          cell_at(schedule, "last_job_id")};
}

Command list_schedules_command() {
  return {"schedules list", "List the schedules, and when each runs next", [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{std::string{schedules_path},
                                    "schedules",
                                    {"ID", "NAME", "TIMES", "TYPE", "PAUSED", "NEXT", "LAST", "LAST JOB"},
                                    [&](const Json& one) { return schedule_row(one, context.terminal()); }};
              return print_listing(context, listing, *page);
            };
          }};
}

/// One that is about a schedule and has no other option: `act` is given its path.
Command command_about_schedule(const char* name, const char* summary,
                               int (*act)(const Context& context, HttpClient& client, std::string path)) {
  return {name, summary, [act](CLI::App& app) -> Runner {
            auto which = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("schedule", *which, "Its number or its name")->required()->check(not_empty());
            return [which, act](const Context& context) {
              auto client = context.client();
              auto path = path_of_schedule(client, *which);
              return path ? act(context, client, std::move(*path)) : context.fail(path.error());
            };
          }};
}

int print_schedule_as_it_is(const Context& context, HttpClient& client, std::string path) {
  return print_object(context, client, {Verb::get, std::move(path), "", Repeat::safe});
}

int run_schedule_once(const Context& context, HttpClient& client, std::string path) {
  const auto reply = client.call({Verb::post, std::move(path) + "/run", "", Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json())
    context.print_json(reply->raw());
  else
    context.out() << fmt::format("job {} {}\n", number_at(reply->data(), "id"),
                                 printable(text_at(reply->data(), "status")))
                  << std::flush;
  return 0;
}

/// What is done with it in one sentence; with --json as it came.
int print_schedule(const Context& context, const CliResult<Reply>& reply, std::string_view done) {
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
    return 0;
  }
  const Json& schedule = reply->data();
  const auto next = done == "removed" ? std::string{} : text_at(schedule, "next_at");
  context.out() << fmt::format("schedule {} {}: {}{}\n", number_at(schedule, "id"),
                               printable(text_at(schedule, "name")), done,
                               next.empty() ? "" : "; next run " + printable(next))
                << std::flush;
  return 0;
}

struct ScheduleOptions {
  std::string which;  ///< of one that is there
  std::string name, cron, time_zone, missed, reason;
  std::uint64_t every_ms = 0;
  JobOptions job;

  void declare(CLI::App& app) {
    auto* expression = app.add_option("--cron", cron, "When: five fields of a crontab, or @daily and the like");
    app.add_option("--time-zone", time_zone, "Whose clock --cron means, such as Europe/Berlin (default: UTC)")
        ->check(not_empty());
    app.add_option("--every-ms", every_ms, "When: every so many milliseconds")
        ->check(CLI::Range(limits::every_ms_min, limits::every_ms_max))
        ->excludes(expression);
    app.add_option("--missed", missed, "What becomes of runs that were missed: once (one for all) or skip (none)")
        ->check(CLI::IsMember({"once", "skip"}));
    app.add_option("--reason", reason, "Why, for the log");
    job.declare(app);
  }

  /// The members that were given, and the job when it has a type.
  [[nodiscard]] CliResult<std::string> body(const Context& context) const {
    Json members = Json::object();
    if (!name.empty()) members["name"] = to_utf8(name);
    if (!cron.empty()) members["cron"] = to_utf8(cron);
    if (!time_zone.empty()) members["time_zone"] = to_utf8(time_zone);
    if (every_ms != 0) members["every_ms"] = every_ms;
    if (!missed.empty()) members["missed"] = missed;
    if (!reason.empty()) members["reason"] = to_utf8(reason);
    std::string text = members.dump();
    if (job.defaults.job_type.empty()) return text;
    const auto job_text = job.text(context);
    if (!job_text) return job_text.error();
    text.insert(text.size() - 1, (members.empty() ? "" : ",") + std::string{"\"job\":"} + *job_text);
    return text;
  }
};

Command create_schedule_command() {
  return {
      "schedules create", "Enqueue a job again and again, as a crontab or an interval says",
      [](CLI::App& app) -> Runner {
        auto options = std::make_shared<ScheduleOptions>();  // shared: the parser writes it, the runner reads it
        app.add_option("schedule", options->name, "A name that no other schedule has")->required()->check(not_empty());
        options->declare(app);
        return [options](const Context& context) {
          if (options->cron.empty() && options->every_ms == 0)
            return context.fail(usage_error("schedules create needs --cron or --every-ms"));
          if (options->job.defaults.job_type.empty())
            return context.fail(usage_error("schedules create needs the --type of its jobs"));
          auto body = options->body(context);
          if (!body) return context.fail(body.error());
          return print_schedule(
              context,
              context.client().call({Verb::post, std::string{schedules_path}, std::move(*body), Repeat::keyed}),
              "created");
        };
      }};
}

Command change_schedule_command() {
  return {
      "schedules change", "Change when a schedule runs, or, with --type, the whole of its job",
      [](CLI::App& app) -> Runner {
        auto options = std::make_shared<ScheduleOptions>();  // shared: the parser writes it, the runner reads it
        app.add_option("schedule", options->which, "Its number or its name")->required()->check(not_empty());
        app.add_option("--rename", options->name, "A new name")->check(not_empty());
        options->declare(app);
        return [options](const Context& context) {
          const std::string of_job = options->job.given_without_type();
          if (options->job.defaults.job_type.empty() && !of_job.empty())
            return context.fail(usage_error(
                fmt::format("{} needs the --type of the job: schedules change replaces the job as a whole", of_job)));
          auto client = context.client();
          const auto path = path_of_schedule(client, options->which);
          if (!path) return context.fail(path.error());
          auto body = options->body(context);
          if (!body) return context.fail(body.error());
          return print_schedule(context, client.call({Verb::patch, *path, std::move(*body), Repeat::keyed}), "changed");
        };
      }};
}

/// One that takes a schedule, and a reason if `has_reason`.
Command simple_schedule_command(const char* name, const char* summary, Verb verb, std::string_view action,
                                const char* done) {
  struct Options {
    std::string which, reason;
  };
  return {name, summary, [=](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("schedule", options->which, "Its number or its name")->required()->check(not_empty());
            app.add_option("--reason", options->reason, "Why, for the log");
            return [=](const Context& context) {
              auto client = context.client();
              const auto path = path_of_schedule(client, options->which);
              if (!path) return context.fail(path.error());
              Json body = Json::object();
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              return print_schedule(context,
                                    client.call({verb, *path + std::string{action}, body.dump(), Repeat::keyed}), done);
            };
          }};
}

}  // namespace

std::vector<Command> schedule_commands() {
  return {list_schedules_command(),
          command_about_schedule("schedules get", "Show a schedule", print_schedule_as_it_is),
          create_schedule_command(),
          change_schedule_command(),
          simple_schedule_command("schedules pause", "Run a schedule no more until it is resumed", Verb::post, "/pause",
                                  "paused"),
          simple_schedule_command("schedules resume", "Run a paused schedule again, from its next time on", Verb::post,
                                  "/resume", "resumed"),
          command_about_schedule("schedules run", "Run a schedule once, now; the times of its other runs stay",
                                 run_schedule_once),
          simple_schedule_command("schedules remove", "Remove a schedule; jobs of its runs stay", Verb::remove, "",
                                  "removed"),
          simple_schedule_command("schedules delete", "The same as remove", Verb::remove, "", "removed")};
}

}  // namespace breakerd::ctl
