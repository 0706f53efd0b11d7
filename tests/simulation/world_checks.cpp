// What must hold of the process and of its disk, beside the promises.

#include <algorithm>
#include <variant>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/simulation/situations.hpp"
#include "tests/simulation/whole_check.hpp"
#include "tests/simulation/world.hpp"

namespace breakerd::simulation {

namespace {

bool tells_of_trouble(const Event& event) {
  if (const auto* opened = std::get_if<CircuitOpened>(&event.data)) return opened->error_type == "storage";
  if (const auto* failure = std::get_if<FailureRecorded>(&event.data)) return failure->error_type == "storage";
  return false;
}

}  // namespace

bool World::is_durably(CircuitState state) const {
  const auto breaker = read_breaker(*disk_.view());
  return breaker && breaker->state == state;
}

/// HEAD's mark of storage trouble stays until the log tells of the trouble. Cheap: after each turn.
void World::look_at_mark() {
  const bool is_marked = disk_.head() && disk_.head()->fault;
  if (is_marked == was_marked_) return;
  was_marked_ = is_marked;
  if (is_marked) {
    marked_at_ = disk_.head()->position.seq;
    return;
  }
  const auto events = read_all_events(*disk_.view(), marked_at_ + 1);
  if (events && std::none_of(events->begin(), events->end(), tells_of_trouble))
    broken("the mark of storage trouble is gone from HEAD, and no event tells of the trouble");
}

/// Likewise.
void World::look_at_gate() {
  look_at_mark();
  if (!process_ || process_->core() == nullptr) return;
  const bool allowed = process_->core()->gate().view().allowed;
  const Health::View health = process_->core()->health().view();
  if (health.ready && !was_ready_) promises_.storage_trouble(now_ms());  // it is over: leases have a whole period again
  was_ready_ = health.ready;
  if (allowed && !health.ready) broken("the gate is open, and the daemon is not ready: " + health.reason);
  if (allowed && !was_allowed_ && !is_durably(CircuitState::closed))
    broken("the gate is open, and the durable state is not CLOSED");
  was_allowed_ = allowed;
  if (!process_->core()->gate().is_held())
    held_since_.reset();
  else if (!held_since_)
    held_since_ = timeline_.now();
}

/// At a start.
void World::look_at_plans() {
  const auto queue = read_queue(*disk_.view());
  if (queue && queue->rollout.phase == RolloutPhase::ramp) sometimes("a ramp went on over a start");
  const auto commands = list_job_commands(*disk_.view(), 0, limits::page_items_max);
  const auto runs = [](const JobCommandRow& row) {
    return row.kind == JobCommandKind::plan && row.state == JobCommandState::running;
  };
  if (commands && std::any_of(commands->begin(), commands->end(), runs)) sometimes("a plan ran over a start");
}

/// Nothing is under way.
void World::look_at_rest() {
  const http::Load& load = process_->load();
  const auto is_zero = [this](const std::string& what, std::size_t count) {
    if (count != 0) broken("at rest " + std::to_string(count) + " " + what);
  };
  is_zero("requests are counted as unanswered", load.requests);
  is_zero("bytes are counted for bodies", load.pools.bodies.used());
  is_zero("bytes are counted for commands", load.pools.commands.used());
  is_zero("bytes are counted for reads", load.pools.reads.used());
  if (process_->core()->gate().view().allowed != is_durably(CircuitState::closed))
    broken("at rest the gate is not what the circuit is");
}

/// Dear: while jobs wait, and at the end.
void World::look_at_rows() {
  for (const std::string& problem : check_whole(*disk_.view())) broken("the log: " + problem);
}

/// Likewise: at the end.
void World::look_at_log() {
  const auto events = read_all_events(*disk_.view());
  if (events) find_situations(*events, [this](const char* what) { sometimes(what); });
  for (const std::string& problem : check_rebuild(*disk_.view())) broken("rebuilding the rows: " + problem);
}

/// State that cannot be read again ends the daemon: it is to be started anew.
void World::look_at_end_of_process() {
  for (const std::string& actor : process_->fatal()) {
    if (read_failed_)
      sometimes("a failed read ended the daemon");
    else
      broken("the " + actor + " actor has ended");
  }
  was_allowed_ = was_ready_ = false;
  held_since_.reset();
}

}  // namespace breakerd::simulation
