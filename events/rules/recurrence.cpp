#include <breakerd/events/rules/recurrence.hpp>

#include <algorithm>
#include <string>

namespace breakerd {
namespace {

using namespace std::chrono;

constexpr hours offset_max{24};  ///< no zone is further from UTC
constexpr microseconds tick{1};

LocalTime local_of(Time time, const ZoneSpan& span) { return LocalTime{time.time_since_epoch() + span.offset}; }
Time time_of(LocalTime local, const ZoneSpan& span) { return Time{local.time_since_epoch() - span.offset}; }

/// The first local time that the clock has not shown, nor passed over, until `after` and at it.
LocalTime first_not_shown(const TimeZone& zone, Time after) {
  const ZoneSpan now = zone.span_at(after);
  LocalTime first = local_of(after, now) + tick;
  // Later times were shown before only if the clock was set back since, and no clock is set back by more than this.
  const Time begin = after - 2 * offset_max;
  for (ZoneSpan span = now; span.begin > begin;) {
    const Time end = span.begin;
    span = zone.span_at(end - tick);
    first = std::max(first, local_of(end, span));
  }
  return first;
}

/// The first time later than `after` at which the clock shows `local` or more. Until `after` it has shown less.
Time first_showing(const TimeZone& zone, LocalTime local, Time after) {
  // Whatever the offset, it shows less at this time.
  const Time begin = std::max(after, Time{local.time_since_epoch()} - offset_max);
  for (ZoneSpan span = zone.span_at(begin);; span = zone.span_at(span.end)) {
    const Time time = std::max(span.begin, time_of(local, span));
    if (time < span.end) return time;
  }
}

/// Each local time once.
std::optional<Time> next_named(const CronRule& rule, Time after) {
  const auto local = first_from(rule.cron, first_not_shown(rule.zone, after));
  if (!local) return std::nullopt;
  return first_showing(rule.zone, *local, after);
}

/// Whenever the clock shows such a time.
std::optional<Time> next_shown(const CronRule& rule, Time after) {
  Time from = after + tick;
  while (true) {
    const ZoneSpan span = rule.zone.span_at(from);
    const auto local = first_from(rule.cron, local_of(from, span));
    if (!local) return std::nullopt;
    const Time time = time_of(*local, span);
    if (time < span.end) return time;
    // The clock may be set back, and so show again what it has shown. That is over when the span is a long one: then
    // nothing comes before the clock shows `local`.
    const bool is_long = span.end - from > 2 * offset_max;
    from = is_long ? std::max(span.end, Time{local->time_since_epoch()} - offset_max) : span.end;
  }
}

std::optional<Time> within_bounds(std::optional<Time> time) {
  return time && *time <= recurrence_end ? time : std::nullopt;
}

}  // namespace

Result<IntervalRule> make_interval(milliseconds every, Time anchor) {
  if (every < milliseconds{1} || every > interval_max)
    return invalid_field("every_ms", "1 to " + std::to_string(interval_max.count()));
  if (anchor < Time{} || anchor > recurrence_end) return invalid_field("anchor", "a time of the years 1970 to 9999");
  return IntervalRule{every, anchor};
}

std::optional<Time> next_time(const CronRule& rule, Time after) {
  if (after >= recurrence_end) return std::nullopt;
  after = std::max(after, Time{} - tick);
  return within_bounds(rule.cron.has_every_hour() ? next_shown(rule, after) : next_named(rule, after));
}

std::optional<Time> next_time(const IntervalRule& rule, Time after) {
  if (after >= recurrence_end) return std::nullopt;
  after = std::max(after, Time{} - tick);
  const microseconds every{rule.every};
  // Until the one that is next, at least a tick: the rest of a time before the anchor is below 0.
  microseconds past = (after - rule.anchor) % every;
  if (past < microseconds{0}) past += every;
  return within_bounds(after + (every - past));
}

std::optional<Time> next_time(const Recurrence& rule, Time after) {
  return std::visit([&](const auto& one) { return next_time(one, after); }, rule);
}

}  // namespace breakerd
