#pragma once
// Pages by number, with filters: they are held against the list of all jobs.

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace breakerd::simulation {

/// A page, and what it must show.
struct Listing {
  std::string target;
  std::vector<std::uint64_t> ids;
  std::optional<std::uint64_t> total;  ///< nullopt: none is told
  bool goes_on = false;                ///< there is more behind it
};

/// Some pages of the list whose rows are `jobs`; which ones depends on `turn`.
std::vector<Listing> some_listings(const std::vector<nlohmann::json>& jobs, std::uint64_t turn);

/// Complains when `data` is not what the listing must show.
void compare_listing(const Listing& listing, const nlohmann::json& data,
                     const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
