// Reads of jobs (views.hpp).

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/pause_reason.hpp>
#include <breakerd/events/rules/triage.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/number_cursor.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// Makes views of jobs; keeps the queue's state and the lanes it has seen.
class JobReader {
 public:
  static Result<JobReader> open(const ReadView& view) {
    auto queue = read_queue(view);
    if (!queue) return queue.error();
    return JobReader{view, std::move(*queue)};
  }

  [[nodiscard]] const QueueState& queue() const { return queue_; }

  Result<JobStatus> status(const JobRow& row) {
    auto lane = find_lane(row.campaign);
    if (!lane) return lane.error();
    return shown_status(row, **lane, queue_);
  }

  Result<JobView> make(JobRow row, JobStatus status) {
    JobView job;
    job.status = status;
    if (!is_terminal(status)) job.next_attempt_at = next_attempt_at(row, queue_);
    if (!is_terminal(status) && row.deadline.exists()) {
      auto lane = find_lane(row.campaign);
      if (!lane) return lane.error();
      job.expires_at = shown_deadline({row, **lane, queue_});
    }
    auto spec = read_spec(view_, row);
    if (!spec) return spec.error();
    job.spec = std::move(*spec);
    if (row.status == JobStatus::completed) {
      auto end = read_event(view_, row.finished);
      if (!end) return end.error();
      const auto* completed = std::get_if<JobCompleted>(&end->event.data);
      if (completed == nullptr) return make_error(ErrorCode::corrupt, "a completed job's end is not in the log");
      job.result = completed->result;
    }
    job.row = std::move(row);
    if (job.row.is_parked() && status == JobStatus::paused) {
      job.pause_reason = parked_reason(job.row.parked);
    } else if (status == JobStatus::paused) {
      auto reason = find_reason(job.row.campaign);
      if (!reason) return reason.error();
      job.pause_reason = **reason;
    }
    if (status == JobStatus::cancelled && !is_terminal(job.row.status)) {  // by its campaign's end, which wrote no row
      auto campaign = read_known_row<CampaignRow>(view_, Table::campaigns, uuid_key(job.row.campaign));
      if (!campaign) return campaign.error();
      job.row.updated_at = job.row.finished_at = campaign->finished_at;
    }
    return job;
  }

 private:
  JobReader(const ReadView& view, QueueState queue) : view_{view}, queue_{std::move(queue)} {}

  Result<const LaneRow*> find_lane(const LaneId& id) {
    const auto at = lanes_.find(id);
    if (at != lanes_.end()) return &at->second;
    auto row = read_known_row<LaneRow>(view_, Table::lanes, uuid_key(id));
    if (!row) return row.error();
    return &lanes_.emplace(id, std::move(*row)).first->second;
  }

  /// Why the lane's jobs read PAUSED.
  Result<const std::string*> find_reason(const LaneId& id) {
    const auto at = reasons_.find(id);
    if (at != reasons_.end()) return &at->second;
    auto lane = find_lane(id);
    if (!lane) return lane.error();
    auto breaker = read_breaker(view_);
    if (!breaker) return breaker.error();
    CampaignRow campaign;
    if (!id.is_nil()) {
      auto row = read_known_row<CampaignRow>(view_, Table::campaigns, uuid_key(id));
      if (!row) return row.error();
      campaign = std::move(*row);
    }
    return &reasons_.emplace(id, pause_reason(**lane, queue_, *breaker, &campaign)).first->second;
  }

  const ReadView& view_;
  QueueState queue_;
  std::unordered_map<LaneId, LaneRow> lanes_;
  std::unordered_map<LaneId, std::string> reasons_;
};

/// Asks for more than what counts are kept by.
bool is_fine(const JobFilter& filter) {
  return !filter.job_type.empty() || !filter.service.empty() || !filter.error_contains.empty() ||
         filter.ended_by != no_time;
}

/// All but the shown status.
bool fits(const JobFilter& filter, const JobRow& row) {
  if (filter.campaign && row.campaign != *filter.campaign) return false;
  if (!filter.job_type.empty() && row.job_type != filter.job_type) return false;
  if (!filter.service.empty() && row.service != filter.service) return false;
  if (filter.ended_by != no_time && (row.finished_at == no_time || row.finished_at > filter.ended_by)) return false;
  return row.error.find(filter.error_contains) != std::string::npos;
}

/// Walks one list of jobs into a page.
class PageWalk {
 public:
  PageWalk(const ReadView& view, JobReader& reader, const JobFilter& filter, std::uint32_t limit, std::uint32_t skip)
      : view_{view}, reader_{reader}, filter_{filter}, limit_{limit}, skip_{skip} {}

  /// False when the walk is over, for now or for good.
  bool visit(JobId id, std::optional<std::string_view> stored) {
    if (page.items.size() == limit_ || looked_at_ == limits::scan_rows_max) {
      page.next = std::to_string(last_);
      return false;
    }
    ++looked_at_;
    last_ = id;
    outcome = look_at(id, stored);
    return outcome.has_value();
  }

  Page<JobView> page;
  Result<void> outcome;

 private:
  [[nodiscard]] bool matches_all() const { return !is_fine(filter_) && !filter_.status; }

  Result<void> look_at(JobId id, std::optional<std::string_view> stored) {
    if (skip_ > 0 && matches_all()) return --skip_, Result<void>{};
    auto row = stored ? decode_row<JobRow>(Table::jobs, number_key(id), *stored)
                      : read_known_row<JobRow>(view_, Table::jobs, number_key(id));
    if (!row) return row.error();
    if (!fits(filter_, *row)) return {};
    auto status = reader_.status(*row);
    if (!status) return status.error();
    if (filter_.status && *status != *filter_.status) return {};
    if (skip_ > 0) return --skip_, Result<void>{};
    auto job = reader_.make(std::move(*row), *status);
    if (!job) return job.error();
    page.items.push_back(std::move(*job));
    return {};
  }

  const ReadView& view_;
  JobReader& reader_;
  const JobFilter& filter_;
  std::uint32_t limit_;
  std::uint32_t skip_;
  std::uint32_t looked_at_ = 0;
  JobId last_ = 0;
};

/// Gathers the first live jobs of lanes.
class LaneSampler {
 public:
  LaneSampler(const ReadView& view, JobReader& reader, Sample<JobView>& sample)
      : view_{view}, reader_{reader}, sample_{sample} {}

  Result<void> add_lane(const LaneId& lane) {
    const std::string prefix = uuid_key(lane);
    if (auto ok = add_jobs(Table::ready, prefix); !ok) return ok.error();
    return add_jobs(Table::leases, prefix);
  }

  /// The campaigns kept as `status` and started within (after, before).
  Result<void> add_campaigns(CampaignStatus status, Ordinal after, Ordinal before) {
    Result<void> outcome;
    auto ok = view_.scan(Table::campaign_index, campaign_index_key(status, after, Uuid{}),
                         campaign_index_key(status, before, Uuid{}), [&](std::string_view key, std::string_view) {
                           outcome = add_lane(read_uuid(key.substr(9)));
                           return outcome && !full() && ++lanes_ < limits::scan_rows_max;
                         });
    if (!ok) return ok.error();
    return outcome;
  }

 private:
  [[nodiscard]] bool full() const { return sample_.items.size() >= limits::sample_items_max; }

  Result<void> add_jobs(Table table, const std::string& prefix) {
    Result<void> outcome;
    auto ok = scan_jobs(view_, table, prefix, 0, [&](JobId id) {
      if (full()) return false;
      outcome = add_job(id);
      return outcome.has_value();
    });
    if (!ok) return ok.error();
    return outcome;
  }

  Result<void> add_job(JobId id) {
    auto row = read_known_row<JobRow>(view_, Table::jobs, number_key(id));
    if (!row) return row.error();
    auto job = reader_.make(std::move(*row), JobStatus::paused);
    if (!job) return job.error();
    auto spec = std::make_shared<JobSpec>(*job->spec);
    spec->payload = {};
    job->spec = std::move(spec);
    sample_.items.push_back(std::move(*job));
    return {};
  }

  const ReadView& view_;
  JobReader& reader_;
  Sample<JobView>& sample_;
  std::uint32_t lanes_ = 0;
};

/// The last jobs of the sets of `table` whose keys are `prefix` and the set's number, the newest first. No set is
/// empty, so no more than `limit` of them are read.
Result<std::vector<JobId>> last_ids(const ReadView& view, Table table, const std::string& prefix, std::uint32_t limit) {
  std::vector<JobId> ids;
  std::string before = after_prefix(prefix);
  while (ids.size() < limit) {
    const auto key = view.last_key(table, before);
    if (!key) return key.error();
    if (!*key || !(*key)->starts_with(prefix)) break;
    const auto bytes = view.get(table, **key);
    if (!bytes) return bytes.error();
    const auto set = JobSet::decode(bytes->value_or(""));
    if (!set) return set.error();
    const JobId first = JobSet::first_of(read_big_endian(std::string_view{**key}.substr(prefix.size())));
    std::vector<JobId> of_set;
    set->each([&](std::size_t place) { return of_set.push_back(first + place), true; });
    ids.insert(ids.end(), of_set.rbegin(), of_set.rend());
    before = **key;
  }
  if (ids.size() > limit) ids.resize(limit);
  return ids;
}

/// The circuit's hold lives while the queue is paused, and names who opened it; further failures may name others.
bool is_paused_for(const QueueState& queue, std::string_view service) {
  return queue.paused && std::any_of(queue.holds.begin(), queue.holds.end(), [&](const Hold& hold) {
           return hold.kind == HoldKind::circuit && hold.service == service;
         });
}

Result<JobError> read_error(const ReadView& view, const PastFailure& past) {
  const auto leased = read_bare_event(view, past.leased);
  if (!leased) return leased.error();
  const auto failed = read_bare_event(view, past.failed);
  if (!failed) return failed.error();
  const EventData& failure = failed->event.data;
  JobError error;
  error.at = failed->event.time;
  if (const auto* lease = std::get_if<JobLeased>(&leased->event.data)) error.worker = lease->worker;
  std::visit(
      [&]<class E>(const E& event) {
        if constexpr (requires { event.error_type; }) {
          error.error = event.error;
          error.error_type = event.error_type;
        }
      },
      failure);
  if (const auto* event = std::get_if<JobAttemptFailed>(&failure)) error.attempt = event->attempt;
  if (const auto* event = std::get_if<JobFailed>(&failure); event != nullptr && !event->expired)
    error.attempt = event->attempt;
  if (const auto* event = std::get_if<JobReturned>(&failure)) error.service = event->service;
  return error;
}

}  // namespace

Result<JobView> read_job(const ReadView& view, JobId job) {
  auto row = read_row<JobRow>(view, Table::jobs, number_key(job));
  if (!row) return row.error();
  if (!*row) return not_found("job " + std::to_string(job));
  auto reader = JobReader::open(view);
  if (!reader) return reader.error();
  auto status = reader->status(**row);
  if (!status) return status.error();
  auto made = reader->make(std::move(**row), *status);
  if (!made) return made.error();
  made->errors.emplace();
  for (const PastFailure& past : made->row.failures) {
    auto error = read_error(view, past);
    if (!error) return error.error();
    made->errors->push_back(std::move(*error));
  }
  return made;
}

Result<Page<JobView>> list_jobs(const ReadView& view, const JobFilter& filter, std::uint32_t limit,
                                std::string_view cursor, std::uint32_t skip) {
  auto after = parse_number_cursor(cursor);
  if (!after) return after.error();
  auto reader = JobReader::open(view);
  if (!reader) return reader.error();
  PageWalk walk{view, *reader, filter, limit, skip};
  Result<void> scanned;
  if (filter.campaign) {
    if (auto known = read_campaign(view, *filter.campaign); !known) return known.error();
    scanned = scan_jobs(view, Table::campaign_jobs, uuid_key(*filter.campaign), *after,
                        [&](JobId id) { return walk.visit(id, std::nullopt); });
  } else if (filter.status && is_dead(*filter.status)) {
    scanned = scan_jobs(view, Table::failed, {}, *after, [&](JobId id) { return walk.visit(id, std::nullopt); });
  } else {
    scanned = view.scan(Table::jobs, number_key(*after) + '\0', {}, [&](std::string_view key, std::string_view value) {
      return walk.visit(read_big_endian(key), value);
    });
  }
  if (!scanned) return scanned.error();
  if (!walk.outcome) return walk.outcome.error();
  return std::move(walk.page);
}

/// What is parked and reads CANCELLED is of a campaign that was cut.
Result<Page<JobView>> list_parked_jobs(const ReadView& view, const JobFilter& filter, std::uint32_t limit,
                                       std::string_view cursor) {
  auto after = parse_number_cursor(cursor);
  if (!after) return after.error();
  auto reader = JobReader::open(view);
  if (!reader) return reader.error();
  if (filter.campaign)
    if (auto known = read_campaign(view, *filter.campaign); !known) return known.error();
  JobFilter parked = filter;
  parked.status = JobStatus::paused;
  PageWalk walk{view, *reader, parked, limit, 0};
  auto scanned = scan_jobs(view, Table::parked, {}, *after, [&](JobId id) { return walk.visit(id, std::nullopt); });
  if (!scanned) return scanned.error();
  if (!walk.outcome) return walk.outcome.error();
  return std::move(walk.page);
}

Result<std::vector<JobView>> latest_jobs(const ReadView& view, const CampaignId& campaign, std::uint32_t limit) {
  auto ids = last_ids(view, Table::campaign_jobs, uuid_key(campaign), limit);
  if (!ids) return ids.error();
  auto reader = JobReader::open(view);
  if (!reader) return reader.error();
  std::vector<JobView> jobs;
  for (const JobId id : *ids) {
    auto row = read_known_row<JobRow>(view, Table::jobs, number_key(id));
    if (!row) return row.error();
    auto status = reader->status(*row);
    if (!status) return status.error();
    auto job = reader->make(std::move(*row), *status);
    if (!job) return job.error();
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

Result<std::optional<std::uint64_t>> count_jobs(const ReadView& view, const JobFilter& filter) {
  if (is_fine(filter)) return std::optional<std::uint64_t>{};
  JobCounts counts;
  if (filter.campaign) {
    const auto campaign = read_campaign(view, *filter.campaign);
    if (!campaign) return campaign.error();
    counts = campaign->job_counts;
  } else {
    const auto queue = read_queue(view);
    if (!queue) return queue.error();
    counts = queue->job_counts();
  }
  return std::optional{filter.status ? counts.of(*filter.status) : counts.total()};
}

std::string cursor_behind(const JobView& item) { return std::to_string(item.row.id); }

Result<Sample<JobView>> read_paused_jobs(const ReadView& view, std::string_view service) {
  auto reader = JobReader::open(view);
  if (!reader) return reader.error();
  const QueueState& queue = reader->queue();
  Sample<JobView> sample;
  LaneSampler sampler{view, *reader, sample};
  Result<void> ok;
  for (std::size_t i = 0; i < queue.holds.size() && ok; ++i) {
    if (queue.holds[i].service != service) continue;
    sample.total += queue.generations[i].jobs.in_use();
    ok =
        sampler.add_campaigns(CampaignStatus::running, i == 0 ? 0 : queue.holds[i - 1].ordinal, queue.holds[i].ordinal);
  }
  if (ok && is_paused_for(queue, service)) {
    sample.total += queue.default_lane.in_use() + queue.created.in_use() + queue.generations.back().jobs.in_use();
    ok = sampler.add_lane(LaneId{});
    if (ok) ok = sampler.add_campaigns(CampaignStatus::created, 0, 1);
    if (ok) ok = sampler.add_campaigns(CampaignStatus::running, queue.newest_hold(), ~Ordinal{0});
  }
  if (!ok) return ok.error();
  return sample;
}

}  // namespace breakerd
