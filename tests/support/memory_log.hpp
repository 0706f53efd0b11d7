#pragma once
// The log without a disk: for tests of the layers above, and a form under the conformance suite. Nothing survives it.

#include <atomic>
#include <memory>

#include <breakerd/storage/projection/projected_log.hpp>
#include "tests/support/memory_tables.hpp"

namespace breakerd::test {

/// First the tables, then the log that reads them from its beginning to its end.
struct TablesOfMemoryLog {
  SharedTables tables;
};

class MemoryLog final : private TablesOfMemoryLog, public ProjectedLog {
 public:
  MemoryLog();

  /// The next commits fail, as on a full disk; or those behind so many that do not.
  void fail_next(int commits, int behind = 0) {
    good_ = behind;
    failures_ = commits;
  }

  /// The next row of this table that an append needs cannot be read.
  void fail_next_get(Table table) { tables.fail_next_get(table); }

  [[nodiscard]] Result<void> reopen() override { return load(); }
  [[nodiscard]] Result<std::unique_ptr<ReadView>> view() const override { return tables.view(); }
  [[nodiscard]] bool fault_pending() const override { return fault_; }
  [[nodiscard]] Result<void> mark_fault() override;
  [[nodiscard]] Result<void> clear_fault() override;

 protected:
  [[nodiscard]] std::unique_ptr<RowBatch> make_batch() override;
  [[nodiscard]] Result<void> commit(RowBatch& batch, const Position& end) override;
  void mark_failed() override { fault_ = true; }
  [[nodiscard]] Result<void> check_end(const Position&) override { return {}; }

 private:
  std::atomic<int> good_{0};  ///< commits, before those that fail
  std::atomic<int> failures_{0};
  std::atomic<bool> fault_{false};
};

}  // namespace breakerd::test
