#pragma once
// The format of the projection's rows. Events have versions of their own (docs/event-log.md).

#include <functional>

#include "storage/read_view.hpp"
#include "storage/row_batch.hpp"

namespace breakerd {

/// What has changed is said of the form that came with it.
enum class RowFormat : std::uint8_t {
  single_indexes = 1,  ///< a row for each pending job, each leased one and each of a campaign
  index_sets = 2,      ///< sets of jobs instead (job_set.hpp)
  job_blocks = 3,      ///< new jobs share rows (rocks_jobs.hpp); jobs of before keep theirs
};
inline constexpr RowFormat newest_format = RowFormat::job_blocks;
/// What the row `format` says.
[[nodiscard]] inline std::string format_text(RowFormat format) { return std::to_string(static_cast<unsigned>(format)); }

/// Of which format these rows are. When it is not the newest, an older breakerd has written them, and upgrade_rows()
/// must come before anything is appended. `wrong_state` when it is not known here: a newer one's, probably; `corrupt`
/// when they do not say. An empty log has no rows to be read, and counts as the newest.
[[nodiscard]] Result<RowFormat> read_format(const ReadView& rows);

/// `wrong_state`: what to tell whoever only reads when it is not the newest.
[[nodiscard]] Error needs_upgrade();

/// Turns rows `from` an older format into the newest. Calls `make_room` after every row: it may commit what is in
/// `batch` and empty it. What is left in it at the end is to be committed as a whole: only that makes the rows current,
/// and an upgrade that was broken off begins anew. `rows` shows what is committed.
[[nodiscard]] Result<void> upgrade_rows(const ReadView& rows, RowFormat from, RowBatch& batch,
                                        const std::function<Result<void>()>& make_room);

}  // namespace breakerd
