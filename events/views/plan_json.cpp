#include <breakerd/events/views/plan_json.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {
namespace {

/// Writes the counts as a list, the greatest first, then by name. Gives how many were left out.
template <class Name>
std::size_t write_rows(JsonWriter& json, const JsonKey& name, const std::map<Name, std::uint64_t>& counts) {
  std::vector<std::pair<Name, std::uint64_t>> rows{counts.begin(), counts.end()};
  const std::size_t shown = std::min(rows.size(), limits::preview_rows_max);
  std::partial_sort(
      rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(),
      [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  json.begin_array();
  for (std::size_t i = 0; i < shown; ++i) {
    json.begin_object().key(name).value_or_null(rows[i].first);
    json.member("jobs", rows[i].second).end_object();
  }
  json.end_array();
  return rows.size() - shown;
}

void write_more(JsonWriter& json, std::size_t campaigns, std::size_t types, std::size_t services) {
  if (campaigns + types + services == 0) return;
  json.key("more").begin_object();
  json.member("by_campaign", campaigns).member("by_type", types).member("by_service", services);
  json.end_object();
}

void write_jobs(JsonWriter& json, const PlannedJobs& planned) {
  json.begin_object();
  json.member("jobs", planned.jobs);
  const std::size_t campaigns = write_rows(json.key("by_campaign"), "campaign_id", planned.by_campaign);
  const std::size_t types = write_rows(json.key("by_type"), "job_type", planned.by_type);
  const std::size_t services = write_rows(json.key("by_service"), "service", planned.by_service);
  write_more(json, campaigns, types, services);
  json.key("oldest_at").value_or_null(planned.oldest_at);
  json.end_object();
}

}  // namespace

void write_preview(JsonWriter& json, const PlanPreview& preview) {
  json.begin_object();
  json.member("seq", preview.seq);
  json.key("preview").begin_object();
  write_jobs(json.key("release"), preview.release);
  write_jobs(json.key("park"), preview.park);
  write_jobs(json.key("cancel"), preview.cancel);
  json.end_object();
  json.key("drain_ms");
  if (preview.drain_ms)
    json.value(*preview.drain_ms);
  else
    json.null();  // nothing says how fast they are released
  json.end_object();
}

}  // namespace breakerd
