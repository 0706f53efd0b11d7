#include "storage/wal_spare.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace breakerd {
namespace {

/// A little more than a WAL of small jobs takes until its memtables are full. What goes beyond it makes the file grow.
constexpr std::size_t spare_bytes = 12 << 20;
/// Written and synced at once: little enough that a commit need not wait for long behind it.
constexpr std::size_t step_bytes = 512 << 10;
/// On a disk that is nearly full the room is left to those who need it.
constexpr std::size_t free_bytes_min = 4 * spare_bytes;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

WalSpare::WalSpare(const std::filesystem::path& directory) : file_{directory / "next-wal"} {
  if (make()) state_ = State::ready;
  thread_ = std::thread{[this] { run(); }};
}

WalSpare::~WalSpare() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  ::unlink(file_.c_str());  // it may not be there
}

bool WalSpare::take() {
  const std::lock_guard lock{mutex_};
  if (state_ != State::ready) return false;
  state_ = State::none;
  return true;
}

void WalSpare::replace() {
  {
    const std::lock_guard lock{mutex_};
    if (state_ == State::none) state_ = State::wanted;
  }
  wake_.notify_one();
}

void WalSpare::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    wake_.wait(lock, [this] { return stop_ || state_ == State::wanted; });
    if (stop_) return;
    lock.unlock();
    const bool made = make();
    lock.lock();
    state_ = made ? State::ready : State::none;
  }
}

/// Whatever keeps a spare from being made is no trouble: the WAL's file grows as it is written, then.
bool WalSpare::make() const {
  std::error_code error;
  const auto space = std::filesystem::space(file_.parent_path(), error);
  if (error || space.available < free_bytes_min) return false;
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (descriptor < 0) return false;
  const bool filled = fill(descriptor);
  ::close(descriptor);
  if (!filled) ::unlink(file_.c_str());
  return filled;
}

bool WalSpare::fill(int descriptor) const {
  const std::string zeros(step_bytes, '\0');
  for (std::size_t done = 0; done < spare_bytes; done += step_bytes) {
    if (is_stopping() || !write_all(descriptor, zeros) || ::fdatasync(descriptor) != 0) return false;
  }
  return true;
}

bool WalSpare::is_stopping() const {
  const std::lock_guard lock{mutex_};
  return stop_;
}

}  // namespace breakerd
