#include "tests/storage/rocks/io_faults.hpp"

#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <string_view>

namespace {

enum class Fault { none, sync, write, hold };

struct Plan {
  Fault fault = Fault::none;
  std::string name_end;
  bool once = false;
};

// Both are constant-initialised or leaked: writes happen before main() and after it.
std::atomic<bool> armed{false};
std::atomic<int> seen{0};
std::mutex& plan_mutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}
Plan& plan() {
  static auto* the_plan = new Plan;
  return *the_plan;
}

void arm(Fault fault, std::string name_end, bool once) {
  const std::lock_guard lock{plan_mutex()};
  plan() = {fault, std::move(name_end), once};
  armed = fault != Fault::none;
}

std::string name_of(int file) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t size = ::readlink(link.c_str(), name, sizeof name);
  return size < 0 ? std::string{} : std::string{name, static_cast<std::size_t>(size)};
}

/// Whether this call is one that shall fail.
bool strikes(Fault fault, int file) {
  if (!armed) return false;
  const std::lock_guard lock{plan_mutex()};
  if (plan().fault != fault || !name_of(file).ends_with(plan().name_end)) return false;
  if (plan().once) {
    plan() = {};
    armed = false;
  }
  ++seen;
  return true;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// A sync that is held, and that may go on.
std::atomic<bool> held{false};
std::atomic<bool> released{false};

int sync_or_fail(int (*really)(int), int file) {
  if (strikes(Fault::hold, file)) {
    held = true;
    held.notify_all();
    released.wait(false);
  }
  const int outcome = really(file);
  if (!strikes(Fault::sync, file)) return outcome;
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int fsync(int file) {
  static auto* const really = real<int(int)>("fsync");
  return sync_or_fail(really, file);
}

__attribute__((visibility("default"))) int fdatasync(int file) {
  static auto* const really = real<int(int)>("fdatasync");
  return sync_or_fail(really, file);
}

__attribute__((visibility("default"))) ssize_t write(int file, const void* bytes, size_t size) {
  static auto* const really = real<ssize_t(int, const void*, size_t)>("write");
  if (!strikes(Fault::write, file)) return really(file, bytes, size);
  errno = ENOSPC;
  return -1;
}

__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  static auto* const really = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (!strikes(Fault::write, file)) return really(file, bytes, size, at);
  errno = ENOSPC;
  return -1;
}
}

namespace breakerd::test {

void fail_next_sync(std::string name_end) { arm(Fault::sync, std::move(name_end), true); }
void fail_syncs(std::string name_end) { arm(Fault::sync, std::move(name_end), false); }
void fail_writes(std::string name_end) { arm(Fault::write, std::move(name_end), false); }
void hold_next_sync(std::string name_end) {
  held = released = false;
  arm(Fault::hold, std::move(name_end), true);
}
void wait_for_held_sync() { held.wait(false); }
void release_sync() {
  released = true;
  released.notify_all();
}
void end_faults() {
  arm(Fault::none, {}, false);
  release_sync();
}
int faults_seen() { return seen; }

}  // namespace breakerd::test
