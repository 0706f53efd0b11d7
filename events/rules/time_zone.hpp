#pragma once
// The offsets of a place's local time from UTC, over time. Pure; where zones come from: zone_database.hpp.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/time.hpp>
#include <breakerd/events/rules/posix_rule.hpp>
#include <breakerd/events/rules/zone_span.hpp>

namespace breakerd {

/// The offset changes at `at`.
struct OffsetChange {
  Time at{};
  std::chrono::seconds offset{0};

  friend bool operator==(const OffsetChange&, const OffsetChange&) = default;
};

/// A value that never changes, cheap to copy; any thread.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// `changes`: at least one, in order; the offset of the first holds before it, too. `rule`: what holds after the last
  /// one; nullopt: nothing changes any more. Offsets are of less than 24 hours.
  TimeZone(std::string name, std::vector<OffsetChange> changes, std::optional<PosixRule> rule);

  /// A name of the IANA database, or "UTC".
  [[nodiscard]] const std::string& name() const;

  /// The span that has `time`, which is of the years 1 to 9999. Never empty. Two spans that follow each other may have
  /// the same offset.
  [[nodiscard]] ZoneSpan span_at(Time time) const;

 private:
  struct Data {
    std::string name;
    std::vector<OffsetChange> changes;
    std::optional<PosixRule> rule;
  };
  std::shared_ptr<const Data> data_;  ///< shared by copies; null: UTC
};

}  // namespace breakerd
