#pragma once
// A time with one offset from UTC.

#include <chrono>

#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// From `begin` until before `end` the local time is UTC plus `offset`. Time::min() and Time::max() are no bounds.
struct ZoneSpan {
  Time begin = Time::min();
  Time end = Time::max();
  std::chrono::seconds offset{0};

  friend bool operator==(const ZoneSpan&, const ZoneSpan&) = default;
};

}  // namespace breakerd
