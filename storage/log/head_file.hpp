#pragma once
// HEAD: a small file outside RocksDB that says how far the log was acknowledged. RocksDB's WAL alone cannot tell that
// acknowledged events are gone; a log that ends before its HEAD is refused at the start. Also remembers storage
// trouble, so that a restart after it opens the circuit.
//
// Two slots of 4096 bytes, written in turn, each with a counter and a checksum: a torn write leaves the other one.
// The file is preallocated, so that it can be written on a full disk.

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

struct HeadRecord {
  Position position;
  bool fault = false;
};

/// The file itself. Not thread-safe.
class HeadFile {
 public:
  HeadFile() = default;
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  /// Opens it if it is there. `read_only`: write() must not be called. `storage` when the system refuses.
  [[nodiscard]] Result<void> open(const std::filesystem::path& file, bool read_only);

  /// When open() found none: makes one that says Position{}. It is there whole or, when this fails, not at all.
  [[nodiscard]] Result<void> make(const std::filesystem::path& file);

  /// Whether there is one.
  [[nodiscard]] bool exists() const { return file_ >= 0; }

  /// What the newest intact slot says; nullopt when there is no file or no slot is intact.
  [[nodiscard]] const std::optional<HeadRecord>& record() const { return record_; }

  /// Durable when it returns.
  [[nodiscard]] Result<void> write(const HeadRecord& record);

 private:
  [[nodiscard]] Result<void> read_slots();

  int file_ = -1;
  std::uint64_t counter_ = 0;
  std::optional<HeadRecord> record_;
};

/// Keeps a HeadFile up with the log from a thread of its own: durable at most every 10 ms under load, and within 10 ms
/// (and one write) of the last commit. It trails the log and is never ahead of it.
class HeadKeeper {
 public:
  explicit HeadKeeper(HeadFile& file);
  ~HeadKeeper();  ///< writes what is noted

  /// The error of an earlier write by the thread, which the log counts as storage trouble; gone with the next
  /// write_now(). Any thread.
  [[nodiscard]] Result<void> check() const;

  /// HEAD will say so within moments. One thread at a time.
  void advance(const Position& position);

  /// As note(), durable when it returns. One thread at a time, the same as note()'s.
  [[nodiscard]] Result<void> write_now(const Position& position);

  /// Keeps the flag with the newest position noted; durable when it returns. Any thread.
  [[nodiscard]] Result<void> write_fault(bool fault);

 private:
  void run();
  [[nodiscard]] Result<void> write_noted();

  HeadFile& file_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  HeadRecord noted_;
  bool pending_ = false;
  bool stop_ = false;
  std::optional<Error> error_;
  std::mutex file_mutex_;  ///< one write at a time
  std::thread thread_;
};

}  // namespace breakerd
