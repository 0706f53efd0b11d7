#pragma once
// The views of a log in RocksDB. For rocks_log.cpp.

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/rocks/rocks_seq_rows.hpp>

namespace breakerd {

/// The rows as they were written last, for the appending thread, which is also the only one that changes `database`.
class LatestView final : public ReadView {
 public:
  /// `scans` is how scan() reads.
  explicit LatestView(const std::unique_ptr<Database>& database, const rocksdb::ReadOptions& scans = {})
      : database_{database}, scans_{scans} {}

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    return get_row(*database_, {}, table, key);
  }
  Result<Rows> get_many(Table table, std::span<const std::string> keys) const override {
    return get_rows(*database_, {}, table, keys);
  }
  Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
    return scan_rows(*database_, scans_, table, from, to, visit);
  }
  Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    return last_row_key(*database_, {}, table, before);
  }

 private:
  const std::unique_ptr<Database>& database_;
  const rocksdb::ReadOptions scans_;
};

using Snapshot = std::shared_ptr<const rocksdb::Snapshot>;  ///< shared by the views of one moment

inline Snapshot take_snapshot(const Database& database) {
  return {database.db->GetSnapshot(),
          [db = database.db.get()](const rocksdb::Snapshot* snapshot) { db->ReleaseSnapshot(snapshot); }};
}

/// The rows of one moment. Keeps the database from being closed.
class SnapshotView final : public ReadView {
 public:
  SnapshotView(const Database& database, std::shared_lock<std::shared_mutex> lock, Snapshot snapshot)
      : database_{database}, lock_{std::move(lock)}, snapshot_{std::move(snapshot)} {
    how_.snapshot = snapshot_.get();
  }

  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    if (SeqReader* reader = by_seq(table)) return reader->get(key);
    return get_row(database_, how_, table, key);
  }
  Result<Rows> get_many(Table table, std::span<const std::string> keys) const override {
    if (SeqReader* reader = by_seq(table)) return reader->get_many(keys);
    return get_rows(database_, how_, table, keys);
  }
  Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
    return scan_rows(database_, how_, table, from, to, visit);
  }
  Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    return last_row_key(database_, how_, table, before);
  }

 private:
  /// Null for a table whose rows are not kept by their seqs.
  [[nodiscard]] SeqReader* by_seq(Table table) const {
    if (table == Table::events) return kept(events_, database_.events);
    if (table == Table::payloads && database_.payloads != nullptr) return kept(payloads_, database_.payloads);
    return nullptr;
  }
  SeqReader* kept(std::optional<SeqReader>& reader, rocksdb::ColumnFamilyHandle* family) const {
    if (!reader) reader.emplace(*database_.db, family, how_);
    return &*reader;
  }

  const Database& database_;
  std::shared_lock<std::shared_mutex> lock_;  ///< the database stays open while this lives
  Snapshot snapshot_;
  rocksdb::ReadOptions how_;
  mutable std::optional<SeqReader> events_;    ///< made at the first event: more will follow
  mutable std::optional<SeqReader> payloads_;  ///< likewise
};

}  // namespace breakerd
