#pragma once
// Disks that go wrong when told to, and can be put right.

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace breakerd::integration {

/// What the daemon's log says each time it has tried to reopen its storage, and the trouble lasts.
inline constexpr const char* reopening_failed = "storage is still down";

/// Something that goes wrong with the disk, and can be put right.
struct Trouble {
  std::string name;
  std::function<void()> begin;
  std::function<void()> end;
};

/// A disk that does not sync while it is in trouble.
class FailingSync {
 public:
  explicit FailingSync(const std::filesystem::path& workshop);

  /// What a daemon must be started with.
  [[nodiscard]] std::vector<std::string> environment() const;
  /// WAL files are not synced.
  [[nodiscard]] Trouble trouble() const { return while_marked("a disk that does not sync", {}); }
  /// Nor is anything else.
  [[nodiscard]] Trouble gone() const { return while_marked("a disk that is gone", "all"); }
  /// A sync of a WAL file does not return before the end.
  [[nodiscard]] Trouble hang() const { return while_marked("a disk that hangs", "hang"); }

 private:
  [[nodiscard]] Trouble while_marked(std::string name, std::string content) const;

  std::filesystem::path marker_;
  std::filesystem::path library_;
};

/// A file system of our own, small.
class SmallDisk {
 public:
  /// A Skip when it cannot be made: that takes root.
  explicit SmallDisk(std::filesystem::path at);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return at_; }

  /// Being full.
  [[nodiscard]] Trouble trouble();

 private:
  void fill();
  void clear();
  [[nodiscard]] std::filesystem::path ballast() const { return at_ / "ballast"; }

  std::filesystem::path at_;
  std::thread filler_;
  std::atomic<bool> filling_{false};
  std::atomic<int> error_{0};
};

}  // namespace breakerd::integration
