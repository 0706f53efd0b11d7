#include "tests/simulation/promises/listings.hpp"

#include <algorithm>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::uint64_t listings_count = 3;

struct Filter {
  std::string status;
  std::string campaign;
  std::string job_type;

  bool takes(const json& job) const {
    return (status.empty() || job.value("status", "") == status) &&
           (campaign.empty() || job.value("campaign_id", json()) == campaign) &&
           (job_type.empty() || job.value("job_type", "") == job_type);
  }
  std::string query() const {
    return (status.empty() ? "" : "&status=" + status) + (campaign.empty() ? "" : "&campaign_id=" + campaign) +
           (job_type.empty() ? "" : "&job_type=" + job_type);
  }
};

/// A filter that `like` passes, by one, two or all of what there is to filter by.
Filter filter_like(const json& like, std::uint64_t turn) {
  Filter filter;
  if (turn % 4 != 3) filter.status = like.value("status", "");
  const json campaign = like.value("campaign_id", json());
  if (turn % 3 == 1 && campaign.is_string()) filter.campaign = campaign.get<std::string>();
  if (turn % 5 == 2) filter.job_type = like.value("job_type", "");
  return filter;
}

/// The second page, of half of them, and the first one when there is only one.
Listing listing_of(const Filter& filter, const std::vector<json>& jobs) {
  std::vector<std::uint64_t> ids;
  for (const json& job : jobs)
    if (filter.takes(job)) ids.push_back(job.value("id", std::uint64_t{0}));
  const std::size_t per_page = std::clamp<std::size_t>(ids.size() / 2, 1, 5);
  const std::size_t page = ids.size() > per_page ? 2 : 1;
  const auto first = ids.begin() + static_cast<std::ptrdiff_t>(per_page * (page - 1));
  const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), per_page * page));
  Listing listing{
      "/api/v1/jobs?page=" + std::to_string(page) + "&per_page=" + std::to_string(per_page) + filter.query(),
      {first, last},
      std::nullopt,
      last != ids.end()};
  if (filter.job_type.empty()) listing.total = ids.size();
  return listing;
}

}  // namespace

std::vector<Listing> some_listings(const std::vector<json>& jobs, std::uint64_t turn) {
  std::vector<Listing> listings;
  if (jobs.empty()) return listings;
  for (std::uint64_t at = turn; at < turn + listings_count; ++at)
    listings.push_back(listing_of(filter_like(jobs[at * 7919 % jobs.size()], at), jobs));
  return listings;
}

void compare_listing(const Listing& listing, const json& data, const std::function<void(std::string)>& complain) {
  const json jobs = data.value("jobs", json::array());
  const bool same = jobs.size() == listing.ids.size() &&
                    std::equal(jobs.begin(), jobs.end(), listing.ids.begin(), [](const json& job, std::uint64_t id) {
                      return job.value("id", std::uint64_t{0}) == id;
                    });
  if (!same) complain(listing.target + " does not show the jobs " + json(listing.ids).dump());
  const json total = data.value("total", json());
  if (total != (listing.total ? json(*listing.total) : json()))
    complain(listing.target + " says that the total is " + total.dump());
  if (listing.goes_on && data.value("next_cursor", json()).is_null())
    complain(listing.target + " has no next_cursor, and there are more jobs");
}

}  // namespace breakerd::simulation
