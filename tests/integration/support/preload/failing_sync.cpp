// For LD_PRELOAD: while the file named by FAILING_SYNC_WHILE exists, fdatasync() of any *.log file fails with EIO.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool is_log(int file) {
  char link[64];
  char path[4096];
  if (std::snprintf(link, sizeof link, "/proc/self/fd/%d", file) < 0) return false;
  const ssize_t length = ::readlink(link, path, sizeof path);
  return length > 4 && std::memcmp(path + length - 4, ".log", 4) == 0;
}

bool disk_is_broken() {
  static const char* const while_there = std::getenv("FAILING_SYNC_WHILE");
  return while_there != nullptr && ::access(while_there, F_OK) == 0;
}

}  // namespace

extern "C" int fdatasync(int file) {
  using Sync = int (*)(int);
  static const auto real = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, "fdatasync"));
  if (disk_is_broken() && is_log(file)) {
    errno = EIO;
    return -1;
  }
  return real(file);
}
