#pragma once
// What belongs to an event, whoever decides it: what must hold at its place in the log, what stands behind it in the
// same append, and whom it stops. The shells add all of it to the event, and decide nothing of it themselves. Pure.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/precondition.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// The campaign whose lane the functions below look at; nothing: they look at none.
[[nodiscard]] std::optional<CampaignId> lane_wanted(const EventData& event);

/// What must hold where the event is appended.
struct Needs {
  bool closed_circuit = false;         ///< CLOSED, and in the epoch that it was decided in
  std::optional<CampaignAt> campaign;  ///< its campaign has not changed since it was decided

  friend bool operator==(const Needs&, const Needs&) = default;
};

/// For an event that was decided by itself: a consequence needs what its cause needs. `lane` is the one wanted, before
/// the event; null when none is, or when the campaign does not exist yet.
[[nodiscard]] Needs needs_of(const EventData& event, const LaneRow* lane);

/// What must stand right behind the event, in the same append and caused by it. `queue` and the lane that is wanted
/// have had the event applied.
///   behind an opening   the pause, and the circuit's hold on all running campaigns
///   behind a close      the resumption
///   behind the end of the last job of a sealed campaign, and the seal of one without jobs   its completion
[[nodiscard]] std::vector<EventData> consequences_of(const EventData& event, const QueueState& queue,
                                                     const LaneRow* lane, const std::string& principal);

/// Whose work the event stops, beside that of the job it is about.
struct Stops {
  bool everywhere = false;  ///< any campaign's, and that of the jobs without one
  std::optional<CampaignId> campaign;

  friend bool operator==(const Stops&, const Stops&) = default;
};
[[nodiscard]] Stops stops_of(const EventData& event);

}  // namespace breakerd
