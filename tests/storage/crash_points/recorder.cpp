#include "tests/storage/crash_points/recorder.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <shared_mutex>
#include <stdexcept>
#include <vector>

namespace breakerd::crash {
namespace {

std::atomic<bool> is_crashing{false};

/// Calls come before main() and after it, so these are never destroyed.
std::shared_mutex& registry_mutex() {
  static auto* mutex = new std::shared_mutex;
  return *mutex;
}
std::vector<Recorder*>& registry() {
  static auto* recorders = new std::vector<Recorder*>;
  return *recorders;
}
std::atomic<bool> any_recorder{false};

std::string path_of(int descriptor) {
  char name[PATH_MAX];
  const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), name, sizeof name);
  return size < 0 ? std::string{} : std::string{name, static_cast<std::size_t>(size)};
}

std::uint64_t inode_of(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

void begin_crashing() { is_crashing = true; }

/// One call within the root of a recorder, which nobody else uses until it ends.
struct Recorder::Call {
  using Kind = FileOperation::Kind;

  explicit Call(const std::string& path) {
    if (!any_recorder) return;
    registry_lock = std::shared_lock{registry_mutex()};
    for (Recorder* each : registry()) {
      const std::string& root = each->root_;
      if (!path.starts_with(root) || (path.size() > root.size() && path[root.size()] != '/')) continue;
      recorder = each;
      name = path.size() > root.size() ? path.substr(root.size() + 1) : std::string{};
      while (name.ends_with('/')) name.pop_back();
      lock = std::unique_lock{each->mutex_};
      return;
    }
  }
  explicit Call(int descriptor) : Call{any_recorder ? path_of(descriptor) : std::string{}} {}

  explicit operator bool() const { return recorder != nullptr; }

  [[nodiscard]] std::string below_root(const char* path) const {
    return std::string{path}.substr(recorder->root_.size() + 1);
  }
  FileOperation& add(Kind kind) {
    FileOperation& operation = recorder->operations_.emplace_back();
    operation.kind = kind;
    operation.path = name;
    return operation;
  }
  FileOperation& add_of_file(Kind kind, int descriptor) {
    FileOperation& operation = add(kind);
    operation.path.clear();
    operation.file = recorder->ids_.at(inode_of(descriptor));
    return operation;
  }
  void created(int descriptor) {
    const FileId id = recorder->next_id_++;
    recorder->ids_[inode_of(descriptor)] = id;  // the number may be that of a file that is gone
    recorder->sizes_[id] = 0;
    add(Kind::create).file = id;
  }
  void wrote(int descriptor, const void* bytes, std::size_t count, std::uint64_t offset) {
    FileOperation& write = add_of_file(Kind::write, descriptor);
    write.offset = offset;
    const std::string_view written{static_cast<const char*>(bytes), count};
    if (written.find_first_not_of('\0') == std::string_view::npos)
      write.zeros = count;
    else
      write.bytes = written;
    std::uint64_t& size = recorder->sizes_[write.file];
    size = std::max(size, offset + count);
  }
  void resized(int descriptor, std::uint64_t size) {
    FileOperation& resize = add_of_file(Kind::resize, descriptor);
    resize.offset = size;
    recorder->sizes_[resize.file] = size;
  }
  [[nodiscard]] std::uint64_t size_of(int descriptor) const {
    return recorder->sizes_.at(recorder->ids_.at(inode_of(descriptor)));
  }
  [[nodiscard]] bool takes_failure() {
    if (recorder->failing_.empty() || !name.ends_with(recorder->failing_)) return false;
    recorder->failing_.clear();
    return true;
  }

  std::shared_lock<std::shared_mutex> registry_lock;
  Recorder* recorder = nullptr;
  std::unique_lock<std::mutex> lock;
  std::string name;  ///< below the root
};

Recorder::Recorder(const std::filesystem::path& root, const FileTree& begin)
    : root_{std::filesystem::canonical(root).string()} {
  for (const auto& [path, file] : begin.names) {
    if (!file) continue;
    struct stat status {};
    if (::stat((root_ + '/' + path).c_str(), &status) != 0) throw std::runtime_error{path + " is not there"};
    ids_[status.st_ino] = next_id_;
    sizes_[next_id_++] = file->size();
  }
  const std::lock_guard lock{registry_mutex()};
  registry().push_back(this);
  any_recorder = true;
}

Recorder::~Recorder() {
  if (!stopped_) (void)stop();
}

void Recorder::mark(FileOperation::Kind kind, Seq seq) {
  const std::lock_guard lock{mutex_};
  FileOperation& mark = operations_.emplace_back();
  mark.kind = kind;
  mark.seq = seq;
}

void Recorder::fail_next_sync(std::string name_end) {
  const std::lock_guard lock{mutex_};
  failing_ = std::move(name_end);
}

FileOperations Recorder::stop() {
  const std::lock_guard lock{registry_mutex()};
  std::erase(registry(), this);
  any_recorder = !registry().empty();
  stopped_ = true;
  return std::move(operations_);
}

namespace {

using Kind = FileOperation::Kind;
using Call = Recorder::Call;

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int open_file(const char* path, int flags, mode_t mode) {
  static auto* const really = real<int(const char*, int, ...)>("open");
  const bool may_change = (flags & (O_CREAT | O_TRUNC)) != 0;
  Call call{may_change ? std::string{path} : std::string{}};
  if (!call) return really(path, flags, mode);
  const bool was_there = ::faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0;
  const int descriptor = really(path, flags, mode);
  if (descriptor < 0) return descriptor;
  if (!was_there)
    call.created(descriptor);
  else if ((flags & O_TRUNC) != 0)
    call.resized(descriptor, 0);
  return descriptor;
}

ssize_t write_at_place(int descriptor, const void* bytes, std::size_t size) {
  static auto* const really = real<ssize_t(int, const void*, std::size_t)>("write");
  Call call{descriptor};
  if (!call) return really(descriptor, bytes, size);
  const bool appends = (::fcntl(descriptor, F_GETFL) & O_APPEND) != 0;
  const auto place = ::lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR);
  const ssize_t written = really(descriptor, bytes, size);
  if (written > 0) call.wrote(descriptor, bytes, static_cast<std::size_t>(written), static_cast<std::uint64_t>(place));
  return written;
}

ssize_t write_at(int descriptor, const void* bytes, std::size_t size, off_t offset) {
  static auto* const really = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  Call call{descriptor};
  const ssize_t written = really(descriptor, bytes, size, offset);
  if (call && written > 0)
    call.wrote(descriptor, bytes, static_cast<std::size_t>(written), static_cast<std::uint64_t>(offset));
  return written;
}

int sync(int (*really)(int), int descriptor) {
  Call call{descriptor};
  const int outcome = is_crashing ? 0 : really(descriptor);
  if (!call || outcome != 0) return outcome;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode))
    call.add(Kind::sync_directory);
  else
    call.add_of_file(Kind::sync, descriptor);
  if (!call.takes_failure()) return outcome;
  errno = EIO;
  return -1;
}

int resize(int descriptor, off_t size) {
  static auto* const really = real<int(int, off_t)>("ftruncate");
  Call call{descriptor};
  const int outcome = really(descriptor, size);
  if (call && outcome == 0) call.resized(descriptor, static_cast<std::uint64_t>(size));
  return outcome;
}

int find_room(const char* path, struct statvfs* room) {
  static auto* const really = real<int(const char*, struct statvfs*)>("statvfs");
  const Call call{std::string{path}};
  const int outcome = really(path, room);
  if (!call && is_crashing) room->f_bavail = 0;
  return outcome;
}

int allocate(int descriptor, int mode, off_t offset, off_t size) {
  static auto* const really = real<int(int, int, off_t, off_t)>("fallocate");
  Call call{descriptor};
  const int outcome = really(descriptor, mode, offset, size);
  const auto end = static_cast<std::uint64_t>(offset + size);
  if (call && outcome == 0 && mode == 0 && end > call.size_of(descriptor)) call.resized(descriptor, end);
  return outcome;
}

}  // namespace
}  // namespace breakerd::crash

// The calls themselves. A change that is made by another call is found: main.cpp compares what the record adds up to
// with what is there.
#define BREAKERD_CALL __attribute__((visibility("default")))

extern "C" {

BREAKERD_CALL int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : mode_t{0};
  va_end(arguments);
  return breakerd::crash::open_file(path, flags, mode);
}
BREAKERD_CALL int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : mode_t{0};
  va_end(arguments);
  return breakerd::crash::open_file(path, flags, mode);
}
BREAKERD_CALL ssize_t write(int file, const void* bytes, size_t size) {
  return breakerd::crash::write_at_place(file, bytes, size);
}
BREAKERD_CALL ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return breakerd::crash::write_at(file, bytes, size, at);
}
BREAKERD_CALL ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  return breakerd::crash::write_at(file, bytes, size, at);
}
BREAKERD_CALL int fsync(int file) {
  static auto* const really = breakerd::crash::real<int(int)>("fsync");
  return breakerd::crash::sync(really, file);
}
BREAKERD_CALL int fdatasync(int file) {
  static auto* const really = breakerd::crash::real<int(int)>("fdatasync");
  return breakerd::crash::sync(really, file);
}
BREAKERD_CALL int syncfs(int file) noexcept {
  breakerd::crash::Call call{file};
  if (call) call.add(breakerd::crash::Kind::sync_all);
  return 0;  // nothing of it is needed here
}
BREAKERD_CALL int ftruncate(int file, off_t size) noexcept { return breakerd::crash::resize(file, size); }
BREAKERD_CALL int ftruncate64(int file, off64_t size) noexcept { return breakerd::crash::resize(file, size); }
BREAKERD_CALL int fallocate(int file, int mode, off_t at, off_t size) {
  return breakerd::crash::allocate(file, mode, at, size);
}
BREAKERD_CALL int fallocate64(int file, int mode, off64_t at, off64_t size) {
  return breakerd::crash::allocate(file, mode, at, size);
}
BREAKERD_CALL int statvfs(const char* path, struct statvfs* room) noexcept {
  return breakerd::crash::find_room(path, room);
}
BREAKERD_CALL int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const really = breakerd::crash::real<int(const char*, mode_t)>("mkdir");
  breakerd::crash::Call call{std::string{path}};
  const int outcome = really(path, mode);
  if (call && outcome == 0) call.add(breakerd::crash::Kind::make_directory);
  return outcome;
}
BREAKERD_CALL int unlink(const char* path) noexcept {
  static auto* const really = breakerd::crash::real<int(const char*)>("unlink");
  breakerd::crash::Call call{std::string{path}};
  const int outcome = really(path);
  if (call && outcome == 0) call.add(breakerd::crash::Kind::remove);
  return outcome;
}
BREAKERD_CALL int rename(const char* from, const char* to) noexcept {
  static auto* const really = breakerd::crash::real<int(const char*, const char*)>("rename");
  breakerd::crash::Call call{std::string{from}};
  const int outcome = really(from, to);
  if (call && outcome == 0) call.add(breakerd::crash::Kind::rename).target = call.below_root(to);
  return outcome;
}
BREAKERD_CALL int link(const char* from, const char* to) noexcept {
  static auto* const really = breakerd::crash::real<int(const char*, const char*)>("link");
  breakerd::crash::Call call{std::string{from}};
  const int outcome = really(from, to);
  if (call && outcome == 0) call.add(breakerd::crash::Kind::link).target = call.below_root(to);
  return outcome;
}
}
