#pragma once
// RocksDB's settings, and why they are so. Named here without RocksDB's headers, which stay in the .cpp files.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rocksdb {
struct DBOptions;
struct ColumnFamilyOptions;
struct WriteOptions;
class Cache;
}  // namespace rocksdb

namespace breakerd {

/// `log_line` gets RocksDB's warnings and errors; it may be empty.
[[nodiscard]] rocksdb::DBOptions database_settings(std::function<void(const std::string&)> log_line);

/// For events and payloads: written once, in order, read in order.
[[nodiscard]] rocksdb::ColumnFamilyOptions event_settings(const std::shared_ptr<rocksdb::Cache>& cache);
[[nodiscard]] rocksdb::ColumnFamilyOptions payload_settings(const std::shared_ptr<rocksdb::Cache>& cache);

/// Whether this can be where a range of rows to be deleted begins: a table, or the part of a lane in an index of jobs.
/// The keys of rows are longer. Only such ranges may be deleted.
[[nodiscard]] bool begins_range(std::string_view full_key);

/// For the projection's rows: small, rewritten, read by key.
[[nodiscard]] rocksdb::ColumnFamilyOptions row_settings(const std::shared_ptr<rocksdb::Cache>& cache);

[[nodiscard]] std::shared_ptr<rocksdb::Cache> make_block_cache();

/// Written to the WAL's file and the memtable when it returns; SyncWAL() makes it durable.
[[nodiscard]] rocksdb::WriteOptions write_settings();

}  // namespace breakerd
