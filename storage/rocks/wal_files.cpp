#include <breakerd/storage/rocks/wal_files.hpp>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/storage/rocks/wal_end.hpp>
#include <breakerd/storage/rocks/wal_spare.hpp>

namespace breakerd {
namespace {

constexpr std::size_t read_bytes = 1 << 20;
/// For less than this the memtable is filled before the disk has begun.
constexpr std::uint64_t eager_bytes_min = 4 << 10;

bool is_wal(const std::string& name) { return name.ends_with(".log"); }

/// Of a file's name without its folder: "000123.log".
std::uint64_t wal_number(const std::string& name) {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

/// A file that seems to end earlier than it does.
class ShorterFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  ShorterFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::size_t bytes)
      : FSSequentialFileOwnerWrapper{std::move(file)}, left_{bytes} {}

  rocksdb::IOStatus Read(std::size_t count, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* room,
                         rocksdb::IODebugContext* debug) override {
    auto status = FSSequentialFileOwnerWrapper::Read(std::min(count, left_), options, result, room, debug);
    if (status.ok()) left_ -= std::min(left_, result->size());
    return status;
  }
  rocksdb::IOStatus Skip(std::uint64_t count) override {
    const auto bytes = std::min<std::uint64_t>(count, left_);
    left_ -= static_cast<std::size_t>(bytes);
    return FSSequentialFileOwnerWrapper::Skip(bytes);
  }

 private:
  std::size_t left_;
};

/// A WAL whose larger commits go to the disk as soon as they are written, so that the sync has less left to wait for.
class EagerFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  explicit EagerFile(std::unique_ptr<rocksdb::FSWritableFile> file) : FSWritableFileOwnerWrapper{std::move(file)} {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    return counted(data.size(), FSWritableFileOwnerWrapper::Append(data, options, debug));
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification, rocksdb::IODebugContext* debug) override {
    return counted(data.size(), FSWritableFileOwnerWrapper::Append(data, options, verification, debug));
  }

  /// Called behind every commit.
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Flush(options, debug);
    if (!status.ok()) return status;
    if (written_ - begun_ >= eager_bytes_min) status = RangeSync(begun_, written_ - begun_, options, debug);
    begun_ = written_;
    return status;
  }

 private:
  rocksdb::IOStatus counted(std::size_t bytes, rocksdb::IOStatus status) {
    if (status.ok()) written_ += bytes;
    return status;
  }

  std::uint64_t written_ = 0;
  std::uint64_t begun_ = 0;  ///< on its way to the disk, or there
};

class WalFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  WalFileSystem(std::filesystem::path directory, bool writes)
      : FileSystemWrapper{rocksdb::FileSystem::Default()}, directory_{std::move(directory)}, writes_{writes} {}

  const char* Name() const override { return "breakerd.WalFileSystem"; }

  // There is a spare while the database is locked, and at no other time: it may be another process's.
  rocksdb::IOStatus LockFile(const std::string& name, const rocksdb::IOOptions& options, rocksdb::FileLock** lock,
                             rocksdb::IODebugContext* debug) override {
    auto status = target()->LockFile(name, options, lock, debug);
    if (status.ok() && writes_) spare_.emplace(directory_);
    return status;
  }
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    spare_.reset();
    return target()->UnlockFile(lock, options, debug);
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (!is_wal(name)) return target()->NewWritableFile(name, options, file, debug);
    auto status = rocksdb::IOStatus::NotFound();
    if (spare_) {
      if (spare_->take()) status = target()->ReuseWritableFile(name, spare_->file().string(), options, file, debug);
      spare_->replace();
    }
    if (!status.ok()) status = target()->NewWritableFile(name, options, file, debug);
    if (status.ok()) *file = std::make_unique<EagerFile>(std::move(*file));
    return status;
  }

  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    if (!is_wal(name)) return target()->NewSequentialFile(name, options, file, debug);
    std::string bytes;
    if (auto status = read(name, options, bytes, debug); !status.ok()) return status;
    std::unique_ptr<rocksdb::FSSequentialFile> whole;
    auto status = target()->NewSequentialFile(name, options, &whole, debug);
    if (!status.ok()) return status;
    bool last = true;
    if (status = find_whether_last(name, options, last, debug); !status.ok()) return status;
    *file = std::make_unique<ShorterFile>(std::move(whole), sound_end(bytes, last));
    return status;
  }

 private:
  /// Whether no newer WAL has anything in it. (A start that was killed leaves an empty one.)
  rocksdb::IOStatus find_whether_last(const std::string& name, const rocksdb::FileOptions& options, bool& last,
                                      rocksdb::IODebugContext* debug) {
    const std::filesystem::path file{name};
    std::vector<std::string> siblings;
    auto status = target()->GetChildren(file.parent_path().string(), options.io_options, &siblings, debug);
    for (const std::string& sibling : siblings) {
      const bool is_newer = is_wal(sibling) && wal_number(sibling) > wal_number(file.filename().string());
      if (!status.ok() || !is_newer) continue;
      std::string begin;
      status = read((file.parent_path() / sibling).string(), options, begin, debug, wal_header_bytes);
      if (!is_empty_wal(begin)) last = false;
    }
    return status;
  }

  /// The first bytes of a file, all of them unless told otherwise.
  rocksdb::IOStatus read(const std::string& name, const rocksdb::FileOptions& options, std::string& bytes,
                         rocksdb::IODebugContext* debug, std::size_t bytes_max = SIZE_MAX) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    auto status = target()->NewSequentialFile(name, options, &file, debug);
    for (rocksdb::Slice piece{"", 1}; status.ok() && !piece.empty() && bytes.size() < bytes_max;) {
      const std::size_t begin = bytes.size();
      const std::size_t wanted = std::min(read_bytes, bytes_max - begin);
      bytes.resize(begin + wanted);
      status = file->Read(wanted, options.io_options, &piece, bytes.data() + begin, debug);
      if (!status.ok()) break;
      if (piece.data() != bytes.data() + begin) std::copy_n(piece.data(), piece.size(), bytes.data() + begin);
      bytes.resize(begin + piece.size());
    }
    return status;
  }

  const std::filesystem::path directory_;
  const bool writes_;
  std::optional<WalSpare> spare_;  ///< absent when nothing may be written
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_wal_environment(const std::filesystem::path& directory, bool writes) {
  return rocksdb::NewCompositeEnv(std::make_shared<WalFileSystem>(directory, writes));
}

}  // namespace breakerd
