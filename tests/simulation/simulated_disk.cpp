#include "tests/simulation/simulated_disk.hpp"

#include <stdexcept>

#include <breakerd/storage/projection/rebuild.hpp>

namespace breakerd::simulation {

using breakerd::test::StagedBatch;

void SimulatedDisk::crash(CrashEnd unsynced) {
  ++process_;
  in_use_ = false;
  head_pending_ = false;
  head_error_.reset();
  if (unsynced_) settle(unsynced == CrashEnd::kept || unsynced_->synced);
}

void SimulatedDisk::settle(bool kept) {
  if (kept) tables_.apply(unsynced_->batch);
  unsynced_.reset();
}

void SimulatedDisk::write_head() {
  if (!in_use_ || !head_pending_) return;
  if (auto ok = write_head_record(noted_); !ok) head_error_ = ok.error();
}

Result<void> SimulatedDisk::write_head_record(const HeadRecord& head) {
  head_pending_ = false;
  head_error_.reset();
  if (faults_.head_fails()) return make_error(ErrorCode::storage, "HEAD: Input/output error");
  head_ = head;
  return {};
}

void SimulatedDisk::cut_behind(Seq last) {
  require_rest();
  if (last == 0) return clear_tables();
  StagedBatch cut;
  for (const Table table : {Table::events, Table::payloads})
    for (const auto& [key, row] : tables_.now()[table])
      if (read_big_endian(key) > last) cut.erase(table, key);
  tables_.apply(cut);
  const RowStore store{tables_.latest(), [](JobId) { return std::make_unique<StagedBatch>(); },
                       [this](RowBatch& batch) -> Result<void> {
                         tables_.apply(static_cast<const StagedBatch&>(batch));
                         return {};
                       }};
  if (auto ok = rebuild_rows(store); !ok) throw std::logic_error{"the rows of what is left: " + ok.error().detail};
}

void SimulatedDisk::lose_log() {
  require_rest();
  clear_tables();
  has_log_ = false;
}

void SimulatedDisk::require_rest() const {
  if (in_use_ || unsynced_) throw std::logic_error{"the log is taken away while it is in use"};
}

void SimulatedDisk::clear_tables() {
  StagedBatch all;
  for (int i = static_cast<int>(first_table); i <= static_cast<int>(last_table); ++i)
    all.erase_all(static_cast<Table>(i));
  tables_.apply(all);
}

}  // namespace breakerd::simulation
