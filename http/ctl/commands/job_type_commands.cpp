// job-types: what jobs of a type have that do not say otherwise themselves.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view job_types_path = "/api/v1/job-types";

/// Its slashes are those of the path.
std::string job_type_target(const std::string& type) {
  std::string target{job_types_path};
  const std::string name = to_utf8(type);
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t slash = std::min(name.find('/', from), name.size());
    target += '/' + url_encode(std::string_view{name}.substr(from, slash - from));
    from = slash + 1;
  }
  return target;
}

/// A path cannot say every name.
CLI::Validator type_with_path() {
  return CLI::Validator{[](const std::string& text) {
                          const std::string parts = '/' + text + '/';
                          const bool is_ascii = std::all_of(text.begin(), text.end(),
                                                            [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
                          const bool has_path = !text.empty() && is_ascii && !text.ends_with('/') &&
                                                parts.find("/./") == std::string::npos &&
                                                parts.find("/../") == std::string::npos;
                          return std::string{has_path ? "" : "has no path: see docs/http-api.md, Job types"};
                        },
                        ""};
}

std::vector<std::string> job_type_row(const Json& type, const Terminal& terminal) {
  const Json& retry = member_at(type, "retry");
  return {cell_at(type, "job_type"),
          cell_at(retry, "max_attempts"),
          cell_at(retry, "backoff"),
          cell_at(type, "timeout_ms"),
          cell_at(type, "max_expiries"),
          cell_at(type, "principal"),
          terminal.time(cell_at(type, "set_at")),
          cell_at(type, "reason")};
}

Command list_job_types_command() {
  return {"job-types list", "List the job types that have settings", [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{std::string{job_types_path},
                                    "job_types",
                                    {"TYPE", "ATTEMPTS", "BACKOFF", "TIMEOUT_MS", "EXPIRIES", "BY", "SET", "REASON"},
                                    [&](const Json& type) { return job_type_row(type, context.terminal()); }};
              return print_listing(context, listing, *page);
            };
          }};
}

Command get_job_type_command() {
  return {"job-types get", "Show the settings of a job type", [](CLI::App& app) -> Runner {
            auto type = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("type", *type, "The job type")->required()->check(type_with_path());
            return [type](const Context& context) {
              auto client = context.client();
              return print_object(context, client, {Verb::get, job_type_target(*type), "", Repeat::safe});
            };
          }};
}

int print_job_type(const Context& context, const CliResult<Reply>& reply, std::string_view done) {
  if (!reply) return context.fail(reply.error());
  if (context.json())
    context.print_json(reply->raw());
  else
    context.out() << fmt::format("job type {}: {}\n", printable(text_at(reply->data(), "job_type")), done)
                  << std::flush;
  return 0;
}

struct JobTypeOptions {
  std::string type, backoff, reason;
  std::uint32_t max_attempts = 0;
  std::uint32_t timeout_ms = 0;
  std::uint32_t max_expiries = 0;
  std::vector<std::uint32_t> retry_delays_ms;
};

int run_set_job_type(const Context& context, const JobTypeOptions& options) {
  Json body = Json::object();
  if (options.max_attempts != 0) body["retry"]["max_attempts"] = options.max_attempts;
  if (!options.backoff.empty()) {
    if (const auto problem = json_problem(options.backoff, json_depth_max - 2); !problem.empty())
      return context.fail(usage_error("--backoff: " + problem));
    body["retry"]["backoff"] = Json::parse(options.backoff);
  }
  if (!options.retry_delays_ms.empty())
    body["retry"]["backoff"] = {{"kind", "list"}, {"delays_ms", options.retry_delays_ms}};
  if (options.timeout_ms != 0) body["timeout_ms"] = options.timeout_ms;
  if (options.max_expiries != 0) body["max_expiries"] = options.max_expiries;
  if (body.empty())
    return context.fail(usage_error(
        "job-types set needs --max-attempts, --backoff, --retry-delays-ms, --timeout-ms or --max-expiries"));
  if (!options.reason.empty()) body["reason"] = to_utf8(options.reason);
  const auto reply = context.client().call({Verb::put, job_type_target(options.type), body.dump(), Repeat::keyed});
  return print_job_type(context, reply, "set, for jobs that are enqueued from now on");
}

Command set_job_type_command() {
  return {"job-types set", "Set what jobs of a type have that do not say otherwise; replaces all that was set",
          [](CLI::App& app) -> Runner {
            auto options = std::make_shared<JobTypeOptions>();  // shared: the parser writes it, the runner reads it
            app.add_option("type", options->type, "The job type")->required()->check(type_with_path());
            app.add_option("--max-attempts", options->max_attempts, "Attempts before a job is FAILED")
                ->check(CLI::Range(1u, limits::max_attempts_max));
            auto* backoff = app.add_option("--backoff", options->backoff,
                                           "Delay between attempts, as JSON: {\"kind\":\"fixed\",\"base_ms\":5000}");
            app.add_option("--retry-delays-ms", options->retry_delays_ms,
                           "Milliseconds between attempts, with commas; the last number is kept")
                ->delimiter(',')
                ->check(CLI::Range(0u, limits::retry_delay_ms_max))
                ->excludes(backoff);
            app.add_option("--timeout-ms", options->timeout_ms, "How long a run may take; one more failed attempt then")
                ->check(CLI::Range(limits::timeout_ms_min, limits::timeout_ms_max));
            app.add_option("--max-expiries", options->max_expiries, "Lost leases that a job survives; one more: FAILED")
                ->check(CLI::Range(1u, limits::max_expiries_max));
            app.add_option("--reason", options->reason, "Why, for the log");
            return [options](const Context& context) { return run_set_job_type(context, *options); };
          }};
}

Command remove_job_type_command() {
  struct Options {
    std::string type, reason;
  };
  return {"job-types remove", "Remove the settings of a job type; jobs that are there keep what they have",
          [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("type", options->type, "The job type")->required()->check(type_with_path());
            app.add_option("--reason", options->reason, "Why, for the log");
            return [options](const Context& context) {
              Json body = Json::object();
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              const auto reply =
                  context.client().call({Verb::remove, job_type_target(options->type), body.dump(), Repeat::keyed});
              return print_job_type(context, reply, "removed");
            };
          }};
}

}  // namespace

std::vector<Command> job_type_commands() {
  return {list_job_types_command(), get_job_type_command(), set_job_type_command(), remove_job_type_command()};
}

}  // namespace breakerd::ctl
