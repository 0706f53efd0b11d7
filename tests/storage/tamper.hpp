#pragma once
// The database of a closed log, changed behind the log's back.

#include <rocksdb/db.h>

#include <functional>

#include "storage/rocks_database.hpp"
#include "tests/storage/disk_log.hpp"

namespace breakerd::test {

/// All of `change` in one write.
inline void tamper(const DiskLog& disk, const std::function<void(rocksdb::WriteBatch&, const Database&)>& change) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  rocksdb::WriteBatch batch;
  change(batch, *database);
  REQUIRE(database->db->Write({}, &batch).ok());
}

}  // namespace breakerd::test
