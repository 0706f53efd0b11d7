// jobs why, workers.

#include <fmt/format.h>

#include <memory>

#include <breakerd/http/ctl/commands/listing.hpp>
#include <breakerd/http/ctl/text/why_text.hpp>

namespace breakerd::ctl {
namespace {

int run_why(const Context& context, std::uint64_t job) {
  auto reply = context.client().call({Verb::get, fmt::format("/api/v1/jobs/{}/why", job), "", Repeat::safe});
  if (!reply) return context.fail(reply.error());
  if (context.json())
    context.print_json(reply->raw());
  else
    context.out() << why_text(reply->data(), context.terminal()) << std::flush;
  return 0;
}

Command why_command() {
  return {"jobs why", "Say what stands between a job and a worker, and what ends it", [](CLI::App& app) -> Runner {
            auto id = std::make_shared<std::uint64_t>();  // shared: the parser writes it, the runner reads it
            app.add_option("id", *id, "The job's id")->required()->check(whole_number(1));
            return [id](const Context& context) { return run_why(context, *id); };
          }};
}

/// "17, 18, 19 and 4 more"
std::string held_text(const Json& worker) {
  std::string text;
  const auto& jobs = member_at(worker, "jobs");
  for (const auto& job : jobs) text += fmt::format("{}{}", text.empty() ? "" : ", ", number_at(job, "id"));
  const auto count = number_at(worker, "in_flight");
  if (count > jobs.size()) text += fmt::format(" and {} more", count - jobs.size());
  return text.empty() ? "-" : text;
}

std::vector<std::string> worker_row(const Json& worker, const Terminal& terminal) {
  return {cell_at(worker, "worker"),
          cell_at(worker, "in_flight"),
          cell_at(worker, "waiting_leases"),
          terminal.time(cell_at(worker, "since")),
          terminal.without_colour().time_and_age(cell_at(worker, "last_heard_at")),
          held_text(worker)};
}

Command workers_command() {
  return {"workers", "List the workers that hold jobs or wait for some", [](CLI::App& app) -> Runner {
            auto page = std::make_shared<PageOptions>();  // shared: the parser writes it, the runner reads it
            page->declare(app);
            return [page](const Context& context) {
              const Listing listing{"/api/v1/workers",
                                    "workers",
                                    {"WORKER", "HOLDS", "WAITS", "SINCE", "LAST HEARD OF", "JOBS"},
                                    [&](const Json& worker) { return worker_row(worker, context.terminal()); }};
              return print_listing(context, listing, *page);
            };
          }};
}

}  // namespace

std::vector<Command> why_commands() { return {why_command(), workers_command()}; }

}  // namespace breakerd::ctl
