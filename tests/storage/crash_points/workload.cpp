#include "tests/storage/crash_points/workload.hpp"

#include <algorithm>

#include "tests/support/eventually.hpp"

namespace breakerd::crash {
namespace {

namespace fs = std::filesystem;
using Kind = FileOperation::Kind;

constexpr int lives = 10;
constexpr std::size_t tables_of_rows_max = 8;  // so many are compacted; as many are those of each other family
constexpr std::size_t families = 3;
constexpr std::size_t sector_few = 3'000;
constexpr std::size_t blocks_few = 100'000;  // of the WAL's 32 KiB
constexpr std::size_t payload_most = 250'000;

class Workload {
 public:
  explicit Workload(const fs::path& root) : directory_{root / data_name}, recorder_{root, {}} {}

  Recording run() {
    for (int life = 0; life < lives; ++life) live(life % 2 == 0 ? HeadMode::async : HeadMode::sync);
    fill_memtable();
    meet_fault();
    rebuild();
    log_ = open_log(directory_);
    Recording recording;
    recording.chain = chain_of(*log_);
    log_.reset();
    recording.operations = recorder_.stop();
    return recording;
  }

 private:
  void append(std::size_t payload_bytes) { append_jobs(*log_, payload_bytes, &recorder_); }

  /// A start reads the WAL back into a table of each family. Some wait for the compaction that these lead to.
  void live(HeadMode head) {
    const std::size_t before = tables();
    log_ = open_log(directory_, head);
    for (const std::size_t bytes : {std::size_t{10}, sector_few, std::size_t{10}, blocks_few}) append(bytes);
    if (before >= families * (tables_of_rows_max - 1))
      test::eventually("a compaction", [&] { return tables() < before; });
    log_.reset();
  }

  /// Until a memtable is full: then it is flushed, and commits go on in a new WAL while the old one is still needed.
  void fill_memtable() {
    log_ = open_log(directory_);
    append(10);
    const fs::path wal = newest_wal();
    while (newest_wal() == wal) append(payload_most);
    for (int i = 0; i < 4; ++i) append(sector_few);
    log_.reset();
    log_ = open_log(directory_, HeadMode::sync);
    append(10);
    log_.reset();
  }

  void meet_fault() {
    log_ = open_log(directory_);
    append(10);
    recorder_.mark(Kind::fault_changing);
    recorder_.fail_next_sync(".log");
    if (try_append_jobs(*log_, sector_few, &recorder_)) throw std::runtime_error{"a sync that failed was not noticed"};
    recorder_.mark(Kind::fault_known);
    need(log_->reopen(), "reopening");
    recorder_.mark(Kind::acknowledged, log_->head().seq);
    append(10);
    recorder_.mark(Kind::fault_changing);
    need(log_->clear_fault(), "clearing the fault");
    recorder_.mark(Kind::fault_ended);
    append(10);
    log_.reset();
  }

  /// Twice: the rows of before are those that a daemon has written, and then those of a rebuild.
  void rebuild() {
    for (int i = 0; i < 2; ++i) {
      need(rebuild_projection(directory_, {}), "a rebuild");
      log_ = open_log(directory_);
      append(10);
      log_.reset();
    }
  }

  template <class Visit>
  void each_file(const std::string& extension, const Visit& visit) const {
    std::error_code error;  // there is no directory yet
    for (fs::directory_iterator at{directory_ / "log", error}, end; !error && at != end; at.increment(error))
      if (at->path().extension() == extension) visit(at->path());
  }
  [[nodiscard]] std::size_t tables() const {
    std::size_t count = 0;
    each_file(".sst", [&](const fs::path&) { ++count; });
    return count;
  }
  [[nodiscard]] fs::path newest_wal() const {
    fs::path newest;
    each_file(".log", [&](const fs::path& file) { newest = std::max(newest, file); });
    return newest;
  }

  fs::path directory_;
  Recorder recorder_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace

Recording record_workload(const fs::path& root) {
  Recording recording = Workload{root}.run();
  check_recording(recording, root);
  return recording;
}

void check_recording(const Recording& recording, const fs::path& root) {
  CrashedDisk disk{recording.begin};
  for (const FileOperation& operation : recording.operations) disk.apply(operation);
  const FileTree recorded = disk.all();
  const FileTree there = FileTree::load(root);
  std::string different;
  for (const auto& [path, file] : recorded.names)
    if (const auto at = there.names.find(path); at == there.names.end() || at->second != file) different += ' ' + path;
  for (const auto& [path, file] : there.names)
    if (!recorded.names.contains(path)) different += ' ' + path;
  if (!different.empty()) throw std::runtime_error{"the record is not what was done to" + different};
}

}  // namespace breakerd::crash
