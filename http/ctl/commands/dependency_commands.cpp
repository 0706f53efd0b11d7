// allow, failures report, service pause|resume: what programs and operators say and ask about dependencies.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

/// Whether requests may go out: 0 and 1 for an `if` of a script. No answer is no, with the code of the error.
int run_allow(const Context& context, bool quiet) {
  auto reply = context.client().call({Verb::get, "/api/v1/breaker/allow", "", Repeat::safe});
  if (!reply) return context.fail(reply.error());
  const bool allowed = flag_at(reply->data(), "allowed");
  if (context.json()) {
    context.print_json(reply->raw());
  } else if (!quiet) {
    context.out() << (allowed ? "allowed\n" : "not allowed\n") << std::flush;
  }
  return static_cast<int>(allowed ? ExitCode::ok : ExitCode::refused);
}

Command allow_command() {
  return {"allow", "Ask whether requests may go out: ends with 0 (allowed) or 1", [](CLI::App& app) -> Runner {
            auto quiet = std::make_shared<bool>(false);  // shared: the parser writes it, the runner reads it
            app.add_flag("--quiet,-q", *quiet, "Print nothing: the exit code tells");
            return [quiet](const Context& context) { return run_allow(context, *quiet); };
          }};
}

struct FailureOptions {
  std::string error, error_type, service, campaign;
  std::uint64_t job = 0;
};

int run_report(const Context& context, const FailureOptions& options) {
  Json body{{"error", to_utf8(options.error)}};
  if (!options.error_type.empty()) body["error_type"] = to_utf8(options.error_type);
  if (!options.service.empty()) body["service"] = options.service;
  if (options.job != 0) body["job_id"] = options.job;
  // A report is not held up by a look-up of names: it takes an id alone.
  if (!options.campaign.empty()) body["campaign_id"] = to_utf8(options.campaign);
  // Sent twice, it might open a circuit that a person has closed in between.
  auto reply = context.client().call({Verb::post, "/api/v1/breaker/failures", body.dump(), Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
  } else {
    context.out() << printable(text_at(reply->data(), "message")) << '\n' << std::flush;
  }
  return 0;
}

Command report_command() {
  return {"failures report", "Report that a dependency failed: the circuit opens", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<FailureOptions>();  // shared: the parser writes it, the runner reads it
            app.add_option("--error", options->error, "What went wrong, in the dependency's words")->required();
            app.add_option("--error-type", options->error_type, "Its kind, e.g. rate_limit");
            app.add_option("--service", options->service, "The dependency that failed")->transform(service_name());
            app.add_option("--job", options->job, "Id of the job that met it")->check(whole_number(1));
            app.add_option("--campaign", options->campaign, "Id of its campaign");
            return [options](const Context& context) { return run_report(context, *options); };
          }};
}

/// Pauses or resumes the campaigns for a service; the circuit stays as it is.
Command service_command(const std::string& action, const std::string& summary) {
  struct Options {
    std::string service, reason;
  };
  const bool pauses = action == "pause";
  return {"service " + action, summary, [pauses](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("service", options->service, "The service's name")->required()->transform(service_name());
            if (pauses) app.add_option("--reason", options->reason, "Why, for the log and everyone who asks");
            return [options, pauses](const Context& context) {
              Json body{{"service", options->service}};
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              const std::string target =
                  fmt::format("/api/v1/queue-management/{}-campaigns-for-service", pauses ? "pause" : "resume");
              auto reply = context.client().call({Verb::post, target, body.dump(), Repeat::keyed});
              if (!reply) return context.fail(reply.error());
              if (context.json()) {
                context.print_json(reply->raw());
              } else {
                context.out() << printable(text_at(reply->data(), "message")) << '\n' << std::flush;
              }
              return 0;
            };
          }};
}

}  // namespace

std::vector<Command> dependency_commands() {
  return {allow_command(), report_command(),
          service_command("pause", "Pause the campaigns that run, for a service; the circuit stays as it is"),
          service_command("resume", "Resume the campaigns that were paused for a service")};
}

}  // namespace breakerd::ctl
