#pragma once
// State = fold of the log. One function applies an event to whatever holds the rows: the projection in storage/, the
// speculative state of the queue actor, or the memory of a replay.

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/schedule.hpp>
#include <breakerd/events/rules/follow_up.hpp>

namespace breakerd {

/// Where the rows are. What is handed out stays valid during the fold of one event, and changes made through it are
/// kept.
class RowAccess {
 public:
  virtual ~RowAccess() = default;

  virtual BreakerState& breaker() = 0;
  virtual QueueState& queue() = 0;
  virtual LeaseLimits& limits() = 0;
  /// Kept from one event to the next, and no longer than an append.
  virtual FollowUp& follow_up() = 0;

  /// null when there is no such row.
  [[nodiscard]] virtual Result<JobRow*> job(JobId id) = 0;
  [[nodiscard]] virtual Result<LaneRow*> lane(const LaneId& id) = 0;
  [[nodiscard]] virtual Result<CampaignRow*> campaign(const CampaignId& id) = 0;

  [[nodiscard]] virtual Result<JobCommandRow*> job_command(JobCommandId id) = 0;

  /// The settings of the job type; null when it has none.
  [[nodiscard]] virtual Result<const JobTypeRow*> job_type(const std::string& name) = 0;
  virtual void set_job_type(const JobTypeRow& row) = 0;
  virtual void remove_job_type(const std::string& name) = 0;

  /// The schedule; null when there is none.
  [[nodiscard]] virtual Result<const ScheduleRow*> schedule(ScheduleId id) = 0;
  virtual void set_schedule(const ScheduleRow& row) = 0;
  virtual void remove_schedule(ScheduleId id) = 0;

  /// The job that holds the unique key; 0: none does.
  [[nodiscard]] virtual Result<JobId> key_holder(const std::string& key) = 0;
  /// 0: none holds it from now on.
  virtual void set_key_holder(const std::string& key, JobId job) = 0;

  virtual void add_job(const JobRow& row) = 0;
  virtual void add_job_command(const JobCommandRow& row) = 0;
  virtual void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) = 0;
};

/// Applies `event`, which has place `seq`. `misfit` when it cannot follow what went before: a row it needs is missing,
/// a JobLeased where nothing may be leased, an end of what has ended, an event that must stand beside another one and
/// does not. The rules are listed in docs/event-log.md, "What holds in every log". On an error some rows may have
/// changed: the caller throws them away.
[[nodiscard]] Result<void> fold(RowAccess& rows, Seq seq, const Event& event);

}  // namespace breakerd
