#include <breakerd/events/rules/time_zone.hpp>

#include <algorithm>
#include <utility>

namespace breakerd {

TimeZone::TimeZone(std::string name, std::vector<OffsetChange> changes, std::optional<PosixRule> rule) {
  changes.front().at = Time::min();
  data_ = std::make_shared<const Data>(Data{std::move(name), std::move(changes), std::move(rule)});
}

const std::string& TimeZone::name() const {
  static const std::string utc = "UTC";
  return data_ == nullptr ? utc : data_->name;
}

ZoneSpan TimeZone::span_at(Time time) const {
  if (data_ == nullptr) return {};
  const auto& changes = data_->changes;
  const auto next = std::upper_bound(changes.begin() + 1, changes.end(), time,
                                     [](Time wanted, const OffsetChange& change) { return wanted < change.at; });
  const OffsetChange& change = *std::prev(next);
  if (next != changes.end()) return {change.at, next->at, change.offset};
  if (!data_->rule) return {change.at, Time::max(), change.offset};
  ZoneSpan span = data_->rule->span_at(time);
  span.begin = std::max(span.begin, change.at);
  return span;
}

}  // namespace breakerd
