#pragma once
// Rows of all tables in memory: for logs without a disk, and for tests of whatever reads or changes rows.

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_batch.hpp>

namespace breakerd::test {

/// The rows of each table, in order of their keys.
class MemoryTables {
 public:
  using Rows = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] Rows& operator[](Table table) { return rows_[static_cast<std::size_t>(table)]; }
  [[nodiscard]] const Rows& operator[](Table table) const { return rows_[static_cast<std::size_t>(table)]; }

  bool operator==(const MemoryTables&) const = default;

 private:
  std::array<Rows, static_cast<std::size_t>(last_table) + 1> rows_;
};

/// A view of tables that do not change while it lives, or shows how they change.
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
  void erase_all(Table table) override { tables_[table].clear(); }

 private:
  MemoryTables& tables_;
};

/// Changes that wait for their commit.
class StagedBatch final : public RowBatch {
 public:
  void put(Table table, std::string_view key, std::string_view value) override;
  void erase(Table table, std::string_view key) override;
  void erase_prefix(Table table, std::string_view prefix) override;
  void erase_all(Table table) override;

  void apply(MemoryTables& tables) const;

 private:
  enum class Kind { put, erase, erase_prefix, erase_all };
  struct Change {
    Kind kind;
    Table table;
    std::string key;
    std::string value;
  };
  std::vector<Change> changes_;
};

/// Tables with views that are snapshots: they share the tables, and a change copies them only while a view is out. Any
/// thread may take and drop views; one at a time changes the tables. Views may outlive this.
class SharedTables {
 public:
  SharedTables();

  [[nodiscard]] std::unique_ptr<ReadView> view() const;

  void apply(const StagedBatch& batch);

  /// The tables of now, for the thread that changes them. A reference ends with the next change.
  [[nodiscard]] const MemoryTables& now() const { return *tables_; }

  /// Shows the tables of now, whenever it is read; by the thread that changes them, and while this lives.
  [[nodiscard]] const ReadView& latest() const { return latest_; }

  /// latest() cannot read the next row of this table that is asked for.
  void fail_next_get(Table table) { failing_ = table; }

 private:
  class Snapshot;
  class Latest final : public ReadView {
   public:
    explicit Latest(const SharedTables& shared) : shared_{shared} {}

    [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
    [[nodiscard]] Result<void> scan(Table table, std::string_view from, std::string_view to,
                                    const Visit& visit) const override;
    [[nodiscard]] Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override;

   private:
    const SharedTables& shared_;
  };

  std::shared_ptr<std::mutex> mutex_;  ///< guards who shares *tables_; the views' too
  std::shared_ptr<MemoryTables> tables_;
  mutable std::optional<Table> failing_;
  Latest latest_{*this};
};

}  // namespace breakerd::test
