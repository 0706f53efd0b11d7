#include <breakerd/storage/rocks/rocks_database.hpp>

#include <algorithm>

#include <breakerd/storage/log/directories.hpp>
#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/rocks/rocks_jobs.hpp>
#include <breakerd/storage/rocks/rocks_meta.hpp>
#include <breakerd/storage/rocks/rocks_row_families.hpp>
#include <breakerd/storage/rocks/rocks_seq_rows.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/rocks/wal_files.hpp>

namespace breakerd {
namespace {

constexpr const char* events_family = "events";
constexpr const char* payloads_family = "payloads";

[[nodiscard]] bool is_salvage(Access access) {
  return access == Access::salvage || access == Access::salvage_read_only;
}

rocksdb::Options settings_for(Access access, const std::shared_ptr<rocksdb::Cache>& cache,
                              std::function<void(const std::string&)> log_line) {
  rocksdb::Options settings{database_settings(std::move(log_line)), row_settings(cache)};
  // A whole WAL that is missing stays an error: rows may have been in it whose events are elsewhere.
  if (is_salvage(access)) settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  settings.create_if_missing = settings.create_missing_column_families = access == Access::create;
  // Files that are missing or damaged are then an error when they are read, and not before. What else it goes on over,
  // damage in a WAL, was looked for by opening it without_rows.
  if (access == Access::rebuild_damaged) settings.paranoid_checks = false;
  return settings;
}

using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;

/// Those to be opened of a database that has `names`; none when it is not there, or cannot be opened.
Families families_for(Access access, const std::vector<std::string>& names,
                      const std::shared_ptr<rocksdb::Cache>& cache) {
  auto rows = row_families(names);
  auto of_rows = row_settings(cache);
  of_rows.disable_auto_compactions = is_rebuild(access);
  auto by_default = of_rows;
  if (!rows.empty()) by_default.disable_auto_compactions = true;  // what an older breakerd has left there is not read
  Families families{{rocksdb::kDefaultColumnFamilyName, by_default}, {events_family, event_settings(cache)}};
  if (names.empty() || std::find(names.begin(), names.end(), payloads_family) != names.end())
    families.emplace_back(payloads_family, payload_settings(cache));
  if (access == Access::create && rows.empty()) rows.emplace_back(first_row_family);
  if (access != Access::without_rows)
    for (const std::string& name : rows) families.emplace_back(name, of_rows);
  return families;
}

Error not_opened(const rocksdb::Status& status, const std::string& place, Access access) {
  Error error = from_status(status, "opening " + place);
  // A file that must be there is missing, or the files are not those of a log: the disk is not to blame.
  if (status.IsNotFound() || status.IsPathNotFound() || status.IsInvalidArgument()) error.code = ErrorCode::corrupt;
  if (error.code == ErrorCode::corrupt && !is_salvage(access))
    error.detail +=
        std::string{". 'breakerctl verify' says whether 'breakerctl rebuild' mends it. If not: "} + way_forward;
  return error;
}

/// The family that has the rows of this table by their seqs; `events` for events.
[[nodiscard]] rocksdb::ColumnFamilyHandle* family_by_seq(const Database& database, Table table) {
  return table == Table::events ? database.events : database.payloads;
}

/// False for the payloads of a database that has none. `corrupt` for rows that are not opened.
[[nodiscard]] Result<bool> has_family(const Database& database, Table table) {
  if (is_record(table)) return table != Table::payloads || database.payloads != nullptr;
  if (database.rows == nullptr)
    return make_error(ErrorCode::corrupt, "the files of the projection's rows cannot be opened");
  return true;
}

}  // namespace

Database::~Database() {
  if (!db) return;
  for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family);
  // An error here loses nothing: what was acknowledged was synced before.
  db->Close().PermitUncheckedError();
}

Result<std::unique_ptr<Database>> open_database(const std::filesystem::path& directory, Access access,
                                                std::function<void(const std::string&)> log_line) {
  const std::string place = (directory / "log").string();
  std::error_code ignored;                                               // then it cannot be opened either
  if (is_read_only(access) && !std::filesystem::exists(place, ignored))  // RocksDB would make it
    return make_error(ErrorCode::storage, "opening " + place + ": there is no such directory");
  if (access == Access::create)
    if (const auto made = make_directories(place); !made) return made.error();  // RocksDB would complain before it did
  auto database = std::make_unique<Database>();
  database->cache = make_block_cache();
  database->environment = make_wal_environment(place, !is_read_only(access));
  rocksdb::Options settings = settings_for(access, database->cache, std::move(log_line));
  settings.env = database->environment.get();
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(settings, place, &names).ok()) names.clear();  // opening it says why
  const Families families = families_for(access, names, database->cache);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = is_read_only(access)
                                     ? rocksdb::DB::OpenForReadOnly(settings, place, families, &database->families, &db)
                                     : rocksdb::DB::Open(settings, place, families, &database->families, &db);
  if (!status.ok()) return not_opened(status, place, access);
  database->db.reset(db);
  database->is_lenient = access == Access::rebuild_damaged;
  database->events = database->families[1];
  if (families.size() > 2 && families[2].name == payloads_family) database->payloads = database->families[2];
  const bool has_rows = access != Access::without_rows || row_families(names).empty();
  if (has_rows)
    if (auto ok = choose_rows(*database, access); !ok) return ok.error();
  return database;
}

Result<void> make_payloads(Database& database) {
  const auto status =
      database.db->CreateColumnFamily(payload_settings(database.cache), payloads_family, &database.payloads);
  if (!status.ok()) return from_status(status, "making the table of payloads");
  database.families.push_back(database.payloads);
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
  const auto has = has_family(database, table);
  if (!has) return has.error();
  if (!*has) return std::optional<std::string>{};
  if (is_record(table)) return SeqReader{*database.db, family_by_seq(database, table), how}.get(key);
  if (table == Table::jobs) return get_job_row(database, how, key);
  if (table == Table::meta) return get_meta_row(database, how, key);
  return get_kept_row(database, how, table, key);
}

Result<ReadView::Rows> get_rows(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                std::span<const std::string> keys) {
  const auto has = has_family(database, table);
  if (!has) return has.error();
  if (!*has) return ReadView::Rows(keys.size());
  if (is_record(table)) return SeqReader{*database.db, family_by_seq(database, table), how}.get_many(keys);
  if (table == Table::jobs) return get_job_rows(database, how, keys);
  if (table == Table::meta) return get_meta_rows(database, how, keys);
  return get_kept_rows(database, how, table, keys);
}

Result<void> scan_rows(const Database& database, rocksdb::ReadOptions how, Table table, std::string_view from,
                       std::string_view to, const ReadView::Visit& visit) {
  const auto has = has_family(database, table);
  if (!has) return has.error();
  if (!*has) return {};
  if (is_record(table)) return scan_seq_rows(*database.db, family_by_seq(database, table), how, from, to, visit);
  if (table == Table::jobs) return scan_job_rows(database, how, from, to, visit);
  if (table == Table::meta) return scan_meta_rows(database, how, from, to, visit);
  return scan_kept_rows(database, how, table, from, to, visit);
}

Result<std::optional<std::string>> last_row_key(const Database& database, const rocksdb::ReadOptions& how, Table table,
                                                std::string_view before) {
  const auto has = has_family(database, table);
  if (!has) return has.error();
  if (!*has) return std::optional<std::string>{};
  if (is_record(table)) return last_seq_key(*database.db, family_by_seq(database, table), how, before);
  if (table == Table::jobs) return last_job_key(database, how, before);
  if (table == Table::meta) return last_meta_key(database, how, before);
  return last_kept_key(database, how, table, before);
}

}  // namespace breakerd
