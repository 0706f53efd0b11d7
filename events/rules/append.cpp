#include <breakerd/events/rules/append.hpp>

#include <type_traits>

#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/events/rules/rollout.hpp>

namespace breakerd {
namespace {

template <class E, class... Of>
constexpr bool is_one_of = (std::is_same_v<E, Of> || ...);

/// What a person or a worker asks of a campaign. CampaignCompleted is a consequence.
template <class E>
constexpr bool is_campaigns_own =
    is_one_of<E, CampaignCreated, CampaignUpdated, CampaignStarted, CampaignPaused, CampaignResumed, CampaignSealed,
              CampaignFailed, CampaignCancelled, CampaignReopened>;
template <class E>
constexpr bool may_end_campaign = is_one_of<E, JobCompleted, JobFailed, JobCancelled, JobExpired, CampaignSealed>;

}  // namespace

std::optional<CampaignId> lane_wanted(const EventData& event) {
  return std::visit(
      []<class E>([[maybe_unused]] const E& e) -> std::optional<CampaignId> {
        if constexpr (is_campaigns_own<E> || may_end_campaign<E>)
          if (!e.campaign.is_nil()) return e.campaign;
        return std::nullopt;
      },
      event);
}

Needs needs_of(const EventData& event, const LaneRow* lane) {
  return std::visit(
      [lane]<class E>([[maybe_unused]] const E& e) -> Needs {
        Needs needs;
        needs.closed_circuit = is_one_of<E, JobLeased, HoldsLifted, CampaignStarted, CampaignResumed>;
        if constexpr (is_campaigns_own<E>) needs.campaign = CampaignAt{e.campaign, lane == nullptr ? 0 : lane->version};
        return needs;
      },
      event);
}

std::vector<EventData> consequences_of(const EventData& event, const QueueState& queue, const LaneRow* lane,
                                       const std::string& principal) {
  return std::visit(
      [&]<class E>(const E& e) -> std::vector<EventData> {
        if constexpr (std::is_same_v<E, CircuitOpened>) {
          PauseDecision decision = decide_pause(queue, e, principal);
          std::vector<EventData> events{std::move(decision.pause), std::move(decision.hold)};
          if (auto ended = decide_end(queue.rollout, RolloutEnd::opened)) events.emplace_back(std::move(*ended));
          return events;
        } else if constexpr (std::is_same_v<E, CircuitClosed>) {
          return {decide_resume(queue, e.epoch)};
        } else if constexpr (may_end_campaign<E>) {
          if (lane != nullptr)
            if (const auto completed = decide_completion(e.campaign, *lane)) return {*completed};
        }
        return {};
      },
      event);
}

Stops stops_of(const EventData& event) {
  return std::visit(
      []<class E>([[maybe_unused]] const E& e) -> Stops {
        Stops stops;
        if constexpr (is_one_of<E, CircuitOpened, OpeningReaffirmed>) stops.everywhere = e.in_flight == InFlight::stop;
        if constexpr (std::is_same_v<E, HoldPlaced>) stops.everywhere = e.kind == HoldKind::service;
        if constexpr (is_one_of<E, CampaignPaused, CampaignFailed, CampaignCancelled>) stops.campaign = e.campaign;
        return stops;
      },
      event);
}

}  // namespace breakerd
