#include <breakerd/storage/rocks/rocks_row_families.hpp>

#include <rocksdb/convenience.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include <breakerd/storage/rocks/rocks_settings.hpp>
#include <breakerd/storage/tables/row_format.hpp>

namespace breakerd {
namespace {

using Family = rocksdb::ColumnFamilyHandle;

constexpr std::string_view prefix = "rows-";

/// 0: rows are not all that is in it.
std::uint64_t number_of(std::string_view family) {
  std::uint64_t number = 0;
  if (!family.starts_with(prefix)) return 0;
  const char* const end = family.data() + family.size();
  const auto read = std::from_chars(family.data() + prefix.size(), end, number);
  return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

std::uint64_t number_of(const Family* family) { return number_of(family->GetName()); }

enum class Rows {
  none,        ///< or a rebuild was broken off there
  there,       ///< as far as `format` says
  unreadable,  ///< nobody knows
};

Rows look_for_rows(const Database& database, Family* family) {
  std::string format;
  const auto status = database.db->Get({}, family, full_key(Table::meta, meta_key::format), &format);
  if (status.ok()) return is_unfinished(format) ? Rows::none : Rows::there;
  if (!status.IsNotFound()) return Rows::unreadable;
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator({}, family)};
  at->SeekToFirst();
  if (!at->status().ok()) return Rows::unreadable;
  return at->Valid() ? Rows::there : Rows::none;
}

/// Those that only rows are in, the newest first.
std::vector<Family*> newest_first(const Database& database) {
  std::vector<Family*> found;
  for (Family* family : database.families)
    if (number_of(family) > 0) found.push_back(family);
  std::sort(found.begin(), found.end(), [](const Family* a, const Family* b) { return number_of(a) > number_of(b); });
  return found;
}

Result<void> drop(Database& database, Family* family) {
  auto status = database.db->DropColumnFamily(family);
  std::erase(database.families, family);
  const auto closed = database.db->DestroyColumnFamilyHandle(family);
  if (status.ok()) status = closed;
  if (!status.ok()) return from_status(status, "dropping rows that are not needed");
  return {};
}

/// Whether each row can be read.
bool is_readable(const Database& database, Family* family) {
  rocksdb::ReadOptions one_walk;
  one_walk.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator(one_walk, family)};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
  }
  return at->status().ok();
}

/// `default` has nothing but rows, and those that count are elsewhere. What is not removed now, because the process
/// ends meanwhile, is tried again by the next start; nobody reads it.
void empty_default(Database& database, Family* by_default) {
  rocksdb::ColumnFamilyMetaData files;
  database.db->GetColumnFamilyMetaData(by_default, &files);
  const bool has_rows = look_for_rows(database, by_default) != Rows::none;
  if (files.file_count == 0 && !has_rows) return;
  // A compaction that meets damage would end all writing.
  const bool may_compact = has_rows && is_readable(database, by_default);
  if (has_rows) {
    rocksdb::WriteBatch all;
    auto status = all.DeleteRange(by_default, full_key(first_table, {}), end_of_table(last_table));
    if (status.ok()) status = database.db->Write(write_settings(), &all);
    if (!status.ok()) return;
  }
  const rocksdb::RangePtr everything{nullptr, nullptr};
  rocksdb::DeleteFilesInRanges(database.db.get(), by_default, &everything, 1).PermitUncheckedError();
  if (!may_compact) return;
  rocksdb::CompactRangeOptions rewrite;  // or the file with the deletion itself stays
  rewrite.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  database.db->CompactRange(rewrite, by_default, nullptr, nullptr).PermitUncheckedError();
}

rocksdb::Status set_compactions(Database& database, Family* family, bool on) {
  return database.db->SetOptions(family, {{"disable_auto_compactions", on ? "false" : "true"}});
}

}  // namespace

std::vector<std::string> row_families(const std::vector<std::string>& families) {
  std::vector<std::string> found;
  for (const std::string& family : families)
    if (number_of(family) > 0) found.push_back(family);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return number_of(a) < number_of(b); });
  return found;
}

Result<void> choose_rows(Database& database, Access access) {
  Family* const by_default = database.families.front();
  const auto found = newest_first(database);
  auto candidates = found;
  candidates.push_back(by_default);
  const auto first_with = [&](Rows rows) {
    return std::find_if(candidates.begin(), candidates.end(),
                        [&](Family* one) { return look_for_rows(database, one) == rows; });
  };
  const auto there = first_with(Rows::there);
  const auto unreadable = there != candidates.end() ? candidates.end() : first_with(Rows::unreadable);
  if (there != candidates.end())
    database.rows = *there;
  else if (unreadable != candidates.end())
    database.rows = *unreadable;
  else
    database.rows = found.empty() ? by_default : found.back();
  // Nothing is given up for rows that cannot be read.
  if (is_read_only(access) || unreadable != candidates.end()) return {};
  for (Family* family : found)
    if (family != database.rows)
      if (auto ok = drop(database, family); !ok) return ok;
  if (database.rows != by_default) {
    empty_default(database, by_default);
    return {};
  }
  if (found.empty() || is_rebuild(access)) return {};
  // Opened as what is not read any more, and rows are in it after all.
  const auto status = set_compactions(database, by_default, true);
  if (!status.ok()) return from_status(status, "choosing the projection's rows");
  return {};
}

Result<void> begin_rows(Database& database) {
  // Rows that are damaged must not stop the making of others.
  if (auto status = set_compactions(database, database.rows, false); !status.ok())
    return from_status(status, "making the projection anew");
  std::uint64_t number = 1;
  for (const Family* family : database.families) number = std::max(number, number_of(family) + 1);
  Family* made = nullptr;
  const std::string name = std::string{prefix} + std::to_string(number);
  const auto status = database.db->CreateColumnFamily(row_settings(database.cache), name, &made);
  if (!status.ok()) return from_status(status, "making the projection anew");
  database.families.push_back(made);
  database.rows_before = std::exchange(database.rows, made);
  return {};
}

Result<void> keep_rows(Database& database, rocksdb::WriteBatch& last) {
  const bool was_default = number_of(database.rows_before) == 0;
  auto status = database.db->Flush({}, database.rows);
  if (!status.ok()) return from_status(status, "making the projection anew");
  // When this write fails, both stay: the next start sees which ones count.
  Family* const before = std::exchange(database.rows_before, nullptr);
  status = database.db->Write(write_settings(), &last);
  if (status.ok()) status = database.db->SyncWAL();
  if (!status.ok()) return from_status(status, "making the projection anew");
  // The new rows count from here on. What stays of the old ones is removed by the next start.
  if (was_default)
    empty_default(database, before);
  else
    (void)drop(database, before);
  return {};
}

void give_up_rows(Database& database) {
  Family* const made = std::exchange(database.rows, std::exchange(database.rows_before, nullptr));
  // What goes wrong here is made up for by the next start.
  (void)drop(database, made);
  set_compactions(database, database.rows, true).PermitUncheckedError();
}

}  // namespace breakerd
