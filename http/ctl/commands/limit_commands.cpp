// limits: how many leases of a service, a campaign or a job type there may be, and how fast they come.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/limit_text.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view limits_path = "/api/v1/limits";

std::vector<std::string> limit_row(const Json& limit) {
  return {cell_at(limit, "kind"),    cell_at(limit, "name"), cell_at(limit, "concurrency"), cell_at(limit, "in_flight"),
          cell_at(limit, "waiting"), rate_text(limit),       cell_at(limit, "principal"),   cell_at(limit, "reason")};
}

Command list_limits_command() {
  return {"limits list", "List the limits on leases, what is used of each, and how many ready jobs it may keep back",
          [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{std::string{limits_path},
                                    "limits",
                                    {"KIND", "NAME", "MAX", "IN FLIGHT", "WAITING", "RATE", "BY", "REASON"},
                                    limit_row};
              return print_listing(context, listing, *page);
            };
          }};
}

struct LimitOptions {
  std::string kind, name, reason, rate;
  std::uint64_t concurrency = 0, burst = 0;

  void declare_name(CLI::App& app) {
    app.add_option("kind", kind, "service, campaign or job_type")
        ->required()
        ->check(one_of({"service", "campaign", "job_type"}));
    app.add_option("name", name, "Of the service or job type; the id of the campaign")
        ->required()
        ->check(not_empty())
        ->check([](const std::string& text) {
          return std::string{text.ends_with('/') ? "a name with a slash at its end has no path" : ""};
        });
    app.add_option("--reason", reason, "Why, for the log");
  }
  /// A slash in a name stands in the path as it is.
  [[nodiscard]] std::string path() const {
    std::string path = fmt::format("{}/{}/", limits_path, kind);
    for (const char c : name) path += c == '/' ? std::string{c} : url_encode(std::string{c});
    return path;
  }
};

int print_limit(const Context& context, const CliResult<Reply>& reply, std::string_view done) {
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
    return 0;
  }
  context.out() << fmt::format("limit on {}: {}\n", limit_text(reply->data()), done) << std::flush;
  return 0;
}

Command set_limit_command() {
  return {"limits set", "Limit the leases of a service, a campaign or a job type", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<LimitOptions>();  // shared: the parser writes it, the runner reads it
            options->declare_name(app);
            app.add_option("--concurrency", options->concurrency, "Leases at a time")->check(whole_number(1));
            app.add_option("--rate", options->rate, "Leases per second, such as 0.5")->check(CLI::PositiveNumber);
            app.add_option("--burst", options->burst,
                           "Leases that may come at once when none came before (default: what comes in one second)")
                ->check(whole_number(1));
            return [options](const Context& context) {
              Json body = Json::object();
              if (options->concurrency != 0) body["concurrency"] = options->concurrency;
              if (options->burst != 0) body["burst"] = options->burst;
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              if (options->concurrency == 0 && options->rate.empty())
                return context.fail(usage_error("limits set needs --concurrency or --rate"));
              std::string text = body.dump();
              if (!options->rate.empty())  // as it was typed: a double would not be
                text.insert(1, fmt::format("\"rate_per_second\":{}{}", options->rate, body.empty() ? "" : ","));
              return print_limit(
                  context, context.client().call({Verb::put, options->path(), std::move(text), Repeat::keyed}), "set");
            };
          }};
}

Command remove_limit_command() {
  return {"limits remove", "Remove a limit: its jobs are leased without it", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<LimitOptions>();  // shared: the parser writes it, the runner reads it
            options->declare_name(app);
            return [options](const Context& context) {
              Json body = Json::object();
              if (!options->reason.empty()) body["reason"] = to_utf8(options->reason);
              return print_limit(context,
                                 context.client().call({Verb::remove, options->path(), body.dump(), Repeat::keyed}),
                                 "removed");
            };
          }};
}

}  // namespace

std::vector<Command> limit_commands() { return {list_limits_command(), set_limit_command(), remove_limit_command()}; }

}  // namespace breakerd::ctl
