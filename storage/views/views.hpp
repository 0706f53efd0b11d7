#pragma once
// Reads over committed state at one moment. Each takes a ReadView (a snapshot) and may touch the disk: call them off
// threads that must not block. Errors: not_found for a named thing that is not there, invalid for a cursor that is not
// ours, storage or corrupt when a row cannot be read.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/filters.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/events/model/why.hpp>
#include <breakerd/events/model/workers.hpp>

namespace breakerd {

class ReadView;

/// `now` is wall time, for how far the ramp of a rollout has come; without it, as at the ramp's begin.
[[nodiscard]] Result<StatusView> read_status(const ReadView& view, Time now = no_time);
[[nodiscard]] Result<BreakerState> read_breaker(const ReadView& view);

/// The whole job, payload and result included.
[[nodiscard]] Result<JobView> read_job(const ReadView& view, JobId job);

/// What of a job's conditions is not in committed state.
struct OutsideState {
  Time now{};                                             ///< wall time
  bool gate_is_open = true;                               ///< false counts as a condition when the circuit is closed
  Time lease_expires_at = no_time;                        ///< of the job's lease, if it has one; no_time: not known
  std::function<LimitUse(const LimitName&)> limit_use{};  ///< empty: nothing is known to be used
  Time ramp_free_at =
      no_time;  ///< when the ramp of a plan lets the next job be leased; no_time: now, as far as is known
};
/// Why the job is not with a worker. Jobs ahead of it are counted up to limits::jobs_ahead_max.
[[nodiscard]] Result<JobWhy> read_why(const ReadView& view, JobId job, const OutsideState& outside);

/// A page of workers as the queue has them in memory, whose `jobs` are all that are to be looked at: what is not leased
/// in committed state is taken out of it, and so are workers of which nothing is left. Each keeps the first
/// limits::worker_jobs_max jobs.
[[nodiscard]] Result<Page<WorkerView>> list_workers(const ReadView& view, Page<WorkerView> in_memory);

/// In order of ids, without the first `skip` that match. `limit` 1..limits::page_items_max. A page looks at no more
/// than limits::scan_rows_max rows, those it skips included.
[[nodiscard]] Result<Page<JobView>> list_jobs(const ReadView& view, const JobFilter& filter, std::uint32_t limit,
                                              std::string_view cursor, std::uint32_t skip = 0);

/// The campaign's last jobs by id, the newest first. `limit` 1..limits::page_items_max.
[[nodiscard]] Result<std::vector<JobView>> latest_jobs(const ReadView& view, const CampaignId& campaign,
                                                       std::uint32_t limit);

/// How many FAILED jobs match. Looks at each of them, so it takes a while when there are many.
[[nodiscard]] Result<std::uint64_t> count_failed_jobs(const ReadView& view, const FailedJobs& filter);

/// How many parked jobs match.
[[nodiscard]] Result<std::uint64_t> count_parked_jobs(const ReadView& view, const FailedJobs& filter);
/// Parked jobs in order of ids, whatever `status` the filter has. Else as list_jobs().
[[nodiscard]] Result<Page<JobView>> list_parked_jobs(const ReadView& view, const JobFilter& filter, std::uint32_t limit,
                                                     std::string_view cursor);
/// What a plan would do, if it began at `now`, and how long its ramp would take. Looks at every job that has not ended.
[[nodiscard]] Result<PlanPreview> preview_plan(const ReadView& view, const Plan& plan, Time now);
/// How work begins behind the newest plan, and how far that has come at `now`, in wall time. Its phase is none when
/// there is no rollout.
[[nodiscard]] Result<RolloutView> read_rollout(const ReadView& view, Time now);

[[nodiscard]] Result<JobCommandRow> read_job_command(const ReadView& view, JobCommandId id);
/// The newest first, from the one before `before` on; 0: from the newest. `limit` 1..limits::page_items_max.
[[nodiscard]] Result<std::vector<JobCommandRow>> list_job_commands(const ReadView& view, JobCommandId before,
                                                                   std::uint32_t limit);

/// All holds on jobs, the oldest first, with what each holds back: looks at all campaigns that have ready jobs.
[[nodiscard]] Result<std::vector<JobHoldView>> list_job_holds(const ReadView& view);

/// All limits on leases, by name, with what waits for them in the lane of no campaign and in the first `lanes_max` of
/// campaigns. Their use is in memory only (LimitUses).
[[nodiscard]] Result<LimitsView> list_limits(const ReadView& view,
                                             std::size_t lanes_max = std::numeric_limits<std::size_t>::max());
[[nodiscard]] Result<LeaseLimitView> read_limit(const ReadView& view, const LimitName& name);

/// `not_found` when the job type has no settings.
[[nodiscard]] Result<JobTypeRow> read_job_type(const ReadView& view, std::string_view name);

/// Those with settings by name, from the one behind `cursor` on.
[[nodiscard]] Result<Page<JobTypeRow>> list_job_types(const ReadView& view, std::uint32_t limit,
                                                      std::string_view cursor);

/// `not_found` when there is none.
[[nodiscard]] Result<ScheduleRow> read_schedule(const ReadView& view, ScheduleId id);

/// In order of numbers, from the one behind `cursor` on; with a `name`, the one that has it, if any.
[[nodiscard]] Result<Page<ScheduleRow>> list_schedules(const ReadView& view, std::string_view name, std::uint32_t limit,
                                                       std::string_view cursor);

/// How many jobs match, exactly, from the counts that are kept. nullopt for a filter with more than campaign and
/// status: they are not kept by that.
[[nodiscard]] Result<std::optional<std::uint64_t>> count_jobs(const ReadView& view, const JobFilter& filter);

/// The cursor of a page that goes on behind `item`.
[[nodiscard]] std::string cursor_behind(const JobView& item);
[[nodiscard]] std::string cursor_behind(const CampaignView& item);
[[nodiscard]] std::string cursor_behind(const WorkerView& item);
[[nodiscard]] std::string cursor_behind(const JobCommandRow& item);
[[nodiscard]] std::string cursor_behind(const JobTypeRow& item);
[[nodiscard]] std::string cursor_behind(const ScheduleRow& item);

[[nodiscard]] Result<CampaignView> read_campaign(const ReadView& view, const CampaignId& campaign);

/// In order of creation, without the first `skip` that match. `status` is the shown one.
[[nodiscard]] Result<Page<CampaignView>> list_campaigns(const ReadView& view, std::optional<CampaignStatus> status,
                                                        std::uint32_t limit, std::string_view cursor,
                                                        std::uint32_t skip = 0);

/// How many campaigns match, exactly; never nullopt.
[[nodiscard]] Result<std::optional<std::uint64_t>> count_campaigns(const ReadView& view,
                                                                   std::optional<CampaignStatus> status);

/// The campaigns in its lists have no description, no metadata and no types of pending jobs. A list ends early when its
/// texts would pass limits::sample_bytes_max, but has one campaign at least when there are some.
struct CampaignOverview {
  CampaignCounts totals;
  std::array<std::vector<CampaignView>, campaign_statuses> by_status;  ///< first limits::sample_items_max each
  /// The first limits::sample_items_max each, or fewer: no more than an equal share of limits::overview_held_max, and
  /// of limits::overview_held_bytes_max.
  std::map<std::string, std::vector<CampaignView>> paused_by_service;
};
[[nodiscard]] Result<CampaignOverview> read_campaign_overview(const ReadView& view);

/// Campaigns and jobs whose pause is due to `service`: the oldest hold on them names it, or, for jobs under no hold,
/// the open circuit does. First limits::sample_items_max, and the exact total. Campaigns as in an overview; jobs have
/// no payload.
[[nodiscard]] Result<Sample<CampaignView>> read_paused_campaigns(const ReadView& view, std::string_view service);
[[nodiscard]] Result<Sample<JobView>> read_paused_jobs(const ReadView& view, std::string_view service);

/// A filtered page looks at no more than limits::scan_rows_max events.
[[nodiscard]] Result<EventPage> read_events(const ReadView& view, Seq from, std::uint32_t limit,
                                            const EventFilter& filter);

}  // namespace breakerd
