#pragma once
// How much of a limit on leases is used, for whoever shows it.

#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

/// `times` may be null: nothing is known to be used.
inline void fill_use(LeaseLimitView& view, const LeaseTimes* times, Time now) {
  view.use = times == nullptr ? LimitUse{} : times->limits.of(view.limit.of);
  if (view.use->free_at <= now) view.use->free_at = no_time;
}

}  // namespace breakerd::http
