#pragma once
// What the breaker and the campaigns ask the queue to append for them, and what came of it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// The time of a turn: what the events carry, and what leases are measured by.
struct Moment {
  Time wall{};
  SteadyTime steady{};
};

/// What the breaker actor asks for: its event, and with it everything that must be part of the same append.
struct BreakerChange {
  EventData event;
  std::string principal;
  std::optional<FailJob> report;  ///< the job whose worker saw the failure
  OperationId operation{};        ///< of the append; nil: it is not asked for again
  bool was_tried = false;         ///< by the breaker itself: the log may have it already
  std::optional<Plan> plan{};     ///< of a close
};

/// What came of it, besides the event itself.
struct BreakerEffect {
  EventData event;              ///< as appended: the campaign of the report's job is filled in
  std::uint64_t jobs = 0;       ///< held by the opening or resumed by the close
  std::uint64_t campaigns = 0;  ///< held by the opening
  Outcome report = Reply{};     ///< JobView, or why the report's job was left alone
  std::optional<JobCommandRow> plan{};
};

/// What came of a campaign's action: enough to show it.
struct CampaignEffect {
  std::vector<Event> events;  ///< none: it was already so
  LaneRow lane;
  QueueState queue;
};

/// What may stop jobs whose heartbeats wait for that: they have to be asked of again.
struct Interruption {
  struct Job {
    CampaignId campaign{};
    JobId job = 0;
  };
  bool everywhere = false;            ///< an opening, a hold, or state that was read again
  std::vector<CampaignId> campaigns;  ///< paused, or ended
  std::vector<Job> jobs;              ///< whose leases have ended, or whose runs are late

  [[nodiscard]] bool any() const { return everywhere || !campaigns.empty() || !jobs.empty(); }
};

/// Jobs that have ended, whatever the end, and are in the log.
struct JobsEnded {
  struct Campaign {
    CampaignId campaign{};  ///< nil: no campaign
    std::uint32_t jobs = 0;
  };
  std::vector<Campaign> campaigns;  ///< each once
};

}  // namespace breakerd
