// Why a job is not with a worker (views.hpp): gathers from one snapshot what events/rules/conditions.hpp decides by.

#include <breakerd/events/rules/conditions.hpp>
#include <breakerd/events/rules/lease_limits.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

Result<Deed> read_deed(const ReadView& view, Seq seq) {
  auto event = read_bare_event(view, seq);
  if (!event) return event.error();
  return Deed{std::move(event->event.principal), event->event.time};
}

/// Of the campaign's last event when that is an `E`. A campaign may be renamed or sealed after it, and then nobody has
/// kept who did it and when.
template <class... E>
Result<Deed> read_last_deed(const ReadView& view, const CampaignRow& campaign) {
  auto event = read_bare_event(view, campaign.last);
  if (!event) return event.error();
  if (!(std::holds_alternative<E>(event->event.data) || ...)) return Deed{};
  return Deed{std::move(event->event.principal), event->event.time};
}

/// Counts the ready jobs of the lane that are leased before this one, those of its own type first. Those that are held
/// are not.
class AheadCount {
 public:
  AheadCount(const ReadView& view, const JobRow& job, const QueueState& queue)
      : view_{view}, job_{job}, queue_{queue}, place_{job.priority, job.id} {}

  Result<JobsAhead> of(const LaneRow& lane) {
    for (const bool of_its_type : {true, false})
      for (const ClassCount& one : lane.classes) {
        if (queue_.job_hold_on(one.of, job_.campaign) != nullptr) continue;
        if (one.ready == 0 || (one.of.job_type == job_.job_type) != of_its_type) continue;
        if (auto ok = add(one.of); !ok) return ok.error();
        if (ahead_.are_more) return ahead_;
      }
    return ahead_;
  }

 private:
  Result<void> add(const JobClass& of) {
    return scan_ready(view_, ready_prefix(job_.campaign, of.job_type, of.service), ReadyPlace{}, [&](ReadyPlace place) {
      if (place >= place_) return false;
      if (ahead_.all == limits::jobs_ahead_max) return ahead_.are_more = true, false;
      ++ahead_.all;
      if (of.job_type == job_.job_type) ++ahead_.of_its_type;
      return true;
    });
  }

  const ReadView& view_;
  const JobRow& job_;
  const QueueState& queue_;
  ReadyPlace place_;
  JobsAhead ahead_;
};

Result<void> read_limits_on(const ReadView& view, const OutsideState& outside, JobSituation& of) {
  auto limits = read_limits(view);
  if (!limits) return limits.error();
  const JobRow& job = of.job;
  std::vector<LimitName> names{{LimitKind::service, job.service}, {LimitKind::job_type, job.job_type}};
  if (!of.in_default_lane()) names.push_back(limit_of(job.campaign));
  for (const LimitName& name : names)
    if (const LeaseLimit* limit = find_limit(*limits, name))
      of.limits.emplace_back(*limit, outside.limit_use ? outside.limit_use(name) : LimitUse{});
  return {};
}

/// What the situation wants to know besides rows.
Result<void> read_deeds(const ReadView& view, JobSituation& of) {
  const auto put = [](Deed& to, Result<Deed> deed) -> Result<void> {
    if (!deed) return deed.error();
    to = std::move(*deed);
    return {};
  };
  if (is_terminal(of.job.status)) return put(of.ended, read_deed(view, of.job.finished));
  if (!of.in_default_lane() && is_terminal(of.lane.status)) {
    auto ok = put(of.ended, read_last_deed<CampaignFailed, CampaignCancelled>(view, of.campaign));
    of.ended.at = of.campaign.finished_at;
    return ok;
  }
  if (!of.in_default_lane() && of.lane.status == CampaignStatus::paused)
    if (auto ok = put(of.paused, read_last_deed<CampaignPaused>(view, of.campaign)); !ok) return ok;
  if (of.job.status == JobStatus::pending && of.job.due.exists() && of.job.due.clock == DueClock::wall)
    return put(of.enqueued, read_deed(view, of.job.enqueued));
  return {};
}

}  // namespace

Result<JobWhy> read_why(const ReadView& view, JobId job, const OutsideState& outside) {
  const auto row = read_row<JobRow>(view, Table::jobs, number_key(job));
  if (!row) return row.error();
  if (!*row) return not_found("job " + std::to_string(job));
  const LaneId& id = (*row)->campaign;
  const auto lane = read_known_row<LaneRow>(view, Table::lanes, uuid_key(id));
  if (!lane) return lane.error();
  const auto campaign = id.is_nil() ? Result<CampaignRow>{CampaignRow{}}
                                    : read_known_row<CampaignRow>(view, Table::campaigns, uuid_key(id));
  if (!campaign) return campaign.error();
  const auto queue = read_queue(view);
  if (!queue) return queue.error();
  const auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();

  JobSituation of{
      **row, *lane, *campaign, *queue, *breaker, outside.now, outside.gate_is_open, outside.lease_expires_at, {},
      {},    {},    {},        {},     {},       {}};
  const JobCommandId plan_id = of.job.is_parked() ? of.job.parked.command : queue->plan;
  const auto plan = plan_id == 0 ? Result<JobCommandRow>{JobCommandRow{}} : read_job_command(view, plan_id);
  if (!plan) return plan.error();
  if (plan_id != 0) of.plan = &*plan;
  of.ramp_free_at = outside.ramp_free_at;
  if (auto ok = read_deeds(view, of); !ok) return ok.error();
  const JobStatus status = shown_status(of.job, *lane, *queue);
  if (of.job.status == JobStatus::pending && !of.job.is_parked() && !is_terminal(status)) {
    const auto ahead = AheadCount{view, of.job, *queue}.of(*lane);
    if (!ahead) return ahead.error();
    of.ahead = *ahead;
    if (auto ok = read_limits_on(view, outside, of); !ok) return ok.error();
  }
  return JobWhy{job, status, conditions_of(of)};
}

}  // namespace breakerd
