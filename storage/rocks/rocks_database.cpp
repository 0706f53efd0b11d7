#include <breakerd/storage/rocks/rocks_database.hpp>

#include <algorithm>

#include <breakerd/storage/log/directories.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/rocks/rocks_jobs.hpp>
#include <breakerd/storage/rocks/rocks_meta.hpp>
#include <breakerd/storage/rocks/rocks_seq_rows.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/rocks/wal_files.hpp>

namespace breakerd {
namespace {

constexpr const char* events_family = "events";
constexpr const char* payloads_family = "payloads";

[[nodiscard]] bool is_read_only(Access access) {
  return access == Access::read_only || access == Access::salvage_read_only;
}
[[nodiscard]] bool is_salvage(Access access) {
  return access == Access::salvage || access == Access::salvage_read_only;
}

/// Whether a database is there, and has no payloads.
[[nodiscard]] bool lacks_payloads(const rocksdb::Options& settings, const std::string& place) {
  std::vector<std::string> families;
  if (!rocksdb::DB::ListColumnFamilies(settings, place, &families).ok()) return false;  // opening it says why
  return std::find(families.begin(), families.end(), payloads_family) == families.end();
}

/// The family that has the rows of this table by their seqs; `events` for events.
[[nodiscard]] rocksdb::ColumnFamilyHandle* family_by_seq(const Database& database, Table table) {
  return table == Table::events ? database.events : database.payloads;
}

/// False for the payloads of a database that has none.
[[nodiscard]] bool has_family(const Database& database, Table table) {
  return table != Table::payloads || database.payloads != nullptr;
}

}  // namespace

Database::~Database() {
  if (!db) return;
  db->DestroyColumnFamilyHandle(rows);
  db->DestroyColumnFamilyHandle(events);
  if (payloads != nullptr) db->DestroyColumnFamilyHandle(payloads);
  // An error here loses nothing: what was acknowledged was synced before.
  db->Close().PermitUncheckedError();
}

Result<std::unique_ptr<Database>> open_database(const std::filesystem::path& directory, Access access,
                                                std::function<void(const std::string&)> log_line) {
  const auto cache = make_block_cache();
  rocksdb::Options settings{database_settings(std::move(log_line)), row_settings(cache)};
  // A whole WAL that is missing stays an error: rows may have been in it whose events are elsewhere.
  if (is_salvage(access)) settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  settings.create_if_missing = settings.create_missing_column_families = access == Access::create;
  std::vector<rocksdb::ColumnFamilyDescriptor> families{{rocksdb::kDefaultColumnFamilyName, row_settings(cache)},
                                                        {events_family, event_settings(cache)}};
  const std::string place = (directory / "log").string();
  std::error_code ignored;                                               // then it cannot be opened either
  if (is_read_only(access) && !std::filesystem::exists(place, ignored))  // RocksDB would make it
    return make_error(ErrorCode::storage, "opening " + place + ": there is no such directory");
  if (access == Access::create)
    if (const auto made = make_directories(place); !made) return made.error();  // RocksDB would complain before it did
  auto database = std::make_unique<Database>();
  database->environment = make_wal_environment(place, !is_read_only(access));
  settings.env = database->environment.get();
  if (!lacks_payloads(settings, place)) families.emplace_back(payloads_family, payload_settings(cache));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = is_read_only(access)
                                     ? rocksdb::DB::OpenForReadOnly(settings, place, families, &handles, &db)
                                     : rocksdb::DB::Open(settings, place, families, &handles, &db);
  if (!status.ok()) {
    Error error = from_status(status, "opening " + place);
    // A file that must be there is missing, or the files are not those of a log: the disk is not to blame.
    if (status.IsNotFound() || status.IsPathNotFound() || status.IsInvalidArgument()) error.code = ErrorCode::corrupt;
    if (error.code == ErrorCode::corrupt && !is_salvage(access)) error.detail += std::string{". "} + way_forward;
    return error;
  }
  database->db.reset(db);
  database->rows = handles[0];
  database->events = handles[1];
  if (handles.size() > 2) database->payloads = handles[2];
  database->cache = cache;
  return database;
}

Result<void> make_payloads(Database& database) {
  const auto status =
      database.db->CreateColumnFamily(payload_settings(database.cache), payloads_family, &database.payloads);
  if (!status.ok()) return from_status(status, "making the table of payloads");
  return {};
}

Error from_status(const rocksdb::Status& status, const std::string& doing) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::corrupt : ErrorCode::storage;
  return make_error(code, doing + ": " + status.ToString());
}

std::string full_key(Table table, std::string_view key) {
  std::string full;
  full.reserve(key.size() + 1);
  full += static_cast<char>(table);
  return full += key;
}

std::string end_of_table(Table table) { return std::string(1, static_cast<char>(static_cast<int>(table) + 1)); }

Result<std::optional<std::string>> get_kept_row(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                                std::string_view key) {
  std::string value;
  const auto status = database.db->Get(how, database.rows, full_key(table, key), &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (!status.ok()) return from_status(status, "reading " + std::string{to_string(table)});
  return std::optional<std::string>{std::move(value)};
}

Result<ReadView::Rows> get_kept_rows(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                     std::span<const std::string> keys) {
  std::vector<std::string> full_keys;
  full_keys.reserve(keys.size());
  for (const std::string& key : keys) full_keys.push_back(full_key(table, key));
  const std::vector<rocksdb::Slice> slices(full_keys.begin(), full_keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db->MultiGet(how, database.rows, keys.size(), slices.data(), values.data(), statuses.data());
  ReadView::Rows rows(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return from_status(statuses[i], "reading " + std::string{to_string(table)});
    rows[i] = values[i].ToString();
  }
  return rows;
}

Result<void> scan_kept_rows(const Database& database, rocksdb::ReadOptions how, Table table, std::string_view from,
                            std::string_view to, const ReadView::Visit& visit) {
  const std::string end = to.empty() ? end_of_table(table) : full_key(table, to);
  const rocksdb::Slice upper{end};
  how.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator(how, database.rows)};
  for (at->Seek(full_key(table, from)); at->Valid(); at->Next())
    if (!visit(as_view(at->key()).substr(1), as_view(at->value()))) break;
  if (!at->status().ok()) return from_status(at->status(), "reading " + std::string{to_string(table)});
  return {};
}

Result<std::optional<std::string>> last_kept_key(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                                 std::string_view before) {
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator(how, database.rows)};
  const std::string end = before.empty() ? end_of_table(table) : full_key(table, before);
  at->SeekForPrev(end);
  if (at->Valid() && at->key() == rocksdb::Slice{end}) at->Prev();
  if (!at->status().ok()) return from_status(at->status(), "reading " + std::string{to_string(table)});
  const std::string first = full_key(table, {});
  if (!at->Valid() || !as_view(at->key()).starts_with(first)) return std::optional<std::string>{};
  return std::optional<std::string>{as_view(at->key()).substr(first.size())};
}

Result<std::optional<std::string>> get_row(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                           std::string_view key) {
  if (!has_family(database, table)) return std::optional<std::string>{};
  if (is_record(table)) return SeqReader{*database.db, family_by_seq(database, table), how}.get(key);
  if (table == Table::jobs) return get_job_row(database, how, key);
  if (table == Table::meta) return get_meta_row(database, how, key);
  return get_kept_row(database, how, table, key);
}

Result<ReadView::Rows> get_rows(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                std::span<const std::string> keys) {
  if (!has_family(database, table)) return ReadView::Rows(keys.size());
  if (is_record(table)) return SeqReader{*database.db, family_by_seq(database, table), how}.get_many(keys);
  if (table == Table::jobs) return get_job_rows(database, how, keys);
  if (table == Table::meta) return get_meta_rows(database, how, keys);
  return get_kept_rows(database, how, table, keys);
}

Result<void> scan_rows(const Database& database, rocksdb::ReadOptions how, Table table, std::string_view from,
                       std::string_view to, const ReadView::Visit& visit) {
  if (!has_family(database, table)) return {};
  if (is_record(table)) return scan_seq_rows(*database.db, family_by_seq(database, table), how, from, to, visit);
  if (table == Table::jobs) return scan_job_rows(database, how, from, to, visit);
  if (table == Table::meta) return scan_meta_rows(database, how, from, to, visit);
  return scan_kept_rows(database, how, table, from, to, visit);
}

Result<std::optional<std::string>> last_row_key(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                                std::string_view before) {
  if (!has_family(database, table)) return std::optional<std::string>{};
  if (is_record(table)) return last_seq_key(*database.db, family_by_seq(database, table), how, before);
  if (table == Table::jobs) return last_job_key(database, how, before);
  if (table == Table::meta) return last_meta_key(database, how, before);
  return last_kept_key(database, how, table, before);
}

}  // namespace breakerd
