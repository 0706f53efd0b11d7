#pragma once
// Tells the daemon how a job ended, until it is known to have heard it.

#include <functional>
#include <string>

#include "http/cli/job_run.hpp"

namespace breakerd::cli {

enum class Heard {
  yes,       ///< the daemon has it
  refused,   ///< the daemon does not take it: the lease went to someone else, or ended
  given_up,  ///< the worker had to end first
};

struct Report {
  Heard heard = Heard::yes;
  std::string note{};  ///< for the worker's log; empty: nothing to say
};

/// Reports `end`. While the daemon cannot be reached, or its storage is down, tries again with growing pauses for as
/// long as it takes, and after a stop is requested until the stop's deadline plus report_grace; at least once.
///   A 409 after an answer was lost means that the lost one went through when the job's status agrees (COMPLETED for a
/// complete). A result that the daemon refuses as such is sent as a string, and then left out, rather than lost;
/// a failure that it refuses as such (a service it does not know) ends in a release.
/// `trouble` is called once, with why, when the first attempt finds no daemon.
[[nodiscard]] Report report_end(const LeasedJob& job, const JobEnd& end, LeaseApi& api, const StopRequest& stop,
                                const std::function<void(const std::string&)>& trouble);

inline constexpr std::chrono::milliseconds report_grace{5'000};

}  // namespace breakerd::cli
