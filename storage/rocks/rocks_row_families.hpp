#pragma once
// Which column family the projection's rows are in. It is one of `rows-1`, `rows-2` and so on. A rebuild makes the next
// one, beside the rows there are, and the last step of it is one commit. Then the family of before is dropped as a
// whole, which reads nothing of it. The rows of a log that an older breakerd has made are in `default`, which RocksDB
// does not drop, until the first rebuild.
//
// What a crash leaves is settled by the next start: a family whose rows are not finished is dropped, and so is the one
// before rows that are. For rocks_*.cpp.

#include <rocksdb/write_batch.h>

#include <string>
#include <vector>

#include <breakerd/storage/rocks/rocks_database.hpp>

namespace breakerd {

inline constexpr const char* first_row_family = "rows-1";

/// Those of `families` that only rows are in, the oldest first.
[[nodiscard]] std::vector<std::string> row_families(const std::vector<std::string>& families);

/// Sets `database.rows`, and drops every other family of rows unless `access` is for reading. `database.families` are
/// all there are.
[[nodiscard]] Result<void> choose_rows(Database& database, Access access);

/// Makes a family without rows, which is `database.rows` from now on; the one of before is `database.rows_before`.
/// What is written to it need not go into the WAL.
[[nodiscard]] Result<void> begin_rows(Database& database);

/// The rows are made, but for `last`, which says so. Makes them durable, and then `last`. Drops those of before. After
/// an error `database.rows_before` is null when they may have been changed for the new ones.
[[nodiscard]] Result<void> keep_rows(Database& database, rocksdb::WriteBatch& last);

/// The rows cannot be made: those of before stay.
void give_up_rows(Database& database);

}  // namespace breakerd
