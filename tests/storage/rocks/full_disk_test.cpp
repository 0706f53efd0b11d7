// A full disk, for real: a small tmpfs that only root can mount.

#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

class SmallDisk {
 public:
  SmallDisk()
      : mounted_{::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=48m") == 0}, error_{mounted_ ? 0 : errno} {}
  ~SmallDisk() {
    if (mounted_) ::umount2(dir_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }
  [[nodiscard]] std::filesystem::path filler() const { return path() / "filler"; }

  /// Takes all but about `bytes` of the space.
  void leave(std::uintmax_t bytes) const {
    const std::uintmax_t free = std::filesystem::space(path()).available;
    REQUIRE(free > bytes);
    DiskLog::write(filler(), std::string(free - bytes, 'x'));
  }
  /// Takes what has become free again: a flush that found no room gives up its half-written file.
  void leave_nothing() const {
    std::ofstream out{filler(), std::ios::binary | std::ios::app};
    const std::string page(4'096, 'x');
    while (out.write(page.data(), static_cast<std::streamsize>(page.size())) && out.flush()) {
    }
  }
  void free() const { std::filesystem::remove(filler()); }

 private:
  TempDir dir_;
  bool mounted_;
  int error_;
};

Append big_job(JobId id) { return together({JobEnqueued{id, spec({}, "mail", '"' + std::string(20'000, 'p') + '"')}}); }

}  // namespace

TEST_CASE("a full disk: appends fail, reads go on, and after room was made nothing acknowledged is missing") {
  const SmallDisk small;
  if (!small.mounted()) {
    WARN("skipped: no tmpfs can be mounted here (" << std::system_category().message(small.error()) << "); root can");
    return;
  }
  DiskLog disk{small.path() / "data"};
  EventLog& log = disk.open(GENERATE(HeadMode::async, HeadMode::sync));
  disk.enqueue(3);
  small.leave(1 << 20);
  Seq acknowledged = 3;
  Result<Appended> answer = Appended{};
  for (JobId id = 4; answer && id < 2'000; ++id) {
    answer = try_append(log, big_job(id));
    if (answer) acknowledged = answer->last;
  }
  CHECK(refusal(answer) == ErrorCode::outcome_unknown);
  CHECK(acknowledged > 3);
  CHECK(log.head().seq == acknowledged);
  CHECK(log.fault_pending());

  for (int i = 0; i < 3; ++i) {
    small.leave_nothing();
    CHECK(refusal(log.reopen()) == ErrorCode::storage);
    CHECK(refusal(try_append(log, together({enqueued(1)}))) == ErrorCode::unavailable);
    CHECK(count_of(log, Table::events) == acknowledged);
    CHECK(must(read_job(*must(log.view()), 4)).spec->payload.size() == 20'002);
  }

  small.free();
  must(log.reopen());
  CHECK(log.head().seq >= acknowledged);
  CHECK(log.fault_pending());
  require_chain(log);
  const JobId next = must(read_status(*must(log.view()))).last_job + 1;
  must(try_append(log, big_job(next)));
  must(log.clear_fault());
  disk.close();
  CHECK(disk.open().head().seq == next);
  CHECK_FALSE(disk.log->fault_pending());
  require_chain(*disk.log);
  disk.close();
}

TEST_CASE("a start on a full disk is refused, and works when there is room") {
  const SmallDisk small;
  if (!small.mounted()) {
    WARN("skipped: no tmpfs can be mounted here (" << std::system_category().message(small.error()) << "); root can");
    return;
  }
  DiskLog disk{small.path() / "data"};
  disk.write_and_close(5);
  small.leave(0);
  CHECK(refusal(disk.try_open()) == ErrorCode::storage);
  small.free();
  CHECK(disk.open().head().seq == 5);
  require_chain(*disk.log);
  disk.close();
}
