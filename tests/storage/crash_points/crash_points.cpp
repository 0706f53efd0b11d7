#include "tests/storage/crash_points/crash_points.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace breakerd::crash {
namespace {

namespace fs = std::filesystem;
using Kind = FileOperation::Kind;

std::string kind_of_file(const std::string& path) {
  const std::string name = fs::path{path}.filename().string();
  if (name == "next-wal") return "spare WAL";
  if (name.ends_with(".log")) return "WAL";
  if (name.ends_with(".sst")) return "table";
  if (name.ends_with(".dbtmp")) return "temporary file";
  if (name == "HEAD.new") return name;
  for (const char* known : {"HEAD", "CURRENT", "MANIFEST", "OPTIONS", "IDENTITY", "LOCK"})
    if (name.starts_with(known)) return known;
  return name;
}

std::string kind_of_call(const FileOperation& operation, const CrashedDisk& disk) {
  switch (operation.kind) {
    case Kind::create:
      return "creation of " + kind_of_file(operation.path);
    case Kind::write:
      return "write to " + kind_of_file(disk.name_of(operation.file));
    case Kind::resize:
      return "resize of " + kind_of_file(disk.name_of(operation.file));
    case Kind::sync:
      return "sync of " + kind_of_file(disk.name_of(operation.file));
    case Kind::make_directory:
      return "making of directory " + operation.path;
    case Kind::rename:
      return "rename of " + kind_of_file(operation.path) + " to " + kind_of_file(operation.target);
    case Kind::link:
      return "link of " + kind_of_file(operation.path);
    case Kind::remove:
      return "removal of " + kind_of_file(operation.path);
    case Kind::sync_directory:
      return "sync of directory " + (operation.path.empty() ? std::string{"above"} : operation.path);
    default:
      return "sync of everything";
  }
}

/// The points of one recording, walked by several threads, each with a disk of its own.
class Walk {
 public:
  Walk(const Recording& recording, const std::vector<CrashPoint>& points, const Run& run)
      : recording_{recording}, points_{points}, run_{run} {}

  std::vector<Failure> all() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < run_.jobs; ++i) threads.emplace_back([this, i] { each(run_.room / std::to_string(i)); });
    for (std::thread& thread : threads) thread.join();
    std::sort(failures_.begin(), failures_.end(),
              [](const Failure& a, const Failure& b) { return a.point.operation < b.point.operation; });
    return std::move(failures_);
  }

 private:
  void each(const fs::path& root) {
    CrashedDisk disk{recording_.begin};
    Promise promise;
    std::size_t done = 0;
    for (std::size_t i = next_++; i < points_.size(); i = next_++) {
      for (; done <= points_[i].operation; ++done) {
        disk.apply(recording_.operations[done]);
        promise.apply(recording_.operations[done]);
      }
      crash(points_[i], disk, promise, root);
    }
  }

  void crash(const CrashPoint& point, const CrashedDisk& disk, const Promise& promise, const fs::path& root) {
    std::mt19937_64 random{run_.seed + point.operation * 16 + static_cast<unsigned>(point.loss.bytes) * 4 +
                           static_cast<unsigned>(point.loss.names)};
    const FileTree left = disk.left_by(point.loss, random);
    fs::create_directory(root);
    const Restart restarted = restart(root, left, promise, recording_.chain, run_.restarted != nullptr);
    fs::remove_all(root);
    const std::lock_guard lock{mutex_};
    if (!restarted.problem.empty())
      failures_.push_back({point, restarted.problem, left});
    else if (run_.restarted)
      run_.restarted(point, restarted.recording);
  }

  const Recording& recording_;
  const std::vector<CrashPoint>& points_;
  const Run& run_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<Failure> failures_;
};

}  // namespace

std::vector<CrashPoint> crash_points(const Recording& recording) {
  std::vector<CrashPoint> points;
  CrashedDisk disk{recording.begin};
  for (std::size_t i = 0; i < recording.operations.size(); ++i) {
    const FileOperation& operation = recording.operations[i];
    if (!operation.is_call()) continue;
    disk.apply(operation);
    const std::string call = kind_of_call(operation, disk);
    for (const Loss& loss : disk.losses()) points.push_back({i, loss, call});
  }
  return points;
}

std::vector<CrashPoint> draw(const std::vector<CrashPoint>& from, std::size_t count, std::mt19937_64& random) {
  if (count >= from.size()) return from;
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < from.size(); ++i) groups[from[i].call + ", " + to_string(from[i].loss)].push_back(i);
  std::vector<std::vector<std::size_t>> left;
  for (auto& [name, group] : groups) left.push_back(std::move(group));
  std::vector<std::size_t> drawn;
  while (drawn.size() < count) {
    std::shuffle(left.begin(), left.end(), random);
    for (auto& group : left) {
      if (drawn.size() == count) break;
      if (group.empty()) continue;
      std::swap(group[random() % group.size()], group.back());
      drawn.push_back(group.back());
      group.pop_back();
    }
  }
  std::sort(drawn.begin(), drawn.end());
  std::vector<CrashPoint> points;
  for (const std::size_t i : drawn) points.push_back(from[i]);
  return points;
}

std::vector<Failure> crash_at(const Recording& recording, const std::vector<CrashPoint>& points, const Run& run) {
  return Walk{recording, points, run}.all();
}

Recording without_syncs(const Recording& recording, const std::string& of) {
  Recording without{recording.begin, {}, recording.chain};
  CrashedDisk disk{recording.begin};
  for (const FileOperation& operation : recording.operations) {
    disk.apply(operation);
    const bool is_directory = operation.kind == Kind::sync_directory && operation.path == of;
    const bool is_file = operation.kind == Kind::sync && kind_of_file(disk.name_of(operation.file)) == of;
    if (!is_directory && !is_file) without.operations.push_back(operation);
  }
  return without;
}

}  // namespace breakerd::crash
