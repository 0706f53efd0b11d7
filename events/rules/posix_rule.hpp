#pragma once
// How a zone's offset changes each year, as POSIX says it in TZ, for instance CET-1CEST,M3.5.0,M10.5.0/3. The files of
// the zone database end with such a rule: it holds after the last change that they list (RFC 8536, section 3.3). Pure;
// any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <breakerd/events/model/time.hpp>
#include <breakerd/events/rules/zone_span.hpp>

namespace breakerd {

/// A moment of each year, on the local clock as it is before it.
struct YearlyMoment {
  enum class Kind : std::uint8_t {
    weekday_of_month,  ///< M3.5.0: of March, the last (5th) Sunday
    day_without_leap,  ///< J60: the 60th day, where the 29th of February is not counted: the 1st of March
    day_of_year,       ///< 59: day 59 from 0, where it is
  };
  Kind kind = Kind::day_of_year;
  unsigned month = 0;
  unsigned week = 0;
  unsigned weekday = 0;  ///< 0: Sunday
  int day = 0;
  std::chrono::seconds time{2 * 60 * 60};  ///< from midnight; from -167 to 167 hours

  friend bool operator==(const YearlyMoment&, const YearlyMoment&) = default;
};

struct PosixRule {
  std::chrono::seconds standard{0};  ///< what is added to UTC
  bool has_summer = false;           ///< if not, what follows has no meaning
  std::chrono::seconds summer{0};
  YearlyMoment summer_begins{};
  YearlyMoment summer_ends{};

  /// The span that has `time`, which is of the years 1 to 9999.
  [[nodiscard]] ZoneSpan span_at(Time time) const;

  friend bool operator==(const PosixRule&, const PosixRule&) = default;
};

/// nullopt: it is none, or one with a summer time that does not say when it begins.
[[nodiscard]] std::optional<PosixRule> parse_posix_rule(std::string_view text);

}  // namespace breakerd
