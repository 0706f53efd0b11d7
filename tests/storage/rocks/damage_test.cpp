// What a start does with a data directory that something has happened to.

#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a closed log opens as it was") {
  DiskLog disk;
  disk.write_and_close(5);
  EventLog& log = disk.open();
  CHECK(log.head().seq == 5);
  CHECK_FALSE(log.fault_pending());
  require_chain(log);
  disk.enqueue(1);
  CHECK(disk.last_seq() == 6);
}

TEST_CASE("a log that was opened and never written opens again") {
  DiskLog disk;
  disk.open();
  disk.close();
  CHECK(disk.open().head().seq == 0);
}

TEST_CASE("a WAL cut within its last record is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  disk.cut_wal(disk.wal_records().back() - 3);
  CHECK_THAT(disk.refused(), ContainsSubstring("the log ends at event 4, but events up to 5 were acknowledged") &&
                                 ContainsSubstring("accept-loss"));
}

TEST_CASE("a WAL cut between two records is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  disk.cut_wal(borders[borders.size() - 3]);
  CHECK_THAT(disk.refused(), ContainsSubstring("the log ends at event 3, but events up to 5 were acknowledged"));
}

TEST_CASE("an empty WAL is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  disk.cut_wal(0);
  CHECK_THAT(disk.refused(), ContainsSubstring("the log ends at event 0, but events up to 5 were acknowledged"));
}

TEST_CASE("a deleted WAL is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  std::filesystem::remove(disk.wal());
  CHECK_THAT(disk.refused(), ContainsSubstring("accept-loss"));
}

TEST_CASE("a deleted log beside its HEAD is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  std::filesystem::remove_all(disk.directory() / "log");
  if (GENERATE(true, false)) std::filesystem::create_directory(disk.directory() / "log");
  for (int i = 0; i < 2; ++i)
    CHECK_THAT(disk.refused(), ContainsSubstring("log is missing or empty, but events up to 5 were acknowledged") &&
                                   ContainsSubstring("accept-loss"));
}

TEST_CASE("a flipped bit anywhere in the WAL is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  const std::size_t record = GENERATE(range(0, 5));
  const std::size_t within = GENERATE(1, 4, 30);  // checksum, length, content
  INFO("record " << record << ", byte " << within);
  disk.flip_bit(disk.wal(), borders[record] + within);
  CHECK_THAT(disk.refused(), ContainsSubstring("accept-loss"));
}

TEST_CASE("events behind HEAD may go: they were not acknowledged, or only just") {
  DiskLog disk;
  disk.open();
  disk.enqueue(3);
  disk.close();
  disk.open();
  const std::string head = DiskLog::read(disk.head_file());
  disk.enqueue(2);
  disk.close();
  DiskLog::write(disk.head_file(), head);
  disk.cut_wal(disk.wal_records().back() - 3);
  EventLog& log = disk.open();
  CHECK(log.head().seq == 4);
  require_chain(log);
  disk.enqueue(1);
  require_chain(log);
}

TEST_CASE("a missing HEAD is refused, also the second time") {
  DiskLog disk;
  disk.write_and_close(2);
  std::filesystem::remove(disk.head_file());
  CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable") && ContainsSubstring("accept-loss"));
  CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable"));
}

TEST_CASE("an empty or torn HEAD is refused") {
  DiskLog disk;
  disk.write_and_close(2);
  const std::string bytes = DiskLog::read(disk.head_file());
  REQUIRE(bytes.size() == 8192);
  DiskLog::write(disk.head_file(), GENERATE_COPY(std::string{}, bytes.substr(0, 40), std::string(8192, '\0')));
  CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable"));
}

TEST_CASE("with one slot of HEAD torn the other one counts") {
  DiskLog disk;
  disk.open(HeadMode::sync);
  disk.enqueue(4);
  disk.close();
  const std::size_t slot = GENERATE(0, 1);
  DiskLog::flip_bit(disk.head_file(), slot * 4096 + 20);
  CHECK(disk.open().head().seq == 4);
  disk.enqueue(1);
  disk.close();
  CHECK(disk.open().head().seq == 5);
}

TEST_CASE("with both slots of HEAD torn the start is refused") {
  DiskLog disk;
  disk.open(HeadMode::sync);
  disk.enqueue(4);
  disk.close();
  DiskLog::flip_bit(disk.head_file(), 20);
  DiskLog::flip_bit(disk.head_file(), 4096 + 20);
  CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable"));
}

TEST_CASE("the HEAD of another log is refused") {
  DiskLog disk, other;
  disk.write_and_close(3);
  other.open();
  wrote(*other.log, {created(campaign_id(1))});
  wrote(*other.log, {created(campaign_id(2))});
  other.close();
  std::filesystem::copy_file(other.head_file(), disk.head_file(), std::filesystem::copy_options::overwrite_existing);
  CHECK_THAT(disk.refused(), ContainsSubstring("event 2 is not the one that was acknowledged"));
}

TEST_CASE("accepting the log as it is ends the refusal and leaves word of the trouble") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  const int damage = GENERATE(range(0, 4));
  if (damage == 0) disk.cut_wal(borders[borders.size() - 2]);
  if (damage == 1) disk.flip_bit(disk.wal(), borders[borders.size() - 2] + 30);
  if (damage == 2) disk.cut_wal(borders.back() - 3);
  if (damage == 3) std::filesystem::remove(disk.head_file());
  (void)disk.refused();
  const Seq kept = damage == 3 ? 5 : 4;
  CHECK(must(accept_log_as_it_is(disk.directory())).seq == kept);
  EventLog& log = disk.open();
  CHECK(log.head().seq == kept);
  CHECK(log.fault_pending());
  require_chain(log);
  disk.enqueue(1);
  CHECK(disk.last_seq() == kept + 1);
}

TEST_CASE("a log in use is neither opened nor accepted a second time") {
  DiskLog disk;
  disk.open();
  disk.enqueue(2);
  CHECK(refusal(disk.try_open()) == ErrorCode::storage);
  CHECK(refusal(accept_log_as_it_is(disk.directory())) == ErrorCode::storage);
  disk.enqueue(1);
  disk.close();
  CHECK(disk.open().head().seq == 3);
}

TEST_CASE("a log in use can be read by another process, and is not changed by it") {
  DiskLog disk;
  disk.open();
  disk.enqueue(3);
  const auto reader = must(disk.try_open(HeadMode::async, true));
  CHECK(reader->head().seq == 3);
  require_chain(*reader);
  CHECK(refusal(try_append(*reader, together({enqueued(4)}))) == ErrorCode::unavailable);
  CHECK(refusal(reader->clear_fault()) == ErrorCode::unavailable);
  CHECK(refusal(reader->mark_fault()) == ErrorCode::unavailable);
  disk.enqueue(1);
  CHECK(reader->head().seq == 3);
  CHECK(disk.last_seq() == 4);
}

TEST_CASE("reading makes nothing where nothing is") {
  DiskLog disk;
  CHECK(refusal(disk.try_open(HeadMode::async, true)) == ErrorCode::storage);
  CHECK(std::filesystem::is_empty(disk.directory()));
}

TEST_CASE("a directory that cannot be made is refused") {
  DiskLog plain;
  DiskLog::write(plain.directory() / "file", "x");
  const DiskLog disk{plain.directory() / "file" / "data"};
  CHECK(refusal(disk.try_open()) == ErrorCode::storage);
}
