#include <breakerd/storage/log/directories.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace breakerd {
namespace {

namespace fs = std::filesystem;

Error failed(const fs::path& path, const std::string& what) {
  return make_error(ErrorCode::storage, path.string() + ": " + what);
}

Error system_failed(const fs::path& path, const std::string& call) {
  return failed(path, call + ": " + std::system_category().message(errno));
}

int open_directory(const fs::path& directory) { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

fs::path parent_of(const fs::path& directory) {
  const fs::path parent = (directory.has_filename() ? directory : directory.parent_path()).parent_path();
  return parent.empty() ? fs::path{"."} : parent;
}

Result<void> sync_with(int (*call)(int), const fs::path& directory) {
  const int descriptor = open_directory(directory);
  if (descriptor < 0) return system_failed(directory, "open");
  const int outcome = call(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (outcome != 0) return system_failed(directory, "sync");
  return {};
}

/// As make_directories(), of a path without a separator at its end.
Result<bool> make_with_parents(const fs::path& directory, fs::perms rights) {
  std::error_code error;
  if (fs::is_directory(directory, error)) return false;
  if (error && error != std::errc::no_such_file_or_directory) return failed(directory, error.message());
  const fs::path parent = parent_of(directory);
  if (parent != directory)
    if (auto made = make_with_parents(parent, fs::perms::all); !made) return made.error();
  const bool is_new = fs::create_directory(directory, error);
  if (error) return failed(directory, error.message());
  if (!is_new) return false;  // another process was faster
  if (rights != fs::perms::all) fs::permissions(directory, rights, error);
  if (error) return failed(directory, error.message());
  if (auto ok = sync_name(directory); !ok) return ok.error();
  return true;
}

}  // namespace

Result<void> sync_directory(const fs::path& directory) { return sync_with(::fsync, directory); }

Result<void> sync_name(const fs::path& directory) {
  const fs::path parent = parent_of(directory);
  if (::faccessat(AT_FDCWD, parent.c_str(), R_OK, AT_EACCESS) == 0) return sync_directory(parent);
  return sync_with(::syncfs, directory);
}

Result<bool> make_directories(const fs::path& directory) {
  constexpr auto rights = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;
  return make_with_parents(directory.has_filename() ? directory : directory.parent_path(), rights);
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> DirectoryLock::take(const fs::path& directory) {
  descriptor_ = open_directory(directory);
  if (descriptor_ < 0) return system_failed(directory, "open");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK) return failed(directory, "another process has this data directory in use");
  const bool has_no_locks = errno == EBADF || errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS;
  if (has_no_locks) return {};
  return system_failed(directory, "flock");
}

}  // namespace breakerd
