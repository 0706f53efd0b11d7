#pragma once
// Shapes of events that were written once, are written no more, and differ from today's in more than a field that came
// behind the others (for that there is since(), see event.hpp). Each lists its fields as its version stored them, and
// upcast() makes today's event of it. A new one: its struct and its upcast() here, its line in codec.cpp's table of old
// shapes, and the goldens that are there already.

#include <utility>

#include <breakerd/events/model/event.hpp>

namespace breakerd {

/// Versions 1 and 2: the payload is in the event, amid the spec.
struct JobEnqueuedV2 {
  static constexpr std::string_view type = JobEnqueued::type;
  static constexpr unsigned version = 2;
  JobId job = 0;
  JobSpec spec{};
  std::uint32_t max_attempts = default_max_attempts;
  std::uint32_t max_expiries = default_max_expiries;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.spec.campaign);
    visit("job_type", self.spec.job_type);
    visit("name", self.spec.name);
    visit("description", self.spec.description);
    visit("service", self.spec.service);
    visit("max_attempts", self.max_attempts);
    visit.json("payload", self.spec.payload);
    visit.since(2, "max_expiries", self.max_expiries);
  }
};
[[nodiscard]] inline JobEnqueued upcast(JobEnqueuedV2 old) {
  old.spec.max_attempts = old.max_attempts;
  old.spec.max_expiries = old.max_expiries;
  return {old.job, std::make_shared<const JobSpec>(std::move(old.spec)), {}};
}

/// Version 1: the result is in the event.
struct JobCompletedV1 {
  static constexpr std::string_view type = JobCompleted::type;
  static constexpr unsigned version = 1;
  JobId job = 0;
  CampaignId campaign{};
  std::string result;

  static void fields(auto& self, auto& visit) {
    visit("job", self.job);
    visit("campaign", self.campaign);
    visit.json("result", self.result);
  }
};
[[nodiscard]] inline JobCompleted upcast(JobCompletedV1 old) {
  return {old.job, old.campaign, std::move(old.result), {}};
}

}  // namespace breakerd
