#pragma once
// Events of the streams "job-<id>". How types of events are written: event_types.hpp.

#include <cstdint>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/payload.hpp>
#include <breakerd/events/model/stream_kind.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// Its payload is kept beside it (payload.hpp).
struct JobEnqueued {
  static constexpr std::string_view type = "JobEnqueued";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 7;
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
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::uint32_t attempt = 0;
  std::string error;
  std::string error_type;
  std::uint32_t delay_ms = 0;  ///< until the next attempt; 0: none, as in version 1
  Time due = no_time;          ///< the end of that delay, in queue time; no_time without one

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("attempt", self.attempt);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit.since(2, "delay_ms", self.delay_ms);
    visit.since(2, "due", self.due);
  }
};

/// The job's own failure, the last attempt; or its lease has expired once more than it may.
struct JobFailed {
  static constexpr std::string_view type = "JobFailed";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 3;
  JobId job = 0;
  CampaignId campaign{};
  std::uint32_t attempt = 0;
  std::string error;
  std::string error_type;
  bool expired = false;   ///< by an expiry: `attempt` is then how many were counted before
  bool no_retry = false;  ///< attempts were left, but the worker said that none can help

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("attempt", self.attempt);
    visit("error", self.error);
    visit("error_type", self.error_type);
    visit.since(2, "expired", self.expired);
    visit.since(3, "no_retry", self.no_retry);
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
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::string reason;
  bool discarded = false;  ///< it had FAILED or EXPIRED; never in version 1

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit.since(2, "discarded", self.discarded);
  }
};

/// It had FAILED or EXPIRED, and waits again with all its attempts.
struct JobRetried {
  static constexpr std::string_view type = "JobRetried";
  static constexpr StreamKind stream = StreamKind::job;
  static constexpr unsigned version = 2;
  JobId job = 0;
  CampaignId campaign{};
  std::string reason;       ///< empty: that of the command that is its cause
  Time deadline = no_time;  ///< queue time: a new one, when it had EXPIRED; never in version 1

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("reason", self.reason);
    visit.since(2, "deadline", self.deadline);
  }
};

/// A plan has put it aside: it waits until somebody releases it. The step of the plan is its cause.
struct JobParked {
  static constexpr std::string_view type = "JobParked";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};
  std::uint64_t command = 0;  ///< the plan's

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit("command", self.command);
  }
};

/// It was parked, and waits as any other job does. The step of the command that released it is its cause.
struct JobUnparked {
  static constexpr std::string_view type = "JobUnparked";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
  }
};

/// Nobody has leased it by its deadline.
struct JobExpired {
  static constexpr std::string_view type = "JobExpired";
  static constexpr StreamKind stream = StreamKind::job;
  JobId job = 0;
  CampaignId campaign{};

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
  }
};

}  // namespace breakerd
