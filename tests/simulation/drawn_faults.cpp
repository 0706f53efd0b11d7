#include "tests/simulation/drawn_faults.hpp"

namespace breakerd::simulation {
namespace {

/// HEAD follows the log within this.
constexpr Duration head_delay_max{10'000};

}  // namespace

Duration DrawnFaults::below(Duration bound) {
  return Duration{static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(bound.count()) + 1))};
}

CommitEnd DrawnFaults::next_commit(Seq) {
  if (is_full()) return on_fault("a commit met a full disk"), CommitEnd::full;
  if (!happens(swarm_.failed_sync_per_mille)) return CommitEnd::synced;
  if (chance_.below(2) == 0) return on_fault("a sync failed, and its commit was lost"), CommitEnd::sync_lost;
  return on_fault("a sync failed, and its commit was kept"), CommitEnd::sync_kept;
}

void DrawnFaults::while_syncing() {
  const bool is_slow = happens(swarm_.slow_sync_per_mille);
  if (is_slow) on_fault("a sync was slow");
  wait_for_sync(is_slow ? swarm_.slow_sync : below(swarm_.sync_max));
}

ReopenEnd DrawnFaults::next_reopen() {
  if (is_full()) return ReopenEnd::at_the_probe;
  if (!happens(swarm_.failed_sync_per_mille * 20)) return ReopenEnd::done;
  return on_fault("reopening failed"), chance_.below(2) == 0 ? ReopenEnd::at_the_probe : ReopenEnd::at_the_log;
}

std::optional<ErrorCode> DrawnFaults::next_read(Reader, Table) {
  if (!happens(swarm_.failed_read_per_mille)) return std::nullopt;
  return on_fault(failed_read), chance_.below(2) == 0 ? ErrorCode::storage : ErrorCode::corrupt;
}

bool DrawnFaults::head_fails() { return is_full() && chance_.below(2) == 0; }

void DrawnFaults::head_is_behind() { timeline_.after(below(head_delay_max), write_head); }

}  // namespace breakerd::simulation
