// RocksDB's settings that a start rests on: that they are in force, and what would happen without them.

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>

#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/rocks/rocks_settings.hpp>
#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// Sees whether RocksDB means to resume after an error. It is asked after the listeners of the settings.
class Watcher final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status* error) override {
    if (error->IsNoSpace()) no_space = true;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status error,
                            bool* /*resumes*/) override {
    error.PermitUncheckedError();
    resumes_itself = true;
  }
  std::atomic<bool> no_space{false};
  std::atomic<bool> resumes_itself{false};
};

}  // namespace

TEST_CASE("the settings that recovery and commits rest on are in force, whatever the defaults are") {
  DiskLog disk;
  disk.write_and_close(1);
  const auto access = GENERATE(Access::read_write, Access::read_only);
  const auto database = must(open_database(disk.directory(), access, {}));
  const rocksdb::DBOptions settings = database->db->GetDBOptions();
  CHECK((settings.wal_recovery_mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords));
  CHECK_FALSE(settings.avoid_flush_during_recovery);
  CHECK_FALSE(settings.best_efforts_recovery);
  CHECK(settings.track_and_verify_wals_in_manifest);
  CHECK(settings.paranoid_checks);
  CHECK_FALSE(settings.create_if_missing);
  CHECK_FALSE(settings.create_missing_column_families);
  CHECK_FALSE(settings.allow_2pc);
  CHECK_FALSE(settings.manual_wal_flush);
  CHECK_FALSE(settings.unordered_write);
  CHECK_FALSE(settings.two_write_queues);
  CHECK_FALSE(settings.enable_pipelined_write);
  CHECK(settings.recycle_log_file_num == 0);
  CHECK((settings.wal_compression == rocksdb::kNoCompression));
  CHECK(settings.max_bgerror_resume_count == 0);
}

TEST_CASE("RocksDB does not resume by itself when the disk was full") {
  const TempDir directory;
  const auto watcher = std::make_shared<Watcher>();
  rocksdb::Options settings{database_settings({}), row_settings(make_block_cache())};
  settings.create_if_missing = true;
  settings.listeners.push_back(watcher);
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open(settings, directory.path().string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> database{opened};
  REQUIRE(database->Put(write_settings(), "row", "value").ok());
  const char* const files = GENERATE(".log", ".sst");
  fail_writes(files);
  if (files == std::string_view{".log"})
    CHECK(database->Put(write_settings(), "row", "other value").IsNoSpace());
  else
    CHECK(database->Flush({}).IsNoSpace());
  end_faults();
  CHECK(watcher->no_space);
  CHECK_FALSE(watcher->resumes_itself);
  CHECK(database->Put(write_settings(), "row", "other value").IsNoSpace());
}

TEST_CASE("a start leaves no WAL of before: a torn end in it would not be the last one any more") {
  DiskLog disk;
  disk.write_and_close(3);
  const auto of_before = disk.wal();
  disk.open();
  CHECK_FALSE(std::filesystem::exists(of_before));
}

TEST_CASE("after a torn end a start goes on, and so does the one after the next kill") {
  DiskLog running;
  running.open();
  running.enqueue(3);
  const auto begin = running.wal_records().back();
  running.enqueue(1);
  DiskLog after_cut;
  running.copy_to(after_cut.directory());
  {
    HeadFile head;  // as if the cut had come before it heard of the last commit
    must(head.open(after_cut.head_file(), false));
    must(
        head.write({{3, must(split_event(rows_of(*must(running.log->view()), Table::events)[2].second)).hash}, false}));
  }
  std::filesystem::resize_file(after_cut.wal(), begin + 20);
  after_cut.open();
  REQUIRE(after_cut.last_seq() == 3);
  after_cut.enqueue(2);
  DiskLog after_kill;
  after_cut.copy_to(after_kill.directory());
  CHECK(after_kill.open().head().seq == 5);
  require_chain(*after_kill.log);
}
