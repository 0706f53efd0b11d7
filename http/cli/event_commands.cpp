// events: the log, in order.

#include <fmt/format.h>

#include <memory>
#include <thread>

#include "http/cli/backoff.hpp"
#include "http/cli/commands.hpp"
#include "http/cli/text.hpp"

namespace breakerd::cli {
namespace {

constexpr std::uint64_t events_page = 1000;
constexpr std::chrono::milliseconds follow_first{50};
constexpr std::chrono::milliseconds follow_most{500};
constexpr std::uint64_t without_end = ~std::uint64_t{0};

struct EventOptions {
  std::uint64_t from = 1;
  std::uint64_t limit = 100;
  bool all = false;
  bool follow = false;
  std::string type;
  std::string stream;
};

void print_event(const Context& context, const Json& event, std::string_view raw) {
  if (context.json()) {
    context.print_json(raw);
    return;
  }
  const auto cause = number_at(event, "cause");
  context.out() << fmt::format(
      "{:>8}  {}  {:<20} {}  by {}{}  {}\n", number_at(event, "seq"), printable(text_at(event, "time")),
      printable(text_at(event, "type")), printable(text_at(event, "stream")), printable(text_at(event, "principal")),
      cause == 0 ? "" : fmt::format(" (after {})", cause),
      printable(member_at(event, "data").dump(-1, ' ', false, Json::error_handler_t::replace)));
}

/// Reads the log page by page.
class EventReader {
 public:
  EventReader(const Context& context, const EventOptions& options)
      : context_{context},
        options_{options},
        client_{context.client()},
        from_{options.from},
        left_{options.all ? without_end : options.limit} {}

  int run() {
    while (left_ > 0) {
      auto moved = read_page();
      if (!moved) {
        const bool rides_out = options_.follow && moved.error().kind != ErrorKind::refused;
        if (!rides_out && !(options_.follow && moved.error().status == 503)) return context_.fail(moved.error());
        if (!silent_) tell_trouble(moved.error());
        silent_ = true;
      } else if (*moved) {
        backoff_.reset();
        silent_ = false;
        if (!context_.out()) return 0;  // run() says so
        continue;
      } else {
        silent_ = false;
        if (!options_.follow) return 0;
      }
      if (!context_.out()) return 0;
      std::this_thread::sleep_for(backoff_.next());
    }
    if (!options_.all && !options_.follow && anything_more())
      context_.err() << fmt::format("more: --from {}\n", from_) << std::flush;
    return 0;
  }

 private:
  void tell_trouble(const CliError& error) {
    [[maybe_unused]] const int code = context_.fail(error);  // it is not the end: we try again
    if (!context_.json()) context_.err() << "breakerctl: trying again\n" << std::flush;
  }

  CliResult<Reply> ask(std::uint64_t from, std::uint64_t limit) {
    std::string target = "/api/v1/events";
    add_query(target, "from", std::to_string(from));
    add_query(target, "limit", std::to_string(limit));
    add_query(target, "type", options_.type);
    add_query(target, "stream", options_.stream);
    return client_.call({Verb::get, target, "", Repeat::safe});
  }

  /// Whether there is an event behind what was printed. When it cannot be told, there may be.
  bool anything_more() {
    for (auto at = from_;;) {
      auto reply = ask(at, 1);
      if (!reply || !member_at(reply->data(), "events").empty()) return true;
      const auto next = number_at(reply->data(), "next");
      if (next <= at) return false;
      at = next;  // a page that looked at many events and found none of them fit
    }
  }

  /// Prints one page; false when there was nothing new.
  CliResult<bool> read_page() {
    auto reply = ask(from_, std::min(left_, events_page));
    if (!reply) return reply.error();
    const auto& events = member_at(reply->data(), "events");
    const auto list = raw_member(reply->raw(), "events");
    const auto raw = raw_elements(list ? *list : std::string_view{});
    for (std::size_t i = 0; i < raw.size(); ++i) print_event(context_, element_at(events, i), raw[i]);
    if (!raw.empty()) context_.out() << std::flush;
    left_ -= std::min<std::uint64_t>(left_, raw.size());
    const auto next = number_at(reply->data(), "next");
    const bool moved = next > from_;
    from_ = std::max(from_, next);
    return moved;
  }

  const Context& context_;
  const EventOptions& options_;
  HttpClient client_;
  std::uint64_t from_;
  std::uint64_t left_;
  bool silent_ = false;
  Backoff backoff_{follow_first, follow_most};
};

}  // namespace

std::vector<Command> event_commands() {
  return {{"events", "Print the log, in order", [](CLI::App& app) -> Runner {
             auto options = std::make_shared<EventOptions>();  // shared: the parser writes it, the runner reads it
             app.add_option("--from", options->from, "First sequence number")
                 ->check(whole_number(1))
                 ->capture_default_str();
             auto* limit = app.add_option("--limit", options->limit, "At most so many events")
                               ->check(whole_number(1))
                               ->capture_default_str();
             auto* all = app.add_flag("--all", options->all, "To the end of the log")->excludes(limit);
             app.add_flag("--follow,-f", options->follow,
                          "Wait for more, also through restarts of the daemon; no limit unless one is given")
                 ->excludes(all);
             app.add_option("--type", options->type, "Only this type, e.g. CircuitOpened");
             app.add_option("--stream", options->stream, "Only this stream");
             return [options, limit](const Context& context) {
               if (options->follow && limit->count() == 0) options->limit = without_end;
               return EventReader{context, *options}.run();
             };
           }}};
}

}  // namespace breakerd::cli
