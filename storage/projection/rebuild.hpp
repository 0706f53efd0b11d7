#pragma once
// Makes the rows of the projection anew from the events: when an older breakerd has written them, a rebuild was broken
// off, or somebody asks for it because they are damaged. So a change of a row's shape needs no code that converts it.

#include <functional>
#include <memory>

#include <breakerd/events/model/event.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_batch.hpp>

namespace breakerd {

/// Where the rows are made.
struct RowStore {
  const ReadView& latest;  ///< shows what is committed, without a snapshot
  /// A batch for a commit in which the jobs from `first_new_job` on are new.
  std::function<std::unique_ptr<RowBatch>(JobId first_new_job)> make_batch;
  /// Makes a batch visible. It need not be durable until `finish` is called.
  std::function<Result<void>(RowBatch&)> commit;
  /// Told now and then up to which event the rows are made. May be empty.
  std::function<void(Seq)> progress{};
  /// Commits the last batch, which says that the rows are whole, when all others are durable. Empty: as `commit`.
  std::function<Result<void>(RowBatch&)> finish{};
  bool is_empty = false;  ///< there are no rows yet
  Seq end = 0;            ///< where the log ends, as far as is known; 0: nobody has looked
};

/// One walk over the log, from the first event. Checks all that `verify` checks of events: that they are dense, chain,
/// and fit what went before. The rows say that they are unfinished until the last commit. So what is left of a rebuild
/// that was broken off, or has met damage, is never taken for rows; the next one begins again.
///
/// Memory: the rows of one commit (so many events that they are bounded by number and by bytes), the projector's
/// caches, and the events that are read ahead. It does not grow with the log or with the jobs that wait.
///
/// `corrupt` when the log has a gap, does not chain or contradicts itself; `storage` from commit(). Events are never
/// changed.
[[nodiscard]] Result<void> rebuild_rows(const RowStore& store);

/// The rows of a log without events: none at all.
[[nodiscard]] Result<void> clear_rows(const RowStore& store);

}  // namespace breakerd
