#include "tests/simulation/promises/listed.hpp"

#include <algorithm>

#include "tests/simulation/promises/new_jobs.hpp"

namespace breakerd::simulation {

using nlohmann::json;

void Listed::ended(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object()) return;
  if (const auto jobs = new_jobs(ended); !jobs.empty()) last_id_.seen(ended.ended, jobs.back().first);
  if (ended.request.kind() == Kind::jobs) page(ended);
}

void Listed::page(const Ended& ended) const {
  const auto& query = ended.request.query;
  const bool has_all = std::all_of(query.begin(), query.end(), [](const auto& parameter) {
    return parameter.first == "limit" || parameter.first == "cursor";
  });
  if (!has_all) return;
  std::uint64_t last = 0;
  for (const json& job : ended.data.value("jobs", json::array())) {
    const auto id = job.value("id", std::uint64_t{0});
    const bool is_first = last == 0;
    if (is_first ? id != 1 && query.count("cursor") == 0 : id != last + 1)
      complain_("a page of jobs shows job " + std::to_string(id) + " behind job " + std::to_string(last));
    last = id;
  }
  const std::uint64_t floor = last_id_.floor(ended.begun);
  const bool ends_here = ended.data.value("next_cursor", json()).is_null();
  // A cursor that somebody has made up may stand behind the last job.
  if (ends_here && last < floor && (last > 0 || query.count("cursor") == 0))
    complain_("the list of jobs ends with job " + std::to_string(last) + ", and job " + std::to_string(floor) +
              " was acknowledged before");
}

}  // namespace breakerd::simulation
