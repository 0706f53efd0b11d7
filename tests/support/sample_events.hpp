#pragma once
// Every type of event with values at the edges of their ranges: for round trips and goldens.

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/support/story.hpp"

namespace breakerd::test {

inline constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint32_t big = std::numeric_limits<std::uint32_t>::max();

/// The end of the year 9999.
inline constexpr Time last_time{std::chrono::seconds{253'402'300'799}};

/// One of each, with every field given. What is frozen in tests/events/goldens is made of these: never change a value
/// that is there, only add those of fields that come with a new version.
inline std::vector<EventData> sample_events() {
  const CampaignId id = *Uuid::parse("018f6b2e-7c1a-7d3e-9f00-0123456789ab");
  const TokenDigest token = digest_token("0123456789abcdef0123456789abcdef");
  JobSpec whole;
  whole.job_type = "mail";
  whole.name = "greet \"Zoë\"";
  whole.description = "line one\nline two";
  whole.service = "apollo";
  whole.campaign = id;
  whole.payload = R"({"to":"zoë@example.org","n":[1,2,3]})";
  whole.max_attempts = 5;
  whole.max_expiries = 20;
  whole.priority = -3;
  whole.run_at = at(3'600) + Duration{5};
  whole.backoff = std::make_shared<const Backoff>(
      Backoff{BackoffKind::list, Jitter::full, 2'000, 60'000, 3, {1'000, 5'000, 30'000}});
  whole.unique_key = "mail/zoë";
  whole.unique_until = at(7'200) + Duration{6};
  whole.timeout_ms = 90'000;
  whole.expires_at = at(9'000) + Duration{7};
  whole.deadline = at(8'000) + Duration{8};
  SchedulePlan nightly{"nightly", "30 2 * * mon-fri", "Europe/Berlin", 0, MissedRuns::skip, whole};
  nightly.job.expires_in_ms = 3'600'000;
  return {
      CircuitOpened{7, false, "apollo: 429", "429 Too Many Requests", "http", "apollo", 300, id, "worker-7",
                    InFlight::finish},
      FailureRecorded{7, "connection refused", "net", "hermes", 301, id, "worker-8"},
      CircuitClosed{7, "it is back"},
      QueuePaused{7, 1'000'000},
      QueueResumed{7, 999'999},
      HoldPlaced{12, HoldKind::service, "hermes", "campaigns held for hermes: slow", 40},
      HoldsLifted{{3, 12, 128}, 38, 2, 5'000, "apollo is back"},
      CampaignCreated{id, "spring", "the spring mailing", R"({"owner":"zoë"})", 7},
      CampaignUpdated{id, "summer", std::nullopt, R"({"owner":null})", 9},
      CampaignStarted{id, 13, "second wave"},
      CampaignPaused{id, "lunch"},
      CampaignResumed{id, 14},
      CampaignSealed{id},
      CampaignCompleted{id, 97, 2, 1, 4},
      CampaignFailed{id, "bad data", 60},
      CampaignCancelled{id, "not needed", 60},
      JobEnqueued{300, std::make_shared<const JobSpec>(whole)},
      JobLeased{300, id, "worker-7", token, 30'000, 2},
      JobCompleted{300, id, R"({"sent":true})"},
      JobAttemptFailed{300, id, 2, "no such mailbox", "smtp", 1'500, at(44)},
      JobFailed{300, id, 3, "no such mailbox", "smtp", true, true},
      JobReturned{300, id, "429 Too Many Requests", "http", "apollo"},
      JobReleased{300, id},
      JobLeaseExpired{300, id, "worker-7", true},
      JobCancelled{300, id, "not needed", true},
      OpeningReaffirmed{7, "hermes is down too", "hermes", InFlight::finish},
      JobsDue{{300, 301, 1'000'000}},
      JobRetried{300, id, "the mailbox is there now", at(9)},
      CampaignReopened{id},
      JobCommandStarted{4,
                        JobCommandKind::discard,
                        {id, "mail", "apollo", "mailbox", at(7), {3, 300}, JobStatus::expired},
                        "too old",
                        17,
                        301,
                        {{PlanVerb::cancel, {}, at(5), id, "mail", "apollo"}, {PlanVerb::park}},
                        10,
                        {1'500, 50'000, 600'000}},
      JobCommandAdvanced{4, 300, 12, 1, 7},
      JobCommandEnded{4, true},
      JobHoldPlaced{5, "mail", "apollo", "apollo is slow", id},
      JobHoldLifted{5, "it is fast again"},
      LeaseLimitSet{LimitKind::job_type, "mail", 5, 2'500, 10, "the provider asks for it"},
      LeaseLimitRemoved{LimitKind::service, "apollo", "no more"},
      JobTypeSet{"mail", {7, whole.backoff, 60'000, 4}, "mailboxes are slow"},
      JobTypeRemoved{"mail", "they are not"},
      RequestAnswered{
          {id, 201, "/api/v1/jobs/300", R"({"status":"success","data":{"payload":null,"result":null}})", 300, 36, 50}},
      JobExpired{300, id},
      DeadlinesMoved{at(8), {300, 301}},
      QueueTimeSet{at(9)},
      ScheduleSet{7, nightly, no_time, at(11), "reports are wanted"},
      SchedulePaused{7, "nobody reads them"},
      ScheduleResumed{7, at(12), "somebody does"},
      ScheduleRemoved{7, "no more"},
      ScheduleRan{7, at(12), true, 302, at(13)},
      ScheduleSkipped{7, at(13), at(14), "it was missed"},
      JobParked{300, id, 5},
      JobUnparked{300, id},
      CanaryPassed{4, 10},
      RolloutEnded{4, RolloutEnd::stopped, "the provider is fast again"},
  };
}

/// As default-constructed; a spec is never null.
inline std::vector<EventData> empty_events() {
  std::vector<EventData> events{
      CircuitOpened{},      FailureRecorded{}, CircuitClosed{},   QueuePaused{},       QueueResumed{},
      HoldPlaced{},         HoldsLifted{},     CampaignCreated{}, CampaignUpdated{},   CampaignStarted{},
      CampaignPaused{},     CampaignResumed{}, CampaignSealed{},  CampaignCompleted{}, CampaignFailed{},
      CampaignCancelled{},  JobEnqueued{},     JobLeased{},       JobCompleted{},      JobAttemptFailed{},
      JobFailed{},          JobReturned{},     JobReleased{},     JobLeaseExpired{},   JobCancelled{},
      OpeningReaffirmed{},  JobsDue{},         JobRetried{},      CampaignReopened{},  JobCommandStarted{},
      JobCommandAdvanced{}, JobCommandEnded{}, JobHoldPlaced{},   JobHoldLifted{},     LeaseLimitSet{},
      LeaseLimitRemoved{},  JobTypeSet{},      JobTypeRemoved{},  RequestAnswered{},   JobExpired{},
      DeadlinesMoved{},     QueueTimeSet{},    ScheduleSet{},     SchedulePaused{},    ScheduleResumed{},
      ScheduleRemoved{},    ScheduleRan{},     ScheduleSkipped{}, JobParked{},         JobUnparked{},
      CanaryPassed{},       RolloutEnded{}};
  std::get<JobEnqueued>(events[16]).spec = std::make_shared<const JobSpec>();
  return events;
}

/// The largest numbers and long texts with every byte in them.
inline std::vector<EventData> extreme_events() {
  CampaignId id;
  id.bytes.fill(0xff);
  TokenDigest token;
  token.fill(0xff);
  std::string text;
  for (int i = 0; i < 70'000; ++i) text += static_cast<char>(i);
  JobSpec whole{text, text, text, text, id, text, big, big, std::numeric_limits<int>::min(), last_time};
  whole.unique_key = text;
  whole.unique_until = last_time;
  whole.timeout_ms = big;
  whole.expires_at = whole.deadline = last_time;
  whole.backoff = std::make_shared<const Backoff>(
      Backoff{BackoffKind::exponential, Jitter::none, big, big, big, std::vector<std::uint32_t>(1'000, big)});
  JobSpec scheduled_job = whole;
  scheduled_job.expires_in_ms = huge;
  return {
      CircuitOpened{huge, true, text, text, text, text, huge, id, text, InFlight::finish},
      FailureRecorded{huge, text, text, text, huge, id, text},
      CircuitClosed{huge, text},
      QueuePaused{huge, huge},
      QueueResumed{huge, huge},
      HoldPlaced{huge, HoldKind::circuit, text, text, huge},
      HoldsLifted{std::vector<Ordinal>(1'000, huge), huge, huge, huge, text},
      CampaignCreated{id, text, text, text, big},
      CampaignUpdated{id, text, text, text, big},
      CampaignStarted{id, huge},
      CampaignPaused{id, text},
      CampaignResumed{id, huge},
      CampaignSealed{id},
      CampaignCompleted{id, huge, huge, huge, huge},
      CampaignFailed{id, text, huge},
      CampaignCancelled{id, text, huge},
      JobEnqueued{huge, std::make_shared<const JobSpec>(whole)},
      JobLeased{huge, id, text, token, big, big},
      JobCompleted{huge, id, text},
      JobAttemptFailed{huge, id, big, text, text, big, last_time},
      JobFailed{huge, id, big, text, text, true, true},
      JobReturned{huge, id, text, text, text},
      JobReleased{huge, id},
      JobLeaseExpired{huge, id, text, true},
      JobCancelled{huge, id, text, true},
      OpeningReaffirmed{huge, text, text, InFlight::finish},
      JobsDue{std::vector<JobId>(1'000, huge)},
      JobRetried{huge, id, text, last_time},
      CampaignReopened{id},
      JobCommandStarted{huge,
                        JobCommandKind::retry,
                        {id, text, text, text, last_time, std::vector<JobId>(10'000, huge), JobStatus::expired},
                        text,
                        huge,
                        huge,
                        std::vector<PlanAction>(100, {PlanVerb::cancel, {}, last_time, id, text, text})},
      JobCommandAdvanced{huge, huge, huge, huge, huge},
      JobCommandEnded{huge, true},
      JobHoldPlaced{huge, text, text, text, id},
      JobHoldLifted{huge, text},
      LeaseLimitSet{LimitKind::job_type, text, UINT32_MAX, huge, UINT32_MAX, text},
      LeaseLimitRemoved{LimitKind::job_type, text, text},
      JobTypeSet{text, {big, whole.backoff, big, big}, text},
      JobTypeRemoved{text, text},
      RequestAnswered{{id, big, text, text, huge, big, big}},
      JobExpired{huge, id},
      DeadlinesMoved{last_time, std::vector<JobId>(1'000, huge)},
      QueueTimeSet{last_time},
      ScheduleSet{huge, {text, text, text, huge, MissedRuns::skip, scheduled_job}, last_time, last_time, text},
      SchedulePaused{huge, text},
      ScheduleResumed{huge, last_time, text},
      ScheduleRemoved{huge, text},
      ScheduleRan{huge, last_time, true, huge, last_time},
      ScheduleSkipped{huge, last_time, last_time, text},
      JobParked{huge, id, huge},
      JobUnparked{huge, id},
      CanaryPassed{huge, big},
      RolloutEnded{huge, RolloutEnd::replaced, text},
  };
}

}  // namespace breakerd::test
