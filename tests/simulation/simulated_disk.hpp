#pragma once
// What a data directory keeps while processes come and go: the tables as they are durable, at most one commit that is
// written and not known to be durable, and HEAD. SimulatedLog (simulated_log.hpp) is the log that one process has open
// on it.
//
// Deterministic and on one thread: every decision is that of DiskFaults or of whoever calls. What is modelled and what
// is not:
// - A commit is one record of a WAL: after a crash all of it is there or nothing; a torn record is dropped whole.
// - What was synced stays, unless a test removes it (cut_behind()) to see that the next start refuses.
// - HEAD trails the log and is never ahead of it. It is written as a whole or not at all: it has two slots.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/storage/log/head_file.hpp>
#include "tests/simulation/disk_faults.hpp"
#include "tests/support/memory_tables.hpp"

namespace breakerd::simulation {

/// What a crash leaves of a commit that was written and not synced.
enum class CrashEnd {
  kept,
  lost,
  torn,  ///< a part of its record: to the next start the same as lost
};

class SimulatedDisk {
 public:
  /// `faults` outlives the disk.
  explicit SimulatedDisk(DiskFaults& faults) : faults_{faults} {}
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // --- the process that has it open ---

  /// The process is gone at once: kill -9, or a power cut. The log that it had open changes and shows nothing any more.
  /// May be called while that waits for its sync.
  void crash(CrashEnd unsynced);

  /// HEAD catches up with the log. Nothing to do when it has, or when no process has the disk open. What goes wrong is
  /// met by the next commit.
  void write_head();

  [[nodiscard]] bool is_open() const { return in_use_; }
  /// A commit is written and not known to be durable.
  [[nodiscard]] bool has_unsynced() const { return unsynced_.has_value(); }
  /// HEAD is behind the log.
  [[nodiscard]] bool is_head_behind() const { return head_pending_; }

  // --- what is on it ---

  /// What HEAD says; nullopt: there is none, or it cannot be read.
  [[nodiscard]] const std::optional<HeadRecord>& head() const { return head_; }
  /// What is durable, read past all faults: for checks.
  [[nodiscard]] const breakerd::test::MemoryTables& tables() const { return tables_.now(); }
  [[nodiscard]] std::unique_ptr<ReadView> view() const { return tables_.view(); }

  // --- damage ---

  /// The end of the log is gone: what stays ends with event `last`, which ends an append, and has rows that agree. Not
  /// while a process has the disk open.
  void cut_behind(Seq last);
  /// The row's block does not agree with its checksum any more: every read that meets it is `corrupt`, until
  /// mend_rows().
  void damage_row(Table table, std::string key) { damaged_.emplace(table, std::move(key)); }
  void mend_rows() { damaged_.clear(); }
  void lose_head() { head_.reset(); }
  void set_head(const HeadRecord& head) { head_ = head; }
  /// All of the log is gone, but not HEAD. Not while a process has the disk open.
  void lose_log();

 private:
  friend class SimulatedLog;
  friend class FaultyView;

  struct Unsynced {
    breakerd::test::StagedBatch batch;
    bool kept = false;    ///< there when the log is opened again
    bool synced = false;  ///< durable, though nobody was told
  };

  /// Makes the unsynced commit part of the tables, or drops it.
  void settle(bool kept);
  void require_rest() const;
  void clear_tables();
  [[nodiscard]] Result<void> write_head_record(const HeadRecord& head);

  DiskFaults& faults_;
  breakerd::test::SharedTables tables_;
  std::optional<Unsynced> unsynced_;
  std::optional<HeadRecord> head_;
  std::set<std::pair<Table, std::string>> damaged_;
  bool has_log_ = false;  ///< a log was made on it

  // Of the process that has it open:
  bool in_use_ = false;
  std::uint64_t process_ = 0;  ///< counts those that had it open; of an older one nothing counts
  HeadRecord noted_;           ///< what HEAD is to say
  bool head_pending_ = false;
  std::optional<Error> head_error_;  ///< of an earlier write
};

}  // namespace breakerd::simulation
