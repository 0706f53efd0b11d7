#pragma once
// Events about schedules, of the stream "queue". How types of events are written: event_types.hpp.

#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/schedule.hpp>
#include <breakerd/events/model/stream_kind.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// There is a schedule with this plan from here on; in place of its plan before, if it was there.
struct ScheduleSet {
  static constexpr std::string_view type = "ScheduleSet";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  SchedulePlan plan;
  Time anchor{};
  Time next_at{};  ///< worked out when it was decided: zones may change, and what has happened must not
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("name", self.plan.name);
    visit("cron", self.plan.cron);
    visit("time_zone", self.plan.time_zone);
    visit("every_ms", self.plan.every_ms);
    visit("missed", self.plan.missed);
    visit("anchor", self.anchor);
    visit("next_at", self.next_at);
    visit("reason", self.reason);
    visit("job_type", self.plan.job.job_type);
    visit("job_name", self.plan.job.name);
    visit("description", self.plan.job.description);
    visit("service", self.plan.job.service);
    visit("campaign", self.plan.job.campaign);
    visit.json("payload", self.plan.job.payload);
    visit("max_attempts", self.plan.job.max_attempts);
    visit("max_expiries", self.plan.job.max_expiries);
    visit("timeout_ms", self.plan.job.timeout_ms);
    visit("priority", self.plan.job.priority);
    visit("backoff", self.plan.job.backoff);
    visit("expires_in_ms", self.plan.job.expires_in_ms);
  }
};

/// No run of it is due from here on.
struct SchedulePaused {
  static constexpr std::string_view type = "SchedulePaused";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("reason", self.reason);
  }
};

struct ScheduleResumed {
  static constexpr std::string_view type = "ScheduleResumed";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  Time next_at{};
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("next_at", self.next_at);
    visit("reason", self.reason);
  }
};

struct ScheduleRemoved {
  static constexpr std::string_view type = "ScheduleRemoved";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("reason", self.reason);
  }
};

/// A run begins: its job is enqueued with the event behind this one.
struct ScheduleRan {
  static constexpr std::string_view type = "ScheduleRan";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  Time due{};            ///< when it was; of a run by hand, when that was asked for
  bool by_hand = false;  ///< somebody asked for it: no run that is due takes part in it
  JobId run_job = 0;
  Time next_at{};

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("due", self.due);
    visit("by_hand", self.by_hand);
    visit("job", self.run_job);
    visit("next_at", self.next_at);
  }
};

/// A run was due, and takes no place.
struct ScheduleSkipped {
  static constexpr std::string_view type = "ScheduleSkipped";
  static constexpr StreamKind stream = StreamKind::queue;
  ScheduleId schedule = 0;
  Time due{};
  Time next_at{};
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("schedule", self.schedule);
    visit("due", self.due);
    visit("next_at", self.next_at);
    visit("reason", self.reason);
  }
};

}  // namespace breakerd
