#pragma once
// Calls that start a command about many jobs. Internal to http/api.

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

/// Reads `{filter, reason}`, counts on a reader thread what the command is about, and starts it: 202. With
/// `dry_run=true` the count is the answer, and nothing is done. `kind` is no plan.
void start_job_command(Call& call, JobCommandKind kind);

}  // namespace breakerd::http
