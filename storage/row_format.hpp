#pragma once
// The format of the projection's rows. Events have versions of their own (docs/event-log.md).

#include <functional>

#include "storage/read_view.hpp"
#include "storage/row_batch.hpp"

namespace breakerd {

/// Whether these rows can be read by this breakerd: true; false when upgrade_rows() must come first, because an older
/// one has written them. `wrong_state` when they are of a format that is not known here: a newer one's, probably;
/// `corrupt` when they do not say. An empty log has no rows to be read.
[[nodiscard]] Result<bool> has_current_format(const ReadView& rows);

/// `wrong_state`: what to tell whoever only reads when it has not.
[[nodiscard]] Error needs_upgrade();

/// Turns rows of format 1, which had a row for each pending job, each leased one and each of a campaign, into sets of
/// jobs. Calls `make_room` after every row: it may commit what is in `batch` and empty it. What is left in it at the
/// end is to be committed as a whole: only that makes the rows current, and an upgrade that was broken off begins anew.
/// `rows` shows what is committed.
[[nodiscard]] Result<void> upgrade_rows(const ReadView& rows, RowBatch& batch,
                                        const std::function<Result<void>()>& make_room);

}  // namespace breakerd
