#pragma once
// Turns events into rows. The same code keeps the RocksDB projection, the in-memory one, and the one that `verify`
// makes anew from the log, so "fold(log) == projection" compares two runs of one function over different histories of
// batches, caches and restarts. Single-threaded.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/invariants.hpp>
#include <breakerd/storage/projection/job_sets.hpp>
#include <breakerd/storage/projection/operations.hpp>
#include <breakerd/storage/projection/row_cache.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_batch.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

class Projector final : public RowAccess {
 public:
  /// Reads rows that are not cached from what `base` gives: it must show everything flushed and committed so far.
  explicit Projector(const ReadView& base);

  /// Drops everything cached and reads the global rows. A projection without any is an empty log's.
  [[nodiscard]] Result<void> load();

  /// Reads the rows that events of these jobs will need and that are not cached, all at once, and some of those behind
  /// them. What cannot be read is met again by apply().
  void read_ahead(std::vector<JobId> ids);

  /// Folds one event and puts its index rows into `batch`. After an error, load() must follow.
  [[nodiscard]] Result<void> apply(Seq seq, const Event& event, RowBatch& batch);

  /// Whether what has changed keeps the invariants: to be asked before it is written (jobs are looked at by apply()).
  /// `corrupt` when it does not, which is a defect of the rules.
  [[nodiscard]] Result<void> check_changed() const;

  /// Puts every changed row into `batch`, with `head` as the end of the log.
  void flush(const HeadRow& head, RowBatch& batch);

  /// Where an append ends, behind event `last`: `misfit` when something must still follow. Nothing is expected then.
  [[nodiscard]] Result<void> end_append(Seq last) { return check_end(std::exchange(follow_up_, FollowUp{}), last); }

  /// Whether an append may end here and nothing of the same one can follow: a place to go on from after a restart.
  [[nodiscard]] bool is_between_appends() const {
    return follow_up_.next == FollowUp::Next::any && follow_up_.reported_by == 0;
  }

  /// Where the log, with what is staged, has this operation; nothing: it has not, or not among those that are kept.
  [[nodiscard]] Result<std::optional<OperationRow>> operation(const OperationId& id) const {
    return operations_.find(id);
  }

  BreakerState& breaker() override { return breaker_; }
  QueueState& queue() override { return queue_; }
  LeaseLimits& limits() override { return limits_; }
  FollowUp& follow_up() override { return follow_up_; }
  [[nodiscard]] Result<JobRow*> job(JobId id) override;
  [[nodiscard]] Result<LaneRow*> lane(const LaneId& id) override;
  [[nodiscard]] Result<CampaignRow*> campaign(const CampaignId& id) override;
  [[nodiscard]] Result<JobCommandRow*> job_command(JobCommandId id) override;
  [[nodiscard]] Result<const JobTypeRow*> job_type(const std::string& name) override;
  void set_job_type(const JobTypeRow& row) override { job_types_.insert_or_assign(row.job_type, row); }
  void remove_job_type(const std::string& name) override { job_types_.insert_or_assign(name, std::nullopt); }
  [[nodiscard]] Result<const ScheduleRow*> schedule(ScheduleId id) override;
  void set_schedule(const ScheduleRow& row) override { schedules_.insert_or_assign(row.id, row); }
  void remove_schedule(ScheduleId id) override { schedules_.insert_or_assign(id, std::nullopt); }
  [[nodiscard]] Result<JobId> key_holder(const std::string& key) override;
  void set_key_holder(const std::string& key, JobId job) override;
  void add_job(const JobRow& row) override;
  void add_job_command(const JobCommandRow& row) override { job_commands_.insert_or_assign(row.id, row); }
  void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) override;

  [[nodiscard]] const HeadRow& loaded_head() const { return head_; }

 private:
  struct CachedLane {
    LaneRow row;
    bool dirty = false;
    std::string open_key;    ///< its key in open_lanes as stored; empty: it has none
    std::string open_types;  ///< and its value
  };
  struct CachedJob {
    JobRow row;
    bool dirty = false;
  };

  /// What of a job decides in which index it is.
  struct Indexed {
    JobStatus status = JobStatus::pending;
    Due due;
    Deadline deadline;
    bool is_parked = false;

    friend bool operator==(const Indexed&, const Indexed&) = default;
  };
  static Indexed indexed(const JobRow& row) { return {row.status, row.due, row.deadline, row.is_parked()}; }

  [[nodiscard]] Result<void> apply_to_jobs(Seq seq, const Event& event, const std::vector<JobId>& jobs,
                                           RowBatch& batch);
  [[nodiscard]] Result<void> index_job(const std::optional<Indexed>& before, const JobRow& row, RowBatch& batch);
  static void index_time(const Due& before, const Due& now, JobId job, RowBatch& batch);
  [[nodiscard]] Result<void> unindex_job(const Indexed& before, const JobRow& row, bool lane_is_cut);
  void index_campaign(const CampaignId& id, CampaignStatus before, Ordinal started, const LaneRow& lane,
                      RowBatch& batch);
  void mark_job(JobId id);
  void mark_lane(const LaneId& id, CachedLane& lane);
  void flush_lane(const LaneId& id, CachedLane& lane, RowBatch& batch);

  const ReadView& base_;
  HeadRow head_;
  BreakerState breaker_;
  QueueState queue_;
  LeaseLimits limits_;
  FollowUp follow_up_;
  bool breaker_dirty_ = false;
  bool holds_dirty_ = false;
  bool limits_dirty_ = false;
  bool fresh_ = false;

  RowCache<JobId, CachedJob> jobs_;
  RowCache<LaneId, CachedLane> lanes_;
  JobId read_until_ = 0;  ///< by read_ahead(), the last time
  std::vector<JobId> dirty_jobs_;
  std::vector<LaneId> dirty_lanes_;
  std::unordered_map<CampaignId, CampaignRow> campaigns_;  ///< touched since the last flush
  JobSets ready_;
  JobSets leases_;
  JobSets campaign_jobs_;
  JobSets failed_;
  JobSets parked_;
  std::unordered_map<JobCommandId, JobCommandRow> job_commands_;  ///< touched since the last flush
  std::map<std::string, std::optional<JobTypeRow>> job_types_;    ///< touched since the last flush; nothing: no more
  std::map<ScheduleId, std::optional<ScheduleRow>> schedules_;    ///< likewise
  std::map<std::string, JobId> key_holders_;                      ///< changed since the last flush; 0: no more
  Operations operations_;
};

}  // namespace breakerd
