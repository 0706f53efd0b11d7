#pragma once
// A place in the log as a person writes it: a sequence number or a time. --since, --until.

#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/http/ctl/text/error.hpp>

namespace breakerd::ctl {

/// One of the two is there.
struct Place {
  std::optional<Seq> seq;
  std::optional<Time> time;
};

/// Takes, with `now` as the present and the zone of this process (TZ) where none is named:
///   4711                                       a sequence number
///   2026-11-23T22:14:05Z, ...05.25+01:00       RFC 3339
///   2026-11-23, 2026-11-23 22:14[:05]          a local date, which begins at midnight, or a local time
///   22:14, 22:14:05                            the last time that the clock showed this, today or yesterday
///   2h ago, 90 min ago, 1d 12h ago             units s, m, h, d, w, also as words
///   now, today, yesterday                      the days begin at midnight
/// Anything else is a usage error that names `option`.
[[nodiscard]] CliResult<Place> parse_place(std::string_view option, std::string_view text, Time now);

}  // namespace breakerd::ctl
