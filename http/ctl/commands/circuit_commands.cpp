// status, open, close, resume-queue.

#include <fmt/format.h>

#include <memory>
#include <optional>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/commands/plan_options.hpp>
#include <breakerd/http/ctl/text/plan_text.hpp>
#include <breakerd/http/ctl/text/rollout_text.hpp>
#include <breakerd/http/ctl/text/status_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

const Request status_request{Verb::get, "/api/v1/queue-management/status", "", Repeat::safe};

int run_status(const Context& context, bool exit_code_tells) {
  auto reply = context.client().call(status_request);
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
  } else {
    context.out() << status_text(reply->data(), context.terminal()) << std::flush;
  }
  const bool open = text_at(member_at(reply->data(), "circuit_breaker"), "state") == "open";
  return static_cast<int>(exit_code_tells && open ? ExitCode::open : ExitCode::ok);
}

Command status_command() {
  return {"status", "Show the circuit, the queue, what holds campaigns, and all counts", [](CLI::App& app) -> Runner {
            auto tells = std::make_shared<bool>(false);  // shared: the parser writes it, the runner reads it
            app.add_flag("--exit-code", *tells, "End with 10 when the circuit is OPEN");
            return [tells](const Context& context) { return run_status(context, *tells); };
          }};
}

/// Sends a command about the circuit and prints what the daemon says of it.
CliResult<Reply> run_operation(const Context& context, HttpClient& client, const Request& request) {
  auto reply = client.call(request);
  if (!reply) return reply;
  if (context.json()) {
    context.print_json(reply->raw());
    return reply;
  }
  const auto& data = reply->data();
  const auto message = text_at(data, "message");
  if (message.empty()) {
    context.out() << circuit_text(data.contains("circuit_breaker") ? data["circuit_breaker"] : data,
                                  context.terminal());
  } else {
    context.out() << printable(message) << '\n';
  }
  context.out() << std::flush;
  return reply;
}

/// After a close: what keeps campaigns paused, if there are any. The close is done whatever becomes of this question.
void print_held(const Context& context, HttpClient& client) {
  const auto reply = client.call(status_request);
  if (!reply) {
    context.err() << "breakerctl: what is still held is not known: " << printable(reply.error().detail) << '\n'
                  << std::flush;
    return;
  }
  if (const auto held = held_campaigns(reply->data(), context.terminal()))
    context.out() << one_line(*held) << '\n' << std::flush;
}

Command open_command() {
  struct Options {
    std::string reason, service, in_flight;
  };
  return {"open", "Open the circuit: everything pauses", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", options->reason, "Why, for the log and everyone who asks")->required();
            app.add_option("--service", options->service, "The dependency that is to blame")->transform(service_name());
            app.add_option("--in-flight", options->in_flight,
                           "Whether jobs that workers hold may finish or are told to stop; default: as the daemon says")
                ->check(CLI::IsMember({"finish", "stop"}));
            return [options](const Context& context) {
              Json body{{"reason", to_utf8(options->reason)}};
              if (!options->service.empty()) body["service"] = options->service;
              if (!options->in_flight.empty()) body["in_flight"] = options->in_flight;
              auto client = context.client();
              const auto reply =
                  run_operation(context, client, {Verb::post, "/api/v1/breaker/open", body.dump(), Repeat::keyed});
              return reply ? 0 : context.fail(reply.error());
            };
          }};
}

struct CloseOptions {
  std::string reason;
  std::optional<std::uint64_t> epoch;
  PlanOptions plan;
};

/// The command that a plan has become, if there was one, and how work begins behind it.
void print_plan(const Context& context, const Json& data) {
  const auto& plan = member_at(data, "plan");
  if (!plan.is_object()) return;
  context.out() << command_text(plan) << '\n';
  if (const auto begin = begin_text(plan); !begin.empty())
    context.out() << begin << "\nbreakerctl ramp shows how far that is\n";
  context.out() << std::flush;
}

int run_close(const Context& context, const CloseOptions& options) {
  const std::string path = "/api/v1/breaker/close";
  auto client = context.client();
  Json body{{"reason", to_utf8(options.reason)}};
  if (options.epoch) body["epoch"] = *options.epoch;
  if (const auto error = options.plan.add_to(body, client)) return context.fail(*error);
  if (const auto ended = look_first(context, client, options.plan, path, body, "Close the circuit?")) return *ended;
  // Sent once more without an epoch, it might close an opening that came in between.
  const auto repeat = options.epoch ? Repeat::keyed : Repeat::never;
  const auto reply = run_operation(context, client, {Verb::post, path, body.dump(), repeat});
  if (!reply) return context.fail(reply.error());
  if (context.json()) return 0;
  print_plan(context, reply->data());
  if (flag_at(reply->data(), "changed")) print_held(context, client);
  return 0;
}

Command close_command() {
  return {"close", "Close the circuit; campaigns stay paused until resume-queue", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<CloseOptions>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", options->reason, "Why it may be closed")->required();
            app.add_option("--epoch", options->epoch, "Close this opening only; 5 when it is not the current one")
                ->check(whole_number());
            options->plan.declare(app);
            return [options](const Context& context) { return run_close(context, *options); };
          }};
}

struct ResumeOptions {
  std::string reason;
  PlanOptions plan;
};

int run_resume(const Context& context, const ResumeOptions& options) {
  const std::string path = "/api/v1/queue-management/resume-queue";
  auto client = context.client();
  Json body = Json::object();
  if (!options.reason.empty()) body["reason"] = to_utf8(options.reason);
  if (const auto error = options.plan.add_to(body, client)) return context.fail(*error);
  if (const auto ended = look_first(context, client, options.plan, path, body, "Resume the queue?")) return *ended;
  auto reply = client.call({Verb::post, path, body.empty() ? "" : body.dump(), Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
    return 0;
  }
  const auto& data = reply->data();
  context.out() << fmt::format("campaigns: {} resumed, {} skipped of {} eligible\njobs resumed: {}\n",
                               number_at(data, "campaigns_resumed"), number_at(data, "campaigns_skipped"),
                               number_at(data, "campaigns_eligible"), number_at(data, "jobs_resumed"))
                << std::flush;
  print_plan(context, data);
  return 0;
}

Command resume_command() {
  return {"resume-queue", "Resume the campaigns that the circuit or a service holds", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<ResumeOptions>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", options->reason, "Why, for the log");
            options->plan.declare(app);
            return [options](const Context& context) { return run_resume(context, *options); };
          }};
}

}  // namespace

std::vector<Command> circuit_commands() {
  return {status_command(), open_command(), close_command(), resume_command()};
}

}  // namespace breakerd::ctl
