// For LD_PRELOAD: while the file named by FAILING_SYNC_WHILE exists, fdatasync() of any *.log file fails with EIO. When
// the file's first letter is 'a', that of all files does; when it is 'h', that of *.log files hangs until the file is
// gone.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

bool is_log(int file) {
  char link[64];
  char path[4096];
  if (std::snprintf(link, sizeof link, "/proc/self/fd/%d", file) < 0) return false;
  const ssize_t length = ::readlink(link, path, sizeof path);
  return length > 4 && std::memcmp(path + length - 4, ".log", 4) == 0;
}

/// The marker's first letter; 0: there is no marker, '-': it is empty.
char trouble() {
  static const char* const while_there = std::getenv("FAILING_SYNC_WHILE");
  if (while_there == nullptr) return 0;
  const int file = ::open(while_there, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char letter = '-';
  if (::read(file, &letter, 1) < 1) letter = '-';
  ::close(file);
  return letter;
}

/// Tells when the folder of the marker changes.
class Watch {
 public:
  Watch() : changes_{::inotify_init1(IN_CLOEXEC)} {
    std::string folder = std::getenv("FAILING_SYNC_WHILE");
    folder.erase(folder.rfind('/'));
    if (::inotify_add_watch(changes_, folder.c_str(), IN_CREATE | IN_DELETE | IN_MOVE) < 0) std::abort();
  }
  ~Watch() { ::close(changes_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void wait() const {
    char events[4096];
    if (::read(changes_, events, sizeof events) < 0 && errno != EINTR) std::abort();
  }

 private:
  int changes_;
};

void hang() {
  const Watch watch;
  while (trouble() == 'h') watch.wait();
}

}  // namespace

extern "C" int fdatasync(int file) {
  using Sync = int (*)(int);
  static const auto real = reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, "fdatasync"));
  while (const char now = trouble()) {
    if (now != 'a' && !is_log(file)) break;
    if (now != 'h') return errno = EIO, -1;
    hang();
  }
  return real(file);
}
