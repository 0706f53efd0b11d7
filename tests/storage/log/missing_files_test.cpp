// What a start does where files of a data directory are missing or lead nowhere.

#include <set>

#include <breakerd/storage/offline/accept_loss.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

void remove_from_log(const DiskLog& disk, const std::function<bool(const std::string& name)>& goes) {
  std::vector<fs::path> gone;
  for (const auto& entry : fs::directory_iterator{disk.directory() / "log"})
    if (goes(entry.path().filename().string())) gone.push_back(entry.path());
  for (const fs::path& file : gone) fs::remove(file);
}

/// The tables and WALs that are there.
std::set<std::string> data_files(const DiskLog& disk) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{disk.directory() / "log"})
    if (entry.path().extension() == ".sst" || entry.path().extension() == ".log") names.insert(entry.path().string());
  return names;
}

}  // namespace

TEST_CASE("HEAD and the only WAL deleted: an empty start is refused, and the loss can be accepted") {
  DiskLog disk;
  disk.write_and_close(5);
  fs::remove(disk.head_file());
  fs::remove(disk.wal());
  for (int i = 0; i < 2; ++i) CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable"));
  CHECK_FALSE(must(verify(disk.directory())).ok());
  CHECK_THAT(must(accept_loss(disk.directory())).problem, ContainsSubstring("HEAD is missing or unreadable"));
  CHECK(disk.open().head().seq == 0);
  CHECK(disk.log->fault_pending());
}

TEST_CASE("HEAD deleted and any file of a log left: the start is refused") {
  DiskLog disk;
  disk.write_and_close(5);
  fs::remove(disk.head_file());
  const std::string kept = GENERATE(as<std::string>{}, "MANIFEST-", "CURRENT", "IDENTITY");
  remove_from_log(disk, [&](const std::string& name) { return !name.starts_with(kept); });
  CHECK_THAT(disk.refused(), ContainsSubstring("HEAD is missing or unreadable"));
}

TEST_CASE("a start without CURRENT is refused and deletes neither tables nor WALs") {
  DiskLog disk;
  disk.write_and_close(5);
  {
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    REQUIRE(database->db->Flush({}, {database->rows, database->events}).ok());
  }
  disk.open();
  disk.enqueue(2);
  disk.close();
  const auto before = data_files(disk);
  REQUIRE(before.size() >= 2);
  fs::rename(disk.directory() / "log" / "CURRENT", disk.directory() / "kept");
  (void)disk.refused();
  CHECK((data_files(disk) == before));
  fs::rename(disk.directory() / "kept", disk.directory() / "log" / "CURRENT");
  CHECK(disk.open().head().seq == 7);
}

TEST_CASE("a log whose making was broken off is made at the next start") {
  DiskLog disk;
  disk.open();
  disk.close();
  remove_from_log(disk, [](const std::string& name) { return !name.starts_with("MANIFEST-") && name != "LOCK"; });
  disk.open();
  disk.enqueue(2);
  disk.close();
  CHECK(disk.open().head().seq == 2);
}

TEST_CASE("a log that was made without its families is finished at the next start") {
  DiskLog disk;
  disk.open();
  disk.close();
  const std::string place = (disk.directory() / "log").string();
  fs::remove_all(place);
  rocksdb::Options settings;
  settings.create_if_missing = true;
  rocksdb::DB* half_made = nullptr;
  REQUIRE(rocksdb::DB::Open(settings, place, &half_made).ok());
  delete half_made;
  disk.open();
  disk.enqueue(2);
  disk.close();
  CHECK(disk.open().head().seq == 2);
}

TEST_CASE("a log that HEAD says is empty is not made anew over tables and WALs that lack CURRENT") {
  DiskLog disk;
  disk.open();
  disk.close();
  const std::string head = DiskLog::read(disk.head_file());
  disk.write_and_close(3);
  DiskLog::write(disk.head_file(), head);
  const auto before = data_files(disk);
  fs::remove(disk.directory() / "log" / "CURRENT");
  (void)disk.refused();
  CHECK((data_files(disk) == before));
}

TEST_CASE("links that lead nowhere are errors, never exceptions") {
  DiskLog disk;
  disk.write_and_close(2);
  const fs::path at = disk.directory() / GENERATE(as<std::string>{}, "HEAD", "log", "log/CURRENT");
  const fs::path target = GENERATE(true, false) ? at : disk.directory() / "nothing";
  fs::remove_all(at);
  fs::create_symlink(target, at);
  CHECK_FALSE(disk.try_open().has_value());
  const auto verified = verify(disk.directory());
  CHECK((!verified || !verified->ok()));
  CHECK(fs::is_symlink(at));
}

TEST_CASE("a loss is not accepted beside a living daemon, whatever was deleted under it") {
  DiskLog disk;
  disk.open();
  disk.enqueue(2);
  const int deleted = GENERATE(range(0, 4));
  if (deleted == 1) fs::remove(disk.head_file());
  if (deleted == 2) fs::remove_all(disk.directory() / "log");
  if (deleted == 3) fs::remove(disk.directory() / "log" / "LOCK");
  const Error error = error_of(accept_loss(disk.directory()));
  CHECK(error.code == ErrorCode::storage);
  CHECK_THAT(error.detail, ContainsSubstring("another process has this data directory in use"));
  CHECK(fs::exists(disk.head_file()) == (deleted != 1));
}
