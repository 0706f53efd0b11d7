#include "storage/wal_files.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <optional>
#include <string>

#include "storage/wal_end.hpp"
#include "storage/wal_spare.hpp"

namespace breakerd {
namespace {

constexpr std::size_t read_bytes = 1 << 20;

bool is_wal(const std::string& name) { return name.ends_with(".log"); }

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

class WalFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  WalFileSystem(const std::filesystem::path& directory, bool writes)
      : FileSystemWrapper{rocksdb::FileSystem::Default()} {
    if (writes) spare_.emplace(directory);
  }

  const char* Name() const override { return "breakerd.WalFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (spare_ && is_wal(name)) {
      const auto status = spare_->take()
                              ? target()->ReuseWritableFile(name, spare_->file().string(), options, file, debug)
                              : rocksdb::IOStatus::NotFound();
      spare_->replace();
      if (status.ok()) return status;
    }
    return target()->NewWritableFile(name, options, file, debug);
  }

  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    if (!is_wal(name)) return target()->NewSequentialFile(name, options, file, debug);
    std::string bytes;
    if (auto status = read(name, options, bytes, debug); !status.ok()) return status;
    std::unique_ptr<rocksdb::FSSequentialFile> whole;
    auto status = target()->NewSequentialFile(name, options, &whole, debug);
    if (status.ok()) *file = std::make_unique<ShorterFile>(std::move(whole), sound_end(bytes));
    return status;
  }

 private:
  rocksdb::IOStatus read(const std::string& name, const rocksdb::FileOptions& options, std::string& bytes,
                         rocksdb::IODebugContext* debug) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    auto status = target()->NewSequentialFile(name, options, &file, debug);
    for (rocksdb::Slice piece{"", 1}; status.ok() && !piece.empty();) {
      const std::size_t begin = bytes.size();
      bytes.resize(begin + read_bytes);
      status = file->Read(read_bytes, options.io_options, &piece, bytes.data() + begin, debug);
      if (!status.ok()) break;
      if (piece.data() != bytes.data() + begin) std::copy_n(piece.data(), piece.size(), bytes.data() + begin);
      bytes.resize(begin + piece.size());
    }
    return status;
  }

  std::optional<WalSpare> spare_;  ///< absent when nothing is written
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_wal_environment(const std::filesystem::path& directory, bool writes) {
  return rocksdb::NewCompositeEnv(std::make_shared<WalFileSystem>(directory, writes));
}

}  // namespace breakerd
