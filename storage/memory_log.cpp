#include "storage/memory_log.hpp"

#include <functional>

namespace breakerd {
namespace {

using Key = std::pair<Table, std::string>;

/// A view that holds its own copy.
class OwningView final : public ReadView {
 public:
  explicit OwningView(MemoryTables tables) : tables_{std::move(tables)}, view_{tables_} {}

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    return view_.get(table, key);
  }
  Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
    return view_.scan(table, from, to, visit);
  }
  Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    return view_.last_key(table, before);
  }

 private:
  MemoryTables tables_;
  MemoryView view_;
};

/// Changes wait here for their commit.
class StagedBatch final : public RowBatch {
 public:
  void put(Table table, std::string_view key, std::string_view value) override {
    changes_.push_back([table, k = std::string{key}, v = std::string{value}](MemoryBatch& to) { to.put(table, k, v); });
  }
  void erase(Table table, std::string_view key) override {
    changes_.push_back([table, k = std::string{key}](MemoryBatch& to) { to.erase(table, k); });
  }
  void erase_prefix(Table table, std::string_view prefix) override {
    changes_.push_back([table, p = std::string{prefix}](MemoryBatch& to) { to.erase_prefix(table, p); });
  }
  void erase_all(Table table) override {
    changes_.push_back([table](MemoryBatch& to) { to.erase_all(table); });
  }

  void apply(MemoryTables& tables) const {
    MemoryBatch to{tables};
    for (const auto& change : changes_) change(to);
  }

 private:
  std::vector<std::function<void(MemoryBatch&)>> changes_;
};

}  // namespace

Result<std::optional<std::string>> MemoryView::get(Table table, std::string_view key) const {
  const auto at = tables_.find(Key{table, key});
  if (at == tables_.end()) return std::optional<std::string>{};
  return std::optional<std::string>{at->second};
}

Result<void> MemoryView::scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const {
  for (auto at = tables_.lower_bound(Key{table, from}); at != tables_.end() && at->first.first == table; ++at) {
    if (!to.empty() && at->first.second >= to) break;
    if (!visit(at->first.second, at->second)) break;
  }
  return {};
}

Result<std::optional<std::string>> MemoryView::last_key(Table table, std::string_view before) const {
  auto at = before.empty() ? tables_.lower_bound(Key{static_cast<Table>(static_cast<int>(table) + 1), ""})
                           : tables_.lower_bound(Key{table, before});
  if (at == tables_.begin()) return std::optional<std::string>{};
  --at;
  if (at->first.first != table) return std::optional<std::string>{};
  return std::optional<std::string>{at->first.second};
}

void MemoryBatch::put(Table table, std::string_view key, std::string_view value) {
  tables_.insert_or_assign(Key{table, key}, value);
}

void MemoryBatch::erase(Table table, std::string_view key) { tables_.erase(Key{table, key}); }

void MemoryBatch::erase_prefix(Table table, std::string_view prefix) {
  auto at = tables_.lower_bound(Key{table, prefix});
  while (at != tables_.end() && at->first.first == table && at->first.second.starts_with(prefix))
    at = tables_.erase(at);
}

MemoryLog::MemoryLog() : MemoryLog{std::make_unique<MemoryTables>()} {}

MemoryLog::MemoryLog(std::unique_ptr<MemoryTables> tables)
    : ProjectedLog{latest_}, tables_{std::move(tables)}, latest_{*tables_} {
  load().value();
}

Result<std::unique_ptr<ReadView>> MemoryLog::view() const {
  const std::lock_guard lock{mutex_};
  return std::unique_ptr<ReadView>{std::make_unique<OwningView>(*tables_)};
}

Result<void> MemoryLog::mark_fault() {
  fault_ = true;
  return {};
}

Result<void> MemoryLog::clear_fault() {
  fault_ = false;
  return {};
}

std::unique_ptr<RowBatch> MemoryLog::make_batch() { return std::make_unique<StagedBatch>(); }

Result<void> MemoryLog::commit(RowBatch& batch, const Position&) {
  if (failures_ > 0) {
    --failures_;
    return make_error(ErrorCode::outcome_unknown, "the append failed, as it was told to");
  }
  const std::lock_guard lock{mutex_};
  static_cast<const StagedBatch&>(batch).apply(*tables_);
  return {};
}

}  // namespace breakerd
