#pragma once
// The RocksDB of a log: opening it, and the tables within its column families. For rocks_*.cpp and the offline
// tools; nobody else knows of it.

#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

/// An open database with its column families: events, payloads, and the rows of every other table behind a table byte
/// (which family those are in: rocks_row_families.hpp).
struct Database {
  std::unique_ptr<rocksdb::Env> environment;  ///< outlives `db`
  std::unique_ptr<rocksdb::DB> db;
  std::shared_ptr<rocksdb::Cache> cache;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  ///< all of them, closed with this; the first one is `default`
  rocksdb::ColumnFamilyHandle* rows = nullptr;         ///< null: without_rows; reading them is `corrupt`
  rocksdb::ColumnFamilyHandle* rows_before = nullptr;  ///< null unless others are made
  bool is_lenient = false;                             ///< opened as rebuild_damaged
  rocksdb::ColumnFamilyHandle* events = nullptr;
  rocksdb::ColumnFamilyHandle* payloads = nullptr;  ///< null: an older breakerd's, or damage; it counts as empty

  ~Database();
};

enum class Access {
  read_write,         ///< there must be a database
  create,             ///< as read_write; a database, or the families of one, are made if they are missing
  read_only,          ///< changes nothing, takes no lock
  salvage,            ///< read and write, and of a damaged WAL whatever is before the damage
  salvage_read_only,  ///< as salvage, changing nothing
  rebuild,            ///< as read_write, and no file of rows is read unless somebody asks for a row
  rebuild_damaged,    ///< as rebuild, also when files of rows are missing or damaged; without_rows must have gone well
  without_rows,       ///< as read_only; the rows are not opened, unless they are in `default`
};

[[nodiscard]] inline bool is_read_only(Access access) {
  return access == Access::read_only || access == Access::salvage_read_only || access == Access::without_rows;
}
[[nodiscard]] inline bool is_rebuild(Access access) {
  return access == Access::rebuild || access == Access::rebuild_damaged;
}

/// The database in `directory`/log. `corrupt` comes with a way forward in its detail.
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const std::filesystem::path& directory, Access access,
                                                              std::function<void(const std::string&)> log_line);

/// Makes the family of payloads in a database that has none.
[[nodiscard]] Result<void> make_payloads(Database& database);

[[nodiscard]] Error from_status(const rocksdb::Status& status, const std::string& doing);

[[nodiscard]] inline std::string_view as_view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

/// The key of a row of any table but events and payloads within its family.
[[nodiscard]] std::string full_key(Table table, std::string_view key);

/// What is behind all keys of a table.
[[nodiscard]] std::string end_of_table(Table table);

// Rows of any table but events and payloads, as RocksDB has them: for most tables that is all there is to them.
[[nodiscard]] Result<std::optional<std::string>> get_kept_row(const Database& database, const rocksdb::ReadOptions& how,
                                                              Table table, std::string_view key);
[[nodiscard]] Result<ReadView::Rows> get_kept_rows(const Database& database, const rocksdb::ReadOptions& how,
                                                   Table table, std::span<const std::string> keys);
[[nodiscard]] Result<void> scan_kept_rows(const Database& database, rocksdb::ReadOptions how, Table table,
                                          std::string_view from, std::string_view to, const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_kept_key(const Database& database,
                                                               const rocksdb::ReadOptions& how, Table table,
                                                               std::string_view before);

// What ReadView promises, with RocksDB's read options: events and payloads (rocks_seq_rows.hpp), jobs
// (rocks_jobs.hpp) and meta (rocks_meta.hpp) one by one.
[[nodiscard]] Result<std::optional<std::string>> get_row(const Database& database, const rocksdb::ReadOptions& how,
                                                         Table table, std::string_view key);
[[nodiscard]] Result<ReadView::Rows> get_rows(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                              std::span<const std::string> keys);
[[nodiscard]] Result<void> scan_rows(const Database& database, rocksdb::ReadOptions how, Table table,
                                     std::string_view from, std::string_view to, const ReadView::Visit& visit);
[[nodiscard]] Result<std::optional<std::string>> last_row_key(const Database& database, const rocksdb::ReadOptions& how,
                                                              Table table, std::string_view before);

}  // namespace breakerd
