#pragma once
// Makes the rows of the projection anew from the events: when an older breakerd has written them, a rebuild was broken
// off, or somebody asks for it because they are damaged. So a change of a row's shape needs no code that converts it.

#include <functional>
#include <memory>

#include <breakerd/storage/tables/row_batch.hpp>
#include <breakerd/storage/tables/row_format.hpp>

namespace breakerd {

/// Where the rows are changed.
struct RowStore {
  const ReadView& latest;  ///< shows what is committed, without a snapshot
  /// A batch for a commit in which the jobs from `first_new_job` on are new.
  std::function<std::unique_ptr<RowBatch>(JobId first_new_job)> make_batch;
  /// Makes a batch durable and visible.
  std::function<Result<void>(RowBatch&)> commit;
  /// Told now and then up to which event the rows are made. May be empty.
  std::function<void(Seq)> progress{};
};

/// Checks the chain of every event that it folds. The first commit empties the tables and marks the rows unfinished;
/// each of the others has rows that agree with their `head`, so that a rebuild that was broken off goes on from there;
/// the last one makes the rows current. Takes some microseconds an event; memory is that of an append.
///
/// `corrupt` when the log has a gap, does not chain or contradicts itself; `storage` from commit(). Events are never
/// changed.
[[nodiscard]] Result<void> rebuild_rows(const RowStore& store, const RowFormat& from);

/// The rows of a log without events: none at all.
[[nodiscard]] Result<void> clear_rows(const RowStore& store);

}  // namespace breakerd
