#pragma once
// Which operations the log has: the last operations_kept, each with its place. Single-threaded.

#include <optional>
#include <unordered_map>

#include <breakerd/events/model/event.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_batch.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

class Operations {
 public:
  /// `base` shows what is committed, and outlives this.
  explicit Operations(const ReadView& base) : base_{base} {}

  /// Forgets what was not committed and reads how many there have been.
  [[nodiscard]] Result<void> load();

  /// Where it is, when it is one of those that are kept.
  [[nodiscard]] Result<std::optional<OperationRow>> find(const OperationId& id) const;

  /// The event `first` begins it. The oldest one that is kept is dropped when there would be too many. `misfit` when
  /// the log has it already.
  [[nodiscard]] Result<void> add(const Operation& operation, Seq first, RowBatch& batch);

  /// The batch that add() was given has been committed.
  void commit() { added_.clear(); }

 private:
  [[nodiscard]] Result<void> drop(std::uint64_t number, RowBatch& batch);

  const ReadView& base_;
  std::uint64_t last_ = 0;                               ///< number of the latest
  std::unordered_map<OperationId, OperationRow> added_;  ///< in the batch that is not committed yet
};

}  // namespace breakerd
