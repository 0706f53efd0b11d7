#include "tests/simulation/simulated_log.hpp"

#include <stdexcept>
#include <utility>

#include <breakerd/storage/log/head_check.hpp>
#include <breakerd/storage/tables/row_format.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd::simulation {

using breakerd::test::StagedBatch;

namespace {

Error is_gone() { return make_error(ErrorCode::unavailable, "the process that had the log open is gone"); }

Error bad_block() { return make_error(ErrorCode::corrupt, "Corruption: block checksum mismatch"); }

}  // namespace

Result<void> FaultyView::read(Table table) const {
  const auto fault = disk_.faults_.next_read(reader_, table);
  if (!fault) return {};
  if (*fault == ErrorCode::corrupt) return bad_block();
  return make_error(*fault, "IO error: Input/output error");
}

bool FaultyView::is_damaged(Table table, std::string_view key) const {
  return !disk_.damaged_.empty() && disk_.damaged_.contains({table, std::string{key}});
}

Result<std::optional<std::string>> FaultyView::get(Table table, std::string_view key) const {
  if (auto ok = read(table); !ok) return ok.error();
  if (is_damaged(table, key)) return bad_block();
  return rows_.get(table, key);
}

Result<void> FaultyView::scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const {
  if (auto ok = read(table); !ok) return ok.error();
  if (disk_.damaged_.empty()) return rows_.scan(table, from, to, visit);
  bool met_damage = false;
  auto scanned = rows_.scan(table, from, to, [&](std::string_view key, std::string_view value) {
    met_damage = is_damaged(table, key);
    return !met_damage && visit(key, value);
  });
  if (met_damage) return bad_block();
  return scanned;
}

Result<std::optional<std::string>> FaultyView::last_key(Table table, std::string_view before) const {
  if (auto ok = read(table); !ok) return ok.error();
  auto key = rows_.last_key(table, before);
  if (key && *key && is_damaged(table, **key)) return bad_block();
  return key;
}

Result<std::unique_ptr<SimulatedLog>> SimulatedLog::open(SimulatedDisk& disk, HeadMode head) {
  if (disk.in_use_) return make_error(ErrorCode::storage, "another process has the data directory open");
  std::unique_ptr<SimulatedLog> log{new SimulatedLog{disk, head}};
  if (auto ok = log->start(); !ok) return ok.error();
  return log;
}

SimulatedLog::SimulatedLog(SimulatedDisk& disk, HeadMode head)
    : ViewOfSimulatedLog{FaultyView{disk, Reader::log}},
      ProjectedLog{latest},
      disk_{disk},
      head_mode_{head},
      process_{++disk.process_} {
  disk_.in_use_ = true;
  disk_.head_pending_ = false;
  disk_.head_error_.reset();
}

SimulatedLog::~SimulatedLog() {
  if (is_dead()) return;
  disk_.write_head();
  disk_.in_use_ = false;
}

Result<void> SimulatedLog::start() {
  if (!disk_.head_ && !disk_.has_log_)
    if (auto ok = disk_.write_head_record({}); !ok) return ok.error();
  if (!disk_.head_) return no_head();
  if (!disk_.has_log_ && disk_.head_->position.seq != 0) return log_is_lost("log", disk_.head_->position.seq);
  disk_.has_log_ = true;
  acknowledged_ = disk_.head_->position;
  fault_ = disk_.head_->fault;
  disk_.noted_ = *disk_.head_;
  if (disk_.unsynced_) disk_.settle(disk_.unsynced_->kept);
  if (const auto format = read_format(latest); !format) return format.error();
  if (auto ok = load(); !ok) return ok.error();
  acknowledged_ = head();
  if (disk_.head_->position != head()) note_head(head());
  return {};
}

Result<std::vector<Result<Appended>>> SimulatedLog::append(std::span<Append> appends) {
  if (is_dead()) return is_gone();
  if (committing_) throw std::logic_error{"an append within an append"};
  return ProjectedLog::append(appends);
}

Result<void> SimulatedLog::reopen() {
  if (is_dead()) return is_gone();
  refuse_appends();
  fault_ = true;
  if (!fault_noted_) mark_failed();
  const ReopenEnd end = disk_.faults_.next_reopen();
  if (end == ReopenEnd::at_the_probe) return make_error(ErrorCode::storage, "probe: No space left on device");
  acknowledged_ = head();
  readable_ = false;
  auto reopened = end == ReopenEnd::done
                      ? reopen_tables()
                      : make_error(ErrorCode::storage, "opening the log: IO error: Input/output error");
  readable_ = reopened || ends_at_head();
  if (!reopened) return reopened;
  note_head(head());
  return {};
}

Result<void> SimulatedLog::reopen_tables() {
  // Before anything is appended the trouble is on record, whatever became of the word left when it came up.
  if (auto ok = write_fault(true); !ok) return ok.error();
  if (disk_.unsynced_) disk_.settle(disk_.unsynced_->kept);
  return load();
}

/// Whether nothing can be read that nobody was told of.
bool SimulatedLog::ends_at_head() const {
  if (disk_.unsynced_ && disk_.unsynced_->kept) return false;
  const auto row = read_row<HeadRow>(disk_.tables_.latest(), Table::meta, meta_key::head);
  return row && (*row ? (*row)->last.seq : 0) == head().seq;
}

Result<std::unique_ptr<ReadView>> SimulatedLog::view() const {
  if (is_dead()) return is_gone();
  if (!readable_) return make_error(ErrorCode::unavailable, "the log cannot be read at the moment");
  return std::unique_ptr<ReadView>{std::make_unique<FaultyView>(disk_, Reader::view, disk_.tables_.view())};
}

Result<void> SimulatedLog::write_fault(bool fault) {
  disk_.noted_.fault = fault;
  return disk_.write_head_record(disk_.noted_);
}

Result<void> SimulatedLog::mark_fault() {
  if (is_dead()) return is_gone();
  fault_ = true;
  auto ok = write_fault(true);
  fault_noted_ = ok.has_value();
  return ok;
}

Result<void> SimulatedLog::clear_fault() {
  if (is_dead()) return is_gone();
  if (auto ok = write_fault(false); !ok) return ok.error();
  fault_ = false;
  return {};
}

void SimulatedLog::note_head(const Position& position) {
  disk_.noted_.position = position;
  if (std::exchange(disk_.head_pending_, true)) return;
  disk_.faults_.head_is_behind();
}

std::unique_ptr<RowBatch> SimulatedLog::make_batch() { return std::make_unique<StagedBatch>(); }

Result<void> SimulatedLog::commit(RowBatch& batch, const Position& end) {
  if (disk_.head_error_) return *disk_.head_error_;
  const CommitEnd outcome = disk_.faults_.next_commit(end.seq);
  if (outcome == CommitEnd::full)
    return make_error(ErrorCode::outcome_unknown, "the append failed: IO error: No space left on device");
  disk_.unsynced_.emplace();
  disk_.unsynced_->batch = std::move(static_cast<StagedBatch&>(batch));
  disk_.unsynced_->kept = outcome != CommitEnd::sync_lost;
  committing_ = true;
  disk_.faults_.while_syncing();
  committing_ = false;
  if (is_dead()) return make_error(ErrorCode::outcome_unknown, "the append failed: the process is gone");
  if (outcome != CommitEnd::synced)
    return make_error(ErrorCode::outcome_unknown, "the append failed: IO error: Input/output error");
  if (head_mode_ == HeadMode::sync) {
    disk_.unsynced_->synced = true;
    disk_.noted_.position = end;
    if (auto ok = disk_.write_head_record(disk_.noted_); !ok)
      return make_error(ErrorCode::outcome_unknown, "the append failed: " + ok.error().detail);
  }
  disk_.settle(true);
  if (head_mode_ == HeadMode::async) note_head(end);
  return {};
}

void SimulatedLog::mark_failed() {
  (void)mark_fault();  // reopen() tries again when HEAD could not be told; of a process that is gone nothing is known
}

Result<void> SimulatedLog::check_end(const Position& end) { return check_acknowledged(latest, acknowledged_, end.seq); }

}  // namespace breakerd::simulation
