#pragma once
// The next WAL's file, written ahead: full of zeros, its blocks on the disk. What is written into it later changes
// neither its size nor where it is, so that an fdatasync has only the data to write
// (docs/decisions/wal-over-written-blocks.md).

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace breakerd {

class WalSpare {
 public:
  /// Makes the first spare before it returns, if there is room. `directory` must exist and be nobody else's. A spare
  /// that an earlier run left is not trusted.
  explicit WalSpare(const std::filesystem::path& directory);
  ~WalSpare();  ///< removes the spare
  WalSpare(const WalSpare&) = delete;
  WalSpare& operator=(const WalSpare&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  /// True when there is a spare: it is the caller's, who renames it and then calls replace(). Any thread.
  [[nodiscard]] bool take();

  /// Has another one made in the background. Any thread.
  void replace();

 private:
  enum class State : std::uint8_t { none, wanted, ready };

  void run();
  [[nodiscard]] bool make(std::size_t step_bytes) const noexcept;
  [[nodiscard]] bool fill(int descriptor, std::size_t step_bytes) const;
  [[nodiscard]] bool is_stopping() const;

  const std::filesystem::path file_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  State state_ = State::none;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace breakerd
