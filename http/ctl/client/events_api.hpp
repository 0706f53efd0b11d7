#pragma once
// Reading the daemon's log: pages of events, and places in it. One object a thread.

#include <string>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/http/ctl/client/http_client.hpp>
#include <breakerd/http/ctl/text/place.hpp>

namespace breakerd::ctl {

/// Events that are asked for at once, the most that a page has.
inline constexpr std::uint64_t events_page = 1'000;

/// Behind every event.
inline constexpr Seq log_without_end = ~Seq{0};

/// Which events; empty parts match everything.
struct EventSelection {
  std::string type, stream, principal;

  [[nodiscard]] bool selects_all() const { return type.empty() && stream.empty() && principal.empty(); }
};

class EventsApi {
 public:
  EventsApi(HttpClient client, EventSelection selection)
      : client_{std::move(client)}, selection_{std::move(selection)} {}

  /// `data` {events, next} of at most `limit` (up to events_page) selected events, from a seq on.
  [[nodiscard]] CliResult<Reply> page(Seq from, std::uint64_t limit) { return ask(from, limit, selection_); }

  /// The seq of the last event; 0 without any.
  [[nodiscard]] CliResult<Seq> last();

  /// The first event whose time is `time` or later; the seq behind the last one when there is none. Some 25 small reads
  /// for a log of tens of millions.
  [[nodiscard]] CliResult<Seq> first_since(Time time);

  /// Where the last `count` selected events among those from `begin` to before `end` begin. Reads backwards in growing
  /// steps, so few events that are near the end are found fast.
  [[nodiscard]] CliResult<Seq> begin_of_last(std::uint64_t count, Seq begin, Seq end);

 private:
  [[nodiscard]] CliResult<Reply> ask(Seq from, std::uint64_t limit, const EventSelection& selection);
  [[nodiscard]] CliResult<std::vector<Seq>> selected(Seq begin, Seq end);

  HttpClient client_;
  EventSelection selection_;
};

}  // namespace breakerd::ctl
