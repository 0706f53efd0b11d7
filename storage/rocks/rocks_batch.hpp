#pragma once
// What a commit of a log in RocksDB is gathered in. For rocks_log.cpp.

#include <rocksdb/write_batch.h>

#include <string>
#include <string_view>

#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/rocks/rocks_jobs.hpp>
#include <breakerd/storage/rocks/rocks_meta.hpp>
#include <breakerd/storage/rocks/rocks_seq_rows.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/tables/row_batch.hpp>

namespace breakerd {

/// Changes of one commit, on their way into a WriteBatch.
class RocksBatch final : public RowBatch {
 public:
  /// `bytes` is how large it may become without being moved; jobs from `first_new_job` on have no rows yet.
  RocksBatch(const Database& database, std::size_t bytes, JobId first_new_job)
      : database_{database}, batch_{bytes, 0, 8, 0}, jobs_{first_new_job} {}

  void put(Table table, std::string_view key, std::string_view value) override {
    if (table == Table::events) return check(events_.add(read_big_endian(key), value, database_.events, batch_));
    if (table == Table::payloads) return check(payloads_.add(read_big_endian(key), value, database_.payloads, batch_));
    if (table == Table::jobs) return check(jobs_.put(read_big_endian(key), value, database_.rows, batch_));
    // `head` stays the last row of a commit: what a WAL's end looks like hangs on it (wal_end.cpp).
    if (table == Table::meta) {
      finish_groups();
      return check(meta_.put(key, value, database_.rows, batch_));
    }
    check(batch_.Put(database_.rows, full(table, key), value));
  }
  void erase(Table table, std::string_view key) override {
    if (is_record(table) || table == Table::jobs)
      return check(rocksdb::Status::NotSupported("erasing a row of", to_string(table)));
    check(batch_.Delete(database_.rows, full(table, key)));
  }
  void erase_prefix(Table table, std::string_view prefix) override {
    const std::string from = full_key(table, prefix);
    if (!begins_range(from)) return check(rocksdb::Status::NotSupported("deleting this range", to_string(table)));
    check(batch_.DeleteRange(database_.rows, from, after_prefix(from)));
  }
  void erase_all(Table table) override {
    if (is_record(table) || table == Table::meta)
      return check(rocksdb::Status::NotSupported("emptying this table", to_string(table)));
    check(batch_.DeleteRange(database_.rows, full_key(table, {}), end_of_table(table)));
  }

  [[nodiscard]] std::size_t bytes() const { return batch_.GetDataSize(); }

  /// The batch, or the first error of filling it.
  Result<rocksdb::WriteBatch*> finished() {
    finish_groups();
    check(meta_.finish());
    if (!status_.ok()) return from_status(status_, "gathering a batch");
    return &batch_;
  }

 private:
  void finish_groups() {
    check(events_.finish(database_.events, batch_));
    check(payloads_.finish(database_.payloads, batch_));
    check(jobs_.finish(database_.rows, batch_));
  }
  void check(const rocksdb::Status& status) {
    if (status_.ok() && !status.ok()) status_ = status;
  }

  /// Good until the next call.
  std::string_view full(Table table, std::string_view key) {
    key_.assign(1, static_cast<char>(table));
    return key_ += key;
  }

  const Database& database_;
  std::string key_;  ///< reused
  SeqGroup events_;
  SeqGroup payloads_;
  MetaRows meta_;
  rocksdb::WriteBatch batch_;
  JobBlocks jobs_;
  rocksdb::Status status_;
};

}  // namespace breakerd
