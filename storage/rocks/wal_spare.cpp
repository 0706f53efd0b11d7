#include <breakerd/storage/rocks/wal_spare.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace breakerd {
namespace {

/// A little more than a WAL of small jobs takes until its memtables are full. What goes beyond it makes the file grow.
constexpr std::size_t spare_bytes = 16 << 20;
/// Written and synced at once, beside commits: little enough that none of them need wait for long behind it.
constexpr std::size_t careful_step_bytes = 512 << 10;
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
  if (make(spare_bytes)) state_ = State::ready;
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error&) {  // then there is this one only
  }
}

WalSpare::~WalSpare() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
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
    const bool made = make(careful_step_bytes);
    lock.lock();
    state_ = made ? State::ready : State::none;
  }
}

/// Whatever keeps a spare from being made is no trouble: the WAL's file grows as it is written, then.
bool WalSpare::make(std::size_t step_bytes) const noexcept try {
  std::error_code error;
  const auto space = std::filesystem::space(file_.parent_path(), error);
  if (error || space.available < free_bytes_min) return false;
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (descriptor < 0) return false;
  const bool filled = fill(descriptor, step_bytes);
  ::close(descriptor);
  if (!filled) ::unlink(file_.c_str());
  return filled;
} catch (...) {  // no memory
  return false;
}

bool WalSpare::fill(int descriptor, std::size_t step_bytes) const {
  const std::string zeros(careful_step_bytes, '\0');
  for (std::size_t done = 0, synced = 0; done < spare_bytes;) {
    if (is_stopping() || !write_all(descriptor, zeros)) return false;
    done += zeros.size();
    if (done - synced < step_bytes && done < spare_bytes) continue;
    if (::fdatasync(descriptor) != 0) return false;
    synced = done;
  }
  return true;
}

bool WalSpare::is_stopping() const {
  const std::lock_guard lock{mutex_};
  return stop_;
}

}  // namespace breakerd
