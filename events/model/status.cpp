#include <breakerd/events/model/status.hpp>

#include <array>

namespace breakerd {
namespace {

constexpr std::array<std::string_view, 2> in_flight_names{"stop", "finish"};
constexpr std::array<std::string_view, kept_job_statuses + 1> job_names{
    "PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED", "EXPIRED", "PAUSED"};
constexpr std::array<std::string_view, campaign_statuses> campaign_names{"CREATED",   "RUNNING", "PAUSED",
                                                                         "COMPLETED", "FAILED",  "CANCELLED"};

template <class Status, std::size_t n>
std::optional<Status> find_name(const std::array<std::string_view, n>& names, std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Status>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(CircuitState state) { return state == CircuitState::open ? "open" : "closed"; }

std::string_view to_string(InFlight in_flight) { return in_flight_names[static_cast<std::size_t>(in_flight)]; }
std::optional<InFlight> parse_in_flight(std::string_view text) { return find_name<InFlight>(in_flight_names, text); }

std::string_view to_string(JobStatus status) { return job_names[static_cast<std::size_t>(status)]; }
std::optional<JobStatus> parse_job_status(std::string_view text) { return find_name<JobStatus>(job_names, text); }

std::string_view to_string(CampaignStatus status) { return campaign_names[static_cast<std::size_t>(status)]; }
std::optional<CampaignStatus> parse_campaign_status(std::string_view text) {
  return find_name<CampaignStatus>(campaign_names, text);
}

}  // namespace breakerd
