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

/// Whether it may be the one that the rows are in: it has some, and no rebuild was broken off there.
bool has_rows(const Database& database, Family* family) {
  std::string format;
  const auto status = database.db->Get({}, family, full_key(Table::meta, meta_key::format), &format);
  if (status.ok()) return !is_unfinished(format);
  if (!status.IsNotFound()) return true;  // rows that cannot be read are not given up here
  const std::unique_ptr<rocksdb::Iterator> at{database.db->NewIterator({}, family)};
  at->SeekToFirst();
  return at->Valid() || !at->status().ok();
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
  const auto at = std::find_if(found.begin(), found.end(), [&](Family* one) { return has_rows(database, one); });
  if (at != found.end())
    database.rows = *at;
  else
    database.rows = found.empty() || has_rows(database, by_default) ? by_default : found.back();
  if (is_read_only(access)) return {};
  for (Family* family : found)
    if (family != database.rows)
      if (auto ok = drop(database, family); !ok) return ok;
  if (database.rows != by_default || found.empty() || is_rebuild(access)) return {};
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
  // All tables: their numbers are the first bytes of the keys.
  if (status.ok() && was_default)
    status = last.DeleteRange(database.rows_before, full_key(first_table, {}), end_of_table(last_table));
  if (!status.ok()) return from_status(status, "making the projection anew");
  // When this write fails, both stay: the next start sees which ones count.
  Family* const before = std::exchange(database.rows_before, nullptr);
  status = database.db->Write(write_settings(), &last);
  if (status.ok()) status = database.db->SyncWAL();
  if (!status.ok()) return from_status(status, "making the projection anew");
  if (!was_default) return drop(database, before);
  const rocksdb::RangePtr all{nullptr, nullptr};
  status = rocksdb::DeleteFilesInRanges(database.db.get(), before, &all, 1);
  if (!status.ok()) return from_status(status, "removing the rows of before");
  return {};
}

void give_up_rows(Database& database) {
  Family* const made = std::exchange(database.rows, std::exchange(database.rows_before, nullptr));
  // What goes wrong here is made up for by the next start.
  (void)drop(database, made);
  set_compactions(database, database.rows, true).PermitUncheckedError();
}

}  // namespace breakerd
