#include <breakerd/storage/offline/log_fold.hpp>

#include <map>

#include <breakerd/events/rules/turns.hpp>
#include <breakerd/storage/log/event_log.hpp>
#include <breakerd/storage/tables/row_codec.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {

namespace {

/// Here nobody has decided anything: the log contradicts itself.
Error contradiction(Error misfit) {
  misfit.code = ErrorCode::corrupt;
  return misfit;
}

}  // namespace

LogFold::LogFold(Sink sink) : sink_{std::move(sink)} { lanes_[LaneId{}].status = CampaignStatus::running; }

LogFold::Waiting* LogFold::waiting(JobId id) {
  const std::size_t page = id / page_jobs;
  if (id == 0 || page >= pages_.size() || !pages_[page]) return nullptr;
  Waiting& job = pages_[page]->jobs[id % page_jobs];
  return job.enqueued == 0 ? nullptr : &job;
}

JobRow LogFold::whole(JobId id, const Waiting& job) const {
  JobRow row;
  row.id = id;
  row.campaign = job.campaign;
  row.enqueued = row.last = job.enqueued;
  row.job_type = classes_[job.job_class].job_type;
  row.service = classes_[job.job_class].service;
  row.priority = job.priority;
  row.max_attempts = job.max_attempts;
  row.max_expiries = job.max_expiries;
  row.timeout_ms = job.timeout_ms;
  row.created_at = row.updated_at = job.created_at;
  return row;
}

Result<JobRow*> LogFold::job(JobId id) {
  if (const auto at = active_.find(id); at != active_.end()) return &at->second;
  if (Waiting* job = waiting(id)) {
    JobRow& row = active_.emplace(id, whole(id, *job)).first->second;
    job->enqueued = 0;
    return &row;
  }
  if (id != 0 && id <= queue_.last_job)
    return make_error(ErrorCode::corrupt, "job " + std::to_string(id) + " has ended before");
  return nullptr;
}

Result<LaneRow*> LogFold::lane(const LaneId& id) {
  const auto at = lanes_.find(id);
  return at == lanes_.end() ? nullptr : &at->second;
}

Result<JobCommandRow*> LogFold::job_command(JobCommandId id) {
  const auto at = job_commands_.find(id);
  return at == job_commands_.end() ? nullptr : &at->second;
}

Result<CampaignRow*> LogFold::campaign(const CampaignId& id) {
  const auto at = campaigns_.find(id);
  return at == campaigns_.end() ? nullptr : &at->second;
}

Result<const JobTypeRow*> LogFold::job_type(const std::string& name) {
  const auto at = job_types_.find(name);
  return at == job_types_.end() ? nullptr : &at->second;
}

Result<const ScheduleRow*> LogFold::schedule(ScheduleId id) {
  const auto at = schedules_.find(id);
  return at == schedules_.end() ? nullptr : &at->second;
}

Result<JobId> LogFold::key_holder(const std::string& key) {
  const auto at = key_holders_.find(key);
  return at == key_holders_.end() ? JobId{0} : at->second;
}

void LogFold::set_key_holder(const std::string& key, JobId job) {
  if (job == 0)
    key_holders_.erase(key);
  else
    key_holders_[key] = job;
}

void LogFold::add_job(const JobRow& row) {
  if (row.id % JobSet::jobs == 0) emit_campaign_sets();  // no later job is in them
  if (sink_ && !row.campaign.is_nil()) campaign_sets_[row.campaign].add(row.id);
  last_added_ = row.id;
  const std::size_t page = row.id / page_jobs;
  if (page >= pages_.size()) pages_.resize(page + 1);
  if (!pages_[page]) pages_[page] = std::make_unique<Page>();
  Waiting& job = pages_[page]->jobs[row.id % page_jobs];
  const bool is_small = row.max_attempts <= UINT16_MAX && row.max_expiries <= UINT16_MAX;
  if (row.is_scheduled() || !row.unique_key.empty() || row.deadline.exists() || !is_small) {
    active_.emplace(row.id, row);
    return;
  }
  const JobClass job_class{row.job_type, row.service};
  const auto [number, is_new] = class_numbers_.try_emplace(job_class, static_cast<std::uint32_t>(classes_.size()));
  if (is_new) classes_.push_back(job_class);
  job = {row.enqueued,
         row.created_at,
         row.campaign,
         number->second,
         row.timeout_ms,
         static_cast<std::uint16_t>(row.max_attempts),
         static_cast<std::uint16_t>(row.max_expiries),
         static_cast<std::int8_t>(row.priority)};
}

void LogFold::add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) {
  campaigns_.emplace(id, row);
  lanes_[id] = lane;
}

void LogFold::forget(JobId id) {
  active_.erase(id);
  auto& page = pages_[id / page_jobs];
  const std::size_t jobs = id / page_jobs == 0 ? page_jobs - 1 : page_jobs;  // there is no job 0
  if (++page->ended == jobs) page.reset();
}

Result<void> LogFold::apply(Seq seq, const Event& event) {
  last_seq_ = seq;
  if (!event.operation.id.is_nil())
    if (auto ok = add_operation(seq, event.operation); !ok) return ok.error();
  if (auto ok = fold(*this, seq, event); !ok) return contradiction(ok.error());
  const Stream stream = stream_of(event.data);
  if (auto ok = steps_.take(seq, event, *this); !ok) return ok;
  if (auto ok = check_job(seq, stream); !ok) return ok;
  if (stream.kind == StreamKind::job) {
    forget_ended(stream.job);
    return {};
  }
  if (sink_) sink_(Table::control, number_key(seq), {});
  if (const auto* due = std::get_if<JobsDue>(&event.data))
    for (const JobId id : due->jobs) forget_ended(id);
  if (const auto* moved = std::get_if<DeadlinesMoved>(&event.data))
    for (const JobId id : moved->jobs)
      if (const auto at = active_.find(id); at != active_.end())
        if (auto ok = check(at->second); !ok) return of_event(seq, ok.error());
  return {};
}

/// One that has FAILED or EXPIRED may be tried again, and one that holds its unique key will be heard of.
void LogFold::forget_ended(JobId id) {
  const auto at = active_.find(id);
  if (at == active_.end()) return;
  const JobRow& row = at->second;
  if (!is_terminal(row.status) || is_dead(row.status) || row.due.exists()) return;
  emit_job(row);
  forget(id);
}

Result<void> LogFold::check_job(Seq seq, const Stream& stream) {
  const auto job = stream.kind == StreamKind::job ? active_.find(stream.job) : active_.end();
  if (job == active_.end()) return {};
  if (auto ok = check(job->second); !ok) return of_event(seq, ok.error());
  return {};
}

Result<void> LogFold::add_operation(Seq seq, const Operation& operation) {
  if (!operation_ids_.insert(operation.id).second)
    return make_error(ErrorCode::corrupt, "event " + std::to_string(seq) + " begins operation " +
                                              operation.id.to_string() + " again, which an event before began");
  const std::uint64_t number = operations_.empty() ? 1 : operations_.back().second.number + 1;
  operations_.emplace_back(operation.id, OperationRow{number, seq, seq + operation.events - 1});
  if (operations_.size() <= operations_kept) return {};
  operation_ids_.erase(operations_.front().first);
  operations_.pop_front();
  return {};
}

void LogFold::emit_operations() {
  for (const auto& [id, row] : operations_) {
    sink_(Table::operations, uuid_key(id), encode(row));
    sink_(Table::operation_order, number_key(row.number), uuid_key(id));
  }
}

Result<void> LogFold::end_log() const {
  if (auto ok = check_end(follow_up_, last_seq_); !ok) return contradiction(ok.error());
  for (const auto& [id, row] : lanes_)
    if (auto ok = check(LaneOf{row, id.is_nil()}); !ok) return of_row(Table::lanes, uuid_key(id), ok.error());
  return {};
}

void LogFold::emit_job(const JobRow& row) {
  if (sink_) sink_(Table::jobs, number_key(row.id), encode(row));
}

void LogFold::emit_campaign_sets() {
  for (const auto& [id, set] : campaign_sets_) sink_(Table::campaign_jobs, lane_set_key(id, last_added_), set.encode());
  campaign_sets_.clear();
}

/// Page by page, so that what is gathered is bounded: a page has whole sets.
void LogFold::emit_live_jobs() {
  static_assert(page_jobs % JobSet::jobs == 0);
  std::map<JobId, const JobRow*> active;
  for (const auto& [id, row] : active_) active.emplace(id, &row);
  auto next = active.begin();
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    if (!pages_[i]) continue;
    std::map<std::pair<Table, std::string>, JobSet> sets;
    const auto give = [&](const JobRow& row) {
      emit_job(row);
      if (is_dead(row.status)) sets[{Table::failed, set_key(row.id)}].add(row.id);
      if (row.is_parked()) sets[{Table::parked, set_key(row.id)}].add(row.id);
      if (row.due.exists()) sink_(Table::due, due_key(row.due, row.id), {});
      if (row.deadline.exists()) sink_(Table::due, due_key(due_of(row.deadline), row.id), {});
      if (!row.campaign.is_nil() && is_terminal(lanes_.at(row.campaign).status)) return;
      if (row.is_ready()) sets[{Table::ready, ready_set_key(row)}].add(row.id);
      if (row.status == JobStatus::processing) sets[{Table::leases, lane_set_key(row.campaign, row.id)}].add(row.id);
    };
    for (std::size_t j = 0; j < page_jobs; ++j)
      if (const Waiting& job = pages_[i]->jobs[j]; job.enqueued != 0) give(whole(i * page_jobs + j, job));
    for (; next != active.end() && next->first < (i + 1) * page_jobs; ++next) give(*next->second);
    for (const auto& [key, set] : sets) sink_(key.first, key.second, set.encode());
  }
}

void LogFold::emit_lane(const LaneId& id, const LaneRow& lane) {
  sink_(Table::lanes, uuid_key(id), encode(lane));
  if (id.is_nil()) return;
  sink_(Table::campaigns, uuid_key(id), encode(campaigns_.at(id)));
  sink_(Table::campaign_index, campaign_index_key(lane.status, lane.started, id), {});
  if (lane.status == CampaignStatus::running && has_ready(lane.classes))
    sink_(Table::open_lanes, open_lane_key(lane.started, id), encode_classes(ready_classes(lane.classes)));
}

void LogFold::finish() {
  if (!sink_ || last_seq_ == 0) return;
  emit_live_jobs();
  emit_campaign_sets();
  emit_operations();
  for (const auto& [id, row] : job_commands_) sink_(Table::job_commands, number_key(id), encode(row));
  for (const auto& [name, row] : job_types_) sink_(Table::job_types, name, encode(row));
  for (const auto& [id, row] : schedules_) sink_(Table::schedules, number_key(id), encode(row));
  for (const auto& [key, job] : key_holders_) sink_(Table::unique_keys, key, number_key(job));
  for (const auto& [id, row] : lanes_) emit_lane(id, row);
  sink_(Table::meta, meta_key::format, RowFormat{}.to_string());
  sink_(Table::meta, meta_key::breaker, encode(breaker_));
  sink_(Table::meta, meta_key::queue, encode_counts(queue_));
  sink_(Table::meta, meta_key::holds, encode_holds(queue_));
  sink_(Table::meta, meta_key::limits, encode_limits(limits_));
}

}  // namespace breakerd
