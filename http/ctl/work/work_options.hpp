#pragma once
// What `breakerctl work` was asked to do. docs/breakerctl.md explains each.

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <breakerd/http/ctl/client/lease_api.hpp>

namespace breakerd::ctl {

inline constexpr std::uint64_t concurrency_max = 256;
inline constexpr int temporary_failure = 75;  ///< EX_TEMPFAIL of sysexits.h

struct WorkOptions {
  LeaseAsk ask;
  std::string service;  ///< empty: no exit code is a service failure
  std::set<int> service_failure_codes{temporary_failure};
  std::uint64_t concurrency = 1;
  std::chrono::milliseconds poll_most{1'000};    ///< the longest pause between two looks at an empty or paused queue
  std::chrono::milliseconds wait_most{20'000};   ///< for a job, at the daemon; 0: it is looked for again and again
  std::chrono::milliseconds term_grace{5'000};   ///< between SIGTERM and SIGKILL
  std::chrono::milliseconds stop_grace{30'000};  ///< for running jobs after the first signal
  bool drain = false;
  bool quiet = false;
  std::string program;             ///< path of the command
  std::vector<std::string> words;  ///< its argv
};

}  // namespace breakerd::ctl
