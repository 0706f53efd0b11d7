#pragma once
// The rules of failed jobs, and of expired ones: one of them is tried again or given up for good, or many by a command
// that runs in steps. Pure.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/job.hpp>

namespace breakerd {

/// Whether the job is one of these.
[[nodiscard]] bool matches(const FailedJobs& filter, const JobRow& row);

/// JobRetried, behind a CampaignReopened when the job's campaign has completed. One that has EXPIRED has as long to be
/// started as it had before; `queue_now` is queue time. wrong_state when the job is neither FAILED nor EXPIRED, or its
/// campaign has failed or been cancelled.
[[nodiscard]] Result<std::vector<EventData>> decide_retry(const JobContext& job, const std::string& reason,
                                                          Time queue_now);

/// wrong_state when the job is neither FAILED nor EXPIRED.
[[nodiscard]] Result<JobCancelled> decide_discard(const JobContext& job, const std::string& reason);

/// `running`: how many run already; `limit` at limits::job_commands_max.
[[nodiscard]] Result<JobCommandStarted> decide(const QueueState& queue, std::size_t running,
                                               const StartJobCommand& command, Time now);

/// Nothing when it has ended.
[[nodiscard]] std::optional<JobCommandEnded> decide_stop(const JobCommandRow& row);

[[nodiscard]] JobCommandRow new_job_command(const JobCommandStarted& event, const std::string& principal, Time time);

// Applies the event to its row, and to the queue's. False when it does not follow from what is there.
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const JobCommandStarted& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const JobCommandAdvanced& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const JobCommandEnded& event, const Event& whole);

}  // namespace breakerd
