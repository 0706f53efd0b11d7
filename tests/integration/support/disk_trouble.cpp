#include "disk_trouble.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>

#include "daemon.hpp"
#include "tests/support/let_pass.hpp"

namespace breakerd::integration {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::microseconds refill_interval{100};

}  // namespace

FailingSync::FailingSync(const fs::path& workshop)
    : marker_{workshop / "disk-is-broken"}, library_{fs::path{setting("BREAKERD_TOOLS")} / "libfailing_sync.so"} {
  require(fs::exists(library_), library_.string() + " is missing");
}

std::vector<std::string> FailingSync::environment() const {
  return {"LD_PRELOAD=" + library_.string(), "FAILING_SYNC_WHILE=" + marker_.string(),
          "ASAN_OPTIONS=verify_asan_link_order=0"};
}

Trouble FailingSync::while_marked(std::string name, std::string content) const {
  return {std::move(name),
          [marker = marker_, content = std::move(content)] {
            const fs::path half = marker.string() + ".half";
            std::ofstream{half} << content;
            fs::rename(half, marker);  // seen whole
          },
          [marker = marker_] { fs::remove(marker); }};
}

SmallDisk::SmallDisk(fs::path at) : at_{std::move(at)} {
  fs::create_directories(at_);
  if (::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=192m") != 0)
    throw Skip{"a small tmpfs cannot be mounted (" + std::system_category().message(errno) + "); root can"};
}

SmallDisk::~SmallDisk() {
  filling_ = false;
  if (filler_.joinable()) filler_.join();
  ::umount2(at_.c_str(), MNT_DETACH);
}

Trouble SmallDisk::trouble() {
  return {"a full disk", [this] { fill(); }, [this] { clear(); }};
}

/// Takes all the room there is, and, until clear(), whatever becomes free: a daemon that gives up its half-written
/// files would find room in them.
void SmallDisk::fill() {
  const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  require(file >= 0, "no ballast: " + std::system_category().message(errno));
  filling_ = true;
  filler_ = std::thread{[this, file] {
    const std::string bytes(64 << 10, 'b');
    while (filling_) {
      if (::write(file, bytes.data(), bytes.size()) > 0) continue;
      error_ = errno;
      test::let_pass(refill_interval);
    }
    ::close(file);
  }};
}

void SmallDisk::clear() {
  filling_ = false;
  filler_.join();
  fs::remove(ballast());
  require(error_ == ENOSPC, "the disk was not full: " + std::system_category().message(error_));
}

}  // namespace breakerd::integration
