// Reads of parked jobs, of what a plan would do, and of how work begins behind one (views.hpp).

#include <algorithm>

#include <breakerd/events/rules/ramp.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/events/rules/triage.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/job_visits.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// Adds up what the plan does with each job.
class Previewer {
 public:
  Previewer(const ReadView& view, std::vector<PlanAction> actions)
      : ended_{view}, actions_{std::move(actions)}, visits_{view, [this](const JobRow& row) { return add(row); }} {}

  bool visit(JobId id) { return visits_.add(id); }

  Result<PlanPreview> finish() {
    if (auto ok = visits_.finish(); !ok) return ok.error();
    return std::move(preview_);
  }

 private:
  Result<void> add(const JobRow& row) {
    if (row.status != JobStatus::pending || row.is_parked()) return {};
    const auto ended = ended_.has(row.campaign);
    if (!ended) return ended.error();
    if (*ended) return {};
    PlannedJobs& to = of(verb_of(actions_, row));
    ++to.jobs;
    ++to.by_campaign[row.campaign];
    ++to.by_type[row.job_type];
    ++to.by_service[row.service];
    if (to.oldest_at == no_time || row.created_at < to.oldest_at) to.oldest_at = row.created_at;
    return {};
  }

  PlannedJobs& of(PlanVerb verb) {
    if (verb == PlanVerb::park) return preview_.park;
    return verb == PlanVerb::cancel ? preview_.cancel : preview_.release;
  }

  EndedCampaigns ended_;
  std::vector<PlanAction> actions_;
  PlanPreview preview_;
  JobVisits visits_;
};

/// Those that wait for a time, by one clock.
Result<void> visit_due(const ReadView& view, DueClock clock, Previewer& previewer) {
  const std::string prefix(1, static_cast<char>(clock));
  return view.scan(Table::due, prefix, after_prefix(prefix), [&](std::string_view key, std::string_view) {
    return previewer.visit(read_big_endian(key.substr(9)));
  });
}

}  // namespace

Result<PlanPreview> preview_plan(const ReadView& view, const Plan& plan, Time now) {
  Previewer previewer{view, fix_ages(plan, now)};
  Result<void> ok;
  auto lanes = view.scan(Table::lanes, {}, {}, [&](std::string_view key, std::string_view value) {
    const auto lane = decode_row<LaneRow>(Table::lanes, key, value);
    if (!lane) return ok = lane.error(), false;
    if (lane->count(JobStatus::pending) == 0) return true;
    ok = scan_jobs(view, Table::ready, key, 0, [&](JobId id) { return previewer.visit(id); });
    return ok.has_value();
  });
  if (!lanes) return lanes.error();
  for (const DueClock clock : {DueClock::wall, DueClock::queue})
    if (ok) ok = visit_due(view, clock, previewer);
  if (!ok) return ok.error();
  auto preview = previewer.finish();
  if (!preview) return preview;
  const auto head = read_row<HeadRow>(view, Table::meta, meta_key::head);
  if (!head) return head.error();
  if (*head) preview->seq = (*head)->last.seq;
  const std::uint64_t first = std::min<std::uint64_t>(plan.canary.value_or(0), preview->release.jobs);
  if (plan.ramp) preview->drain_ms = drain_ms(*plan.ramp, preview->release.jobs - first);
  return preview;
}

Result<RolloutView> read_rollout(const ReadView& view, Time now) {
  const auto queue = read_queue(view);
  if (!queue) return queue.error();
  return view_rollout(*queue, now);
}

Result<std::uint64_t> count_parked_jobs(const ReadView& view, const FailedJobs& filter) {
  std::uint64_t count = 0;
  EndedCampaigns ended{view};
  auto ok = visit_jobs(view, Table::parked, filter.ids, [&](const JobRow& row) -> Result<void> {
    if (!matches_parked(filter, row)) return {};
    const auto has_ended = ended.has(row.campaign);
    if (!has_ended) return has_ended.error();
    if (!*has_ended) ++count;
    return {};
  });
  return ok ? Result<std::uint64_t>{count} : Result<std::uint64_t>{ok.error()};
}

}  // namespace breakerd
