// What verify, replay and accept_loss() say of a data directory that something has happened to.

#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include <breakerd/storage/offline/accept_loss.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

fs::path file_of(const DiskLog& disk, const std::string& begin, const std::string& end) {
  for (const auto& entry : fs::directory_iterator{disk.directory() / "log"}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) return entry.path();
  }
  FAIL("there is no file " << begin << "..." << end);
  return {};
}

/// A closed log whose first five events are in tables, the last ones in the WAL.
void write_tables(DiskLog& disk) {
  disk.write_and_close(5);
  {
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    REQUIRE(database->db->Flush({}, {database->rows, database->events}).ok());
  }
  disk.open();
  disk.enqueue(2);
  disk.close();
}

std::string problems(const DiskLog& disk) {
  std::string all;
  for (const std::string& problem : must(verify(disk.directory())).problems) all += problem + "\n";
  return all;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// Every file with its bytes.
Entries contents(const fs::path& directory) {
  Entries all;
  for (const auto& entry : fs::recursive_directory_iterator{directory})
    if (entry.is_regular_file()) all.emplace_back(entry.path().string(), DiskLog::read(entry.path()));
  std::sort(all.begin(), all.end());
  return all;
}

/// Root may read everything: while this lives, the calling thread and those it starts open files as nobody. Without
/// root nothing changes, and nothing need.
class AsNobody {
 public:
  AsNobody() { ::setfsuid(nobody); }
  ~AsNobody() { ::setfsuid(::geteuid()); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
};

struct Damage {
  const char* name;
  std::function<void(const DiskLog&)> cause;
};

/// To what is before the end of the log.
const std::vector<Damage> beyond_help{
    {"CURRENT is gone", [](const DiskLog& disk) { fs::remove(disk.directory() / "log" / "CURRENT"); }},
    {"CURRENT is empty", [](const DiskLog& disk) { DiskLog::write(disk.directory() / "log" / "CURRENT", ""); }},
    {"CURRENT is nonsense", [](const DiskLog& disk) { DiskLog::write(disk.directory() / "log" / "CURRENT", "x\n"); }},
    {"the manifest is gone", [](const DiskLog& disk) { fs::remove(file_of(disk, "MANIFEST-", "")); }},
    {"the manifest is empty", [](const DiskLog& disk) { DiskLog::write(file_of(disk, "MANIFEST-", ""), ""); }},
    {"the manifest has a flipped bit",
     [](const DiskLog& disk) { DiskLog::flip_bit(file_of(disk, "MANIFEST-", ""), 40); }},
    {"a table is gone", [](const DiskLog& disk) { fs::remove(file_of(disk, "", ".sst")); }},
    {"a table is cut",
     [](const DiskLog& disk) {
       const auto table = file_of(disk, "", ".sst");
       fs::resize_file(table, fs::file_size(table) / 2);
     }},
    {"a table is empty", [](const DiskLog& disk) { fs::resize_file(file_of(disk, "", ".sst"), 0); }},
    {"the end of a table is damaged",
     [](const DiskLog& disk) {
       const auto table = file_of(disk, "", ".sst");
       DiskLog::flip_bit(table, fs::file_size(table) - 4);
     }},
};

}  // namespace

TEST_CASE("verify finds a directory broken whatever file is missing or damaged") {
  const std::size_t which = GENERATE(range(std::size_t{0}, std::size_t{10}));
  REQUIRE(beyond_help.size() == 10);
  DiskLog disk;
  write_tables(disk);
  CHECK(problems(disk) == "");
  INFO(beyond_help[which].name);
  beyond_help[which].cause(disk);
  CHECK_FALSE(problems(disk).empty());
}

TEST_CASE("accepting a loss does not help against damage before the log's end, says so and changes nothing") {
  const std::size_t which = GENERATE(range(std::size_t{0}, std::size_t{10}));
  DiskLog disk;
  write_tables(disk);
  INFO(beyond_help[which].name);
  beyond_help[which].cause(disk);
  const auto before = contents(disk.directory());
  const Error error = error_of(accept_loss(disk.directory()));
  CHECK(error.code == ErrorCode::corrupt);
  CHECK_THAT(error.detail, ContainsSubstring("accept-loss cannot help here") && ContainsSubstring("Restore"));
  CHECK_THAT(error.detail, !ContainsSubstring("run 'breakerctl accept-loss"));
  CHECK((contents(disk.directory()) == before));
}

TEST_CASE("a log that is gone while HEAD names events is broken, and all of them can be given up") {
  DiskLog disk;
  disk.write_and_close(5);
  fs::remove_all(disk.directory() / "log");
  if (GENERATE(true, false)) fs::create_directory(disk.directory() / "log");
  CHECK_THAT(problems(disk), ContainsSubstring("is missing or empty, but events up to 5 were acknowledged"));
  CHECK(refusal(replay(disk.directory(), {})) == ErrorCode::corrupt);
  const LossReport report = must(accept_loss(disk.directory()));
  CHECK(report.end.seq == 0);
  CHECK(report.given_up() == 5);
  CHECK(disk.open().fault_pending());
}

TEST_CASE("a directory that is none of breakerd's is told, and nothing is made in it") {
  DiskLog disk;
  DiskLog::write(disk.directory() / "letter", "x");
  const auto before = contents(disk.directory());
  for (const Error& error : {error_of(verify(disk.directory())), error_of(replay(disk.directory(), {})),
                             error_of(accept_loss(disk.directory()))}) {
    CHECK(error.code == ErrorCode::storage);
    CHECK_THAT(error.detail, ContainsSubstring("is no data directory"));
  }
  CHECK(refusal(accept_loss("/nonexistent/breakerd")) == ErrorCode::storage);
  CHECK((contents(disk.directory()) == before));
}

TEST_CASE("files that may not be read are no fault of the directory") {
  DiskLog disk;
  write_tables(disk);
  REQUIRE(::chmod(disk.head_file().c_str(), 0644) == 0);
  const fs::path file = disk.directory() / GENERATE(as<std::string>{}, "HEAD", "log/CURRENT");
  REQUIRE(::chmod(file.c_str(), 0) == 0);
  REQUIRE(::chmod(disk.directory().c_str(), 0755) == 0);
  REQUIRE(::chmod((disk.directory() / "log").c_str(), 0755) == 0);
  const AsNobody nobody;
  CHECK(refusal(verify(disk.directory())) == ErrorCode::storage);
}

TEST_CASE("an intact log loses nothing by being accepted") {
  DiskLog disk;
  write_tables(disk);
  const auto before = contents(disk.directory());
  const LossReport report = must(accept_loss(disk.directory()));
  CHECK(report.problem.empty());
  CHECK(report.end.seq == 7);
  CHECK(report.given_up() == 0);
  CHECK((contents(disk.directory()) == before));
  CHECK_FALSE(disk.open().fault_pending());
}

TEST_CASE("accepting a loss tells how much is given up") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  SECTION("cut between records") {
    disk.cut_wal(borders[borders.size() - 3]);
    const LossReport report = must(accept_loss(disk.directory()));
    CHECK(report.end.seq == 3);
    CHECK(report.acknowledged == Seq{5});
    CHECK(report.given_up() == 2);
    CHECK_THAT(report.problem, ContainsSubstring("the log ends at event 3, but events up to 5 were acknowledged"));
  }
  SECTION("damaged in the middle") {
    disk.flip_bit(disk.wal(), borders[borders.size() - 3] + 30);
    CHECK(must(accept_loss(disk.directory())).given_up() == 2);
  }
  SECTION("HEAD gone") {
    fs::remove(disk.head_file());
    const LossReport report = must(accept_loss(disk.directory()));
    CHECK_FALSE(report.acknowledged);
    CHECK_THAT(report.problem, ContainsSubstring("HEAD is missing or unreadable"));
  }
  CHECK(disk.open().fault_pending());
  disk.close();
  CHECK(problems(disk) == "");
}

TEST_CASE("a replay warns when the log is not whole") {
  DiskLog disk;
  disk.write_and_close(5);
  CHECK(must(replay(disk.directory(), {})).warning.empty());
  SECTION("it ends before HEAD") {
    disk.cut_wal(disk.wal_records()[disk.wal_records().size() - 3]);
    CHECK_THAT(must(replay(disk.directory(), {})).warning,
               ContainsSubstring("the log ends at event 3, but events up to 5"));
    CHECK_FALSE(must(replay(disk.directory(), {Seq{2}, {}})).warning.empty());
  }
  SECTION("HEAD is gone") {
    fs::remove(disk.head_file());
    CHECK_THAT(must(replay(disk.directory(), {})).warning, ContainsSubstring("HEAD is missing"));
  }
}
