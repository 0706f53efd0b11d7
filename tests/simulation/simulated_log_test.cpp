// The simulated log fails as the real one does, and its disk keeps what a disk keeps.

#include "tests/simulation/simulated_log.hpp"

#include <breakerd/storage/views/views.hpp>
#include "tests/simulation/log_on_disk.hpp"
#include "tests/simulation/whole_check.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace breakerd::simulation;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a simulated log that is stopped and opened again goes on where it was") {
  LogOnDisk log;
  log.enqueue(3);
  log.close();
  log.open();
  CHECK(log.last() == 3);
  CHECK_FALSE(log->fault_pending());
  log.enqueue(2);
  log.require_whole();
}

TEST_CASE("a simulated commit is not shown before it is synced") {
  LogOnDisk log;
  log.enqueue(2);
  bool looked = false;
  log.faults.during_sync = [&] {
    looked = true;
    CHECK(log.last() == 2);
    CHECK(log.events_shown() == 2);
    CHECK(log.disk.has_unsynced());
  };
  log.enqueue(1);
  CHECK(looked);
  CHECK(log.events_shown() == 3);
  CHECK_FALSE(log.disk.has_unsynced());
}

TEST_CASE("a crash in a sync leaves all of the commit or nothing of it, and all that was acknowledged") {
  const CrashEnd end = GENERATE(CrashEnd::kept, CrashEnd::lost, CrashEnd::torn);
  const bool head_is_behind = GENERATE(true, false);
  LogOnDisk log;
  log.enqueue(3);
  if (!head_is_behind) log.disk.write_head();
  log.faults.during_sync = [&] { log.disk.crash(end); };
  CHECK(refusal(log.try_enqueue(2)) == ErrorCode::outcome_unknown);
  CHECK(log->is_dead());
  log.faults.during_sync = {};
  log.open();
  CHECK(log.last() == (end == CrashEnd::kept ? 5 : 3));
  CHECK_FALSE(log->fault_pending());
  log.enqueue(1);
  log.require_whole();
}

TEST_CASE("a log whose process is gone changes and shows nothing") {
  LogOnDisk log;
  log.enqueue(1);
  log.disk.crash(CrashEnd::lost);
  CHECK_FALSE(log.disk.is_open());
  const MemoryTables before = log.disk.tables();
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::unavailable);
  CHECK(refusal(log->reopen()) == ErrorCode::unavailable);
  CHECK(refusal(log->view()) == ErrorCode::unavailable);
  CHECK(refusal(log->mark_fault()) == ErrorCode::unavailable);
  CHECK(refusal(log->clear_fault()) == ErrorCode::unavailable);
  log.disk.write_head();
  CHECK(log.disk.tables() == before);
  CHECK(log.disk.head()->position.seq == 0);
  CHECK_FALSE(log.disk.head()->fault);
  log.open();
  CHECK(log.last() == 1);
}

TEST_CASE("the end of a dead process leaves the disk to the one that has it now") {
  LogOnDisk log;
  log.enqueue(1);
  log.disk.crash(CrashEnd::lost);
  const auto other = must(SimulatedLog::open(log.disk));
  log.close();
  CHECK(log.disk.is_open());
  CHECK(must(try_append(*other, together({enqueued(2)}))).last == 2);
  CHECK(refusal(SimulatedLog::open(log.disk)) == ErrorCode::storage);
}

TEST_CASE("after a failed sync the commit is there or not when the log is opened again") {
  const bool kept = GENERATE(true, false);
  const bool by_reopen = GENERATE(true, false);
  LogOnDisk log;
  log.enqueue(2);
  log.faults.ends = {kept ? CommitEnd::sync_kept : CommitEnd::sync_lost};
  CHECK(refusal(log.try_enqueue(2)) == ErrorCode::outcome_unknown);
  CHECK(log.last() == 2);
  CHECK(log.events_shown() == 2);
  CHECK(log->fault_pending());
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::unavailable);
  if (by_reopen)
    must(log->reopen());
  else
    log.restart();
  CHECK(log.last() == (kept ? 4 : 2));
  CHECK(log->fault_pending());
  log.enqueue(1);
  log.require_whole();
  log.restart();
  CHECK(log->fault_pending());
  must(log->clear_fault());
  log.restart();
  CHECK_FALSE(log->fault_pending());
}

TEST_CASE("a crash after a failed sync decides anew what is there") {
  const CommitEnd end = GENERATE(CommitEnd::sync_kept, CommitEnd::sync_lost);
  const CrashEnd crash = GENERATE(CrashEnd::kept, CrashEnd::lost);
  LogOnDisk log;
  log.enqueue(2);
  log.faults.ends = {end};
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  log.disk.crash(crash);
  log.open();
  CHECK(log.last() == (crash == CrashEnd::kept ? 3 : 2));
  CHECK(log->fault_pending());
  log.require_whole();
}

TEST_CASE("a full disk takes no commit until there is room, and is read") {
  LogOnDisk log;
  log.enqueue(2);
  log.faults.ends = {CommitEnd::full};
  log.faults.reopens = {ReopenEnd::at_the_probe, ReopenEnd::at_the_probe};
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  CHECK_FALSE(log.disk.has_unsynced());
  for (int i = 0; i < 2; ++i) {
    CHECK(refusal(log->reopen()) == ErrorCode::storage);
    CHECK(log.events_shown() == 2);
    CHECK(refusal(log.try_enqueue(1)) == ErrorCode::unavailable);
  }
  must(log->reopen());
  log.enqueue(1);
  log.require_whole();
}

TEST_CASE("while the log cannot be opened again it is read, unless it has what nobody was told of") {
  const bool kept = GENERATE(true, false);
  LogOnDisk log;
  log.enqueue(2);
  log.faults.ends = {kept ? CommitEnd::sync_kept : CommitEnd::sync_lost};
  log.faults.reopens = {ReopenEnd::at_the_log, ReopenEnd::at_the_probe};
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  for (int i = 0; i < 2; ++i) {
    CHECK(refusal(log->reopen()) == ErrorCode::storage);
    if (kept)
      CHECK(refusal(log->view()) == ErrorCode::unavailable);
    else
      CHECK(log.events_shown() == 2);
  }
  must(log->reopen());
  CHECK(log.events_shown() == (kept ? 3 : 2));
}

TEST_CASE("a reopening that fails behind the commit nobody was told of does not show it") {
  LogOnDisk log;
  log.enqueue(2);
  log.faults.ends = {CommitEnd::sync_kept};
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  log.faults.unreadable = {Reader::log, Table::events, ErrorCode::storage};
  CHECK(refusal(log->reopen()) == ErrorCode::storage);
  CHECK(refusal(log->view()) == ErrorCode::unavailable);
  CHECK(log.last() == 2);
  log.faults.unreadable.reset();
  must(log->reopen());
  CHECK(log.events_shown() == 3);
}

TEST_CASE("HEAD catches up when it is told to and when the log is stopped, and is never ahead") {
  LogOnDisk log;
  CHECK(log.disk.head()->position.seq == 0);
  log.enqueue(2);
  log.enqueue(1);
  CHECK(log.faults.behind == 1);
  CHECK(log.disk.is_head_behind());
  log.disk.write_head();
  CHECK(log.disk.head()->position == log->head());
  CHECK_FALSE(log.disk.is_head_behind());
  log.enqueue(1);
  CHECK(log.faults.behind == 2);
  CHECK(log.disk.head()->position.seq == 3);
  log.faults.ends = {CommitEnd::sync_kept};
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  CHECK(log.disk.head()->position.seq == 4);  // with word of the fault
  log.close();
  CHECK(log.disk.head()->position.seq == 4);
  log.open();
  CHECK(log.disk.head()->position.seq == 4);
  log.close();
  CHECK(log.disk.head()->position.seq == 5);
}

TEST_CASE("with HEAD in every commit it is where the log is, and a commit whose HEAD fails is there all the same") {
  LogOnDisk log{HeadMode::sync};
  log.enqueue(2);
  CHECK(log.disk.head()->position == log->head());
  log.faults.head_is_broken = true;
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::outcome_unknown);
  CHECK(log.events_shown() == 2);
  log.faults.head_is_broken = false;
  if (GENERATE(true, false)) {
    must(log->reopen());
  } else {
    log.disk.crash(CrashEnd::lost);
    log.open();
  }
  CHECK(log.last() == 3);
  log.require_whole();
}

TEST_CASE("a HEAD that could not be written is storage trouble of the next commit") {
  LogOnDisk log;
  log.enqueue(1);
  log.faults.head_is_broken = true;
  log.disk.write_head();
  CHECK(refusal(log.try_enqueue(1)) == ErrorCode::storage);
  CHECK(log->fault_pending());
  CHECK(refusal(log->reopen()) == ErrorCode::storage);
  CHECK(log.events_shown() == 1);
  log.faults.head_is_broken = false;
  must(log->reopen());
  CHECK(log.disk.head()->fault);
  log.enqueue(1);
}

TEST_CASE("whoever cannot leave or take back word of a fault on a simulated disk is told") {
  LogOnDisk log;
  log.faults.head_is_broken = true;
  CHECK(refusal(log->mark_fault()) == ErrorCode::storage);
  CHECK(log->fault_pending());
  CHECK_FALSE(log.disk.head()->fault);
  log.faults.head_is_broken = false;
  must(log->mark_fault());
  CHECK(log.disk.head()->fault);
  log.faults.head_is_broken = true;
  CHECK(refusal(log->clear_fault()) == ErrorCode::storage);
  CHECK(log->fault_pending());
  log.disk.crash(CrashEnd::lost);
  log.faults.head_is_broken = false;
  log.open();
  CHECK(log->fault_pending());
}

TEST_CASE("a log that ends before its HEAD is refused, and one whose HEAD had not heard of the loss is not") {
  LogOnDisk log;
  log.enqueue(3);
  log.disk.write_head();
  log.enqueue(1);
  log.disk.crash(CrashEnd::kept);
  SECTION("behind HEAD") {
    log.disk.cut_behind(GENERATE(0, 1, 2));
    CHECK_THAT(log.refused(), ContainsSubstring("events up to 3 were acknowledged: some are missing"));
  }
  SECTION("at HEAD") {
    log.disk.cut_behind(3);
    log.open();
    CHECK(log.last() == 3);
    log.require_whole();
  }
}

TEST_CASE("a HEAD that is ahead, missing or that of another log is refused") {
  LogOnDisk log;
  log.enqueue(3);
  log.close();
  SECTION("ahead") {
    log.disk.set_head({{4, {}}, false});
    CHECK_THAT(log.refused(), ContainsSubstring("events up to 4 were acknowledged: some are missing"));
  }
  SECTION("missing") {
    log.disk.lose_head();
    CHECK_THAT(log.refused(), ContainsSubstring("HEAD is missing"));
  }
  SECTION("of another log") {
    log.disk.set_head({{2, {}}, false});
    CHECK_THAT(log.refused(), ContainsSubstring("is not the one that was acknowledged"));
  }
  SECTION("without its log") {
    log.disk.lose_log();
    CHECK_THAT(log.refused(), ContainsSubstring("is missing or empty"));
  }
  CHECK_FALSE(log.disk.is_open());
}

TEST_CASE("a damaged row is refused where it is read") {
  LogOnDisk log;
  log.enqueue(3);
  log.disk.damage_row(Table::events, number_key(2));
  CHECK(refusal(read_all_events(*must(log->view()))) == ErrorCode::corrupt);
  CHECK(refusal(must(log->view())->get(Table::events, number_key(2))) == ErrorCode::corrupt);
  CHECK(must(must(log->view())->get(Table::events, number_key(3))).has_value());
  CHECK_FALSE(check_whole(*must(log->view())).empty());
  log.close();
  CHECK_THAT(log.refused(), ContainsSubstring("checksum"));
  log.disk.mend_rows();
  log.open();
  log.require_whole();
}

TEST_CASE("a failed read is its reader's alone") {
  LogOnDisk log;
  log.enqueue(3);
  const ErrorCode code = GENERATE(ErrorCode::storage, ErrorCode::corrupt);
  SECTION("a view's") {
    log.faults.unreadable = {Reader::view, Table::jobs, code};
    const auto view = must(log->view());
    CHECK(refusal(view->get(Table::jobs, number_key(1))) == code);
    CHECK(refusal(view->last_key(Table::jobs, {})) == code);
    CHECK(refusal(view->scan(Table::jobs, {}, {}, [](auto, auto) { return true; })) == code);
    CHECK(must(read_status(*view)).last_job == 3);
    log.enqueue(1);
  }
  SECTION("the log's own") {
    log.restart();  // nothing is cached
    log.faults.unreadable = {Reader::log, Table::jobs, code};
    CHECK(refusal(try_append(*log.log, together({leased(1)}))) == code);
    CHECK(log->fault_pending());
    CHECK(log.events_shown() == 3);
    log.faults.unreadable.reset();
    must(log->reopen());
    wrote(*log.log, {leased(1)});
    log.require_whole();
  }
}
