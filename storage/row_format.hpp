#pragma once
// The format of the projection's rows. Events have versions of their own (docs/event-log.md).

#include "storage/read_view.hpp"
#include "storage/row_batch.hpp"

namespace breakerd {

/// Whether these rows can be read by this breakerd: true; false when upgrade_rows() must come first, because an older
/// one has written them. `corrupt` when they are of a format that is not known here: a newer one's, probably. An empty
/// log has no rows to be read.
[[nodiscard]] Result<bool> has_current_format(const ReadView& rows);

/// What to tell whoever only reads when it has not.
[[nodiscard]] Error needs_upgrade();

/// Turns rows of format 1, which had a row for each pending job, each leased one and each of a campaign, into sets of
/// jobs. `batch` is to be committed as a whole, and gets no larger than a few bytes a job.
[[nodiscard]] Result<void> upgrade_rows(const ReadView& rows, RowBatch& batch);

}  // namespace breakerd
