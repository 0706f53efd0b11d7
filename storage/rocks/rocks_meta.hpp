#pragma once
// How the meta table is kept in RocksDB. Its rows `queue` and `head` change in every commit, and a row costs RocksDB
// about as much as what is in it; so a commit writes both as one row, under the key `head`. Above this everything reads
// and writes them one by one.
//
// The value is a byte 5, and the rows of `head` and of `queue`, each behind its length (LEB128). A row of `head` that
// is alone begins with its version, 4 or less; only then a row of `queue` that is alone counts.

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

struct Database;

/// Puts rows of the meta table into a batch.
class MetaRows {
 public:
  /// The row of `queue` is held back until that of `head` comes, which is the last row of a commit.
  [[nodiscard]] rocksdb::Status put(std::string_view key, std::string_view row, rocksdb::ColumnFamilyHandle* family,
                                    rocksdb::WriteBatch& batch);
  /// At the end of the batch: an error when a row is still held back.
  [[nodiscard]] rocksdb::Status finish() const;

 private:
  std::optional<std::string> queue_;
};

// What ReadView promises of the meta table.
[[nodiscard]] Result<std::optional<std::string>> get_meta_row(const Database& database, const rocksdb::ReadOptions& how,
                                                              std::string_view key);
[[nodiscard]] Result<ReadView::Rows> get_meta_rows(const Database& database, const rocksdb::ReadOptions& how,
                                                   std::span<const std::string> keys);
[[nodiscard]] Result<void> scan_meta_rows(const Database& database, const rocksdb::ReadOptions& how,
                                          std::string_view from, std::string_view to, const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_meta_key(const Database& database,
                                                               const rocksdb::ReadOptions& how,
                                                               std::string_view before);

}  // namespace breakerd
