// replay and verify of a data directory.

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/offline/rebuild.hpp>

#include <rocksdb/db.h>

#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/rocks/tamper.hpp"
#include "tests/support/queue_model.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const CampaignId spring = campaign_id(1);

/// An outage with a campaign in it; every event has its seq as its time.
World outage() {
  World world;
  world.add(spring).start(spring).enqueue().enqueue(spring).enqueue(spring).lease(1).lease(2).tell(completed(1));
  world.report(2).close_circuit();
  world.tell(HoldsLifted{{2}, 1, 0, 2}).lease(2).tell(completed(2, spring)).enqueue();
  return world;
}

/// Appends what was told from `from` on, `commit` events at a time.
void append_told(EventLog& log, const World& world, std::size_t from, std::size_t commit) {
  while (from < world.told.size()) {
    Append append;
    do append.events.push_back(world.told[from]);
    while (world.joins_next[from++] || (append.events.size() < commit && from < world.told.size()));
    must(try_append(log, append));
  }
}

/// A closed log of that world.
void write_world(DiskLog& disk, const World& world, std::size_t commit = 3) {
  append_told(disk.open(), world, 0, commit);
  disk.close();
}

/// The one problem that verify finds, or all of them one behind the other.
std::string problems(const DiskLog& disk) {
  std::string all;
  for (const std::string& problem : must(verify(disk.directory())).problems) all += (all.empty() ? "" : "\n") + problem;
  return all;
}

}  // namespace

TEST_CASE("an empty log verifies and replays to nothing") {
  DiskLog disk;
  disk.open();
  disk.close();
  CHECK(problems(disk) == "");
  const ReplayReport report = must(replay(disk.directory(), {}));
  CHECK(report.status.last_seq == 0);
  CHECK_FALSE(report.last);
}

TEST_CASE("where there is no log nothing can be told") {
  const DiskLog disk;
  CHECK(refusal(verify(disk.directory())) == ErrorCode::storage);
  CHECK(refusal(replay(disk.directory(), {})) == ErrorCode::storage);
}

TEST_CASE("a whole log verifies, closed and in use") {
  DiskLog disk;
  const World world = outage();
  write_world(disk, world);
  const VerifyReport closed_report = must(verify(disk.directory()));
  CHECK(closed_report.ok());
  CHECK(closed_report.events == world.told.size());
  CHECK(closed_report.last.seq == world.told.size());
  disk.open();
  CHECK(problems(disk) == "");
  disk.enqueue(1);
  CHECK(must(verify(disk.directory())).events == world.told.size() + 1);
  CHECK(problems(disk) == "");
}

TEST_CASE("random stories verify, whatever the commits and restarts, and replay to every place as it was") {
  const unsigned first = test_seed();
  for (unsigned i = 0; i < 6; ++i) {
    const unsigned seed = first + i;
    INFO("seed " << seed);
    std::mt19937 random{seed};
    DiskLog disk;
    QueueModel model{seed};
    std::vector<std::pair<Seq, QueueState>> moments;
    std::size_t written = 0;
    for (int part = 0; part < 4; ++part) {
      for (int step = 0; step < 120; ++step) model.step();
      const World& world = model.world();
      append_told(disk.open(), world, written, 1 + random() % 9);
      written = world.told.size();
      moments.emplace_back(written, world.the_queue);
      CHECK(must(read_queue(*must(disk.log->view()))) == world.the_queue);
      disk.close();
      CHECK(problems(disk) == "");
    }
    for (const auto& [seq, queue] : moments) {
      const ReplayReport report = must(replay(disk.directory(), {seq, {}}));
      CHECK(report.status.last_seq == seq);
      CHECK(report.status.holds == queue.holds);
      CHECK(report.status.queue_paused == queue.paused);
      CHECK(report.status.last_job == queue.last_job);
      CHECK(report.status.jobs.paused == queue.job_counts().paused);
      CHECK(report.status.jobs.cancelled == queue.job_counts().cancelled);
      CHECK(report.status.in_flight == queue.in_flight());
      CHECK(report.status.campaigns.total() == queue.campaign_counts().total());
    }
  }
}

TEST_CASE("a replay shows the state as it was at a place") {
  DiskLog disk;
  write_world(disk, outage());
  const ReplayReport open = must(replay(disk.directory(), {Seq{12}, {}}));
  CHECK(open.status.breaker.state == CircuitState::open);
  CHECK(open.status.breaker.service == "apollo");
  CHECK(open.status.queue_paused);
  REQUIRE(open.status.holds.size() == 1);
  CHECK(open.status.jobs.paused == 2);
  CHECK(open.status.jobs.completed == 1);
  REQUIRE(open.campaigns.size() == 1);
  CHECK(open.campaigns[0].status == CampaignStatus::paused);
  CHECK(open.campaigns[0].status_message == "Paused: circuit breaker opened by apollo: 429 Too Many Requests");
  REQUIRE(open.last);
  CHECK(open.last->seq == 12);
  CHECK(open.last->type == "JobReturned");

  const ReplayReport end = must(replay(disk.directory(), {}));
  CHECK(end.status.breaker.state == CircuitState::closed);
  CHECK(end.status.holds.empty());
  CHECK(end.status.jobs.pending == 2);
  CHECK(end.status.jobs.completed == 2);
  CHECK(end.status.last_seq == outage().told.size());
}

TEST_CASE("a replay shows how far work had begun at its last event") {
  World world;
  world.enqueue().enqueue();
  JobCommandStarted plan = started_plan(1, {}, 2);
  plan.canary = 1;
  plan.ramp = {1'000, 11'000, 10'000};
  world.tell(plan).lease(1).tell(completed(1)).tell(CanaryPassed{1, 1}).enqueue().enqueue().lease(2);
  DiskLog disk;
  write_world(disk, world);
  const auto rollout_at = [&](Seq seq) { return must(replay(disk.directory(), {seq, {}})).status.rollout; };
  CHECK(rollout_at(2).rollout.phase == RolloutPhase::none);
  CHECK(rollout_at(4).rollout.phase == RolloutPhase::canary);
  CHECK(rollout_at(4).rollout.in_flight.size() == 1);
  const RolloutView ramp = rollout_at(9);  // every event is a second behind the one before it
  CHECK(ramp.rollout.phase == RolloutPhase::ramp);
  CHECK(ramp.rollout.ramp_began_at == at(6));
  CHECK(ramp.elapsed_ms == 3'000);
  CHECK(ramp.rate_thousandths == 4'000);
}

TEST_CASE("a replay ends before the first event later than its moment") {
  DiskLog disk;
  write_world(disk, outage());
  CHECK(must(replay(disk.directory(), {{}, at(9)})).status.last_seq == 9);
  CHECK(must(replay(disk.directory(), {{}, at(9) + Duration{999'999}})).status.last_seq == 9);
  CHECK(must(replay(disk.directory(), {{}, at(0)})).status.last_seq == 0);
  CHECK(must(replay(disk.directory(), {{}, at(1'000)})).status.last_seq == outage().told.size());
  CHECK(must(replay(disk.directory(), {Seq{4}, at(9)})).status.last_seq == 4);
}

TEST_CASE("a replay to where the log does not reach is refused") {
  DiskLog disk;
  write_world(disk, outage());
  const Error error = error_of(replay(disk.directory(), {Seq{1'000}, {}}));
  CHECK(error.code == ErrorCode::invalid);
  CHECK_THAT(error.detail, ContainsSubstring("ends at " + std::to_string(outage().told.size())));
}

TEST_CASE("a changed event is found, and a replay does not go past it") {
  DiskLog disk;
  write_world(disk, outage());
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    std::string row = stored(database, Table::events, number_key(5));
    row[row.size() - 3] = static_cast<char>(row[row.size() - 3] ^ 1);
    set_event(batch, database, 5, row);
  });
  CHECK_THAT(problems(disk), ContainsSubstring("event 5 does not chain"));
  CHECK(must(replay(disk.directory(), {Seq{4}, {}})).status.last_seq == 4);
  const Error error = error_of(replay(disk.directory(), {Seq{6}, {}}));
  CHECK(error.code == ErrorCode::corrupt);
  CHECK_THAT(error.detail, ContainsSubstring("event 5 does not chain"));
}

TEST_CASE("a missing event is found") {
  DiskLog disk;
  write_world(disk, outage());
  tamper(disk,
         [](rocksdb::WriteBatch& batch, const Database& database) { set_event(batch, database, 7, std::nullopt); });
  CHECK_THAT(problems(disk), ContainsSubstring("event 7 is missing: event 8 is the next one there is"));
  CHECK_THAT(error_of(replay(disk.directory(), {})).detail, ContainsSubstring("event 7 is missing"));
}

TEST_CASE("an event that cannot be read is named") {
  DiskLog disk;
  write_world(disk, outage());
  const bool short_row = GENERATE(true, false);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    std::string row = stored(database, Table::events, number_key(3));
    row.resize(short_row ? 10 : 34);
    set_event(batch, database, 3, row);
  });
  CHECK_THAT(problems(disk),
             ContainsSubstring(short_row ? "behind event 2: an event's row is too short" : "event 3: ") &&
                 ContainsSubstring("the projection was not compared"));
  CHECK(refusal(replay(disk.directory(), {})) == ErrorCode::corrupt);
}

TEST_CASE("a lease in a log between an opening and its close is found, though it chains") {
  DiskLog disk;
  World world;
  world.enqueue().open_circuit();
  write_world(disk, world);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    std::string body;
    Event event = said(leased(1));
    encode_event(body, event);
    Digest last;
    std::memcpy(last.data(), stored(database, Table::events, number_key(4)).data(), last.size());
    const Digest hash = chain(last, 5, body);
    const std::string row = std::string{reinterpret_cast<const char*>(hash.data()), hash.size()} + body;
    set_event(batch, database, 5, row);
  });
  CHECK_THAT(problems(disk), ContainsSubstring("event 5, JobLeased of job-1, does not fit the state of its job"));
}

TEST_CASE("a payload that is changed, missing or too much is named, and leaves the chain whole") {
  DiskLog disk;
  World world;
  world.enqueue().lease(1).tell(JobCompleted{1, {}, "[1]", {}});
  write_world(disk, world);
  REQUIRE(problems(disk).empty());
  const auto change = [&](Seq seq, const std::optional<std::string>& row) {
    tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
      set_row(batch, database, Table::payloads, seq, row);
    });
  };
  const std::string salt(16, '\0');
  change(3, salt + "[2]");
  CHECK(problems(disk) == "the payload of event 3 was changed: it is not what the event says");
  change(3, "\1" + salt.substr(1) + "[1]");
  CHECK(problems(disk) == "the payload of event 3 was changed: it is not what the event says");
  change(3, "short");
  CHECK(problems(disk) == "the payload of event 3 was changed: it is not what the event says");
  change(3, std::nullopt);
  CHECK(problems(disk) == "the payload of event 3 is missing");
  CHECK_FALSE(must(verify(disk.directory())).rebuild_mends);
  change(3, salt + "[1]");
  CHECK(problems(disk).empty());
  change(2, salt + "[1]");
  CHECK(problems(disk) == "the payload of event 2 is there, and that event speaks of none");
  change(2, std::nullopt);
  change(4, salt + "[1]");
  CHECK(problems(disk) == "the payload of event 4 is there, and no such event could be read");
}

TEST_CASE("a job whose payload is missing or cut is told as damage, with its event") {
  DiskLog disk;
  JobSpec spec;
  spec.job_type = "mail";
  spec.payload = "[1,2]";
  wrote(disk.open(), {JobEnqueued{1, std::make_shared<const JobSpec>(spec), {}}});
  disk.close();
  const auto read = [&] { return error_of(read_job(*must(disk.open().view()), 1)); };
  const auto row = GENERATE(std::string{}, std::string(18, 'x'), std::string(16, 'x'));
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE((row.empty() ? batch.Delete(database.payloads, number_key(1))
                         : batch.Put(database.payloads, number_key(1), row))
                .ok());
  });
  const Error error = read();
  CHECK(error.code == ErrorCode::corrupt);
  CHECK_THAT(error.detail, ContainsSubstring("event 1: its payload"));
}

TEST_CASE("rows of the projection that are changed, missing or too many are named, each table") {
  DiskLog disk;
  World world = outage();
  world.lease(4);
  write_world(disk, world);
  disk.open();
  Append named = together({enqueued(5)});
  named.operation = operation_id(7);
  must(try_append(*disk.log, named));
  disk.close();
  const auto keys = [&](Table table) {
    std::vector<std::string> all;
    for (const auto& [key, value] : rows_of(*must(disk.log->view()), table)) all.push_back(key);
    return all;
  };
  const Table table = GENERATE(Table::control, Table::meta, Table::jobs, Table::ready, Table::leases, Table::campaigns,
                               Table::campaign_jobs, Table::campaign_index, Table::lanes, Table::open_lanes,
                               Table::operations, Table::operation_order);
  INFO(to_string(table));
  disk.open();
  const std::vector<std::string> all = keys(table);
  disk.close();
  REQUIRE_FALSE(all.empty());
  const std::string victim = table == Table::meta ? all.front() : all.back();  // the others there share a row
  const int damage = GENERATE(0, 1, 2);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    if (damage == 0) REQUIRE(batch.Put(database.rows, full_key(table, victim), "nonsense").ok());
    if (damage == 1) REQUIRE(batch.Delete(database.rows, full_key(table, victim)).ok());
    if (damage == 2) REQUIRE(batch.Put(database.rows, full_key(table, victim + "x"), "").ok());
  });
  const std::string said_of_it[] = {"is not what the log adds up to", "is missing", "should not be there"};
  const VerifyReport report = must(verify(disk.directory()));
  REQUIRE(report.problems.size() == 1);
  CHECK_THAT(report.problems[0], ContainsSubstring("the row of " + std::string{to_string(table)} + " for ") &&
                                     ContainsSubstring(said_of_it[damage]));
  CHECK(report.rebuild_mends);
  Seq last_told = 0;
  const RebuildReport rebuilt = must(rebuild(disk.directory(), [&](Seq at, Seq of) {
    CHECK(at > last_told);
    CHECK(of == report.events);
    last_told = at;
  }));
  CHECK(rebuilt.end == report.last);
  CHECK(problems(disk) == "");
}

TEST_CASE("a rebuild leaves a log alone whose events are not whole, and verify does not advise it") {
  DiskLog disk;
  const World world = outage();
  write_world(disk, world);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch.Delete(database.rows, full_key(Table::jobs, number_key(1))).ok());
    set_event(batch, database, world.told.size(), std::nullopt);
  });
  const VerifyReport report = must(verify(disk.directory()));
  CHECK_FALSE(report.ok());
  CHECK_FALSE(report.rebuild_mends);
  CHECK(refusal(rebuild(disk.directory())) == ErrorCode::corrupt);
  CHECK(must(verify(disk.directory())).problems == report.problems);
}

TEST_CASE("a rebuild needs a data directory that nobody has") {
  DiskLog disk;
  CHECK(refusal(rebuild(disk.directory())) == ErrorCode::storage);
  CHECK(std::filesystem::is_empty(disk.directory()));
  disk.open();
  disk.close();
  CHECK(must(rebuild(disk.directory())).end == Position{});
  CHECK(problems(disk) == "");
  write_world(disk, outage());
  disk.open();
  CHECK(refusal(rebuild(disk.directory())) == ErrorCode::storage);
  disk.close();
  CHECK(must(rebuild(disk.directory())).end.seq > 0);
  CHECK(problems(disk) == "");
}

TEST_CASE("a projection that ends elsewhere than the log is found") {
  DiskLog disk;
  write_world(disk, outage());
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    HeadRow head = must(decode<HeadRow>(stored(database, Table::meta, std::string{meta_key::head})));
    --head.last.seq;
    REQUIRE(batch.Put(database.rows, full_key(Table::meta, meta_key::head), encode(head)).ok());
  });
  CHECK_THAT(problems(disk), ContainsSubstring("the projection ends at event"));
}

TEST_CASE("very many differences are listed up to the bound") {
  DiskLog disk;
  World world;
  for (int i = 0; i < 300; ++i) world.enqueue();
  write_world(disk, world, 100);
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    for (JobId id = 0; id <= 300; ++id) {
      REQUIRE(batch.Delete(database.rows, full_key(Table::jobs, number_key(id))).ok());
      REQUIRE(batch.Delete(database.rows, full_key(Table::jobs, number_key(id) + '\0')).ok());
    }
  });
  const VerifyReport report = must(verify(disk.directory()));
  CHECK(report.problems.size() > 10);
  CHECK(report.problems.size() <= verify_problems_max);
  CHECK(report.more_problems);
}

TEST_CASE("a log behind HEAD, without HEAD or with the HEAD of another is found") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  const int damage = GENERATE(0, 1, 2);
  if (damage == 0) disk.cut_wal(borders[borders.size() - 2]);
  if (damage == 1) std::filesystem::remove(disk.head_file());
  if (damage == 2) {
    DiskLog other;
    other.open();
    wrote(*other.log, {created(spring)});
    other.close();
    std::filesystem::copy_file(other.head_file(), disk.head_file(), std::filesystem::copy_options::overwrite_existing);
  }
  const std::string found[] = {"the log ends at event 4, but events up to 5 were acknowledged",
                               "HEAD is missing or unreadable", "event 1 is not the one that was acknowledged"};
  CHECK(must(verify(disk.directory())).problems.size() == 1);
  CHECK_THAT(problems(disk), ContainsSubstring(found[damage]));
}

TEST_CASE("a torn place in the WAL is told, and what is before it can be replayed") {
  DiskLog disk;
  disk.write_and_close(5);
  const auto borders = disk.wal_records();
  disk.flip_bit(disk.wal(), borders[borders.size() - 3] + 30);  // event 4
  const std::string found = problems(disk);
  CHECK_THAT(found, ContainsSubstring("the newest part of the log cannot be read"));
  CHECK_THAT(found, ContainsSubstring("the log ends at event 3, but events up to 5 were acknowledged"));
  CHECK(must(replay(disk.directory(), {Seq{3}, {}})).status.last_seq == 3);
  CHECK(refusal(replay(disk.directory(), {Seq{4}, {}})) == ErrorCode::corrupt);
  CHECK(refusal(replay(disk.directory(), {})) == ErrorCode::corrupt);
}

TEST_CASE("looking changes nothing") {
  DiskLog disk;
  disk.write_and_close(5);
  disk.flip_bit(disk.wal(), disk.wal_records().back() - 4);
  const std::string wal = DiskLog::read(disk.wal());
  const std::string head = DiskLog::read(disk.head_file());
  (void)problems(disk);
  CHECK(refusal(replay(disk.directory(), {})) == ErrorCode::corrupt);
  CHECK((DiskLog::read(disk.wal()) == wal));
  CHECK((DiskLog::read(disk.head_file()) == head));
  CHECK_FALSE(std::filesystem::exists(disk.directory() / "log" / "LOG"));
}

TEST_CASE("a log with more operations than are remembered verifies") {
  DiskLog disk;
  disk.open();
  std::vector<Append> appends;
  for (JobId job = 1; job <= operations_kept + 3; ++job) {
    appends.push_back(together({enqueued(job)}));
    appends.back().operation = operation_id(job);
  }
  must(disk.log->append(appends));
  disk.close();
  CHECK(problems(disk) == "");
}
