#include <breakerd/storage/projection/projector.hpp>

#include <algorithm>
#include <numeric>

#include <breakerd/events/rules/queue.hpp>
#include <breakerd/events/rules/turns.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::size_t cached_jobs_per_half = 8'192;
constexpr std::size_t cached_lanes_per_half = 4'096;
constexpr std::size_t jobs_read_ahead = 256;

/// The lane's row in open_lanes; an empty key when it has none. The default lane is always open and not listed.
std::string open_key_of(const LaneId& id, const LaneRow& row) {
  if (id.is_nil() || row.status != CampaignStatus::running || !has_ready(row.classes)) return {};
  return open_lane_key(row.started, id);
}

/// And its value.
std::string open_value_of(const LaneRow& row) { return encode_classes(ready_classes(row.classes)); }

/// Ended before its jobs had.
bool is_cut(const LaneId& id, const LaneRow& lane) {
  return !id.is_nil() && (lane.status == CampaignStatus::failed || lane.status == CampaignStatus::cancelled);
}

/// What breaks an invariant was decided wrongly: its append is left out, and no other.
Error misfit_of(Seq seq, const Error& broken) { return {ErrorCode::misfit, of_event(seq, broken).detail, {}, {}}; }

}  // namespace

Projector::Projector(const ReadView& base)
    : base_{base},
      jobs_{cached_jobs_per_half},
      lanes_{cached_lanes_per_half},
      ready_{Table::ready, base},
      leases_{Table::leases, base},
      campaign_jobs_{Table::campaign_jobs, base},
      failed_{Table::failed, base},
      parked_{Table::parked, base},
      operations_{base} {}

Result<void> Projector::load() {
  jobs_.clear();
  lanes_.clear();
  read_until_ = 0;
  dirty_jobs_.clear();
  dirty_lanes_.clear();
  campaigns_.clear();
  ready_.clear();
  leases_.clear();
  campaign_jobs_.clear();
  failed_.clear();
  parked_.clear();
  job_commands_.clear();
  job_types_.clear();
  schedules_.clear();
  key_holders_.clear();
  head_ = {};
  breaker_ = {};
  queue_ = {};
  limits_ = {};
  follow_up_ = {};
  if (auto ok = operations_.load(); !ok) return ok.error();

  auto head = read_row<HeadRow>(base_, Table::meta, meta_key::head);
  if (!head) return head.error();
  fresh_ = !head->has_value();
  const bool is_empty = fresh_ || (*head)->last.seq == 0;  // a rebuild begins with a head and nothing else
  breaker_dirty_ = holds_dirty_ = limits_dirty_ = is_empty;
  if (is_empty) {
    LaneRow default_lane;
    default_lane.status = CampaignStatus::running;
    mark_lane(LaneId{}, lanes_.insert(LaneId{}, CachedLane{default_lane, false, {}, {}}));
    return {};
  }
  head_ = **head;
  auto breaker = read_row<BreakerState>(base_, Table::meta, meta_key::breaker);
  if (!breaker) return breaker.error();
  auto counts = base_.get(Table::meta, meta_key::queue);
  if (!counts) return counts.error();
  auto holds = base_.get(Table::meta, meta_key::holds);
  if (!holds) return holds.error();
  if (!*breaker || !*counts || !*holds)
    return make_error(ErrorCode::corrupt, "the projection's global rows are not complete");
  auto queue = decode_queue(**counts, **holds);
  if (!queue) return queue.error();
  auto limits = read_limits(base_);
  if (!limits) return limits.error();
  breaker_ = **breaker;
  queue_ = std::move(*queue);
  limits_ = std::move(*limits);
  if (queue_.paused != (breaker_.state == CircuitState::open))
    return make_error(ErrorCode::corrupt, "the log ends between what the circuit did and what the queue did with it");
  auto ok = check(Whole{breaker_, queue_});
  if (ok) ok = check(Holds{breaker_, queue_});
  if (!ok) return make_error(ErrorCode::corrupt, "the projection's global rows: " + ok.error().detail);
  return {};
}

Result<JobRow*> Projector::job(JobId id) {
  if (CachedJob* cached = jobs_.find(id)) return &cached->row;
  if (id > queue_.last_job) return nullptr;  // a new one: the numbers are dense
  auto row = read_row<JobRow>(base_, Table::jobs, number_key(id));
  if (!row) return row.error();
  if (!*row) return nullptr;
  if (auto ok = check(**row); !ok) return of_row(Table::jobs, number_key(id), ok.error());
  return &jobs_.insert(id, CachedJob{std::move(**row), false}).row;
}

void Projector::read_ahead(std::vector<JobId> ids) {
  std::erase_if(ids, [this](JobId id) { return id > queue_.last_job || jobs_.find(id) != nullptr; });
  if (ids.empty()) return;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  // Where jobs are leased in the order of their numbers, and these go on from the last ones, more will follow. (With
  // many campaigns they have others between them, and what is read ahead is not wanted for long.)
  const bool in_order = ids.front() > read_until_ && ids.back() - read_until_ <= 2 * ids.size();
  read_until_ = ids.back();
  if (in_order) {
    const JobId end = std::min(read_until_ + jobs_read_ahead, queue_.last_job);
    for (JobId id = read_until_ + 1; id <= end; ++id)
      if (jobs_.find(id) == nullptr) ids.push_back(id);
    read_until_ = end;
  }
  if (ids.size() < 2) return;
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (const JobId id : ids) keys.push_back(number_key(id));
  const auto rows = base_.get_many(Table::jobs, keys);
  if (!rows) return;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& bytes = (*rows)[i];
    if (!bytes) continue;
    if (auto row = decode<JobRow>(*bytes); row && check(*row)) jobs_.insert(ids[i], CachedJob{std::move(*row), false});
  }
}

Result<LaneRow*> Projector::lane(const LaneId& id) {
  CachedLane* cached = lanes_.find(id);
  if (cached == nullptr) {
    auto row = read_row<LaneRow>(base_, Table::lanes, uuid_key(id));
    if (!row) return row.error();
    if (!*row) return nullptr;
    if (auto ok = check(LaneOf{**row, id.is_nil()}); !ok) return of_row(Table::lanes, uuid_key(id), ok.error());
    CachedLane lane{std::move(**row), false, {}, {}};
    lane.open_key = open_key_of(id, lane.row);
    if (!lane.open_key.empty()) lane.open_types = open_value_of(lane.row);
    cached = &lanes_.insert(id, std::move(lane));
  }
  return &cached->row;
}

Result<CampaignRow*> Projector::campaign(const CampaignId& id) {
  if (const auto at = campaigns_.find(id); at != campaigns_.end()) return &at->second;
  auto row = read_row<CampaignRow>(base_, Table::campaigns, uuid_key(id));
  if (!row) return row.error();
  if (!*row) return nullptr;
  return &campaigns_.emplace(id, std::move(**row)).first->second;
}

Result<JobCommandRow*> Projector::job_command(JobCommandId id) {
  if (const auto at = job_commands_.find(id); at != job_commands_.end()) return &at->second;
  auto row = read_row<JobCommandRow>(base_, Table::job_commands, number_key(id));
  if (!row) return row.error();
  if (!*row) return nullptr;
  return &job_commands_.emplace(id, std::move(**row)).first->second;
}

namespace {

/// The row, of what was touched since the last flush or else of what is committed; null when there is none.
template <class Key, class Row>
Result<const Row*> touch(std::map<Key, std::optional<Row>>& touched, const Key& key, const ReadView& base, Table table,
                         const std::string& key_bytes) {
  auto at = touched.find(key);
  if (at == touched.end()) {
    auto row = read_row<Row>(base, table, key_bytes);
    if (!row) return row.error();
    if (!*row) return nullptr;
    at = touched.emplace(key, std::move(*row)).first;
  }
  return at->second ? &*at->second : nullptr;
}

/// What was touched, and no more.
template <class Rows>
void flush_touched(Rows& touched, Table table, auto key_of, RowBatch& batch) {
  for (const auto& [key, row] : touched) {
    if (row)
      batch.put(table, key_of(key), encode(*row));
    else
      batch.erase(table, key_of(key));
  }
  touched.clear();
}

}  // namespace

Result<const JobTypeRow*> Projector::job_type(const std::string& name) {
  return touch(job_types_, name, base_, Table::job_types, name);
}

Result<const ScheduleRow*> Projector::schedule(ScheduleId id) {
  return touch(schedules_, id, base_, Table::schedules, number_key(id));
}

Result<JobId> Projector::key_holder(const std::string& key) {
  if (const auto at = key_holders_.find(key); at != key_holders_.end()) return at->second;
  return read_key_holder(base_, key);
}

void Projector::set_key_holder(const std::string& key, JobId job) { key_holders_[key] = job; }

void Projector::add_job(const JobRow& row) { jobs_.insert(row.id, CachedJob{row, false}); }

void Projector::add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) {
  campaigns_.insert_or_assign(id, row);
  lanes_.insert(id, CachedLane{lane, false, {}, {}});
}

void Projector::mark_job(JobId id) {
  CachedJob& job = *jobs_.find(id);
  if (job.dirty) return;
  job.dirty = true;
  dirty_jobs_.push_back(id);
}

void Projector::mark_lane(const LaneId& id, CachedLane& lane) {
  if (lane.dirty) return;
  lane.dirty = true;
  dirty_lanes_.push_back(id);
}

Result<void> Projector::apply(Seq seq, const Event& event, RowBatch& batch) {
  const Stream stream = stream_of(event.data);
  if (stream.kind != StreamKind::job) batch.put(Table::control, number_key(seq), {});
  if (!event.operation.id.is_nil())
    if (auto ok = operations_.add(event.operation, seq, batch); !ok) return ok.error();

  if (const auto* due = std::get_if<JobsDue>(&event.data)) return apply_to_jobs(seq, event, due->jobs, batch);
  if (const auto* moved = std::get_if<DeadlinesMoved>(&event.data))
    return apply_to_jobs(seq, event, moved->jobs, batch);
  std::optional<Indexed> job_before;
  CampaignStatus campaign_before = CampaignStatus::created;
  Ordinal started_before = 0;
  if (stream.kind == StreamKind::job) {
    auto row = job(stream.job);
    if (!row) return row.error();
    if (*row != nullptr) job_before = indexed(**row);
  } else if (stream.kind == StreamKind::campaign) {
    auto row = lane(stream.campaign);
    if (!row) return row.error();
    if (*row != nullptr) {
      campaign_before = (*row)->status;
      started_before = (*row)->started;
    }
  }
  if (auto ok = fold(*this, seq, event); !ok) return ok.error();

  switch (stream.kind) {
    case StreamKind::breaker:
      breaker_dirty_ = true;
      break;
    case StreamKind::queue:
      if (std::holds_alternative<LeaseLimitSet>(event.data) || std::holds_alternative<LeaseLimitRemoved>(event.data))
        limits_dirty_ = true;
      else
        holds_dirty_ = true;
      break;
    case StreamKind::campaign: {
      CachedLane& lane = *lanes_.find(stream.campaign);
      mark_lane(stream.campaign, lane);
      index_campaign(stream.campaign, campaign_before, started_before, lane.row, batch);
      break;
    }
    case StreamKind::job: {
      const JobRow& row = jobs_.find(stream.job)->row;
      if (auto ok = check(row); !ok) return misfit_of(seq, ok.error());
      mark_job(stream.job);
      mark_lane(row.campaign, *lanes_.find(row.campaign));
      return index_job(job_before, row, batch);
    }
  }
  return {};
}

/// An event of the queue that moves jobs.
Result<void> Projector::apply_to_jobs(Seq seq, const Event& event, const std::vector<JobId>& jobs, RowBatch& batch) {
  read_ahead(jobs);
  std::vector<std::optional<Indexed>> before;
  before.reserve(jobs.size());
  for (const JobId id : jobs) {
    auto row = job(id);
    if (!row) return row.error();
    before.push_back(*row == nullptr ? std::nullopt : std::optional{indexed(**row)});
  }
  if (auto ok = fold(*this, seq, event); !ok) return ok.error();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const JobRow& row = jobs_.find(jobs[i])->row;
    if (auto ok = check(row); !ok) return misfit_of(seq, ok.error());
    // The fold has not looked at the lane of a job that had ended.
    if (auto known = lane(row.campaign); !known) return known.error();
    mark_job(row.id);
    mark_lane(row.campaign, *lanes_.find(row.campaign));
    if (auto ok = index_job(before[i], row, batch); !ok) return ok;
  }
  return {};
}

/// `before` is nothing for a new job.
Result<void> Projector::index_job(const std::optional<Indexed>& before, const JobRow& row, RowBatch& batch) {
  const LaneRow& lane = lanes_.find(row.campaign)->row;
  Result<void> ok;
  if (!before && !row.campaign.is_nil()) {
    const bool is_first = std::accumulate(lane.jobs.begin(), lane.jobs.end(), std::uint64_t{0}) == 1;
    ok = campaign_jobs_.add(lane_set_key(row.campaign, row.id), row.id, is_first);
  }
  const Indexed now = indexed(row);
  if (before == now || !ok) return ok;
  index_time(before ? before->due : Due{}, now.due, row.id, batch);
  index_time(before ? due_of(before->deadline) : Due{}, due_of(now.deadline), row.id, batch);
  if (before) ok = unindex_job(*before, row, is_cut(row.campaign, lane));
  if (ok && is_dead(row.status)) ok = failed_.add(set_key(row.id), row.id, false);
  if (ok && row.is_parked()) ok = parked_.add(set_key(row.id), row.id, false);
  if (!ok || is_cut(row.campaign, lane)) return ok;  // such a campaign's jobs are in no index of live ones
  if (row.is_ready()) ok = ready_.add(ready_set_key(row), row.id, ready_of(lane, row.job_type, row.service) == 1);
  if (ok && row.status == JobStatus::processing)
    ok = leases_.add(lane_set_key(row.campaign, row.id), row.id, lane.count(JobStatus::processing) == 1);
  return ok;
}

void Projector::index_time(const Due& before, const Due& now, JobId job, RowBatch& batch) {
  if (before == now) return;
  if (before.exists()) batch.erase(Table::due, due_key(before, job));
  if (now.exists()) batch.put(Table::due, due_key(now, job), {});
}

/// With a campaign that was cut went the index of its live jobs. What is committed may have it still.
Result<void> Projector::unindex_job(const Indexed& before, const JobRow& row, bool lane_is_cut) {
  if (is_dead(before.status)) return failed_.remove(set_key(row.id), row.id);
  if (before.is_parked) return parked_.remove(set_key(row.id), row.id);
  if (lane_is_cut) return {};
  if (before.status == JobStatus::pending && !before.due.exists()) return ready_.remove(ready_set_key(row), row.id);
  if (before.status == JobStatus::processing) return leases_.remove(lane_set_key(row.campaign, row.id), row.id);
  return {};
}

void Projector::index_campaign(const CampaignId& id, CampaignStatus before, Ordinal started, const LaneRow& lane,
                               RowBatch& batch) {
  const std::string old_key = campaign_index_key(before, started, id);
  const std::string new_key = campaign_index_key(lane.status, lane.started, id);
  if (old_key != new_key) batch.erase(Table::campaign_index, old_key);
  batch.put(Table::campaign_index, new_key, {});
  // A completed one has no jobs left in these tables.
  if (is_terminal(before) || !is_cut(id, lane)) return;
  batch.erase_prefix(Table::ready, uuid_key(id));
  batch.erase_prefix(Table::leases, uuid_key(id));
  ready_.forget(uuid_key(id));
  leases_.forget(uuid_key(id));
}

void Projector::flush_lane(const LaneId& id, CachedLane& lane, RowBatch& batch) {
  lane.dirty = false;
  batch.put(Table::lanes, uuid_key(id), encode(lane.row));
  std::string key = open_key_of(id, lane.row);
  std::string types = key.empty() ? std::string{} : open_value_of(lane.row);
  if (key == lane.open_key && types == lane.open_types) return;
  if (!lane.open_key.empty() && lane.open_key != key) batch.erase(Table::open_lanes, lane.open_key);
  if (!key.empty()) batch.put(Table::open_lanes, key, types);
  lane.open_key = std::move(key);
  lane.open_types = std::move(types);
}

Result<void> Projector::check_changed() const {
  if (auto ok = check(Whole{breaker_, queue_}); !ok) return ok;
  if (breaker_dirty_ || holds_dirty_)
    if (auto ok = check(Holds{breaker_, queue_}); !ok) return ok;
  for (const LaneId& id : dirty_lanes_)
    if (auto ok = check(LaneOf{lanes_.at(id).row, id.is_nil()}); !ok)
      return of_row(Table::lanes, uuid_key(id), ok.error());
  return {};
}

void Projector::flush(const HeadRow& head, RowBatch& batch) {
  // In the order of their keys: the memtable finds the place of a row fastest beside the one before.
  std::sort(dirty_jobs_.begin(), dirty_jobs_.end());
  for (const JobId id : dirty_jobs_) {
    CachedJob& job = *jobs_.find(id);
    job.dirty = false;
    batch.put(Table::jobs, number_key(id), encode(job.row));
  }
  for (const LaneId& id : dirty_lanes_) flush_lane(id, *lanes_.find(id), batch);
  for (const auto& [id, row] : campaigns_) batch.put(Table::campaigns, uuid_key(id), encode(row));
  ready_.flush(batch);
  leases_.flush(batch);
  campaign_jobs_.flush(batch);
  failed_.flush(batch);
  parked_.flush(batch);
  for (const auto& [id, row] : job_commands_) batch.put(Table::job_commands, number_key(id), encode(row));
  flush_touched(
      job_types_, Table::job_types, [](const std::string& name) { return name; }, batch);
  flush_touched(schedules_, Table::schedules, number_key, batch);
  for (const auto& [key, job] : key_holders_) {
    if (job == 0)
      batch.erase(Table::unique_keys, key);
    else
      batch.put(Table::unique_keys, key, number_key(job));
  }
  operations_.commit();
  if (fresh_) batch.put(Table::meta, meta_key::format, RowFormat{}.to_string());
  if (breaker_dirty_) batch.put(Table::meta, meta_key::breaker, encode(breaker_));
  if (holds_dirty_) batch.put(Table::meta, meta_key::holds, encode_holds(queue_));
  if (limits_dirty_) batch.put(Table::meta, meta_key::limits, encode_limits(limits_));
  batch.put(Table::meta, meta_key::queue, encode_counts(queue_));
  batch.put(Table::meta, meta_key::head, encode(head));

  head_ = head;
  dirty_jobs_.clear();
  dirty_lanes_.clear();
  campaigns_.clear();
  job_commands_.clear();
  key_holders_.clear();
  fresh_ = breaker_dirty_ = holds_dirty_ = limits_dirty_ = false;
  jobs_.turn_over();
  lanes_.turn_over();
}

}  // namespace breakerd
