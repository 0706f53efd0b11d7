#include "tests/support/memory_log.hpp"

namespace breakerd::test {

MemoryLog::MemoryLog() : ProjectedLog{tables.latest()} { load().value(); }

Result<void> MemoryLog::mark_fault() {
  fault_ = true;
  return {};
}

Result<void> MemoryLog::clear_fault() {
  fault_ = false;
  return {};
}

std::unique_ptr<RowBatch> MemoryLog::make_batch() { return std::make_unique<StagedBatch>(); }

Result<void> MemoryLog::commit(RowBatch& batch, const Position&) {
  if (failures_ > 0 && good_-- <= 0) {
    --failures_;
    return make_error(ErrorCode::outcome_unknown, "the append failed, as it was told to");
  }
  tables.apply(static_cast<const StagedBatch&>(batch));
  return {};
}

}  // namespace breakerd::test
