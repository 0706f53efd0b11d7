// Crashes of the machine under a log, at every call that changes a file: what is left is started again and verified.
//
// The calls are recorded once, of this process, where they leave it for the system (recorder.hpp). Then for each of
// them the directory is made that a crash after it would leave (crashed_disk.hpp), and the real log is opened there. So
// the record has the calls of RocksDB, of HEAD and of everything else, in the order they were made; one run of the
// workload is enough for all points; no seam in the product is needed; and a point needs no process of its own. (A
// FileSystem handed to RocksDB would see its calls alone, and at every point the workload would run anew.)
//
// A restart is a workload, too: those of some crash points are recorded, and crashed at each of their own calls.
//
// At the end come those syncs without which it must go wrong: left out of the record, they must be missed.

#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <map>

#include "tests/storage/crash_points/crash_points.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace breakerd::crash;

constexpr std::size_t canary_points_max = 200;
constexpr std::size_t kept_max = 5;            // of what failed the first ones' files are kept
constexpr std::size_t points_at_once = 1'000;  // then it is said how far they are

/// A line, at once.
template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print("{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
  (void)std::fflush(stdout);
}

struct Options {
  std::size_t sample = 0;
  std::size_t restarts = 12;
  unsigned jobs = 1;
};

class CrashRun {
 public:
  CrashRun(const Options& options, std::filesystem::path room)
      : options_{options}, room_{std::move(room)}, random_{breakerd::test::test_seed()} {}

  /// False when something failed.
  bool run() {
    const Recording recording = record();
    crash_workload(recording);
    crash_restarts(recording);
    for (const char* of : {"WAL", "table", "MANIFEST", "data/log", "data"}) miss_syncs(recording, of);
    for (const auto& [call, count] : counts_) say("{:>8} after {}", count, call);
    say("{} crash points, {} failed", points_, failed_);
    return failed_ == 0;
  }

 private:
  [[nodiscard]] std::filesystem::path new_room() {
    auto room = room_ / std::to_string(++rooms_);
    std::filesystem::create_directory(room);
    return room;
  }

  Recording record() {
    Recording recording = record_workload(new_room());
    std::size_t calls = 0;
    for (const FileOperation& operation : recording.operations) calls += operation.is_call() ? 1 : 0;
    say("recorded {} calls and {} events", calls, recording.chain.size() - 1);
    return recording;
  }

  [[nodiscard]] std::vector<CrashPoint> drawn(const Recording& recording, std::size_t sample) {
    const auto all = crash_points(recording);
    return sample == 0 ? all : draw(all, sample, random_);
  }

  [[nodiscard]] Run plain_run() { return {random_(), options_.jobs, new_room(), {}}; }

  void crash(const Recording& recording, const std::vector<CrashPoint>& points, const std::string& where) {
    for (std::size_t begin = 0; begin < points.size(); begin += points_at_once) {
      const std::size_t end = std::min(points.size(), begin + points_at_once);
      const auto at = [&](std::size_t i) { return points.begin() + static_cast<std::ptrdiff_t>(i); };
      for (const Failure& failure : crash_at(recording, {at(begin), at(end)}, plain_run())) failed(failure, where);
      if (points.size() > points_at_once) say("  {} of {}, {} failed", end, points.size(), failed_);
    }
    points_ += points.size();
    for (const CrashPoint& point : points) ++counts_[point.call];
  }

  [[nodiscard]] static std::string place(const CrashPoint& point) {
    return fmt::format("crash after call {}, {}; {}", point.operation, point.call, to_string(point.loss));
  }

  void failed(const Failure& failure, const std::string& where) {
    say("FAILED: {}{}\n  {}", where, place(failure.point), failure.problem);
    if (++failed_ > kept_max) return;
    const auto kept = std::filesystem::temp_directory_path() /
                      fmt::format("breakerd-crash-{}-{}", breakerd::test::test_seed(), failed_);
    std::filesystem::remove_all(kept);
    std::filesystem::create_directory(kept);
    failure.left.save(kept);
    say("  its files: {}", (kept / data_name).string());
  }

  void crash_workload(const Recording& recording) {
    const auto points = drawn(recording, options_.sample);
    say("{} crash points of the workload", points.size());
    crash(recording, points, "");
  }

  void crash_restarts(const Recording& recording) {
    std::map<std::string, Recording> restarts;
    Run run = plain_run();
    run.restarted = [&](const CrashPoint& point, const Recording& restart) {
      restarts[place(point) + "; in its restart: "] = restart;
    };
    for (const Failure& failure : crash_at(recording, drawn(recording, options_.restarts), run))
      failed(failure, "recorded: ");
    say("restarts of {} crash points, crashed in turn", restarts.size());
    if (restarts.empty()) return;
    const std::size_t each = options_.sample == 0 ? 0 : std::max<std::size_t>(1, options_.sample / 4 / restarts.size());
    for (const auto& [where, restart] : restarts) crash(restart, drawn(restart, each), where);
  }

  void miss_syncs(const Recording& recording, const std::string& of) {
    const Recording without = without_syncs(recording, of);
    std::vector<CrashPoint> points = crash_points(without);
    std::erase_if(points,
                  [](const CrashPoint& p) { return p.loss.bytes != Bytes::lost || p.loss.names != Names::undone; });
    points = draw(points, canary_points_max, random_);
    std::shuffle(points.begin(), points.end(), random_);
    std::size_t tried = 0;
    Run run = plain_run();
    run.jobs = 1;
    for (const CrashPoint& point : points) {
      ++tried;
      const auto failures = crash_at(without, {point}, run);
      if (failures.empty()) continue;
      say("without the syncs of {}, point {}: {}", of, tried, failures.front().problem);
      return;
    }
    ++failed_;
    say("FAILED: without the syncs of {} nothing is missed at {} points", of, tried);
  }

  const Options options_;
  const std::filesystem::path room_;
  std::mt19937_64 random_;
  std::size_t rooms_ = 0;
  std::size_t points_ = 0;
  std::size_t failed_ = 0;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Crashes a log at each call that changes a file, and starts again. BREAKERD_TEST_SEED draws"};
  Options options;
  app.add_option("--sample", options.sample, "Draw so many crash points of the workload (default: all)");
  app.add_option("--restarts", options.restarts, "Crash the restarts of so many crash points, too")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--jobs", options.jobs, "Crash points at the same time")->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  begin_crashing();
  const breakerd::test::TempDir workshop;
  return CrashRun{options, workshop.path()}.run() ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "crash_points: {}\n", error.what());
  return 1;
}
