#pragma once
// The database of a closed log, changed behind the log's back.

#include <rocksdb/db.h>

#include <functional>

#include <breakerd/storage/rocks/rocks_database.hpp>
#include "tests/storage/rocks/disk_log.hpp"

namespace breakerd::test {

/// All of `change` in one write.
inline void tamper(const DiskLog& disk, const std::function<void(rocksdb::WriteBatch&, const Database&)>& change) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  rocksdb::WriteBatch batch;
  change(batch, *database);
  REQUIRE(database->db->Write({}, &batch).ok());
}

inline std::string stored(const Database& database, Table table, const std::string& key) {
  auto row = must(get_row(database, {}, table, key));
  REQUIRE(row);
  return *row;
}

/// Gives an event, or its payload, another row, or none. Those that share a row with it get rows of their own, as old
/// logs have them.
inline void set_row(rocksdb::WriteBatch& batch, const Database& database, Table table, Seq seq,
                    const std::optional<std::string>& row) {
  rocksdb::ColumnFamilyHandle* family = table == Table::events ? database.events : database.payloads;
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator({}, family)};
  at->Seek(number_key(seq));
  Seq first = seq;
  Seq last = seq;
  if (at->Valid() && at->key().size() > sizeof(Seq)) {
    const std::string key = at->key().ToString();
    last = read_big_endian(key);
    first = last + 1 - static_cast<std::uint8_t>(key.back());
    REQUIRE((seq < first || batch.Delete(family, key).ok()));
    if (seq < first) first = last = seq;
  }
  for (Seq other = first; other <= last; ++other) {
    const auto kept = must(get_row(database, {}, table, number_key(other)));
    if (other != seq && kept) REQUIRE(batch.Put(family, number_key(other), *kept).ok());
  }
  REQUIRE((row ? batch.Put(family, number_key(seq), *row) : batch.Delete(family, number_key(seq))).ok());
}
inline void set_event(rocksdb::WriteBatch& batch, const Database& database, Seq seq,
                      const std::optional<std::string>& row) {
  set_row(batch, database, Table::events, seq, row);
}

}  // namespace breakerd::test
