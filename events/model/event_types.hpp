#pragma once
// The types of events: the vocabulary of the log. Past tense; append-only: a shape that was ever written stays readable
// (docs/event-log.md). Each type lists its fields once, in the order they are stored; codec.cpp turns that list into
// bytes and into JSON. A type is written in its `version`, 1 where none is named. A field that came with a later
// version is listed by since(): read from an older event, it keeps the value given here, which is what the older event
// meant. A type that changed in another way has its older shape in codec/old_shapes.hpp.

#include <variant>

#include <breakerd/events/model/breaker_events.hpp>
#include <breakerd/events/model/campaign_events.hpp>
#include <breakerd/events/model/job_events.hpp>
#include <breakerd/events/model/queue_events.hpp>
#include <breakerd/events/model/schedule_events.hpp>

namespace breakerd {

/// The order is that of the type codes on disk (codec.hpp): append only, never reorder.
using EventData =
    std::variant<CircuitOpened, FailureRecorded, CircuitClosed, QueuePaused, QueueResumed, HoldPlaced, HoldsLifted,
                 CampaignCreated, CampaignUpdated, CampaignStarted, CampaignPaused, CampaignResumed, CampaignSealed,
                 CampaignCompleted, CampaignFailed, CampaignCancelled, JobEnqueued, JobLeased, JobCompleted,
                 JobAttemptFailed, JobFailed, JobReturned, JobReleased, JobLeaseExpired, JobCancelled,
                 OpeningReaffirmed, JobsDue, JobRetried, CampaignReopened, JobCommandStarted, JobCommandAdvanced,
                 JobCommandEnded, JobHoldPlaced, JobHoldLifted, LeaseLimitSet, LeaseLimitRemoved, JobTypeSet,
                 JobTypeRemoved, RequestAnswered, JobExpired, DeadlinesMoved, QueueTimeSet, ScheduleSet, SchedulePaused,
                 ScheduleResumed, ScheduleRemoved, ScheduleRan, ScheduleSkipped, JobParked, JobUnparked, CanaryPassed,
                 RolloutEnded>;

}  // namespace breakerd
