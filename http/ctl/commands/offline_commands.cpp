// replay, verify, rebuild, accept-loss: about a data directory, without asking its daemon.

#include <fmt/format.h>

#include <memory>

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/hex.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/commands/replay_json.hpp>
#include <breakerd/http/ctl/text/place.hpp>
#include <breakerd/http/ctl/text/status_text.hpp>
#include <breakerd/http/ctl/text/table.hpp>
#include <breakerd/http/ctl/text/text.hpp>
#include <breakerd/storage/offline/accept_loss.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/offline/rebuild.hpp>

namespace breakerd::ctl {
namespace {

CliError from_core(const Error& error) {
  return error.code == ErrorCode::invalid ? usage_error(error.detail) : local_error(error.detail);
}

CliResult<ReplayUntil> parse_until(const std::string& text, Time now) {
  ReplayUntil until;
  if (text.empty()) return until;
  const auto place = parse_place("--until", text, now);
  if (!place) return place.error();
  until.seq = place->seq;
  until.time = place->time;
  return until;
}

// --- replay ---

/// For people: from the JSON, so that both say the same.
std::string to_text(const Json& report, const Terminal& terminal) {
  std::string text = fmt::format("after event {}", number_at(report, "last_seq"));
  if (const auto& last = member_at(report, "last_event"); last.is_object())
    text += fmt::format(", {} of {} at {}", text_at(last, "type"), text_at(last, "stream"),
                        terminal.time(text_at(last, "time")));
  text += '\n' + status_text(report, terminal);
  const auto& campaigns = member_at(report, "campaigns");
  if (campaigns.empty()) return text;
  Table table{{"ID", "NAME", "STATUS", "MESSAGE"}};
  for (const auto& campaign : campaigns)
    table.add({text_at(campaign, "id"), text_at(campaign, "name"), text_at(campaign, "status"),
               text_at(campaign, "status_message")});
  text += '\n' + table.to_string(terminal);
  std::uint64_t total = 0;
  for (const auto& count : member_at(report, "campaign_counts")) total += count.get<std::uint64_t>();
  if (total > campaigns.size()) text += fmt::format("and {} more\n", total - campaigns.size());
  return text;
}

int run_replay(const Context& context, const std::string& directory, const std::string& until_text) {
  const auto until = parse_until(until_text, context.clock().wall());
  if (!until) return context.fail(until.error());
  const auto report = replay(directory, *until, context.clock());
  if (!report) return context.fail(from_core(report.error()));
  const auto json = to_json(*report);
  if (context.json())
    context.print_json(json);
  else
    context.out() << to_text(Json::parse(json), context.terminal()) << std::flush;
  if (!report->warning.empty() && !context.json())
    context.err() << "breakerctl: warning: " << printable(report->warning) << '\n' << std::flush;
  return static_cast<int>(ExitCode::ok);
}

// --- verify ---

std::string to_json(const VerifyReport& report) {
  std::string out;
  JsonWriter json{out};
  json.begin_object().member("ok", report.ok()).member("events", report.events).member("rows", report.rows);
  json.member("last_seq", report.last.seq).member("last_hash", to_hex(report.last.hash));
  json.key("problems").begin_array();
  for (const std::string& problem : report.problems) json.value(to_utf8(problem));
  json.end_array().member("more_problems", report.more_problems).member("rebuild_mends", report.rebuild_mends);
  json.key("note").value_or_null(to_utf8(report.note));
  json.key("seconds").raw(fmt::format("{:.3f}", report.took.count())).end_object();
  return out;
}

std::string to_text(const VerifyReport& report) {
  std::string text;
  for (const std::string& problem : report.problems) text += printable(problem) + '\n';
  if (report.more_problems) text += "and more\n";
  if (report.rebuild_mends) text += "events and HEAD are whole: `breakerctl rebuild` mends this\n";
  if (!report.note.empty()) text += report.note + '\n';
  text += fmt::format("{}: {} events and {} rows in {:.1f} s; the log ends at event {}, {}\n",
                      report.ok() ? "ok" : "BROKEN", report.events, report.rows, report.took.count(), report.last.seq,
                      to_hex(report.last.hash));
  return text;
}

int run_verify(const Context& context, const std::string& directory) {
  const auto report = verify(directory, context.clock());
  if (!report) return context.fail(from_core(report.error()));
  if (context.json())
    context.print_json(to_json(*report));
  else
    context.out() << to_text(*report) << std::flush;
  return static_cast<int>(report->ok() ? ExitCode::ok : ExitCode::broken);
}

// --- rebuild ---

std::string to_json(const RebuildReport& report) {
  std::string out;
  JsonWriter json{out};
  json.begin_object().member("last_seq", report.end.seq).member("last_hash", to_hex(report.end.hash));
  json.key("seconds").raw(fmt::format("{:.3f}", report.took.count())).end_object();
  return out;
}

int run_rebuild(const Context& context, const std::string& directory) {
  Seq told = 0;
  const auto progress = [&](Seq at, Seq of) {
    if (context.json() || at - told < of / 10) return;
    told = at;
    context.err() << fmt::format("made up to event {} of {}\n", at, of) << std::flush;
  };
  const auto report = rebuild(directory, progress, context.clock());
  if (!report) return context.fail(from_core(report.error()));
  if (context.json())
    context.print_json(to_json(*report));
  else
    context.out() << fmt::format("the projection is made anew from {} events in {:.1f} s\n", report->end.seq,
                                 report->took.count())
                  << std::flush;
  return static_cast<int>(ExitCode::ok);
}

// --- accept-loss ---

std::string to_json(const LossReport& report) {
  std::string out;
  JsonWriter json{out};
  json.begin_object().member("changed", !report.problem.empty());
  json.key("problem").value_or_null(to_utf8(report.problem));
  json.member("last_seq", report.end.seq).member("last_hash", to_hex(report.end.hash));
  json.key("acknowledged_seq");
  if (report.acknowledged)
    json.value(*report.acknowledged);
  else
    json.null();
  json.member("events_given_up", report.given_up()).end_object();
  return out;
}

std::string to_text(const LossReport& report) {
  if (report.problem.empty())
    return fmt::format("nothing is missing: the log ends at event {} and agrees with HEAD; nothing was changed\n",
                       report.end.seq);
  std::string text = printable(report.problem) + '\n';
  if (const auto count = report.given_up(); count == 1)
    text += fmt::format("event {} was acknowledged and is gone\n", *report.acknowledged);
  else if (count > 1)
    text += fmt::format("events {} to {} were acknowledged and are gone\n", report.end.seq + 1, *report.acknowledged);
  else if (!report.acknowledged)
    text += "HEAD cannot tell how many acknowledged events are gone\n";
  return text + fmt::format("the log now ends at event {}; the next start opens the circuit\n", report.end.seq);
}

int run_accept(const Context& context, const std::string& directory) {
  const auto report = accept_loss(directory);
  if (!report) return context.fail(from_core(report.error()));
  if (context.json())
    context.print_json(to_json(*report));
  else
    context.out() << to_text(*report) << std::flush;
  return static_cast<int>(ExitCode::ok);
}

using Text = std::shared_ptr<std::string>;  // shared: the parser writes it, the runner reads it

Text add_directory(CLI::App& app) {
  auto directory = std::make_shared<std::string>();
  app.add_option("--data-dir", *directory, "The daemon's data directory")->required();
  return directory;
}

}  // namespace

std::vector<Command> offline_commands() {
  return {{"replay", "Show the state as it was at any place of the log, from a data directory",
           [](CLI::App& app) -> Runner {
             const Text directory = add_directory(app);
             const Text until = std::make_shared<std::string>();
             app.add_option("--until", *until,
                            "A seq, or a time: 22:14, \"2h ago\", 2026-11-23, RFC 3339; default: the end");
             return [=](const Context& context) { return run_replay(context, *directory, *until); };
           },
           false, true},
          {"verify", "Check that a data directory keeps the promises of the log",
           [](CLI::App& app) -> Runner {
             const Text directory = add_directory(app);
             return [=](const Context& context) { return run_verify(context, *directory); };
           },
           false, true},
          {"rebuild", "Make the projection anew from the events; the daemon must not run",
           [](CLI::App& app) -> Runner {
             const Text directory = add_directory(app);
             return [=](const Context& context) { return run_rebuild(context, *directory); };
           },
           false, true},
          {"accept-loss", "Go on with a log that lost events; the daemon must not run",
           [](CLI::App& app) -> Runner {
             const Text directory = add_directory(app);
             return [=](const Context& context) { return run_accept(context, *directory); };
           },
           false, true}};
}

}  // namespace breakerd::ctl
