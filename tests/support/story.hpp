#pragma once
// Short words for events, so that a test reads like the story it tells.

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/events/model/event.hpp>

namespace breakerd::test {

/// A moment of the tests' day, in seconds.
inline Time at(std::int64_t seconds) { return Time{std::chrono::seconds{1'700'000'000 + seconds}}; }

inline CampaignId campaign_id(std::uint8_t number) {
  CampaignId id;
  id.bytes.fill(0x11);
  id.bytes[15] = number;
  return id;
}

inline Event said(EventData data, std::string principal = "alice", Time time = at(0)) {
  return Event{std::move(data), std::move(principal), time, 0, -1};
}

inline JobSpecPtr spec(CampaignId campaign = {}, std::string type = "mail", std::string payload = R"({"n":1})") {
  auto made = std::make_shared<JobSpec>();
  made->job_type = std::move(type);
  made->name = "a job";
  made->campaign = campaign;
  made->payload = std::move(payload);
  return made;
}

/// No wait between attempts.
inline std::shared_ptr<const Backoff> at_once() {
  return std::make_shared<const Backoff>(Backoff{BackoffKind::fixed, Jitter::none, 0});
}

inline OperationId operation_id(std::uint64_t number) {
  OperationId id;
  id.bytes.front() = 0xee;
  for (std::size_t i = 0; i < sizeof number; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

inline JobEnqueued enqueued(JobId job, CampaignId campaign = {}, std::string type = "mail") {
  return {job, spec(campaign, std::move(type))};
}
inline JobLeased leased(JobId job, CampaignId campaign = {}, std::uint32_t attempt = 1) {
  return {job, campaign, "worker-1", digest_token("token of " + std::to_string(job)), 30'000, attempt};
}
inline JobCompleted completed(JobId job, CampaignId campaign = {}) { return {job, campaign, R"({"ok":true})"}; }

inline CircuitOpened opened(Epoch epoch, std::string service = "apollo") {
  return {epoch, false, service + ": 429", "429 Too Many Requests", "http", service, 0, {}};
}
inline CircuitClosed closed(Epoch epoch) { return {epoch, "it is back"}; }

inline HoldPlaced circuit_hold(Ordinal ordinal, std::string service = "apollo", std::uint64_t campaigns = 0) {
  return {ordinal, HoldKind::circuit, service, "circuit breaker opened by " + service + ": 429 Too Many Requests",
          campaigns};
}
inline HoldPlaced service_hold(Ordinal ordinal, std::string service, std::uint64_t campaigns = 0) {
  return {ordinal, HoldKind::service, service, "campaigns held for " + service + ": slow", campaigns};
}

inline CampaignCreated created(CampaignId campaign, std::string name = "spring") {
  return {campaign, std::move(name), "a campaign", "{}"};
}

inline JobCommandStarted started_plan(JobCommandId command, std::vector<PlanAction> actions, JobId last_job) {
  return {command, JobCommandKind::plan, {}, "after the outage", 0, last_job, std::move(actions)};
}

/// A schedule of jobs of the type "mail", every ten seconds from `anchor` on.
inline ScheduleSet scheduled(ScheduleId id, Time anchor = at(0), std::string name = "nightly") {
  ScheduleSet set{id, {}, anchor, anchor + std::chrono::seconds{10}, "x"};
  set.plan.name = std::move(name);
  set.plan.every_ms = 10'000;
  set.plan.job.job_type = "mail";
  return set;
}

}  // namespace breakerd::test
