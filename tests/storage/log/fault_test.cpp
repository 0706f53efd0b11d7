// A disk that fails while the log is in use (docs/decisions/a-failed-append-is-unknown.md).

#include <thread>

#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// A log whose disk can fail; the faults end with the test.
class FaultyDisk : public DiskLog {
 public:
  using DiskLog::DiskLog;
  ~FaultyDisk() { end_faults(); }
};

}  // namespace

TEST_CASE("a sync that fails once: outcome unknown, then a reopened log goes on") {
  FaultyDisk disk;
  EventLog& log = disk.open(GENERATE(HeadMode::async, HeadMode::sync));
  disk.enqueue(3);
  const int before = faults_seen();
  fail_next_sync(".log");
  CHECK(refusal(try_append(log, together({enqueued(4)}))) == ErrorCode::outcome_unknown);
  CHECK(faults_seen() == before + 1);
  CHECK(log.head().seq == 3);
  CHECK(count_of(log, Table::events) == 3);
  CHECK(log.fault_pending());
  CHECK(refusal(try_append(log, together({enqueued(4)}))) == ErrorCode::unavailable);

  must(log.reopen());
  require_chain(log);
  CHECK(log.fault_pending());
  const Seq seen_again = log.head().seq;
  CHECK((seen_again == 3 || seen_again == 4));
  disk.enqueue(2);
  CHECK(log.head().seq == seen_again + 2);
  disk.close();
  CHECK(disk.open().head().seq == seen_again + 2);
  require_chain(*disk.log);
}

TEST_CASE("what is written is not shown before it is synced") {
  FaultyDisk disk;
  EventLog& log = disk.open(GENERATE(HeadMode::async, HeadMode::sync));
  disk.enqueue(3);
  hold_next_sync(".log");
  std::thread writer{[&log] { must(try_append(log, together({enqueued(4), leased(1)}))); }};
  wait_for_held_sync();
  CHECK(log.head().seq == 3);
  CHECK(count_of(log, Table::events) == 3);
  CHECK(count_of(log, Table::jobs) == 3);
  CHECK(jobs_in(log, Table::ready) == std::vector<JobId>{1, 2, 3});
  CHECK(must(read_status(*must(log.view()))).last_job == 3);
  release_sync();
  writer.join();
  CHECK(log.head().seq == 5);
  CHECK(jobs_in(log, Table::ready) == std::vector<JobId>{2, 3, 4});
}

TEST_CASE("word of the trouble outlives the process until an event tells of it") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(3);
  fail_next_sync(".log");
  CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::outcome_unknown);
  const bool reopened_before_the_end = GENERATE(false, true);
  if (reopened_before_the_end) must(disk.log->reopen());
  disk.close();
  CHECK(disk.open().fault_pending());
  require_chain(*disk.log);
  must(disk.log->clear_fault());
  CHECK_FALSE(disk.log->fault_pending());
  disk.close();
  CHECK_FALSE(disk.open().fault_pending());
}

TEST_CASE("word of the trouble is left before the log is written again, even if HEAD failed at first") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(1);
  fail_syncs("");  // every file, HEAD among them
  CHECK(refusal(try_append(*disk.log, together({enqueued(2)}))) == ErrorCode::outcome_unknown);
  CHECK(refusal(disk.log->reopen()) == ErrorCode::storage);
  end_faults();
  must(disk.log->reopen());
  disk.close();
  CHECK(disk.open().fault_pending());
}

TEST_CASE("an opening that is owed at a stop can be left to the next start while only the log's own files fail") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(2);
  fail_writes(".log");
  CHECK(refusal(try_append(*disk.log, together({enqueued(3)}))) == ErrorCode::outcome_unknown);
  must(disk.log->mark_fault());
  disk.close();
  end_faults();
  CHECK(disk.open().fault_pending());
  require_chain(*disk.log);
}

TEST_CASE("a start finds what was owed, though the log itself had no trouble") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(2);
  CHECK_FALSE(disk.log->fault_pending());
  must(disk.log->mark_fault());
  disk.close();
  CHECK(disk.open().fault_pending());
  CHECK(disk.log->head().seq == 2);
}

TEST_CASE("whoever cannot leave word of what is owed is told") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(2);
  fail_syncs("");
  CHECK(refusal(disk.log->mark_fault()) == ErrorCode::storage);
  CHECK(disk.log->fault_pending());
}

TEST_CASE("a start fails when the names of new directories cannot be made durable") {
  const TempDir root;
  const FaultyDisk disk{root.path() / "above" / "data"};
  const bool is_there = GENERATE(false, true);
  if (is_there) std::filesystem::create_directories(disk.directory());
  fail_syncs("/above");
  CHECK(refusal(disk.try_open()) == ErrorCode::storage);
  end_faults();
  CHECK(must(disk.try_open())->head().seq == 0);
}

TEST_CASE("while the disk fails, reopening fails, reads go on, nothing is taken") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(3);
  fail_syncs("");
  CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::outcome_unknown);
  for (int i = 0; i < 3; ++i) {
    CHECK(refusal(disk.log->reopen()) == ErrorCode::storage);
    CHECK(must(read_job(*must(disk.log->view()), 3)).status == JobStatus::pending);
    CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::unavailable);
  }
  end_faults();
  must(disk.log->reopen());
  disk.enqueue(1);
  require_chain(*disk.log);
}

TEST_CASE("a log that could not be reopened takes nothing, also when no append had failed") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(3);
  CHECK_FALSE(disk.log->fault_pending());
  fail_syncs("");
  CHECK(refusal(disk.log->reopen()) == ErrorCode::storage);
  CHECK(disk.log->fault_pending());
  end_faults();
  CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::unavailable);
  must(disk.log->reopen());
  disk.enqueue(1);
  require_chain(*disk.log);
}

TEST_CASE("writes that fail leave a log that can be read and reopened") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(3);
  fail_writes("");
  CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::outcome_unknown);
  CHECK(refusal(disk.log->reopen()) == ErrorCode::storage);
  CHECK(must(read_job(*must(disk.log->view()), 3)).status == JobStatus::pending);
  end_faults();
  must(disk.log->reopen());
  require_chain(*disk.log);
  disk.enqueue(1);
  disk.close();
  CHECK(disk.open().head().seq >= 4);
}

TEST_CASE("with HEAD in every commit, a HEAD that fails fails the append") {
  FaultyDisk disk;
  EventLog& log = disk.open(HeadMode::sync);
  disk.enqueue(2);
  fail_next_sync("HEAD");
  CHECK(refusal(try_append(log, together({enqueued(3)}))) == ErrorCode::outcome_unknown);
  CHECK(log.head().seq == 2);
  CHECK(count_of(log, Table::events) == 2);  // RocksDB has a third, which nobody was told of
  CHECK(refusal(read_job(*must(log.view()), 3)) == ErrorCode::not_found);
  CHECK(refusal(try_append(log, together({enqueued(3)}))) == ErrorCode::unavailable);
  must(log.reopen());
  CHECK(log.head().seq == 3);  // it was in the log's own file
  CHECK(log.fault_pending());
  disk.enqueue(1);
  require_chain(log);
}

TEST_CASE("a trailing HEAD that failed is storage trouble for a later append") {
  FaultyDisk disk;
  EventLog& log = disk.open();
  const int before = faults_seen();
  fail_next_sync("HEAD");
  JobId next = 1;
  // The keeper's thread writes some time after a commit; every commit before it has failed is fine.
  Result<Appended> answer = Appended{};
  while (answer) answer = try_append(log, together({enqueued(next++)}));
  CHECK(faults_seen() == before + 1);
  CHECK(answer.error().code == ErrorCode::storage);
  CHECK(log.head().seq == next - 2);
  CHECK(count_of(log, Table::events) == next - 2);
  CHECK(log.fault_pending());
  must(log.reopen());
  CHECK(log.head().seq == next - 2);
  disk.enqueue(1);
  disk.close();
  CHECK(disk.open().head().seq == next - 1);
}

TEST_CASE("a log that lost acknowledged events while it was down is not gone on with") {
  FaultyDisk disk;
  disk.open();
  disk.enqueue(4);
  fail_next_sync(".log");
  CHECK(refusal(try_append(*disk.log, together({enqueued(5)}))) == ErrorCode::outcome_unknown);
  disk.cut_wal(disk.wal_records()[3]);
  for (int i = 0; i < 2; ++i) {
    const Error error = error_of(disk.log->reopen());
    CHECK(error.code == ErrorCode::corrupt);
    CHECK(refusal(try_append(*disk.log, together({enqueued(4)}))) == ErrorCode::unavailable);
  }
}
