#include <breakerd/http/ctl/commands/listing.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include <breakerd/http/ctl/text/table.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

struct Page {
  std::vector<std::string_view> raw;  ///< slices of the reply
  const Json* items;
  std::string next;
};

Page page_of(const Reply& reply, const std::string& member) {
  const auto& data = reply.data();
  const std::string name = data.is_object() && data.contains(member) ? member : "items";
  Page page{{}, &member_at(data, name), text_at(data, "next_cursor")};
  if (const auto list = raw_member(reply.raw(), name)) page.raw = raw_elements(*list);
  return page;
}

/// "w-3 since ..., until ..."
std::string lease_text(const Json& lease, const Terminal& terminal) {
  return fmt::format("{} since {}, until {}", printable(cell_at(lease, "worker")),
                     terminal.time_and_age(printable(text_at(lease, "since"))),
                     terminal.time_and_age(printable(text_at(lease, "expires_at"))));
}

/// To the nearest whole unit, the largest one that there is more than one of: "90 s", "5 min", "26 h", "4 days".
std::string rough_time_text(std::uint64_t seconds) {
  constexpr std::pair<const char*, std::uint64_t> units[] = {{"days", 86'400}, {"h", 3'600}, {"min", 60}};
  for (const auto& [name, size] : units)
    if (seconds >= 2 * size) return fmt::format("{} {}", (seconds + size / 2) / size, name);
  return fmt::format("{} s", seconds);
}

/// "120 jobs/min, about 5 min left"
std::string pace_text(const Json& pace) {
  auto text = fmt::format("{} jobs/min", number_at(pace, "jobs_per_minute"));
  const auto& eta = member_at(pace, "eta_seconds");
  if (eta.is_number_unsigned()) text += fmt::format(", about {} left", rough_time_text(eta.get<std::uint64_t>()));
  return text;
}

/// "30 %: three of ten, 2026-11-30T..."
std::string progress_text(const Json& progress, const Terminal& terminal) {
  auto text = fmt::format("{} %", number_at(progress, "percent"));
  if (const auto message = text_at(progress, "message"); !message.empty()) text += ": " + printable(message);
  return text + ", " + terminal.time_and_age(printable(text_at(progress, "at")));
}

/// "attempt 1 by w-3 at ...: no mailbox (smtp)", one behind the other.
std::string errors_text(const Json& errors, const Terminal& terminal) {
  std::string text;
  for (const auto& error : errors) {
    const auto attempt = number_at(error, "attempt");
    const auto service = printable(text_at(error, "service"));
    const auto type = printable(text_at(error, "error_type"));
    text += fmt::format("{}{} by {} at {}: {}{}", text.empty() ? "" : "\n                ",
                        attempt > 0 ? fmt::format("attempt {}", attempt) : std::string{"no attempt"},
                        printable(text_at(error, "worker")), terminal.time(printable(text_at(error, "time"))),
                        printable(text_at(error, "error")), type.empty() ? "" : " (" + type + ")");
    if (!service.empty()) text += ", a failure of " + service;
  }
  return text.empty() ? "none" : text;
}

std::string shown_value(const std::string& name, const Json& value, const Terminal& terminal) {
  if (name == "lease" && value.is_object()) return lease_text(value, terminal);
  if (name == "pace" && value.is_object()) return pace_text(value);
  if (name == "progress" && value.is_object()) return progress_text(value, terminal);
  if (name == "errors" && value.is_array()) return errors_text(value, terminal);
  if (!value.is_string()) return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  const auto text = printable(value.get<std::string>());
  if (name == "status") return terminal.paint_status(text);
  return name.ends_with("_at") ? terminal.time_and_age(text) : text;
}

void print_member(std::string& out, const std::string& name, const Json& value, const Terminal& terminal) {
  if (value.is_null()) return;
  const auto shown = shown_value(name, value, terminal);
  out += fmt::format("{:<15} {}\n", printable(name), shown);
}

}  // namespace

void PageOptions::declare(CLI::App& app) {
  auto* count = app.add_option("--limit", limit, "At most so many")
                    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                    ->capture_default_str();
  app.add_flag("--all", all, "To the end of the list")->excludes(count);
  app.add_option("--cursor", cursor, "Go on where an earlier list ended");
}

int print_listing(const Context& context, const Listing& listing, const PageOptions& page) {
  auto client = context.client();
  Table table{listing.header};
  std::uint64_t left = page.all ? ~std::uint64_t{0} : page.limit;
  std::string cursor = page.cursor;
  do {
    auto target = listing.target;
    add_query(target, "limit", std::to_string(std::min(left, page_items)));
    add_query(target, "cursor", cursor);
    auto reply = client.call({Verb::get, target, "", Repeat::safe});
    if (!reply) {
      if (!context.json() && !table.empty()) context.out() << table.to_string(context.terminal()) << std::flush;
      return context.fail(reply.error());
    }
    const auto found = page_of(*reply, listing.member);
    if (context.json()) {
      for (const auto item : found.raw) context.print_json(item);
    } else {
      for (const auto& item : *found.items) table.add(listing.row(item));
    }
    left -= std::min<std::uint64_t>(left, found.raw.size());
    if (found.next == cursor && !cursor.empty()) break;  // a cursor that does not move would never end
    cursor = found.next;
  } while (left > 0 && !cursor.empty());
  if (!context.json()) context.out() << table.to_string(context.terminal()) << std::flush;
  if (!cursor.empty()) context.err() << "more: --cursor " << printable(cursor) << '\n';
  return 0;
}

int print_object(const Context& context, HttpClient& client, const Request& request) {
  auto reply = client.call(request);
  if (!reply) return context.fail(reply.error());
  if (context.json() || !reply->data().is_object()) {
    context.print_json(reply->raw());
    return 0;
  }
  std::string out;
  for (const auto& [name, value] : reply->data().items()) print_member(out, name, value, context.terminal());
  context.out() << out << std::flush;
  return 0;
}

std::string segment(std::string_view id) { return url_encode(id); }

}  // namespace breakerd::ctl
