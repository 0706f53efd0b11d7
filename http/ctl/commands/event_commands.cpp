// events: the log, in order.

#include <fmt/format.h>

#include <memory>
#include <thread>

#include <breakerd/http/ctl/client/backoff.hpp>
#include <breakerd/http/ctl/client/events_api.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::chrono::milliseconds follow_first{50};
constexpr std::chrono::milliseconds follow_most{500};
constexpr std::uint64_t terminal_last = 20;
constexpr std::uint64_t without_end = ~std::uint64_t{0};

struct EventOptions {
  std::uint64_t from = 1;
  std::uint64_t limit = 100;
  std::uint64_t last = 0;  ///< 0: not asked for
  std::string since, until;
  bool all = false;
  bool follow = false;
  bool from_now = false;  ///< only what comes after this
  EventSelection selection;
};

/// What of the log is asked for, before it is known where that is.
struct EventRange {
  std::optional<Place> since, until;
};

Tone tone_of_event(std::string_view type) {
  if (type == "CircuitOpened" || type == "FailureRecorded") return Tone::bad;
  return type == "CircuitClosed" ? Tone::good : Tone::plain;
}

void print_event(const Context& context, const Json& event, std::string_view raw) {
  if (context.json()) {
    context.print_json(raw);
    return;
  }
  const auto& terminal = context.terminal();
  const auto cause = number_at(event, "cause");
  const auto type = printable(text_at(event, "type"));
  context.out() << fmt::format(
      "{:>8}  {}  {} {}  by {}{}  {}\n", number_at(event, "seq"), terminal.time(printable(text_at(event, "time"))),
      terminal.paint(tone_of_event(type), fmt::format("{:<20}", type)), printable(text_at(event, "stream")),
      printable(text_at(event, "principal")), cause == 0 ? "" : fmt::format(" (after {})", cause),
      terminal.paint(Tone::faint,
                     printable(member_at(event, "data").dump(-1, ' ', false, Json::error_handler_t::replace))));
}

/// Finds the range in the log, then prints it page by page.
class EventReader {
 public:
  EventReader(const Context& context, const EventOptions& options, EventRange range)
      : context_{context},
        options_{options},
        range_{range},
        api_{context.client(), options.selection},
        from_{options.from},
        left_{options.all        ? without_end
              : options.last > 0 ? last_left(options)
                                 : options.limit} {}

  int run() {
    while (left_ > 0 && from_ < end_) {
      auto moved = placed_ ? read_page() : find_range();
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
    const bool cut = left_ == 0 && !options_.follow && options_.last == 0;
    if (cut && anything_more()) context_.err() << fmt::format("more: --from {}\n", from_) << std::flush;
    return 0;
  }

 private:
  /// The log may grow between finding the last ones and printing them.
  static std::uint64_t last_left(const EventOptions& options) { return options.follow ? without_end : options.last; }

  void tell_trouble(const CliError& error) {
    [[maybe_unused]] const int code = context_.fail(error);  // it is not the end: we try again
    if (!context_.json()) context_.err() << "breakerctl: trying again\n" << std::flush;
  }

  CliResult<Seq> seq_of(const Place& place) {
    return place.seq ? CliResult<Seq>{*place.seq} : api_.first_since(*place.time);
  }

  /// Always true, or an error.
  CliResult<bool> find_range() {
    Seq from = from_;
    Seq end = log_without_end;
    if (range_.since) {
      const auto seq = seq_of(*range_.since);
      if (!seq) return seq.error();
      from = *seq;
    }
    if (range_.until) {  // a seq or a moment that still belongs to it
      const auto seq = range_.until->seq ? CliResult<Seq>{*range_.until->seq + 1}
                                         : api_.first_since(*range_.until->time + Duration{1});
      if (!seq) return seq.error();
      end = *seq;
    }
    if (options_.from_now) {
      const auto newest = api_.last();
      if (!newest) return newest.error();
      from = *newest + 1;
    }
    if (options_.last > 0) {
      const auto seq = api_.begin_of_last(options_.last, from, end);
      if (!seq) return seq.error();
      from = *seq;
    }
    from_ = std::max<Seq>(from, 1);
    end_ = end;
    placed_ = true;
    return true;
  }

  /// Whether there is an event behind what was printed. When it cannot be told, there may be.
  bool anything_more() {
    for (auto at = from_; at < end_;) {
      auto reply = api_.page(at, 1);
      if (!reply) return true;
      const auto& events = member_at(reply->data(), "events");
      if (!events.empty()) return number_at(events.front(), "seq") < end_;
      const auto next = number_at(reply->data(), "next");
      if (next <= at) return false;
      at = next;  // a page that looked at many events and found none of them fit
    }
    return false;
  }

  /// Prints one page; false when there was nothing new.
  CliResult<bool> read_page() {
    auto reply = api_.page(from_, std::min(left_, events_page));
    if (!reply) return reply.error();
    const auto& events = member_at(reply->data(), "events");
    const auto list = raw_member(reply->raw(), "events");
    const auto raw = raw_elements(list ? *list : std::string_view{});
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const auto& event = element_at(events, i);
      if (number_at(event, "seq") >= end_) break;
      print_event(context_, event, raw[i]);
    }
    if (!raw.empty()) context_.out() << std::flush;
    left_ -= std::min<std::uint64_t>(left_, raw.size());
    const auto next = number_at(reply->data(), "next");
    const bool moved = next > from_;
    from_ = std::max(from_, next);
    return moved;
  }

  const Context& context_;
  const EventOptions& options_;
  EventRange range_;
  EventsApi api_;
  Seq from_;
  Seq end_ = log_without_end;  ///< behind the last event that is wanted
  std::uint64_t left_;
  bool placed_ = false;
  bool silent_ = false;
  Backoff backoff_{follow_first, follow_most, context_.randomness()};
};

int run_events(const Context& context, const EventOptions& options) {
  EventRange range;
  const auto now = context.clock().wall();
  for (auto& [name, text, place] :
       {std::tuple{"--since", &options.since, &range.since}, std::tuple{"--until", &options.until, &range.until}}) {
    if (text->empty()) continue;
    const auto parsed = parse_place(name, *text, now);
    if (!parsed) return context.fail(parsed.error());
    *place = *parsed;
  }
  return EventReader{context, options, range}.run();
}

}  // namespace

std::vector<Command> event_commands() {
  return {{"events", "Print the log, in order", [](CLI::App& app) -> Runner {
             auto options = std::make_shared<EventOptions>();  // shared: the parser writes it, the runner reads it
             auto& selection = options->selection;
             auto* last = app.add_option("--last", options->last,
                                         "The last so many, as without any of these options on a terminal (20)")
                              ->check(whole_number(1));
             auto* from = app.add_option("--from", options->from, "From this sequence number on")
                              ->check(whole_number(1))
                              ->excludes(last);
             auto* since = app.add_option("--since", options->since,
                                          "From a seq or a time on: 22:14, \"2h ago\", 2026-11-23, RFC 3339")
                               ->check(not_empty())
                               ->excludes(from);
             auto* until = app.add_option("--until", options->until, "Up to a seq or a time, as --since takes it")
                               ->check(not_empty());
             auto* limit =
                 app.add_option("--limit", options->limit, "At most so many events; 100 unless told otherwise")
                     ->check(whole_number(1))
                     ->excludes(last);
             auto* all = app.add_flag("--all", options->all, "To the end of the log")->excludes(limit)->excludes(last);
             app.add_flag("--follow,-f", options->follow,
                          "Wait for more, also through restarts of the daemon; begins now unless --from, --since or "
                          "--last says where")
                 ->excludes(all)
                 ->excludes(until);
             app.add_option("--type", selection.type, "Only this type, e.g. CircuitOpened");
             app.add_option("--stream", selection.stream, "Only this stream: breaker, queue, campaign-ID, job-ID");
             app.add_option("--principal", selection.principal, "Only what this principal caused");
             return [=](const Context& context) {
               const bool begins = from->count() + since->count() + last->count() > 0;
               const bool ends = until->count() + limit->count() + all->count() > 0;
               if (options->follow && limit->count() == 0) options->limit = without_end;
               options->from_now = options->follow && !begins;
               if (!begins && !ends && !options->follow && context.terminal().is_terminal())
                 options->last = terminal_last;
               return run_events(context, *options);
             };
           }}};
}

}  // namespace breakerd::ctl
