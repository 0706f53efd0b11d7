#pragma once
// The fold of a whole log in memory, for replay and verify. Says what rows the projection of the same events has: each
// table as a function of the state, written down apart from the projector that keeps them step by step.
//
// Memory: lanes and campaigns, and jobs that have not ended: 48 bytes for one that was only enqueued, the whole row for
// one that something has happened to, that has FAILED, or that has a unique key and holds it. A job that has ended
// otherwise is handed to the sink and forgotten. Single-threaded.

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/invariants.hpp>
#include <breakerd/events/rules/step_check.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_codec.hpp>
#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

class LogFold final : public RowAccess {
 public:
  /// Is given every row of every table but `events` and the row `head`, once, in no order.
  using Sink = std::function<void(Table, std::string_view key, std::string_view value)>;

  /// Without a sink only the state is kept.
  explicit LogFold(Sink sink = {});

  /// The next event of the log. After an error (`corrupt`: it does not fit) the fold is of no more use.
  [[nodiscard]] Result<void> apply(Seq seq, const Event& event);

  /// Where the log ends: `corrupt` when its last event must not be the last.
  [[nodiscard]] Result<void> end_log() const;

  /// Hands the rows of everything that lives to the sink.
  void finish();

  [[nodiscard]] const std::unordered_map<CampaignId, CampaignRow>& campaigns() const { return campaigns_; }
  [[nodiscard]] const LaneRow& lane_of(const CampaignId& id) const { return lanes_.at(id); }

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
  void remove_job_type(const std::string& name) override { job_types_.erase(name); }
  [[nodiscard]] Result<const ScheduleRow*> schedule(ScheduleId id) override;
  void set_schedule(const ScheduleRow& row) override { schedules_.insert_or_assign(row.id, row); }
  void remove_schedule(ScheduleId id) override { schedules_.erase(id); }
  [[nodiscard]] Result<JobId> key_holder(const std::string& key) override;
  void set_key_holder(const std::string& key, JobId job) override;
  void add_job(const JobRow& row) override;
  void add_job_command(const JobCommandRow& row) override { job_commands_.emplace(row.id, row); }
  void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) override;

 private:
  /// What a job that was only enqueued, and waits for no time, differs from others in.
  struct Waiting {
    Seq enqueued = 0;  ///< 0: something has happened to it, or it has ended
    Time created_at{};
    CampaignId campaign{};
    std::uint32_t job_class = 0;
    std::uint32_t timeout_ms = 0;
    std::uint16_t max_attempts = 0;  ///< no more than limits::max_attempts_max
    std::uint16_t max_expiries = 0;
    std::int8_t priority = 0;
  };
  static constexpr std::size_t page_jobs = 1'024;
  struct Page {
    std::array<Waiting, page_jobs> jobs;
    std::size_t ended = 0;
  };

  [[nodiscard]] Waiting* waiting(JobId id);
  [[nodiscard]] JobRow whole(JobId id, const Waiting& job) const;
  void forget(JobId id);
  void forget_ended(JobId id);
  [[nodiscard]] Result<void> check_job(Seq seq, const Stream& stream);
  [[nodiscard]] Result<void> add_operation(Seq seq, const Operation& operation);
  void emit_operations();
  void emit_job(const JobRow& row);
  void emit_campaign_sets();
  void emit_live_jobs();
  void emit_lane(const LaneId& id, const LaneRow& lane);

  Sink sink_;
  BreakerState breaker_;
  QueueState queue_;
  LeaseLimits limits_;
  FollowUp follow_up_;
  StepCheck steps_;
  std::unordered_map<LaneId, LaneRow> lanes_;
  std::unordered_map<CampaignId, CampaignRow> campaigns_;
  std::map<JobCommandId, JobCommandRow> job_commands_;
  std::map<std::string, JobTypeRow> job_types_;
  std::map<ScheduleId, ScheduleRow> schedules_;
  std::unordered_map<std::string, JobId> key_holders_;
  std::vector<std::unique_ptr<Page>> pages_;  ///< job n at n / page_jobs; null when all of a page have ended
  std::unordered_map<JobId, JobRow> active_;
  std::map<JobClass, std::uint32_t> class_numbers_;
  std::vector<JobClass> classes_;
  std::unordered_map<CampaignId, JobSet> campaign_sets_;         ///< of the newest jobs: the sets that may still grow
  std::deque<std::pair<OperationId, OperationRow>> operations_;  ///< the last operations_kept
  std::unordered_set<OperationId> operation_ids_;                ///< theirs
  JobId last_added_ = 0;
  Seq last_seq_ = 0;  ///< of the last event
};

}  // namespace breakerd
