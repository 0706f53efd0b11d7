// status, open, close, resume-queue.

#include <fmt/format.h>

#include "http/cli/commands.hpp"
#include "http/cli/text.hpp"

namespace breakerd::cli {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// "pending 3, paused 120" of {"PENDING": 3, ...}; counts of zero are left out.
std::string counts_line(const Json& counts) {
  std::string line;
  for (const auto& [name, count] : counts.items()) {
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() == 0) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", lower(name), count.get<std::uint64_t>());
  }
  return line.empty() ? "none" : line;
}

void print_field(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty() && value != "-" && value != "0") out += fmt::format("  {:<11} {}\n", name, printable(value));
}

std::string circuit_text(const Json& circuit) {
  const bool open = lower(text_at(circuit, "state")) == "open";
  const auto& metadata = member_at(circuit, "metadata");
  const auto since = text_at(circuit, open ? "opened_at" : "closed_at");
  auto out = fmt::format("circuit      {}{}, epoch {}\n", upper(printable(text_at(circuit, "state"))),
                         since.empty() ? "" : " since " + printable(since), number_at(circuit, "epoch"));
  const std::pair<const char*, const char*> fields[] = {
      {"error", "last_error"}, {"error type", "error_type"}, {"service", "service"},
      {"job", "job_id"},       {"failed at", "failed_at"},   {"failures", "failures"},
      {"reason", "reason"},    {"opened by", "opened_by"},   {"closed by", "closed_by"}};
  for (const auto& [label, key] : fields) print_field(out, label, cell_at(metadata, key));
  return out;
}

std::string status_text(const Json& data) {
  auto out = circuit_text(member_at(data, "circuit_breaker"));
  out += fmt::format("queue        {}\n", flag_at(member_at(data, "queue"), "paused") ? "paused" : "running");
  out += fmt::format("jobs         {}\n", counts_line(member_at(data, "job_counts")));
  if (const auto in_flight = number_at(data, "in_flight"); in_flight > 0)
    out += fmt::format("in flight    {} held by workers now\n", in_flight);
  out += fmt::format("campaigns    {}\n", counts_line(member_at(data, "campaign_counts")));
  return out;
}

int run_status(const Context& context) {
  auto reply = context.client().call({Verb::get, "/api/v1/queue-management/status", "", Repeat::safe});
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
  } else {
    context.out() << status_text(reply->data()) << std::flush;
  }
  return 0;
}

/// Sends a command about the circuit and prints what the daemon says of it, and `hint` when it changed something.
int run_operation(const Context& context, const Request& request, std::string_view hint) {
  auto reply = context.client().call(request);
  if (!reply) return context.fail(reply.error());
  if (context.json()) {
    context.print_json(reply->raw());
    return 0;
  }
  const auto& data = reply->data();
  const auto message = text_at(data, "message");
  if (message.empty()) {
    context.out() << circuit_text(data.contains("circuit_breaker") ? data["circuit_breaker"] : data);
  } else {
    context.out() << printable(message) << '\n';
  }
  if (flag_at(data, "changed")) context.out() << hint;
  context.out() << std::flush;
  return 0;
}

Command open_command() {
  return {"open", "Open the circuit: everything pauses", [](CLI::App& app) -> Runner {
            auto reason = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", *reason, "Why, for the log and everyone who asks")->required();
            return [reason](const Context& context) {
              const Json body{{"reason", to_utf8(*reason)}};
              return run_operation(context, {Verb::post, "/api/v1/breaker/open", body.dump(), Repeat::safe}, "");
            };
          }};
}

Command close_command() {
  struct Options {
    std::string reason;
    std::uint64_t epoch = 0;
  };
  return {"close", "Close the circuit; campaigns stay paused until resume-queue", [](CLI::App& app) -> Runner {
            auto options = std::make_shared<Options>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", options->reason, "Why it may be closed")->required();
            auto* epoch =
                app.add_option("--epoch", options->epoch, "Close this opening only; 5 when it is not the current one")
                    ->check(whole_number());
            return [options, epoch](const Context& context) {
              Json body{{"reason", to_utf8(options->reason)}};
              const bool named = epoch->count() > 0;
              if (named) body["epoch"] = options->epoch;
              // Sent twice without an epoch, it might close an opening that came in between.
              const auto repeat = named ? Repeat::safe : Repeat::never;
              return run_operation(context, {Verb::post, "/api/v1/breaker/close", body.dump(), repeat},
                                   "campaigns held by the circuit wait for: breakerctl resume-queue\n");
            };
          }};
}

Command resume_command() {
  return {"resume-queue", "Resume the campaigns that the circuit or a service holds", [](CLI::App& app) -> Runner {
            auto reason = std::make_shared<std::string>();  // shared: the parser writes it, the runner reads it
            app.add_option("--reason", *reason, "Why, for the log");
            return [reason](const Context& context) {
              const std::string body = reason->empty() ? "" : Json{{"reason", to_utf8(*reason)}}.dump();
              auto reply =
                  context.client().call({Verb::post, "/api/v1/queue-management/resume-queue", body, Repeat::never});
              if (!reply) return context.fail(reply.error());
              const auto& data = reply->data();
              if (context.json()) {
                context.print_json(reply->raw());
              } else {
                context.out() << fmt::format("campaigns: {} resumed, {} skipped of {} eligible\njobs resumed: {}\n",
                                             number_at(data, "campaigns_resumed"), number_at(data, "campaigns_skipped"),
                                             number_at(data, "campaigns_eligible"), number_at(data, "jobs_resumed"))
                              << std::flush;
              }
              return 0;
            };
          }};
}

}  // namespace

std::vector<Command> circuit_commands() {
  return {{"status", "Show the circuit, the queue and all counts", [](CLI::App&) -> Runner { return run_status; }},
          open_command(),
          close_command(),
          resume_command()};
}

}  // namespace breakerd::cli
