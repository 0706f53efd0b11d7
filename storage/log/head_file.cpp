#include <breakerd/storage/log/head_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/storage/log/directories.hpp>

namespace breakerd {
namespace {

constexpr std::size_t slot_bytes = 4096;
constexpr std::string_view magic = "BRKHEAD1";
constexpr std::size_t body_bytes = 8 + 8 + 8 + 32 + 1;  // magic, counter, seq, hash, fault
constexpr std::chrono::milliseconds write_interval{10};

Error system_error(const std::string& what, const std::string& file = "HEAD") {
  return make_error(ErrorCode::storage, file + ": " + what + ": " + std::system_category().message(errno));
}

struct Slot {
  std::uint64_t counter = 0;
  HeadRecord record;
};

std::string encode_slot(const Slot& slot) {
  std::string bytes{magic};
  append_big_endian(bytes, slot.counter);
  append_big_endian(bytes, slot.record.position.seq);
  bytes.append(reinterpret_cast<const char*>(slot.record.position.hash.data()), 32);
  bytes += slot.record.fault ? '\1' : '\0';
  const Digest checksum = sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(checksum.data()), checksum.size());
  bytes.resize(slot_bytes, '\0');
  return bytes;
}

std::optional<Slot> decode_slot(std::string_view bytes) {
  const std::string_view body = bytes.substr(0, body_bytes);
  const Digest checksum = sha256(body);
  if (!body.starts_with(magic) || std::memcmp(bytes.data() + body_bytes, checksum.data(), checksum.size()) != 0)
    return std::nullopt;
  Slot slot;
  slot.counter = read_big_endian(body.substr(8));
  slot.record.position.seq = read_big_endian(body.substr(16));
  std::memcpy(slot.record.position.hash.data(), body.data() + 24, 32);
  slot.record.fault = body[56] != '\0';
  return slot;
}

Result<void> write_all(int file, std::string_view bytes, off_t at) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error("write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += n;
  }
  return {};
}

}  // namespace

HeadFile::~HeadFile() {
  if (file_ >= 0) ::close(file_);
}

Result<void> HeadFile::open(const std::filesystem::path& file, bool read_only) {
  file_ = ::open(file.c_str(), (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
  if (file_ >= 0) return read_slots();
  struct stat there {};
  if (errno == ENOENT && ::lstat(file.c_str(), &there) != 0 && errno == ENOENT) return {};
  return system_error("open", file.string());  // also of a link to nothing: what it led to may come back
}

Result<void> HeadFile::make(const std::filesystem::path& file) {
  std::filesystem::path half_made = file;
  half_made += ".new";
  file_ = ::open(half_made.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file_ < 0) return system_error("open", half_made.string());
  auto ok = write_all(file_, std::string(2 * slot_bytes, '\0'), 0);
  if (ok) ok = write({});
  if (ok && ::rename(half_made.c_str(), file.c_str()) != 0) ok = system_error("rename", half_made.string());
  if (ok) ok = sync_directory(file.parent_path());
  if (!ok) ::unlink(half_made.c_str());
  return ok;
}

Result<void> HeadFile::read_slots() {
  std::array<char, 2 * slot_bytes> bytes{};
  const ssize_t n = ::pread(file_, bytes.data(), bytes.size(), 0);
  if (n < 0) return system_error("read");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto slot = decode_slot({bytes.data() + i * slot_bytes, slot_bytes});
    if (!slot || (record_ && slot->counter < counter_)) continue;
    counter_ = slot->counter;
    record_ = slot->record;
  }
  return {};
}

Result<void> HeadFile::write(const HeadRecord& record) {
  const std::uint64_t counter = counter_ + 1;
  const auto at = static_cast<off_t>((counter % 2) * slot_bytes);
  if (auto ok = write_all(file_, encode_slot({counter, record}), at); !ok) return ok.error();
  if (::fdatasync(file_) != 0) return system_error("fdatasync");
  counter_ = counter;
  record_ = record;
  return {};
}

HeadKeeper::HeadKeeper(HeadFile& file) : file_{file} {
  if (file_.record()) noted_ = *file_.record();
  thread_ = std::thread{[this] { run(); }};
}

HeadKeeper::~HeadKeeper() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<void> HeadKeeper::check() const {
  const std::lock_guard lock{mutex_};
  if (error_) return *error_;
  return {};
}

void HeadKeeper::advance(const Position& position) {
  bool wake = false;
  {
    const std::lock_guard lock{mutex_};
    noted_.position = position;
    wake = !pending_;
    pending_ = true;
  }
  if (wake) wake_.notify_one();
}

Result<void> HeadKeeper::write_now(const Position& position) {
  {
    const std::lock_guard lock{mutex_};
    noted_.position = position;
  }
  return write_noted();
}

Result<void> HeadKeeper::write_fault(bool fault) {
  {
    const std::lock_guard lock{mutex_};
    noted_.fault = fault;
  }
  return write_noted();
}

Result<void> HeadKeeper::write_noted() {
  const std::lock_guard file_lock{file_mutex_};
  HeadRecord record;
  {
    // Taken with the file in hand: an older record never follows a newer one.
    const std::lock_guard lock{mutex_};
    record = noted_;
    pending_ = false;
    error_.reset();
  }
  auto written = file_.write(record);
  if (!written) {
    const std::lock_guard lock{mutex_};
    error_ = written.error();
  }
  return written;
}

void HeadKeeper::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    wake_.wait(lock, [this] { return pending_ || stop_; });
    // Gathers the commits of the next moments into one write; a stop does not wait.
    if (!stop_) wake_.wait_for(lock, write_interval, [this] { return stop_; });
    if (pending_) {
      lock.unlock();
      (void)write_noted();  // kept in error_ for check()
      lock.lock();
    }
    if (stop_ && !pending_) return;
  }
}

}  // namespace breakerd
