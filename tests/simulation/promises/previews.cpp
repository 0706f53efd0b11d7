#include "tests/simulation/promises/previews.hpp"

#include <algorithm>
#include <optional>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::int64_t rounding_us = 2'000;

struct Planned {
  std::uint64_t jobs = 0;
  std::map<std::string, std::uint64_t> by_campaign, by_type, by_service;  ///< "": of none
  std::optional<std::int64_t> oldest_us;

  void add(const PlannedJob& job) {
    ++jobs;
    ++by_campaign[job.campaign];
    ++by_type[job.job_type];
    ++by_service[job.service];
    oldest_us = std::min(oldest_us.value_or(job.enqueued_us), job.enqueued_us);
  }
};

/// In whatever order they are listed.
json as_shown(const json& rows, const char* member) {
  json counts = json::object();
  if (!rows.is_array()) return counts;
  for (const json& row : rows) {
    const json name = row.value(member, json());
    counts[name.is_string() ? name.get<std::string>() : ""] = row.value("jobs", json());
  }
  return counts;
}

json as_json(const std::map<std::string, std::uint64_t>& counts) {
  json all = json::object();
  for (const auto& [name, jobs] : counts) all[name] = jobs;
  return all;
}

/// Whether it is as old as the action wants hangs on when exactly the daemon has looked.
bool is_in_doubt(const PlannedJob& job, const std::vector<PlannedAction>& sooner,
                 const std::vector<PlannedAction>& later) {
  for (std::size_t index = 0; index < sooner.size(); ++index)
    if (sooner[index].takes(job) != later[index].takes(job)) return true;
  return false;
}

bool has_ages(const json& actions) {
  return actions.is_array() &&
         std::any_of(actions.begin(), actions.end(), [](const json& one) { return one.contains("older_than_ms"); });
}

}  // namespace

void Previews::ended(const Ended& ended) {
  if (ended.request.kind() != Kind::preview || !ended.ok() || !ended.data.is_object()) return;
  const auto seq = ended.data.value("seq", json());
  if (!seq.is_number_unsigned() || !ended.data.value("preview", json()).is_object())
    return complain_("a dry run is answered with " + ended.data.dump());
  previews_.emplace(seq.get<std::uint64_t>(),
                    Preview{ended.request.planned_actions(), ended.data["preview"], ended.begun, ended.ended,
                            ended.wall_begun_us, ended.wall_ended_us});
}

void Previews::check_places(const Ledger& ledger, std::uint64_t last_seq) {
  for (const auto& [seq, preview] : previews_) {
    const Ledger::Range range = ledger.seqs_seen_by(preview.begun, preview.ended);
    if (seq < range.least || seq > std::min(range.most, last_seq))
      complain_("a dry run names event " + std::to_string(seq) + ", and the log ended behind event " +
                std::to_string(range.least) + " then");
  }
}

void Previews::reached(std::uint64_t seq, const History& history, const Plans& plans) {
  const auto [begin, end] = previews_.equal_range(seq);
  for (auto preview = begin; preview != end; ++preview) compare(seq, preview->second, history, plans);
  previews_.erase(previews_.begin(), end);
}

void Previews::compare(std::uint64_t seq, const Preview& preview, const History& history, const Plans& plans) const {
  if (preview.wall_begun_us == 0 && has_ages(preview.actions)) return;
  const auto sooner = actions_asked(preview.actions, preview.wall_begun_us - rounding_us);
  const auto later = actions_asked(preview.actions, preview.wall_ended_us + rounding_us);
  std::map<std::string, Planned> planned{{"release", {}}, {"park", {}}, {"cancel", {}}};
  for (const auto& [id, job] : history.jobs()) {
    if (!job.waits()) continue;
    const PlannedJob& known = plans.jobs().at(id);
    if (is_in_doubt(known, sooner, later)) return;
    planned[verb_for(known, sooner)].add(known);
  }
  for (const auto& [verb, jobs] : planned) {
    const json shown = preview.shown.value(verb, json::object());
    const json found{shown.value("jobs", json()), as_shown(shown.value("by_campaign", json()), "campaign_id"),
                     as_shown(shown.value("by_type", json()), "job_type"),
                     as_shown(shown.value("by_service", json()), "service")};
    const json right{jobs.jobs, as_json(jobs.by_campaign), as_json(jobs.by_type), as_json(jobs.by_service)};
    const std::string name = "a dry run as of event " + std::to_string(seq) + " says of '" + verb + "' ";
    if (found != right) complain_(name + found.dump() + ", and the events make it " + right.dump());
    const json oldest = shown.value("oldest_at", json());
    const auto oldest_us = oldest.is_string() ? read_time(oldest.get<std::string>()) : std::nullopt;
    if (oldest_us != jobs.oldest_us)
      complain_(name + "that the oldest is of " + oldest.dump() + ", and that is not so");
  }
}

}  // namespace breakerd::simulation
