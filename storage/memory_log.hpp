#pragma once
// The log without a disk: for tests of the layers above and as the second form under the conformance suite. Nothing
// survives it.

#include <atomic>
#include <map>
#include <memory>

#include "storage/projected_log.hpp"

namespace breakerd {

/// Rows of all tables in order.
using MemoryTables = std::map<std::pair<Table, std::string>, std::string>;

/// A view of tables that do not change while it lives.
class MemoryView final : public ReadView {
 public:
  explicit MemoryView(const MemoryTables& tables) : tables_{tables} {}

  [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  [[nodiscard]] Result<void> scan(Table table, std::string_view from, std::string_view to,
                                  const Visit& visit) const override;
  [[nodiscard]] Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override;

 private:
  const MemoryTables& tables_;
};

/// Applies changes at once to tables it does not own.
class MemoryBatch final : public RowBatch {
 public:
  explicit MemoryBatch(MemoryTables& tables) : tables_{tables} {}

  void put(Table table, std::string_view key, std::string_view value) override;
  void erase(Table table, std::string_view key) override;
  void erase_prefix(Table table, std::string_view prefix) override;
  void erase_all(Table table) override { erase_prefix(table, {}); }

 private:
  MemoryTables& tables_;
};

class MemoryLog final : public ProjectedLog {
 public:
  MemoryLog();

  /// The next commits fail, as on a full disk.
  void fail_next(int commits) { failures_ = commits; }

  [[nodiscard]] Result<void> reopen() override { return load(); }
  [[nodiscard]] Result<std::unique_ptr<ReadView>> view() const override;
  [[nodiscard]] bool fault_pending() const override { return fault_; }
  [[nodiscard]] Result<void> mark_fault() override;
  [[nodiscard]] Result<void> clear_fault() override;

 protected:
  [[nodiscard]] std::unique_ptr<RowBatch> make_batch() override;
  [[nodiscard]] Result<void> commit(RowBatch& batch, const Position& end) override;
  void note_fault() override { fault_ = true; }
  [[nodiscard]] Result<void> check_end(const Position&) override { return {}; }

 private:
  explicit MemoryLog(std::unique_ptr<MemoryTables> tables);

  mutable std::mutex mutex_;  ///< guards *tables_ against views from other threads
  std::unique_ptr<MemoryTables> tables_;
  MemoryView latest_;
  std::atomic<int> failures_{0};
  std::atomic<bool> fault_{false};
};

}  // namespace breakerd
