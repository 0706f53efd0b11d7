#pragma once
// Events that stand side by side: what must, or may, come right behind an event, and nowhere else. Pure.

#include <string>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>

namespace breakerd {

/// What the event before says of the next one. The log keeps no borders of appends: what must be in one append is what
/// must stand side by side. Nothing is expected of the first event, nor behind the last one of an append.
struct FollowUp {
  enum class Next : std::uint8_t {
    any,
    queue_paused,
    circuit_hold,
    rollout_ended,  ///< by the opening
    queue_resumed,
    campaign_completed,
    job_retried,   ///< of the campaign that was reopened; it may stand elsewhere, too
    job_enqueued,  ///< the one of a schedule's run; others may stand elsewhere, too
  };
  Next next = Next::any;  ///< what must come next, and may come nowhere else
  CampaignId campaign{};  ///< the one that campaign_completed or job_retried is about
  JobId reported_by = 0;  ///< the job that the failure right before names: only that one may be returned now
  JobId job = 0;          ///< the one that job_enqueued is about
};

/// Whether an event may stand where this is expected.
[[nodiscard]] bool may_follow(const FollowUp& expected, const EventData& event);

/// What is expected, for a sentence.
[[nodiscard]] std::string describe(const FollowUp& expected);

/// Asked where an append or the log ends, behind the event `last`: `misfit` when something must still follow.
[[nodiscard]] Result<void> check_end(const FollowUp& follow_up, Seq last);

}  // namespace breakerd
