// Which column family the rows are in, and what a start makes of several.

#include "tests/storage/rocks/row_families.hpp"

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_row_families.hpp>
#include <breakerd/storage/tables/row_format.hpp>

using namespace breakerd;
using namespace breakerd::test;

namespace {

using Families = std::vector<std::string>;

/// Makes a family as a rebuild makes it, which is broken off when its row `format` says this. Nothing: it is empty.
void begin_family(const DiskLog& disk, const std::string& name, const std::string& format) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  rocksdb::ColumnFamilyHandle* made = nullptr;
  REQUIRE(database->db->CreateColumnFamily({}, name, &made).ok());
  database->families.push_back(made);
  if (!format.empty()) REQUIRE(database->db->Put({}, made, full_key(Table::meta, meta_key::format), format).ok());
}

void require_whole(const DiskLog& disk) { CHECK(must(verify(disk.directory())).problems == Families{}); }

std::size_t rows_in_default(const DiskLog& disk) {
  const auto database = must(open_database(disk.directory(), Access::read_only, {}));
  const std::unique_ptr<rocksdb::Iterator> at{database->db->NewIterator({}, database->families.front())};
  std::size_t rows = 0;
  for (at->SeekToFirst(); at->Valid(); at->Next()) ++rows;
  REQUIRE(at->status().ok());
  return rows;
}

}  // namespace

TEST_CASE("a new log has its rows in a family of their own, and each rebuild makes the next one") {
  DiskLog disk;
  fill_with_jobs(disk.open(), 1, 20, 10);
  disk.close();
  CHECK(row_families_of(disk) == Families{"rows-1"});
  CHECK(rows_in_default(disk) == 0);
  for (const std::string made : {"rows-2", "rows-3"}) {
    CHECK(must(rebuild_projection(disk.directory(), {})).seq == 40);
    CHECK(row_families_of(disk) == Families{made});
    require_whole(disk);
  }
  fill_with_jobs(disk.open(), 21, 20, 10);
  disk.close();
  require_whole(disk);
}

TEST_CASE("rows that are in the default family are used there, and leave it with a rebuild") {
  DiskLog disk;
  fill_with_jobs(disk.open(), 1, 20, 10);
  disk.close();
  move_rows_to_default(disk);
  CHECK(row_families_of(disk) == Families{});
  require_whole(disk);
  fill_with_jobs(disk.open(), 21, 20, 10);
  disk.close();
  require_whole(disk);
  CHECK(row_families_of(disk) == Families{});
  if (GENERATE(true, false)) (void)files_of(disk, &Database::rows);
  CHECK(must(rebuild_projection(disk.directory(), {})).seq == 80);
  CHECK(row_families_of(disk) == Families{"rows-1"});
  CHECK(rows_in_default(disk) == 0);
  require_whole(disk);
  fill_with_jobs(disk.open(), 41, 20, 10);
  disk.close();
  require_whole(disk);
}

TEST_CASE("what is left of a rebuild that was broken off is not read, and the next start drops it") {
  DiskLog disk;
  fill_with_jobs(disk.open(), 1, 20, 10);
  disk.close();
  const bool by_default = GENERATE(true, false);
  if (by_default) move_rows_to_default(disk);
  const Families before = row_families_of(disk);
  const auto format = GENERATE(as<std::string>{}, "", "6, unfinished", "7, unfinished");
  begin_family(disk, "rows-2", format);
  require_whole(disk);
  CHECK(must(disk.try_open(HeadMode::async, true))->head().seq == 40);
  CHECK(row_families_of(disk).size() == before.size() + 1);
  if (GENERATE(true, false)) {
    fill_with_jobs(disk.open(), 21, 20, 10);
    disk.close();
    CHECK(row_families_of(disk) == before);
  } else {
    must(rebuild_projection(disk.directory(), {}));
    CHECK(row_families_of(disk).size() == 1);
  }
  require_whole(disk);
}

TEST_CASE("of two families with rows the newer one counts, and the next start drops the other") {
  DiskLog disk;
  fill_with_jobs(disk.open(), 1, 20, 10);
  disk.close();
  {
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    rocksdb::ColumnFamilyHandle* made = nullptr;
    REQUIRE(database->db->CreateColumnFamily({}, "rows-7", &made).ok());
    database->families.push_back(made);
    const std::unique_ptr<rocksdb::Iterator> at{database->db->NewIterator({}, database->rows)};
    for (at->SeekToFirst(); at->Valid(); at->Next()) REQUIRE(database->db->Put({}, made, at->key(), at->value()).ok());
    const std::string damaged_head = "not the one that counts";
    REQUIRE(database->db->Put({}, database->rows, full_key(Table::meta, meta_key::head), damaged_head).ok());
  }
  require_whole(disk);
  CHECK(must(disk.try_open(HeadMode::async, true))->head().seq == 40);
  CHECK(row_families_of(disk).size() == 2);
  CHECK(disk.open().head().seq == 40);
  disk.close();
  CHECK(row_families_of(disk) == Families{"rows-7"});
  require_whole(disk);
}
