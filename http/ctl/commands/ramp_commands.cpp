// ramp, ramp stop: how work begins behind a plan.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/rollout_text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view ramp_path = "/api/v1/queue-management/ramp";

int show_ramp(const Context& context) {
  auto reply = context.client().call({Verb::get, std::string{ramp_path}, "", Repeat::safe});
  if (!reply) return context.fail(reply.error());
  if (context.json())
    context.print_json(reply->raw());
  else
    context.out() << rollout_text(reply->data(), context.terminal()) << std::flush;
  return 0;
}

Command show_ramp_command() {
  return {"ramp", "Show how work begins behind a plan: its canary and its ramp",
          [](CLI::App&) -> Runner { return show_ramp; }};
}

/// Of an answer that was lost it is known that it was done.
bool was_stopped(const Json& data) { return flag_at(data, "stopped") || flag_at(data, "done"); }

int stop_ramp(const Context& context, const std::string& reason) {
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = to_utf8(reason);
  auto reply = context.client().call({Verb::post, fmt::format("{}/stop", ramp_path), body.dump(), Repeat::keyed});
  if (!reply) return context.fail(reply.error());
  if (context.json())
    context.print_json(reply->raw());
  else
    context.out() << (was_stopped(reply->data()) ? "stopped: leases are free\n"
                                                 : "there is no canary and no ramp to stop\n")
                  << std::flush;
  return 0;
}

Command stop_ramp_command() {
  return {"ramp stop", "End canary and ramp: workers may have as many jobs as they ask for",
          [](CLI::App& app) -> Runner {
            auto reason = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", *reason, "Why, for the log");
            return [reason](const Context& context) { return stop_ramp(context, *reason); };
          }};
}

}  // namespace

std::vector<Command> ramp_commands() { return {show_ramp_command(), stop_ramp_command()}; }

}  // namespace breakerd::ctl
