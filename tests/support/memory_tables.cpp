#include "tests/support/memory_tables.hpp"

#include <utility>

namespace breakerd::test {

Result<std::optional<std::string>> MemoryView::get(Table table, std::string_view key) const {
  const auto& rows = tables_[table];
  const auto at = rows.find(key);
  if (at == rows.end()) return std::optional<std::string>{};
  return std::optional<std::string>{at->second};
}

Result<void> MemoryView::scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const {
  const auto& rows = tables_[table];
  for (auto at = rows.lower_bound(from); at != rows.end(); ++at) {
    if (!to.empty() && at->first >= to) break;
    if (!visit(at->first, at->second)) break;
  }
  return {};
}

Result<std::optional<std::string>> MemoryView::last_key(Table table, std::string_view before) const {
  const auto& rows = tables_[table];
  const auto at = before.empty() ? rows.end() : rows.lower_bound(before);
  if (at == rows.begin()) return std::optional<std::string>{};
  return std::optional<std::string>{std::prev(at)->first};
}

void MemoryBatch::put(Table table, std::string_view key, std::string_view value) {
  tables_[table].insert_or_assign(std::string{key}, std::string{value});
}

void MemoryBatch::erase(Table table, std::string_view key) {
  auto& rows = tables_[table];
  if (const auto at = rows.find(key); at != rows.end()) rows.erase(at);
}

void MemoryBatch::erase_prefix(Table table, std::string_view prefix) {
  auto& rows = tables_[table];
  const auto first = rows.lower_bound(prefix);
  auto last = first;
  while (last != rows.end() && last->first.starts_with(prefix)) ++last;
  rows.erase(first, last);
}

void StagedBatch::put(Table table, std::string_view key, std::string_view value) {
  changes_.push_back({Kind::put, table, std::string{key}, std::string{value}});
}

void StagedBatch::erase(Table table, std::string_view key) {
  changes_.push_back({Kind::erase, table, std::string{key}, {}});
}

void StagedBatch::erase_prefix(Table table, std::string_view prefix) {
  changes_.push_back({Kind::erase_prefix, table, std::string{prefix}, {}});
}

void StagedBatch::erase_all(Table table) { changes_.push_back({Kind::erase_all, table, {}, {}}); }

void StagedBatch::apply(MemoryTables& tables) const {
  MemoryBatch to{tables};
  for (const Change& change : changes_) {
    switch (change.kind) {
      case Kind::put:
        to.put(change.table, change.key, change.value);
        break;
      case Kind::erase:
        to.erase(change.table, change.key);
        break;
      case Kind::erase_prefix:
        to.erase_prefix(change.table, change.key);
        break;
      case Kind::erase_all:
        to.erase_all(change.table);
        break;
    }
  }
}

/// Keeps the tables it was taken of. It lets go of them under the mutex, so that whoever finds nobody else to have them
/// also sees that they are no longer read.
class SharedTables::Snapshot final : public ReadView {
 public:
  Snapshot(std::shared_ptr<std::mutex> mutex, std::shared_ptr<const MemoryTables> tables)
      : mutex_{std::move(mutex)}, tables_{std::move(tables)}, view_{*tables_} {}
  ~Snapshot() override {
    const std::lock_guard lock{*mutex_};
    tables_.reset();
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

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
  std::shared_ptr<std::mutex> mutex_;
  std::shared_ptr<const MemoryTables> tables_;
  MemoryView view_;
};

SharedTables::SharedTables() : mutex_{std::make_shared<std::mutex>()}, tables_{std::make_shared<MemoryTables>()} {}

std::unique_ptr<ReadView> SharedTables::view() const {
  const std::lock_guard lock{*mutex_};
  return std::make_unique<Snapshot>(mutex_, tables_);
}

void SharedTables::apply(const StagedBatch& batch) {
  const std::lock_guard lock{*mutex_};
  if (tables_.use_count() > 1) tables_ = std::make_shared<MemoryTables>(*tables_);
  batch.apply(*tables_);
}

Result<std::optional<std::string>> SharedTables::Latest::get(Table table, std::string_view key) const {
  if (shared_.failing_ == table) {
    shared_.failing_.reset();
    return make_error(ErrorCode::storage, "the read failed, as it was told to");
  }
  return MemoryView{*shared_.tables_}.get(table, key);
}

Result<void> SharedTables::Latest::scan(Table table, std::string_view from, std::string_view to,
                                        const Visit& visit) const {
  return MemoryView{*shared_.tables_}.scan(table, from, to, visit);
}

Result<std::optional<std::string>> SharedTables::Latest::last_key(Table table, std::string_view before) const {
  return MemoryView{*shared_.tables_}.last_key(table, before);
}

}  // namespace breakerd::test
