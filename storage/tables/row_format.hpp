#pragma once
// The format of the projection's rows. Events have versions of their own (docs/event-log.md). Rows of an older format
// are not converted: they are made anew from the events (rebuild.hpp).

#include <string>
#include <string_view>

#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

/// 1: a row for each pending job, each leased one and each of a campaign. 2: sets of jobs instead (job_set.hpp).
/// 3: new jobs share rows (rocks_jobs.hpp). 4: the breaker's row has the evidence of its opening and of the latest
/// failure apart; the row of a completed job has no error of an earlier attempt. 5: operations. 6: the rows of 5, and
/// beside the events a table of payloads, without which they must not be read; two rows of meta share one
/// (rocks_meta.hpp). 7: priorities, services and times of jobs, and
/// commands about many of them. 8: unique keys, weights of campaigns. 9: limits on leases, campaigns of holds on jobs,
/// timeouts of jobs, settings of job types. 10: 50,000 operations, and not 10,000; deadlines, and jobs that have
/// EXPIRED. 11: queue time as it was at the last pause; schedules. 13: plans, and parked jobs. (12 was never released.)
/// 14: what becomes of runs in flight. 15: rollouts.
inline constexpr unsigned newest_row_format = 15;

struct RowFormat {
  unsigned number = newest_row_format;
  bool is_whole = true;  ///< false: the rows are being made, and end where `head` says, before the log does

  [[nodiscard]] bool is_current() const { return is_whole && number == newest_row_format; }
  /// What the row `format` says. A breakerd that does not know it refuses the rows.
  [[nodiscard]] std::string to_string() const;
};

/// Whether the row `format` says that its rows were never finished.
[[nodiscard]] bool is_unfinished(std::string_view format);

/// Of which format these rows are. `wrong_state` when it is not known here: a newer breakerd's, probably; `corrupt`
/// when they do not say. An empty log has no rows to be read, and counts as the newest.
[[nodiscard]] Result<RowFormat> read_format(const ReadView& rows);

/// Whether each row can be read: one walk over all tables but those of the log.
[[nodiscard]] bool can_read_rows(const ReadView& rows);

/// `wrong_state`: what to tell whoever only reads rows that are not current.
[[nodiscard]] Error needs_rebuild();

}  // namespace breakerd
