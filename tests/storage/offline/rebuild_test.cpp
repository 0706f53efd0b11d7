// A rebuild of rows that are damaged: in their files, or all of them.

#include <breakerd/storage/offline/rebuild.hpp>

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/storage/offline/accept_loss.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_inspection.hpp>
#include "tests/storage/rocks/row_families.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

void require_mended(DiskLog& disk) {
  const Seq before = must(verify(disk.directory())).last.seq;
  CHECK(must(rebuild(disk.directory())).end.seq == before);
  CHECK(must(verify(disk.directory())).problems == std::vector<std::string>{});
  wrote(disk.open(), {leased(2'000), completed(2'000)});
  disk.close();
  CHECK(must(verify(disk.directory())).problems == std::vector<std::string>{});
}

/// 3,000 jobs, and what changes them, in files of several blocks.
void fill(DiskLog& disk) {
  fill_with_jobs(disk.open(), 1, 3'000, 1'000);
  disk.close();
}

/// Turns some bytes of a file over, as a disk does that has lost them.
void damage(const fs::path& file, std::size_t at) {
  std::string bytes = DiskLog::read(file);
  for (std::size_t i = at; i < std::min(at + 16, bytes.size()); ++i) bytes[i] = static_cast<char>(~bytes[i]);
  DiskLog::write(file, bytes);
}

/// Of a whole log, so that each damage has one of its own.
fs::path copied(const DiskLog& to, const DiskLog& from, const fs::path& file) {
  from.copy_to(to.directory());
  return to.directory() / file.lexically_relative(from.directory());
}

}  // namespace

TEST_CASE("damage anywhere in a file of rows is mended by a rebuild, and verify says so") {
  DiskLog whole;
  fill(whole);
  const fs::path file = files_of(whole, &Database::rows).front();
  const std::size_t bytes = fs::file_size(file);
  constexpr std::size_t places = 40;
  std::size_t noticed = 0;
  for (std::size_t place = 0; place < places; ++place) {
    DiskLog disk;
    const std::size_t at = place * (bytes - 16) / (places - 1);
    INFO("byte " << at << " of " << bytes);
    damage(copied(disk, whole, file), at);
    const VerifyReport report = must(verify(disk.directory()));
    CHECK(report.rebuild_mends == !report.ok());  // bytes that nobody reads are not noticed
    if (!report.ok()) ++noticed;
    require_mended(disk);
  }
  CHECK(noticed > places / 2);
}

TEST_CASE("damaged blocks of rows that an older breakerd wrote are mended by a rebuild") {
  DiskLog whole;
  fill(whole);
  move_rows_to_default(whole);
  const auto files = files_of(whole, &Database::rows);
  for (const std::size_t tenth : {0, 2, 4, 6}) {
    DiskLog disk;
    const fs::path file = copied(disk, whole, files.front());
    damage(file, fs::file_size(file) * tenth / 10);
    CHECK(must(verify(disk.directory())).rebuild_mends);
    require_mended(disk);
    fill_with_jobs(disk.open(), 3'001, 500, 500);  // what is left in the default family does not matter
  }
}

TEST_CASE("a missing file of rows is mended by a rebuild, and until then the start is refused") {
  DiskLog disk;
  fill(disk);
  const fs::path file = files_of(disk, &Database::rows).front();
  if (GENERATE(true, false))
    fs::remove(file);
  else
    fs::resize_file(file, fs::file_size(file) / 2);
  CHECK_THAT(disk.refused(), ContainsSubstring(file.stem().string()));
  const VerifyReport report = must(verify(disk.directory()));
  CHECK(report.rebuild_mends);
  REQUIRE(report.problems.size() == 1);
  CHECK_THAT(report.problems.front(),
             ContainsSubstring("the projection cannot be read") && ContainsSubstring(file.stem().string()));
  CHECK_THAT(error_of(accept_loss(disk.directory())).detail, ContainsSubstring("`breakerctl rebuild` mends it"));
  require_mended(disk);
}

TEST_CASE("a missing file of rows that an older breakerd wrote is not mended, and nothing is changed") {
  DiskLog disk;
  fill(disk);
  move_rows_to_default(disk);
  const fs::path file = files_of(disk, &Database::rows).front();
  fs::remove(file);
  CHECK_FALSE(must(verify(disk.directory())).rebuild_mends);
  CHECK_THAT(error_of(rebuild(disk.directory())).detail, ContainsSubstring(file.stem().string()));
  CHECK(row_families_of(disk) == std::vector<std::string>{});
}

TEST_CASE("damaged payloads do not keep damaged rows from being mended, and are still found afterwards") {
  DiskLog disk;
  fill(disk);
  damage(files_of(disk, &Database::payloads).front(), 0);
  fs::remove(files_of(disk, &Database::rows).front());
  must(rebuild(disk.directory()));
  const auto report = must(verify(disk.directory()));
  CHECK_FALSE(report.problems.empty());
  CHECK_FALSE(report.rebuild_mends);
  disk.open();
}

TEST_CASE("rows are mended also when events are missing at the end, and then accept-loss helps") {
  DiskLog disk;
  fill(disk);
  const Seq end = must(read_head(disk.directory()))->position.seq;
  {
    HeadFile head;
    must(head.open(disk.head_file(), false));
    must(head.write({{end + 5, {}}, false}));
  }
  fs::remove(files_of(disk, &Database::rows).front());
  CHECK_THAT(error_of(accept_loss(disk.directory())).detail, ContainsSubstring("breakerctl rebuild"));
  const Error error = error_of(rebuild(disk.directory()));
  CHECK(error.code == ErrorCode::corrupt);
  CHECK_THAT(error.detail, ContainsSubstring("made anew") && ContainsSubstring("accept-loss"));
  CHECK(must(accept_loss(disk.directory())).end.seq == end);
  CHECK(disk.open().head().seq == end);
}

TEST_CASE("accept-loss names the rebuild when blocks of rows are damaged, and no backup") {
  DiskLog disk;
  fill(disk);
  const fs::path file = files_of(disk, &Database::rows).front();
  const auto change = GENERATE(0, 1, 2, 3, 4);
  damage(file, fs::file_size(file) * static_cast<std::size_t>(change) / 8);
  const auto report = accept_loss(disk.directory());
  if (report) {  // nothing reads that block at a start
    CHECK(report->problem.empty());
    return;
  }
  CHECK(report.error().code == ErrorCode::wrong_state);
  CHECK_THAT(report.error().detail, ContainsSubstring("breakerctl rebuild") && !ContainsSubstring("backup"));
}

TEST_CASE("old rows in `default` that a crash has left are removed by the next start") {
  DiskLog disk;
  fill(disk);
  const auto current = rows_of(*must(inspect(disk.directory())).view, Table::jobs);
  {
    // As if the process had ended between the switch and the removal: the rows are in both.
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    rocksdb::WriteBatch batch;
    const std::unique_ptr<rocksdb::Iterator> at{database->db->NewIterator({}, database->rows)};
    for (at->SeekToFirst(); at->Valid(); at->Next())
      REQUIRE(batch.Put(database->families.front(), at->key(), at->value()).ok());
    REQUIRE(database->db->Write({}, &batch).ok());
    REQUIRE(database->db->Flush({}, database->families.front()).ok());
    REQUIRE(database->db->CompactRange({}, database->families.front(), nullptr, nullptr).ok());
  }
  disk.open();
  disk.close();
  const auto database = must(open_database(disk.directory(), Access::read_only, {}));
  rocksdb::ColumnFamilyMetaData left;
  database->db->GetColumnFamilyMetaData(database->families.front(), &left);
  CHECK(left.file_count == 0);
  CHECK(rows_of(*must(inspect(disk.directory())).view, Table::jobs) == current);
}

TEST_CASE("a rebuild of a log whose events are damaged is refused, and the rows stay") {
  DiskLog disk;
  fill(disk);
  const fs::path file = files_of(disk, &Database::events).front();
  const auto change = GENERATE(0, 1, 2, 3, 4);
  const auto rows = rows_of(*must(inspect(disk.directory())).view, Table::jobs);
  damage(file, fs::file_size(file) * static_cast<std::size_t>(change) / 8);
  CHECK_FALSE(must(verify(disk.directory())).rebuild_mends);
  const Error error = error_of(rebuild(disk.directory()));
  CHECK(error.code == ErrorCode::corrupt);
  CHECK(row_families_of(disk) == std::vector<std::string>{"rows-1"});
  CHECK(rows_of(*must(inspect(disk.directory())).view, Table::jobs) == rows);
}

TEST_CASE("a rebuild does not go on over damage in the WAL, also when a file of rows is missing") {
  DiskLog disk;
  fill(disk);
  const fs::path file = files_of(disk, &Database::rows).front();
  fill_with_jobs(disk.open(), 3'001, 10, 10);
  disk.close();
  fs::remove(file);
  damage(disk.wal(), 100);
  CHECK_FALSE(must(verify(disk.directory())).rebuild_mends);
  CHECK(refusal(rebuild(disk.directory())) == ErrorCode::corrupt);
  CHECK(row_families_of(disk) == std::vector<std::string>{"rows-1"});
}

TEST_CASE("a rebuild of a log that contradicts itself is refused, and the rows stay") {
  DiskLog disk;
  fill(disk);
  const auto wrong = GENERATE(as<EventData>{}, EventData{completed(2'500)}, EventData{enqueued(7)},
                              EventData{opened(1)}, EventData{QueuePaused{1, 0}}, EventData{completed(1)});
  const auto before = rows_of(*must(inspect(disk.directory())).view, Table::jobs);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    const Position end = must(decode<HeadRow>(stored(database, Table::meta, std::string{meta_key::head}))).last;
    std::string body;
    Event event = said(wrong);
    encode_event(body, event);
    const Digest hash = chain(end.hash, end.seq + 1, body);
    REQUIRE(batch.Put(database.events, number_key(end.seq + 1), std::string(hash.begin(), hash.end()) + body).ok());
  });
  CHECK(refusal(rebuild(disk.directory())) == ErrorCode::corrupt);
  CHECK(row_families_of(disk) == std::vector<std::string>{"rows-1"});
  CHECK(rows_of(*must(inspect(disk.directory())).view, Table::jobs) == before);
}
