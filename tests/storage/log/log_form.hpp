#pragma once
// The forms of the log that the conformance suite runs on, and the verbs its tests are written in.

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/storage/log/event_log.hpp>
#include <breakerd/storage/projection/projected_log.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/simulation/simulated_log.hpp"
#include "tests/storage/rocks/io_faults.hpp"
#include "tests/support/append.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"
#include "tests/support/temp_dir.hpp"

namespace breakerd::test {

/// The log on a disk, in a directory of its own.
class RocksForm {
 public:
  std::unique_ptr<EventLog> make() {
    RocksLogOptions options;
    options.directory = dir_.path();
    return must(open_rocks_log(std::move(options)));
  }
  void fail_next_commit(EventLog&) { fail_next_sync(".log"); }

 private:
  TempDir dir_;
};

class MemoryForm {
 public:
  std::unique_ptr<EventLog> make() { return std::make_unique<MemoryLog>(); }
  void fail_next_commit(EventLog& log) { static_cast<MemoryLog&>(log).fail_next(1); }
};

/// The log of the simulation, on a disk that fails when it is told to.
class SimulatedForm {
 public:
  std::unique_ptr<EventLog> make() { return must(simulation::SimulatedLog::open(disk_)); }
  void fail_next_commit(EventLog&) { faults_.fails_next = true; }

 private:
  struct Faults final : simulation::DiskFaults {
    bool fails_next = false;

    simulation::CommitEnd next_commit(Seq) override {
      return std::exchange(fails_next, false) ? simulation::CommitEnd::sync_kept : simulation::CommitEnd::synced;
    }
  };

  Faults faults_;
  simulation::SimulatedDisk disk_{faults_};
};

/// What a view says of a table: its rows, in order.
inline std::vector<std::pair<std::string, std::string>> rows_of(const ReadView& view, Table table) {
  std::vector<std::pair<std::string, std::string>> rows;
  must(view.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    return true;
  }));
  return rows;
}

inline std::size_t count_of(const EventLog& log, Table table) { return rows_of(*must(log.view()), table).size(); }

/// The jobs in the sets of an index table.
inline std::vector<JobId> jobs_in(const EventLog& log, Table table) {
  std::vector<JobId> jobs;
  must(scan_jobs(*must(log.view()), table, {}, 0, [&](JobId job) { return jobs.push_back(job), true; }));
  return jobs;
}

}  // namespace breakerd::test
