#include <breakerd/http/ctl/commands/plan_options.hpp>

#include <fmt/format.h>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/commands/plan_action.hpp>
#include <breakerd/http/ctl/text/measures.hpp>
#include <breakerd/http/ctl/text/plan_text.hpp>
#include <breakerd/http/ctl/text/rollout_text.hpp>

namespace breakerd::ctl {
namespace {

void show_preview(const Context& context, const Reply& reply, const Json& plan) {
  if (context.json()) return context.print_json(reply.raw());
  context.out() << preview_text(reply.data(), context.terminal());
  for (const std::string& line : {begin_text(plan), drain_text(plan, reply.data())})
    if (!line.empty()) context.out() << line << '\n';
  context.out() << std::flush;
}

CLI::Validator rate_per_second() {
  return CLI::Validator{[](const std::string& text) {
                          return parse_rate(text) ? std::string{}
                                                  : fmt::format("\"{}\" is not {}", text, rate_expected());
                        },
                        "RATE"};
}

CLI::Validator ramp_length() {
  return CLI::Validator{[](const std::string& text) -> std::string {
                          const auto length = parse_length(text, limits::ramp_over_ms_max);
                          if (length && *length > 0) return {};
                          return fmt::format("\"{}\" is not {}, up to {}", text, length_expected,
                                             length_text(limits::ramp_over_ms_max));
                        },
                        "TIME"};
}

/// As a number in JSON.
Json number_of_rate(const std::string& text) {
  const std::uint64_t thousandths = parse_rate(text).value_or(0);
  if (thousandths % 1'000 == 0) return thousandths / 1'000;
  return static_cast<double>(thousandths) / 1'000;
}

bool says_yes(const Context& context) {
  std::string line;
  std::getline(context.in(), line);
  fold_case(line);
  return line == "y" || line == "yes";
}

}  // namespace

void PlanOptions::declare(CLI::App& app) {
  app.add_option("--action", actions,
                 "What becomes of jobs that wait: release, park or cancel, then any of older-than=2h, type=T, "
                 "service=S, campaign=C. Several: the first that matches a job counts")
      ->check(not_empty())
      ->allow_extra_args(false);
  app.add_option("--canary", canary, "So many jobs have to succeed first; no other is leased before")
      ->check(whole_number(1, limits::canary_jobs_max));
  auto* from =
      app.add_option("--ramp-from", ramp_from, "Then lease no more jobs per second than this at first, such as 0.5")
          ->check(rate_per_second());
  auto* to = app.add_option("--ramp-to", ramp_to, "and evenly up, or down, to so many (default: as at first)")
                 ->check(rate_per_second());
  auto* over = app.add_option("--ramp-over", ramp_over, "over a time such as 90s or 10m; then leases are free")
                   ->check(ramp_length());
  from->needs(over);
  to->needs(from);
  over->needs(from);
  app.add_flag("--dry-run", dry_run, "Only show what would become of them");
  app.add_flag("--yes", yes, "Do not ask, also at a terminal");
}

CliResult<Json> PlanOptions::read_actions(HttpClient& client) const {
  if (actions.size() > limits::plan_actions_max)
    return usage_error("--action: at most " + std::to_string(limits::plan_actions_max) + " of them");
  Json list = Json::array();
  for (const std::string& text : actions) {
    auto action = parse_plan_action(text);
    if (!action) return action.error();
    list.push_back(std::move(*action));
  }
  for (Json& action : list) {
    if (!action.contains("campaign_id")) continue;
    auto id = find_campaign(client, text_at(action, "campaign_id"));
    if (!id) return id.error();
    action["campaign_id"] = *id;
  }
  return list;
}

std::optional<CliError> PlanOptions::add_to(Json& body, HttpClient& client) const {
  Json plan = Json::object();
  if (!actions.empty()) {
    auto list = read_actions(client);
    if (!list) return list.error();
    plan["actions"] = std::move(*list);
  }
  if (canary != 0) plan["canary"] = canary;
  if (!ramp_from.empty()) {
    Json& ramp = plan["ramp"];
    ramp["from_per_second"] = number_of_rate(ramp_from);
    if (!ramp_to.empty()) ramp["to_per_second"] = number_of_rate(ramp_to);
    ramp["over_ms"] = parse_length(ramp_over, limits::ramp_over_ms_max).value_or(0);
  }
  if (!plan.empty()) body["plan"] = std::move(plan);
  return std::nullopt;
}

std::optional<int> look_first(const Context& context, HttpClient& client, const PlanOptions& options,
                              const std::string& path, const Json& body, std::string_view question) {
  const bool asks = context.asks_a_person() && !options.yes;
  if (!options.dry_run && !asks) return std::nullopt;
  const auto reply = client.call({Verb::post, path + "?dry_run=true", body.dump(), Repeat::safe});
  if (reply)
    show_preview(context, *reply, member_at(body, "plan"));
  else if (reply.error().kind == ErrorKind::no_answer && !options.dry_run)
    context.err() << "breakerctl: what waits could not be counted in time; --timeout gives it more\n" << std::flush;
  else
    return context.fail(reply.error());
  if (options.dry_run) return static_cast<int>(ExitCode::ok);
  context.out() << question << " [y/N] " << std::flush;
  if (says_yes(context)) return std::nullopt;
  context.err() << "breakerctl: nothing was done\n" << std::flush;
  return static_cast<int>(ExitCode::refused);
}

}  // namespace breakerd::ctl
