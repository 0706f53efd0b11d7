#pragma once
// A simulated log, its disk, and the faults that a test tells it to have.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <breakerd/storage/tables/row_read.hpp>
#include "tests/simulation/simulated_log.hpp"
#include "tests/simulation/whole_check.hpp"
#include "tests/support/append.hpp"
#include "tests/support/results.hpp"

namespace breakerd::simulation {

/// Faults that come in the order they were told.
class ToldFaults final : public DiskFaults {
 public:
  struct Unreadable {
    Reader reader;
    Table table;
    ErrorCode code;
  };

  std::deque<CommitEnd> ends;  ///< of the next commits; later ones are synced
  std::deque<ReopenEnd> reopens;
  std::function<void()> during_sync;
  std::optional<Unreadable> unreadable;
  bool head_is_broken = false;
  int behind = 0;  ///< how often HEAD fell behind

  CommitEnd next_commit(Seq) override { return next(ends, CommitEnd::synced); }
  void while_syncing() override {
    if (during_sync) during_sync();
  }
  ReopenEnd next_reopen() override { return next(reopens, ReopenEnd::done); }
  std::optional<ErrorCode> next_read(Reader reader, Table table) override {
    if (!unreadable || unreadable->reader != reader || unreadable->table != table) return std::nullopt;
    return unreadable->code;
  }
  bool head_fails() override { return head_is_broken; }
  void head_is_behind() override { ++behind; }

 private:
  template <class End>
  static End next(std::deque<End>& told, End usual) {
    if (told.empty()) return usual;
    const End end = told.front();
    told.pop_front();
    return end;
  }
};

class LogOnDisk {
 public:
  explicit LogOnDisk(HeadMode head = HeadMode::async) : head_{head} { open(); }

  ToldFaults faults;
  SimulatedDisk disk{faults};
  std::unique_ptr<SimulatedLog> log;

  SimulatedLog* operator->() const { return log.get(); }

  void open() { log = breakerd::test::must(SimulatedLog::open(disk, head_)); }
  void close() { log.reset(); }
  void restart() {
    close();
    open();
  }
  /// The start is refused as `corrupt`; gives what is said.
  [[nodiscard]] std::string refused() {
    const Error error = breakerd::test::error_of(SimulatedLog::open(disk, head_));
    CHECK(error.code == ErrorCode::corrupt);
    return error.detail;
  }

  /// One commit of as many new jobs.
  [[nodiscard]] Result<Appended> try_enqueue(int jobs) {
    const auto view = disk.view();
    const JobId last = breakerd::test::must(read_queue(*view)).last_job;
    Append append;
    for (int i = 1; i <= jobs; ++i)
      append.events.push_back(breakerd::test::said(breakerd::test::enqueued(last + static_cast<JobId>(i))));
    return breakerd::test::try_append(*log, std::move(append));
  }
  void enqueue(int jobs) { breakerd::test::must(try_enqueue(jobs)); }

  [[nodiscard]] Seq last() const { return log->head().seq; }
  /// How many events a view shows.
  [[nodiscard]] std::size_t events_shown() const {
    return breakerd::test::must(read_all_events(*breakerd::test::must(log->view()))).size();
  }
  void require_whole() const {
    const auto view = breakerd::test::must(log->view());
    CHECK(events_shown() == last());
    CHECK(check_whole(*view) == std::vector<std::string>{});
    CHECK(check_rebuild(*view) == std::vector<std::string>{});
  }

 private:
  HeadMode head_;
};

}  // namespace breakerd::simulation
