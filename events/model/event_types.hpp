#pragma once
// The types of events: the vocabulary of the log. Past tense; append-only: a shape that was ever written stays readable
// (docs/event-log.md). Each type lists its fields once, in the order they are stored; codec.cpp turns that list into
// bytes and into JSON. A type is written in its `version`, 1 where none is named. A field that came with a later
// version is listed by since(): read from an older event, it keeps the value given here, which is what the older event
// meant. A type that changed in another way has its older shape in codec/old_shapes.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/payload.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

enum class StreamKind : std::uint8_t { breaker, queue, campaign, job };

// --- stream "breaker" ---

/// The circuit went from CLOSED to OPEN.
struct CircuitOpened {
  static constexpr std::string_view type = "CircuitOpened";
  static constexpr StreamKind stream = StreamKind::breaker;
  static constexpr unsigned version = 2;
  Epoch epoch = 0;  ///< of this opening
  bool by_hand = false;
  std::string reason;
  std::string error;  ///< empty when opened by hand
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker{};  ///< that held the job's lease when it reported; empty when that is not known

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("by_hand", self.by_hand);
    visit("reason", self.reason);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit("service", self.service);
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.since(2, "worker", self.worker);
  }
};

/// A further failure, seen while OPEN.
struct FailureRecorded {
  static constexpr std::string_view type = "FailureRecorded";
  static constexpr StreamKind stream = StreamKind::breaker;
  static constexpr unsigned version = 2;
  Epoch epoch = 0;
  std::string error;
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker{};  ///< as in CircuitOpened

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit("service", self.service);
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.since(2, "worker", self.worker);
  }
};

/// A person closed the opening `epoch`.
struct CircuitClosed {
  static constexpr std::string_view type = "CircuitClosed";
  static constexpr StreamKind stream = StreamKind::breaker;
  Epoch epoch = 0;
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("reason", self.reason);
  }
};

/// Somebody asked by hand for an opening while the circuit was OPEN. The circuit stays as it is.
struct OpeningReaffirmed {
  static constexpr std::string_view type = "OpeningReaffirmed";
  static constexpr StreamKind stream = StreamKind::breaker;
  Epoch epoch = 0;
  std::string reason;
  std::string service;  ///< the label to hold responsible, if one was named

  static void fields(auto& self, auto& visit) {
    visit("epoch", self.epoch);
    visit("reason", self.reason);
    visit("service", self.service);
  }
};

// --- stream "queue" ---

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

// --- streams "campaign-<uuid>" ---

struct CampaignCreated {
  static constexpr std::string_view type = "CampaignCreated";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string name;
  std::string description;
  std::string metadata;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("name", self.name);
    visit("description", self.description);
    visit.json("metadata", self.metadata);
  }
};

/// Only what was given is present.
struct CampaignUpdated {
  static constexpr std::string_view type = "CampaignUpdated";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> metadata;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("name", self.name);
    visit("description", self.description);
    visit.json("metadata", self.metadata);
  }
};

struct CampaignStarted {
  static constexpr std::string_view type = "CampaignStarted";
  static constexpr StreamKind stream = StreamKind::campaign;
  static constexpr unsigned version = 2;
  CampaignId campaign{};
  Ordinal ordinal = 0;
  std::string status_message{};  ///< what is shown while it runs; empty: breakerd's own words

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("ordinal", self.ordinal);
    visit.since(2, "status_message", self.status_message);
  }
};

/// By an operator. Pauses by holds are no events of the campaign.
struct CampaignPaused {
  static constexpr std::string_view type = "CampaignPaused";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
  }
};

struct CampaignResumed {
  static constexpr std::string_view type = "CampaignResumed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  Ordinal ordinal = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("ordinal", self.ordinal);
  }
};

/// No more jobs will come.
struct CampaignSealed {
  static constexpr std::string_view type = "CampaignSealed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) { visit("campaign", self.campaign); }
};

/// Sealed, and every job has ended.
struct CampaignCompleted {
  static constexpr std::string_view type = "CampaignCompleted";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("completed", self.completed);
    visit("failed", self.failed);
    visit("cancelled", self.cancelled);
  }
};

/// Ends the campaign's remaining jobs too, whatever their number: from here on they read CANCELLED.
struct CampaignFailed {
  static constexpr std::string_view type = "CampaignFailed";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;
  std::uint64_t jobs_ended = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit("jobs_ended", self.jobs_ended);
  }
};

/// As CampaignFailed.
struct CampaignCancelled {
  static constexpr std::string_view type = "CampaignCancelled";
  static constexpr StreamKind stream = StreamKind::campaign;
  CampaignId campaign{};
  std::string reason;
  std::uint64_t jobs_ended = 0;

  static void fields(auto& self, auto& visit) {
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit("jobs_ended", self.jobs_ended);
  }
};

// --- streams "job-<id>" ---

/// Its payload is kept beside it (payload.hpp).
struct JobEnqueued {
  static constexpr std::string_view type = "JobEnqueued";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 3;
  JobId job = 0;
  JobSpecPtr spec;  ///< never null in an event; the payload in it is empty unless it was read too
  PayloadRef payload{};

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit.spec(self.spec);
    visit.payload("payload", self.spec->payload, self.payload);
  }
};

struct JobLeased {
  static constexpr std::string_view type = "JobLeased";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker;
  TokenDigest token{};
  std::uint32_t lease_ms = 0;
  std::uint32_t attempt = 0;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("worker", self.worker);
    visit("token_digest", self.token);
    visit("lease_ms", self.lease_ms);
    visit("attempt", self.attempt);
  }
};

/// The job's result is kept beside it (payload.hpp).
struct JobCompleted {
  static constexpr std::string_view type = "JobCompleted";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::string result;    ///< empty: there is none, or it was not read
  PayloadRef payload{};  ///< the result's

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.payload("result", self.result, self.payload);
  }
};

/// The job's own failure, with attempts left: it waits again.
struct JobAttemptFailed {
  static constexpr std::string_view type = "JobAttemptFailed";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};
  std::uint32_t attempt = 0;
  std::string error;
  std::string error_type;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("attempt", self.attempt);
    visit("error", self.error);
    visit("error_type", self.error_type);
  }
};

/// The job's own failure, the last attempt; or its lease has expired once more than it may.
struct JobFailed {
  static constexpr std::string_view type = "JobFailed";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::uint32_t attempt = 0;
  std::string error;
  std::string error_type;
  bool expired = false;  ///< by an expiry: `attempt` is then how many were counted before

  static void fields(auto& self, auto& visit) {
    JobAttemptFailed::fields(self, visit);
    visit.since(2, "expired", self.expired);
  }
};

/// A service failure was reported with this job's lease: it waits again, no attempt counted.
struct JobReturned {
  static constexpr std::string_view type = "JobReturned";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};
  std::string error;
  std::string error_type;
  std::string service;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit("service", self.service);
  }
};

/// The worker gave the lease back.
struct JobReleased {
  static constexpr std::string_view type = "JobReleased";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
  }
};

/// The worker was not heard of for a whole lease: the job waits again.
struct JobLeaseExpired {
  static constexpr std::string_view type = "JobLeaseExpired";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker;
  bool counted = false;  ///< towards max_expiries; never in version 1, which had no such bound

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("worker", self.worker);
    visit.since(2, "counted", self.counted);
  }
};

struct JobCancelled {
  static constexpr std::string_view type = "JobCancelled";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};
  std::string reason;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("reason", self.reason);
  }
};

/// The order is the type code on disk (code = index + 1): append only, never reorder.
using EventData = std::variant<CircuitOpened, FailureRecorded, CircuitClosed, QueuePaused, QueueResumed, HoldPlaced,
                               HoldsLifted, CampaignCreated, CampaignUpdated, CampaignStarted, CampaignPaused,
                               CampaignResumed, CampaignSealed, CampaignCompleted, CampaignFailed, CampaignCancelled,
                               JobEnqueued, JobLeased, JobCompleted, JobAttemptFailed, JobFailed, JobReturned,
                               JobReleased, JobLeaseExpired, JobCancelled, OpeningReaffirmed>;

}  // namespace breakerd
