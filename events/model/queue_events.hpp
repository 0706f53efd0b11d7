#pragma once
// Events of the stream "queue". How types of events are written: event_types.hpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/model/job_type.hpp>
#include <breakerd/events/model/kept_answer.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/stream_kind.hpp>

namespace breakerd {

/// No lease from here on. The counts are what this pause newly held.
struct QueuePaused {
  static constexpr std::string_view type = "QueuePaused";
  static constexpr StreamKind stream = StreamKind::queue;
  Epoch epoch = 0;
  std::uint64_t jobs_held = 0;

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("jobs_held", self.jobs_held);
  }
};

struct QueueResumed {
  static constexpr std::string_view type = "QueueResumed";
  static constexpr StreamKind stream = StreamKind::queue;
  Epoch epoch = 0;
  std::uint64_t jobs_resumed = 0;

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("jobs_resumed", self.jobs_resumed);
  }
};

/// Covers every campaign RUNNING at this moment. Takes the place of an earlier hold of the same kind and service.
struct HoldPlaced {
  static constexpr std::string_view type = "HoldPlaced";
  static constexpr StreamKind stream = StreamKind::queue;
  Ordinal ordinal = 0;
  HoldKind kind = HoldKind::circuit;
  std::string service;
  std::string cause;
  std::uint64_t campaigns_held = 0;  ///< newly

  static void fields(auto& self, auto& visit) {
    visit("ordinal", self.ordinal);
    visit("kind", self.kind);
    visit("service", self.service);
    visit("cause", self.cause);
    visit("campaigns_held", self.campaigns_held);
  }
};

/// These holds cover nothing any more.
struct HoldsLifted {
  static constexpr std::string_view type = "HoldsLifted";
  static constexpr StreamKind stream = StreamKind::queue;
  static constexpr unsigned version = 2;
  std::vector<Ordinal> ordinals;
  std::uint64_t campaigns_resumed = 0;
  std::uint64_t campaigns_skipped = 0;  ///< still PAUSED: by hand, or under another hold
  std::uint64_t jobs_resumed = 0;
  std::string reason{};  ///< empty in version 1, which had none

  static void fields(auto& self, auto& visit) {
    visit("ordinals", self.ordinals);
    visit("campaigns_resumed", self.campaigns_resumed);
    visit("campaigns_skipped", self.campaigns_skipped);
    visit("jobs_resumed", self.jobs_resumed);
    visit.since(2, "reason", self.reason);
  }
};

/// No job of this type, service and campaign is leased from here on. Jobs that are leased stay so.
struct JobHoldPlaced {
  static constexpr std::string_view type = "JobHoldPlaced";
  static constexpr StreamKind stream = StreamKind::queue;
  static constexpr unsigned version = 2;
  JobHoldId hold = 0;
  std::string job_type;  ///< empty: any
  std::string service;   ///< empty: any, or none
  std::string reason;
  CampaignId campaign{};  ///< nil: any, or none; so it was in version 1

  static void fields(auto& self, auto& visit) {
    visit("hold", self.hold);
    visit("job_type", self.job_type);
    visit("service", self.service);
    visit("reason", self.reason);
    visit.since(2, "campaign", self.campaign);
  }
};

struct JobHoldLifted {
  static constexpr std::string_view type = "JobHoldLifted";
  static constexpr StreamKind stream = StreamKind::queue;
  JobHoldId hold = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("hold", self.hold);
    visit("reason", self.reason);
  }
};

/// From here on, leases keep to this. Takes the place of an earlier limit of the same name.
struct LeaseLimitSet {
  static constexpr std::string_view type = "LeaseLimitSet";
  static constexpr StreamKind stream = StreamKind::queue;
  LimitKind kind = LimitKind::service;
  std::string name;               ///< of a campaign: its id as text
  std::uint32_t concurrency = 0;  ///< as in LeaseLimit; so are the next two
  std::uint64_t rate_thousandths = 0;
  std::uint32_t burst = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("kind", self.kind);
    visit("name", self.name);
    visit("concurrency", self.concurrency);
    visit("rate_thousandths", self.rate_thousandths);
    visit("burst", self.burst);
    visit("reason", self.reason);
  }
};

struct LeaseLimitRemoved {
  static constexpr std::string_view type = "LeaseLimitRemoved";
  static constexpr StreamKind stream = StreamKind::queue;
  LimitKind kind = LimitKind::service;
  std::string name;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("kind", self.kind);
    visit("name", self.name);
    visit("reason", self.reason);
  }
};

/// Jobs of this type that are enqueued from here on have this where they do not say otherwise themselves. In place of
/// what was set before.
struct JobTypeSet {
  static constexpr std::string_view type = "JobTypeSet";
  static constexpr StreamKind stream = StreamKind::queue;
  std::string job_type;
  JobTypeSettings settings;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("job_type", self.job_type);
    visit("max_attempts", self.settings.max_attempts);
    visit("backoff", self.settings.backoff);
    visit("timeout_ms", self.settings.timeout_ms);
    visit("max_expiries", self.settings.max_expiries);
    visit("reason", self.reason);
  }
};

struct JobTypeRemoved {
  static constexpr std::string_view type = "JobTypeRemoved";
  static constexpr StreamKind stream = StreamKind::queue;
  std::string job_type;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("job_type", self.job_type);
    visit("reason", self.reason);
  }
};

/// These jobs do not wait for a time any more: it has come, or their campaign has ended.
struct JobsDue {
  static constexpr std::string_view type = "JobsDue";
  static constexpr StreamKind stream = StreamKind::queue;
  std::vector<JobId> jobs;  ///< at least one, each once

  static void fields(auto& self, auto& visit) { visit("jobs", self.jobs); }
};

/// The deadlines of these jobs have come, or a hold under which they had come has ended. The times in which a job was
/// held are added to its deadline; that of a job that is held now waits for the end of that; and that of a job whose
/// campaign has ended is gone.
struct DeadlinesMoved {
  static constexpr std::string_view type = "DeadlinesMoved";
  static constexpr StreamKind stream = StreamKind::queue;
  Time counted{};           ///< queue time up to which times are added
  std::vector<JobId> jobs;  ///< at least one, each once

  static void fields(auto& self, auto& visit) {
    visit("counted", self.counted);
    visit("jobs", self.jobs);
  }
};

/// Somebody wants something of many jobs: FAILED, EXPIRED or parked ones that match, or, with a plan, those that wait.
/// It goes on in steps. A plan binds from here on.
struct JobCommandStarted {
  static constexpr std::string_view type = "JobCommandStarted";
  static constexpr StreamKind stream = StreamKind::queue;
  static constexpr unsigned version = 4;
  JobCommandId command = 0;
  JobCommandKind kind = JobCommandKind::retry;
  FailedJobs filter;
  std::string reason;
  std::uint64_t matched = 0;
  JobId last_job = 0;                 ///< none behind this is looked at
  std::vector<PlanAction> actions{};  ///< of a plan, which came with version 3
  std::uint32_t canary = 0;           ///< of a plan: the rollout that begins; 0: no canary. None in version 3
  Ramp ramp{};                        ///< likewise; over_ms is 0: no ramp

  static void fields(auto& self, auto& visit) {
    visit("command", self.command);
    visit("kind", self.kind);
    visit("campaign", self.filter.campaign);
    visit("job_type", self.filter.job_type);
    visit("service", self.filter.service);
    visit("error_contains", self.filter.error_contains);
    visit("ended_by", self.filter.ended_by);
    visit("ids", self.filter.ids);
    visit("reason", self.reason);
    visit("matched", self.matched);
    visit("last_job", self.last_job);
    visit.since(2, "status", self.filter.status);
    visit.since(3, "actions", self.actions);
    visit.since(4, "canary", self.canary);
    visit.since(4, "ramp_from_thousandths", self.ramp.from_thousandths);
    visit.since(4, "ramp_to_thousandths", self.ramp.to_thousandths);
    visit.since(4, "ramp_over_ms", self.ramp.over_ms);
  }
};

/// One step of it. The events of its jobs follow, and name this one as their cause.
struct JobCommandAdvanced {
  static constexpr std::string_view type = "JobCommandAdvanced";
  static constexpr StreamKind stream = StreamKind::queue;
  static constexpr unsigned version = 2;
  JobCommandId command = 0;
  JobId next = 0;             ///< all jobs up to here were looked at; of a plan, others may have been, by leases
  std::uint64_t done = 0;     ///< in this step
  std::uint64_t skipped = 0;  ///< likewise
  std::uint64_t parked = 0;   ///< of those done; the others of a plan were cancelled. None in version 1

  static void fields(auto& self, auto& visit) {
    visit("command", self.command);
    visit("next", self.next);
    visit("done", self.done);
    visit("skipped", self.skipped);
    visit.since(2, "parked", self.parked);
  }
};

struct JobCommandEnded {
  static constexpr std::string_view type = "JobCommandEnded";
  static constexpr StreamKind stream = StreamKind::queue;
  JobCommandId command = 0;
  bool stopped = false;  ///< by somebody, before it had come to its end

  static void fields(auto& self, auto& visit) {
    visit("command", self.command);
    visit("stopped", self.stopped);
  }
};

/// The jobs of the canary have succeeded, or there were none to wait for. The ramp begins; without one the rollout is
/// over.
struct CanaryPassed {
  static constexpr std::string_view type = "CanaryPassed";
  static constexpr StreamKind stream = StreamKind::queue;
  JobCommandId command = 0;     ///< the plan's
  std::uint32_t succeeded = 0;  ///< jobs

  static void fields(auto& self, auto& visit) {
    visit("command", self.command);
    visit("succeeded", self.succeeded);
  }
};

/// Leases are as free as before the plan: neither its canary nor its ramp counts any more.
struct RolloutEnded {
  static constexpr std::string_view type = "RolloutEnded";
  static constexpr StreamKind stream = StreamKind::queue;
  JobCommandId command = 0;  ///< the plan's
  RolloutEnd end = RolloutEnd::done;
  std::string reason;  ///< of who has stopped it

  static void fields(auto& self, auto& visit) {
    visit("command", self.command);
    visit("end", self.end);
    visit("reason", self.reason);
  }
};

/// A request that had a key was answered so. Whoever sends it again gets the same answer.
struct RequestAnswered {
  static constexpr std::string_view type = "RequestAnswered";
  static constexpr StreamKind stream = StreamKind::queue;
  KeptAnswer answer;

  static void fields(auto& self, auto& visit) {
    visit("request", self.answer.request);
    visit("status", self.answer.status);
    visit("location", self.answer.location);
    visit("job", self.answer.job);
    visit("payload_at", self.answer.payload);
    visit("result_at", self.answer.result);
    visit.json("body", self.answer.body);
  }
};

/// Queue time is this when the wall clock says what it says: somebody has set that.
struct QueueTimeSet {
  static constexpr std::string_view type = "QueueTimeSet";
  static constexpr StreamKind stream = StreamKind::queue;
  Time queue_time{};

  static void fields(auto& self, auto& visit) { visit("queue_time", self.queue_time); }
};

}  // namespace breakerd
