#pragma once
// Tells the daemon how a job ended, until it is known to have heard it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <breakerd/http/ctl/text/error.hpp>
#include <breakerd/http/ctl/work/job_run.hpp>

namespace breakerd::ctl {

enum class Heard {
  yes,       ///< the daemon has it
  lost,      ///< the job is not ours any more: the lease went to someone else, or ended
  rejected,  ///< the job is ours, and the daemon takes nothing of what can be said of it
  given_up,  ///< the worker had to end first
};

struct Report {
  Heard heard = Heard::yes;
  std::string note{};            ///< for the worker's log; empty: nothing to say
  ExitCode code = ExitCode::ok;  ///< what the worker ends with for it
  [[nodiscard]] bool undelivered() const { return heard == Heard::rejected || heard == Heard::given_up; }
};

/// Reports `end`. While the daemon cannot be reached, its storage is down, or it does not let this worker in (401, 403,
/// and every other refusal that is about neither the job nor the report), tries again with growing pauses for as long
/// as it takes, and after a stop is requested until the stop's deadline plus report_grace; at least once. The pauses
/// stay well below the lease, of which a restarted daemon gives a full period again: the first attempt that finds it
/// comes in time.
///   A 409 after an answer was lost means that the lost one went through when the job's status agrees (COMPLETED for a
/// complete).
///   A service failure whose answer was lost is looked for before it is repeated. It was heard when the lease is gone,
/// the circuit has opened since the command was known to run under a closed one, and the job's error, or the circuit's,
/// is the reported one (docs/decisions/lost-reports-are-looked-for.md).
///   A result that the daemon refuses as such is sent as a string, and then left out, rather than lost;
/// a failure that it refuses as such (a service it does not know) ends in a release.
/// `trouble` is called once, with why, when the first attempt is to be repeated.
[[nodiscard]] Report report_end(const LeasedJob& job, const JobEnd& end, LeaseApi& api, const StopRequest& stop,
                                const std::function<void(const std::string&)>& trouble);

inline constexpr std::chrono::milliseconds report_grace{5'000};

/// The longest pause between two attempts: a lease of `lease_ms` outlives several of them.
[[nodiscard]] std::chrono::milliseconds longest_report_pause(std::uint64_t lease_ms);

}  // namespace breakerd::ctl
