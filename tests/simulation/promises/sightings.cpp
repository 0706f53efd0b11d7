#include "tests/simulation/promises/sightings.hpp"

#include <algorithm>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

bool is_shown_as(const History::Version& version, const std::string& shown) {
  if (version.parked > 0) return shown == "PAUSED";
  return version.status == shown ||
         (shown == "PAUSED" && (version.status == "PENDING" || version.status == "PROCESSING"));
}

}  // namespace

void Sightings::ended(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object() || ended.request.route.changes) return;
  const Kind kind = ended.request.kind();
  if (kind == Kind::job || kind == Kind::job_status || kind == Kind::why) row(ended.data, ended);
  if (kind == Kind::workers) {
    for (const json& worker : ended.data.value("workers", json::array()))
      for (const json& job : worker.value("jobs", json::array()))
        row({{"id", job.value("id", std::uint64_t{0})}, {"status", "PROCESSING"}}, ended);
    return;
  }
  for (const char* member : {"jobs", "latest_jobs", "paused_jobs"}) {
    const auto list = ended.data.find(member);
    if (list == ended.data.end() || !list->is_array()) continue;
    for (const json& job : *list) row(job, ended);
  }
}

void Sightings::row(const json& row, const Ended& ended) {
  if (!row.contains("id") || !row["id"].is_number_unsigned()) return;
  sightings_.push_back({row["id"].get<std::uint64_t>(), row.value("status", ""), row.contains("attempts"),
                        row.value("attempts", std::uint64_t{0}), row.value("expiries", std::uint64_t{0}),
                        ended.request.kind() == Kind::parked, ended.begun, ended.ended});
}

void Sightings::compare(const History& history, const Ledger& ledger) {
  for (const Sighting& sighting : sightings_) {
    const auto job = history.jobs().find(sighting.job);
    if (job == history.jobs().end()) {
      complain_("job " + std::to_string(sighting.job) + " was shown, and is not in the log");
      continue;
    }
    const Ledger::Range range = ledger.seqs_seen_by(sighting.begun, sighting.ended);
    const auto& versions = job->second.versions;
    bool possible = false;
    for (std::size_t index = 0; index < versions.size() && !possible; ++index) {
      const bool began_in_time = versions[index].seq <= range.most;
      const bool lasted = index + 1 == versions.size() || versions[index + 1].seq > range.least;
      possible = began_in_time && lasted && is_shown_as(versions[index], sighting.status) &&
                 (!sighting.is_parked || versions[index].parked > 0) &&
                 (!sighting.has_counts ||
                  (versions[index].attempts == sighting.attempts && versions[index].expiries == sighting.expiries));
    }
    if (possible) continue;
    complain_("job " + std::to_string(sighting.job) + " was shown as " + sighting.status +
              ", which it was at no moment of that call (events " + std::to_string(range.least) + " to " +
              (range.most == never ? "the last" : std::to_string(range.most)) + ")");
  }
  sightings_.clear();
}

}  // namespace breakerd::simulation
