#pragma once
// How long a campaign will take at its pace. Pure.

#include <cstdint>

#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// The pace of a campaign that is shown as `campaign`, of whose jobs `jobs_per_minute` end. The jobs that are left take
/// `left * 60 / jobs_per_minute` seconds, rounded up. Nothing is told of the end when no job ends, and unless the
/// campaign is shown RUNNING: the pace of one that is paused says nothing about when it goes on.
[[nodiscard]] Pace pace_of(const CampaignView& campaign, std::uint64_t jobs_per_minute);

}  // namespace breakerd
