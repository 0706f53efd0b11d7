#pragma once
// A close and resume-queue, which may come with a plan for the jobs that wait. Internal to http/api.

#include <optional>

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

/// Reads `{reason, epoch, plan}`, and closes the circuit. With `dry_run=true` what the plan would do is the answer,
/// and nothing is done; what would refuse the close refuses that, too.
void submit_close(Call& call, Render render);
/// The same with `{reason, plan}` and resume-queue.
void submit_resume_queue(Call& call, Render render);

/// The member `plan`: the command that began, or null.
void write_plan(JsonWriter& json, const std::optional<JobCommandRow>& plan);
/// The same where an answer without a plan has no such member.
void write_plan_if(JsonWriter& json, const std::optional<JobCommandRow>& plan);

}  // namespace breakerd::http
