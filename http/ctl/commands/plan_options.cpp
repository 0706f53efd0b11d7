#include <breakerd/http/ctl/commands/plan_options.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/ctl/client/campaign_name.hpp>
#include <breakerd/http/ctl/commands/plan_action.hpp>
#include <breakerd/http/ctl/text/plan_text.hpp>

namespace breakerd::ctl {
namespace {

void show_preview(const Context& context, const Reply& reply) {
  if (context.json())
    context.print_json(reply.raw());
  else
    context.out() << preview_text(reply.data(), context.terminal()) << std::flush;
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
  app.add_flag("--dry-run", dry_run, "Only show what would become of them");
  app.add_flag("--yes", yes, "Do not ask, also at a terminal");
}

std::optional<CliError> PlanOptions::add_to(Json& body, HttpClient& client) const {
  if (actions.empty()) return std::nullopt;
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
  body["plan"] = Json{{"actions", std::move(list)}};
  return std::nullopt;
}

std::optional<int> look_first(const Context& context, HttpClient& client, const PlanOptions& options,
                              const std::string& path, const Json& body, std::string_view question) {
  const bool asks = context.asks_a_person() && !options.yes;
  if (!options.dry_run && !asks) return std::nullopt;
  const auto reply = client.call({Verb::post, path + "?dry_run=true", body.dump(), Repeat::safe});
  if (reply)
    show_preview(context, *reply);
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
