// Limits on leases (queue_core.hpp). This file counts the leases of each limit, and wakes leases that wait when a limit
// has room again. The rule is in events/rules/limit_meter.hpp.

#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/lease_limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {

namespace {

JobClass class_of(const JobRow& row) { return {row.job_type, row.service}; }

}  // namespace

/// A limit that was known keeps its bucket. After a start of the process all are empty: nobody knows what was leased
/// just before.
Result<void> QueueCore::load_limits(const Moment& now) {
  auto view = committed();
  if (!view) return view.error();
  auto limits = read_limits(**view);
  if (!limits) return remember_unreadable(limits.error());
  limits_ = std::move(*limits);
  moment_ = now;
  using Bucket = LimitMeter::Bucket;
  meter_.restart(limits_, now.steady, std::exchange(was_loaded_, true) ? Bucket::full : Bucket::empty);
  return {};
}

/// Of the leases that the log has. A campaign that has no room has no turns.
void QueueCore::count_load() {
  if (meter_.empty()) return;
  jobs_.each_lease([this](ActiveJob& job) {
    meter_.count(class_of(job.row), job.row.campaign);
    job.counted = true;
  });
  for (const LeaseLimit& limit : limits_)
    if (limit.of.kind == LimitKind::campaign) relist(campaign_of(limit.of));
}

void QueueCore::count_lease(ActiveJob& job, const Moment& now) {
  rollout_gate_.lease(now.steady);
  if (meter_.empty()) return;
  meter_.lease(class_of(job.row), job.row.campaign, now.steady);
  job.counted = true;
  if (meter_.limits_campaign(job.row.campaign)) lane_changed(job.row.campaign);
}

void QueueCore::uncount_lease(ActiveJob& job) {
  if (std::exchange(job.counted, false)) meter_.end(class_of(job.row), job.row.campaign);
}

/// Of a campaign that has ended.
void QueueCore::uncount_leases_of(const CampaignId& campaign) {
  jobs_.each_lease([&](ActiveJob& job) {
    if (job.row.campaign == campaign) uncount_lease(job);
  });
}

/// Not when the job has ended with its campaign, though nobody has told its worker yet.
bool QueueCore::counts(const ActiveJob& job) {
  const auto lane = find_lane(job.row.campaign);  // it may have left the memory
  return !lane || !is_terminal((*lane)->row.status);
}

/// From now on every lease that counts is counted, whenever it was granted.
std::uint64_t QueueCore::count_leases_of(const LimitName& name) {
  std::uint64_t leases = 0;
  jobs_.each_lease([&](ActiveJob& job) {
    job.counted = counts(job);
    if (!job.counted) return;
    const JobRow& row = job.row;
    const bool is_of = name.kind == LimitKind::service    ? row.service == name.name
                       : name.kind == LimitKind::job_type ? row.job_type == name.name
                                                          : row.campaign == campaign_of(name);
    if (is_of) ++leases;
  });
  return leases;
}

/// A campaign that is not in memory is read; when that fails, it is told of, and the daemon begins anew.
void QueueCore::relist(const CampaignId& campaign) {
  if (auto lane = find_lane(campaign)) lane_changed(campaign);
}

void QueueCore::note_freed(const Moment& now) {
  if (rollout_gate_.take_freed(queue_.rollout, now.steady)) all_may_be_ready();
  if (meter_.empty() && !meter_.has_freed()) return;
  for (const LimitName& name : meter_.take_freed(now.steady)) {
    std::vector<std::string> types;
    if (name.kind == LimitKind::campaign) {
      relist(campaign_of(name));
      jobs_may_be_ready(campaign_of(name));
    } else if (name.kind == LimitKind::job_type) {
      types.push_back(name.name);
    } else {
      types = turns_.types_of(name.name);
    }
    if (!watches_ready_) continue;
    for (const std::string& type : types) {
      ready_.add(type);
      if (left_on_disk_ > committed_) ready_later_.add(type);
    }
  }
  show_limits(now);
}

/// Tells those who look (LimitUses).
void QueueCore::show_limits(const Moment& now) {
  for (const LimitName& name : meter_.take_changed()) {
    const auto use = meter_.use(name);
    if (!use) {
      lease_times_.limits.remove(name);
      continue;
    }
    const bool is_free = use->free_at <= now.steady;
    lease_times_.limits.set(
        name, {use->in_flight, is_free ? no_time : now.wall + std::chrono::ceil<Duration>(use->free_at - now.steady)});
  }
}

Outcome QueueCore::run(const Context& context, const SetLeaseLimit& command) {
  if (command.of.kind == LimitKind::campaign) {
    auto lane = find_lane(campaign_of(command.of));
    if (!lane) return lane.error();
  }
  auto set = breakerd::decide(limits_, command);
  if (!set) return set.error();
  if (*set) {
    if (auto ok = emit(context, std::move(**set)); !ok) return ok.error();
    const LeaseLimit& limit = *find_limit(limits_, command.of);
    meter_changed(limit, context.now);
  }
  Outcome outcome{Reply{}};
  outcome->emplace<LeaseLimitView>(LeaseLimitView{*find_limit(limits_, command.of), {}, {}});
  return outcome;
}

void QueueCore::meter_changed(const LeaseLimit& limit, const Moment& now) {
  meter_.set(limit, count_leases_of(limit.of), now.steady);
  if (limit.of.kind == LimitKind::campaign) relist(campaign_of(limit.of));
  show_limits(now);
}

Outcome QueueCore::run(const Context& context, const RemoveLeaseLimit& command) {
  auto removed = breakerd::decide(limits_, command);
  if (!removed) return removed.error();
  LeaseLimitView view{*find_limit(limits_, command.of), {}, {}};
  if (auto ok = emit(context, std::move(*removed)); !ok) return ok.error();
  meter_.remove(command.of);
  note_freed(context.now);
  show_limits(context.now);
  Outcome outcome{Reply{}};
  outcome->emplace<LeaseLimitView>(std::move(view));
  return outcome;
}

}  // namespace breakerd
