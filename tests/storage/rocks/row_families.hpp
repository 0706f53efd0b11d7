#pragma once
// The column families and files that rows are in, for tests that hurt them.

#include <rocksdb/db.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/storage/rocks/tamper.hpp"

namespace breakerd::test {

/// The families that only rows are in, of a log that is not open.
inline std::vector<std::string> row_families_of(const DiskLog& disk) {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, (disk.directory() / "log").string(), &names).ok());
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("rows-"); });
  return names;
}

/// The files of a family, with what was in memory written to them.
inline std::vector<std::filesystem::path> files_of(const DiskLog& disk,
                                                   rocksdb::ColumnFamilyHandle* Database::*family) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  REQUIRE(database->db->Flush({}, database.get()->*family).ok());
  rocksdb::ColumnFamilyMetaData about;
  database->db->GetColumnFamilyMetaData(database.get()->*family, &about);
  std::vector<std::filesystem::path> files;
  for (const auto& level : about.levels)
    for (const auto& file : level.files)
      files.push_back(disk.directory() / "log" / std::filesystem::path{file.name}.filename());
  REQUIRE_FALSE(files.empty());
  return files;
}

/// Makes the log what breakerd made before rows had families of their own.
inline void move_rows_to_default(const DiskLog& disk) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  rocksdb::WriteBatch batch;
  const std::unique_ptr<rocksdb::Iterator> at{database->db->NewIterator({}, database->rows)};
  for (at->SeekToFirst(); at->Valid(); at->Next())
    REQUIRE(batch.Put(database->families.front(), at->key(), at->value()).ok());
  REQUIRE(at->status().ok());
  REQUIRE(database->db->Write({}, &batch).ok());
  REQUIRE(database->db->DropColumnFamily(database->rows).ok());
}

/// Jobs that are enqueued, and the first of them leased and completed; many in a commit.
inline void fill_with_jobs(EventLog& log, JobId first, JobId jobs, JobId ended) {
  const auto write = [&](JobId from, JobId to, const auto& event) {
    constexpr JobId most = 1'000;
    for (JobId begin = from; begin < to; begin += most) {
      std::vector<Append> appends;
      for (JobId id = begin; id < std::min(to, begin + most); ++id) appends.push_back(together({event(id)}));
      for (const auto& answer : must(log.append(appends))) must(answer);
    }
  };
  write(first, first + jobs, [](JobId id) { return EventData{enqueued(id)}; });
  write(first, first + ended, [](JobId id) { return EventData{leased(id)}; });
  write(first, first + ended, [](JobId id) { return EventData{completed(id)}; });
}

}  // namespace breakerd::test
