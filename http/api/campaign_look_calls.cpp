// Looks at one campaign as clients of the service that breakerd replaces take them.

#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/campaign_pace.hpp>
#include <breakerd/http/api/lease_end.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

constexpr std::uint32_t latest_jobs_shown = 20;

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

/// The rules are those of decide() for StartCampaign (events/rules/campaign.cpp); `health` adds whether it could be
/// kept.
void write_start_check(JsonWriter& json, const CampaignView& campaign, const BreakerState& breaker,
                       const Health& health) {
  const bool status_valid = campaign.lane.status == CampaignStatus::created;
  const bool circuit_closed = breaker.state == CircuitState::closed;
  const std::string status{to_string(campaign.status)};
  std::vector<std::string> errors;
  if (!status_valid) errors.push_back("the campaign is " + status + ": only a CREATED one can be started");
  if (!circuit_closed) errors.push_back("the circuit breaker is open: close it first");
  if (!health.ready) errors.push_back("not ready: " + health.reason);
  const std::uint64_t jobs = campaign.job_counts.total();
  std::vector<std::string> warnings;
  if (jobs == 0) warnings.emplace_back("the campaign has no jobs yet");

  json.begin_object();
  json.member("can_start", errors.empty());
  json.member("campaign_status_valid", status_valid);
  json.member("circuit_breaker_closed", circuit_closed);
  json.key("validation_details").begin_object();
  json.member("campaign_id", campaign.id);
  json.member("campaign_status", status);
  json.member("circuit_breaker_state", to_string(breaker.state));
  json.member("total_jobs", jobs);
  json.end_object();
  json.key("warnings");
  write_texts(json, warnings);
  json.key("errors");
  write_texts(json, errors);
  json.end_object();
}

}  // namespace

void validate_start(Call& call) {
  call.read([id = call.path.campaign, health = call.backend.health()](const ReadView& view) -> Result<std::string> {
    const auto campaign = read_campaign(view, id);
    if (!campaign) return campaign.error();
    const auto breaker = read_breaker(view);
    if (!breaker) return breaker.error();
    return success_body([&](JsonWriter& json) { write_start_check(json, *campaign, *breaker, health); });
  });
}

void campaign_details(Call& call) {
  call.read([id = call.path.campaign, times = call.backend.lease_times(),
             paces = call.backend.campaign_paces()](const ReadView& view) -> Result<std::string> {
    auto campaign = read_campaign(view, id);
    if (!campaign) return campaign.error();
    fill_pace(*campaign, paces);
    auto jobs = latest_jobs(view, id, latest_jobs_shown);
    if (!jobs) return jobs.error();
    for (JobView& job : *jobs) fill_lease_end(job, times);
    return success_body([&](JsonWriter& json) {
      json.begin_object().key("campaign");
      write_campaign(json, *campaign);
      json.key("job_counts");
      write_counts(json, campaign->job_counts);
      json.member("in_flight", campaign->lane.count(JobStatus::processing));
      json.key("latest_jobs").begin_array();
      for (const JobView& job : *jobs) write_job_summary(json, job);
      json.end_array().end_object();
    });
  });
}

}  // namespace breakerd::http::calls
