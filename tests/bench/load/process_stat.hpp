// What a server and its child processes have used so far, read from /proc.
#pragma once

#include <sys/types.h>

namespace breakerd::load {

struct ProcessUse {
  double cpu_seconds = 0;  // user and system, with children already waited for
  double rss_mib = 0;      // what differences of one process are taken from: other processes do not move it
  double pss_mib = 0;      // shared pages counted in part: what the processes of one server take together
};

/// Sums over `root` and its living descendants. Zeros when there is no such process.
[[nodiscard]] ProcessUse process_use(pid_t root);

/// CPU seconds of the calling process.
[[nodiscard]] double own_cpu_seconds();

}  // namespace breakerd::load
