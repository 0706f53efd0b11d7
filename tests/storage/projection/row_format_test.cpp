// Directories of an older breakerd: their rows are made anew from the events at the start.

#include <breakerd/storage/tables/row_format.hpp>

#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/offline/accept_loss.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_jobs.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/rocks/old_events.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const CampaignId spring = campaign_id(1);

/// `head` had the version of the format.
void say_format(rocksdb::WriteBatch& batch, const Database& database, char format) {
  std::string head = must(get_row(database, {}, Table::meta, meta_key::head)).value();
  head.front() = static_cast<char>(format - '0');
  REQUIRE(batch.Put(database.rows, full_key(Table::meta, meta_key::head), head).ok());
  REQUIRE(batch.Put(database.rows, full_key(Table::meta, meta_key::format), std::string(1, format)).ok());
}

/// Makes the rows what format 3 had: the breaker's has one failure, and no job forgets its error.
void age_to_3(const DiskLog& disk) {
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch
                .Put(database.rows, full_key(Table::meta, meta_key::breaker),
                     "\x01"
                     "a row of format 3")
                .ok());
    JobRow row = must(decode<JobRow>(must(get_row(database, {}, Table::jobs, number_key(1))).value()));
    row.error = "of an earlier attempt";
    REQUIRE(batch.Put(database.rows, full_key(Table::jobs, number_key(1)), encode(row)).ok());
    say_format(batch, database, '3');
  });
}

/// Makes the rows what format 2 had: every job has one of its own.
void age_to_2(const DiskLog& disk) {
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    must(scan_rows(database, {}, Table::jobs, {}, {}, [&](std::string_view key, std::string_view row) {
      return batch.Put(database.rows, full_key(Table::jobs, key), row).ok();
    }));
    for (JobId block = 0; block < 1'000; ++block)
      REQUIRE(batch.Delete(database.rows, full_key(Table::jobs, number_key(block * jobs_per_block + 1) + '\0')).ok());
    say_format(batch, database, '2');
  });
}

/// Makes the rows what format 1 had: an index has a row for each job.
void age(const DiskLog& disk) {
  age_to_2(disk);
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    const auto split = [&](Table sets, Table singles) {
      must(scan_rows(database, {}, sets, {}, {}, [&](std::string_view key, std::string_view value) {
        const std::string prefix{key.substr(0, key.size() - 8)};
        const JobId first = JobSet::first_of(read_big_endian(key.substr(prefix.size())));
        must(JobSet::decode(value)).each([&](std::size_t place) {
          return batch.Put(database.rows, full_key(singles, prefix + number_key(first + place)), {}).ok();
        });
        return batch.Delete(database.rows, full_key(sets, key)).ok();
      }));
    };
    split(Table::ready, Table::single_ready);
    split(Table::leases, Table::single_leases);
    split(Table::campaign_jobs, Table::single_campaign);
    say_format(batch, database, '1');
  });
}

/// 700 jobs of two lanes and two types, some of them leased, some ended.
void fill(DiskLog& disk) {
  EventLog& log = disk.open();
  wrote(log, {created(spring), CampaignStarted{spring, 1}});
  for (JobId id = 1; id <= 700; ++id)
    wrote(log, {id % 3 == 0 ? enqueued(id, spring, id % 2 == 0 ? "mail" : "call") : enqueued(id)});
  for (JobId id = 1; id <= 40; ++id) wrote(log, {leased(id, id % 3 == 0 ? spring : CampaignId{})});
  for (JobId id = 1; id <= 20; ++id) wrote(log, {completed(id, id % 3 == 0 ? spring : CampaignId{})});
}

}  // namespace

TEST_CASE("rows of format 1 are turned into sets at the start, and nothing of them is left") {
  DiskLog disk;
  fill(disk);
  const auto ready = jobs_in(*disk.log, Table::ready);
  const auto leases = jobs_in(*disk.log, Table::leases);
  const auto of_spring = jobs_in(*disk.log, Table::campaign_jobs);
  REQUIRE(ready.size() == 660);
  REQUIRE(leases.size() == 20);
  disk.close();
  age(disk);
  EventLog& log = disk.open();
  CHECK(jobs_in(log, Table::ready) == ready);
  CHECK(jobs_in(log, Table::leases) == leases);
  CHECK(jobs_in(log, Table::campaign_jobs) == of_spring);
  CHECK(count_of(log, Table::single_ready) == 0);
  CHECK(count_of(log, Table::single_leases) == 0);
  CHECK(count_of(log, Table::single_campaign) == 0);
  wrote(log, {leased(41), completed(41)});
  disk.close();
  CHECK(must(verify(disk.directory())).problems.empty());
  CHECK(jobs_in(disk.open(), Table::ready).size() == ready.size() - 1);
}

TEST_CASE("what rows an older daemon has left where today's are is gone after the start") {
  DiskLog disk;
  fill(disk);
  const auto ready = jobs_in(*disk.log, Table::ready);
  const auto of_spring = jobs_in(*disk.log, Table::campaign_jobs);
  disk.close();
  age(disk);
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    JobSet set;  // of what was so then
    JobRow other;
    other.id = 600;
    other.job_type = "mail";
    set.add(3);
    for (const Table table : {Table::ready, Table::leases, Table::campaign_jobs})
      REQUIRE(batch.Put(database.rows, full_key(table, lane_set_key(campaign_id(9), 3)), set.encode()).ok());
    REQUIRE(batch.Put(database.rows, full_key(Table::ready, ready_set_key(other)), set.encode()).ok());
  });
  CHECK(jobs_in(disk.open(), Table::ready) == ready);
  CHECK(jobs_in(*disk.log, Table::campaign_jobs) == of_spring);
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("the start makes the breaker's row of format 3 anew, with the evidence that is in the events") {
  DiskLog disk;
  EventLog& log = disk.open();
  wrote(log, {enqueued(1), leased(1), JobAttemptFailed{1, {}, 1, "boom", "bug"}, leased(1, {}, 2), completed(1)});
  Append opening{{said(opened(1), "alice"), said(QueuePaused{1, 0}), said(circuit_hold(1))}, {}, {}};
  must(must(log.append({&opening, 1})).front());
  wrote(log, {FailureRecorded{1, "503", "http", "hermes", 0, {}}});
  const auto rows = rows_of(*must(log.view()), Table::meta);
  const auto jobs = rows_of(*must(log.view()), Table::jobs);
  disk.close();
  age_to_3(disk);
  CHECK_THAT(must(verify(disk.directory())).note, ContainsSubstring("format 3"));
  CHECK(must(verify(disk.directory())).ok());
  EventLog& again = disk.open();
  const BreakerState breaker = must(read_breaker(*must(again.view())));
  CHECK(breaker.opened_by_failure.error == "429 Too Many Requests");
  CHECK(breaker.last_failure.service == "hermes");
  CHECK(rows_of(*must(again.view()), Table::jobs) == jobs);
  disk.close();
  const auto report = must(verify(disk.directory()));
  CHECK(report.problems.empty());
  CHECK(report.note.empty());
}

namespace {

/// Makes the log what format 5 had: payloads are in the events, and there is no table of them. Each event was alone in
/// its commit.
void age_to_5(const DiskLog& disk) {
  const auto database = must(open_database(disk.directory(), Access::read_write, {}));
  rocksdb::WriteBatch batch;
  Position at;
  must(scan_rows(*database, {}, Table::events, {}, {}, [&](std::string_view key, std::string_view row) {
    const Seq seq = read_big_endian(key);
    DecodedEvent decoded = must(decode_event_row(seq, row));
    std::string body{must(split_event(row)).body};
    if (const auto payload = payload_of(decoded.event.data); payload.ref != nullptr) {
      if (payload.ref->exists())
        put_payload(decoded.event.data,
                    std::string{must(decode_payload_row(stored(*database, Table::payloads, number_key(seq)))).payload});
      body = body_of_format_5(decoded.event);
    }
    at = {seq, chain(at.hash, seq, body)};
    return batch.Put(database->events, number_key(seq), std::string(at.hash.begin(), at.hash.end()) + body).ok();
  }));
  REQUIRE(batch.Put(database->rows, full_key(Table::meta, meta_key::head), encode(HeadRow{at, at})).ok());
  REQUIRE(batch.Put(database->rows, full_key(Table::meta, meta_key::format), "5").ok());
  REQUIRE(database->db->Write({}, &batch).ok());
  REQUIRE(database->db->DropColumnFamily(database->payloads).ok());
  HeadFile head;
  must(head.open(disk.head_file(), false));
  must(head.write({at, false}));
}

JobEnqueued with_payload(JobId job, const std::string& payload) {
  JobSpec spec;
  spec.job_type = "mail";
  spec.payload = payload;
  return {job, std::make_shared<const JobSpec>(spec), {}};
}

}  // namespace

TEST_CASE("a log with payloads in its events is gone on with, and has those that come beside them") {
  DiskLog disk;
  EventLog& log = disk.open();
  wrote(log, {with_payload(1, "[1]")});
  wrote(log, {enqueued(2)});
  wrote(log, {leased(1)});
  wrote(log, {JobCompleted{1, {}, R"("done")", {}}});
  disk.close();
  age_to_5(disk);
  CHECK_THAT(error_of(disk.try_open(HeadMode::async, true)).detail, ContainsSubstring("older breakerd"));
  CHECK(must(verify(disk.directory())).ok());
  CHECK(must(replay(disk.directory(), {})).last->version == 1);

  EventLog& later = disk.open();
  wrote(later, {with_payload(3, "[3]")});
  const auto check = [](const EventLog& now) {
    const auto view = must(now.view());
    CHECK(must(read_job(*view, 1)).spec->payload == "[1]");
    CHECK(must(read_job(*view, 1)).result == R"("done")");
    CHECK(must(read_job(*view, 3)).spec->payload == "[3]");
    CHECK_THAT(must(read_events(*view, 1, 1, {})).events.front().data,
               ContainsSubstring(R"("payload":[1],"payload_bytes":null,"payload_sha256":null)"));
    CHECK(rows_of(*view, Table::payloads).size() == 1);
  };
  check(later);
  disk.close();
  check(disk.open());
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("an upgrade that ended when the table of payloads was made goes on") {
  DiskLog disk;
  wrote(disk.open(), {with_payload(1, "[1]")});
  disk.close();
  age_to_5(disk);
  must(make_payloads(*must(open_database(disk.directory(), Access::read_write, {}))));
  CHECK(must(read_job(*must(disk.open().view()), 1)).spec->payload == "[1]");
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("a log of format 5 that does not say so any more is mended by a rebuild") {
  DiskLog disk;
  wrote(disk.open(), {with_payload(1, "[1]")});
  disk.close();
  age_to_5(disk);
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch.Delete(database.rows, full_key(Table::meta, meta_key::format)).ok());
  });
  CHECK_THAT(disk.refused(), ContainsSubstring("does not say of which format"));
  CHECK(must(verify(disk.directory())).rebuild_mends);
  must(rebuild_projection(disk.directory(), {}));
  CHECK(must(read_job(*must(disk.open().view()), 1)).spec->payload == "[1]");
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("a log of today's format without its table of payloads is refused, also when it says that it is older") {
  DiskLog disk;
  wrote(disk.open(), {with_payload(1, "[1]")});
  disk.close();
  {
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    REQUIRE(database->db->DropColumnFamily(database->payloads).ok());
  }
  CHECK(refusal(disk.try_open(HeadMode::async, true)) == ErrorCode::corrupt);
  CHECK(refusal(accept_loss(disk.directory())) == ErrorCode::corrupt);
  CHECK_THAT(disk.refused(), ContainsSubstring("the table of payloads is missing"));
  if (GENERATE(false, true)) {
    tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
      REQUIRE(batch.Put(database.rows, full_key(Table::meta, meta_key::format), "5").ok());
    });
    CHECK_THAT(disk.refused(), ContainsSubstring("the table of payloads is missing"));
  }
  CHECK(refusal(rebuild_projection(disk.directory(), {})) == ErrorCode::corrupt);
  CHECK_FALSE(must(verify(disk.directory())).ok());
}

TEST_CASE("rows that an older breakerd did not finish are made anew, and refused to readers until then") {
  DiskLog disk;
  fill(disk);
  const auto ready = jobs_in(*disk.log, Table::ready);
  const auto jobs = rows_of(*must(disk.log->view()), Table::jobs);
  disk.close();
  age_to_3(disk);
  // A log that is cut short gives rows that agree with an earlier head: those of a rebuild's first commits.
  DiskLog shorter;
  wrote(shorter.open(), {created(spring), CampaignStarted{spring, 1}});
  const auto rows = [](const DiskLog& from, Table table) { return rows_of(*must(from.log->view()), table); };
  std::map<std::pair<Table, std::string>, std::string> first;
  for (int i = static_cast<int>(Table::control); i < static_cast<int>(Table::payloads); ++i)
    for (const auto& [key, value] : rows(shorter, static_cast<Table>(i))) first[{static_cast<Table>(i), key}] = value;
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    for (int i = static_cast<int>(Table::control); i < static_cast<int>(Table::payloads); ++i)
      REQUIRE(batch.DeleteRange(database.rows, full_key(static_cast<Table>(i), {}), end_of_table(static_cast<Table>(i)))
                  .ok());
    for (const auto& [place, value] : first)
      REQUIRE(batch.Put(database.rows, full_key(place.first, place.second), value).ok());
    REQUIRE(batch
                .Put(database.rows, full_key(Table::meta, meta_key::format),
                     RowFormat{newest_row_format, false}.to_string())
                .ok());
  });
  CHECK_THAT(error_of(disk.try_open(HeadMode::async, true)).detail, ContainsSubstring("start this one"));
  CHECK_THAT(must(verify(disk.directory())).note, ContainsSubstring("unfinished"));
  EventLog& log = disk.open();
  CHECK(jobs_in(log, Table::ready) == ready);
  CHECK(rows_of(*must(log.view()), Table::jobs) == jobs);
  wrote(log, {leased(41), completed(41)});
  disk.close();
  CHECK(must(verify(disk.directory())).problems.empty());
}

TEST_CASE("a log that is not whole is refused before its rows are made anew") {
  DiskLog disk;
  fill(disk);
  disk.close();
  age_to_3(disk);
  {
    HeadFile head;
    must(head.open(disk.head_file(), false));
    HeadRecord record = *head.record();
    record.position.seq += 1;
    must(head.write(record));
  }
  CHECK_THAT(disk.refused(), ContainsSubstring("some are missing"));
  tamper(disk, [](rocksdb::WriteBatch&, const Database& database) {
    CHECK(must(get_row(database, {}, Table::meta, meta_key::format)) == "3");
  });
}

TEST_CASE("a directory of format 2 is gone on with, and is of the newest format from then on") {
  DiskLog disk;
  fill(disk);
  const auto ready = jobs_in(*disk.log, Table::ready);
  const auto jobs = rows_of(*must(disk.log->view()), Table::jobs);
  disk.close();
  age_to_2(disk);
  CHECK_THAT(error_of(disk.try_open(HeadMode::async, true)).detail, ContainsSubstring("older breakerd"));
  CHECK(must(verify(disk.directory())).ok());
  CHECK(must(accept_loss(disk.directory())).problem.empty());
  EventLog& log = disk.open();
  CHECK(jobs_in(log, Table::ready) == ready);
  CHECK(rows_of(*must(log.view()), Table::jobs) == jobs);
  CHECK(must(must(log.view())->get(Table::meta, meta_key::format)) == RowFormat{}.to_string());
  CHECK(must(must(log.view())->get(Table::meta, meta_key::head)).value().front() == 4);
  wrote(log, {enqueued(701), leased(41), completed(41)});
  wrote(log, {leased(701), enqueued(702), enqueued(703), enqueued(704), enqueued(705), enqueued(706), enqueued(707),
              enqueued(708), enqueued(709), enqueued(710)});
  disk.close();
  CHECK(must(verify(disk.directory())).problems.empty());
  CHECK(count_of(disk.open(), Table::jobs) == 710);
  disk.close();
  tamper(disk, [](rocksdb::WriteBatch&, const Database& database) {
    CHECK(must(last_kept_key(database, {}, Table::jobs, {})) == number_key(705) + '\0');
  });
}

TEST_CASE("a projection that does not say of which format it is is refused") {
  DiskLog disk;
  fill(disk);
  disk.close();
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch.Delete(database.rows, full_key(Table::meta, meta_key::format)).ok());
  });
  CHECK_THAT(disk.refused(), ContainsSubstring("does not say of which format"));
}

TEST_CASE("the end of the log is written so that a breakerd that knows no formats refuses it") {
  CHECK(encode(HeadRow{}).front() == 4);
  std::string old = encode(HeadRow{{7, {}}, {5, {}}});
  for (const char version : {'\1', '\2', '\3'}) {
    old.front() = version;
    CHECK(must(decode<HeadRow>(old)).last.seq == 7);
  }
  old.front() = '\5';
  CHECK(refusal(decode<HeadRow>(old)) == ErrorCode::corrupt);
}

TEST_CASE("rows of format 1 are not compared by verify, and no log is opened on them to be read only") {
  DiskLog disk;
  fill(disk);
  disk.close();
  age(disk);
  CHECK_THAT(error_of(disk.try_open(HeadMode::async, true)).detail, ContainsSubstring("older breakerd"));
  const auto report = must(verify(disk.directory()));
  CHECK(report.ok());
  CHECK_THAT(report.note, ContainsSubstring("not compared"));
}

TEST_CASE("a directory of format 1 needs no accept-loss, and can have it when something is missing") {
  DiskLog disk;
  fill(disk);
  disk.close();
  age(disk);
  CHECK(must(accept_loss(disk.directory())).problem.empty());
  disk.open();
  disk.close();
  age(disk);
  DiskLog::write(disk.head_file(), "");  // HEAD is lost
  CHECK_FALSE(must(accept_loss(disk.directory())).problem.empty());
  EventLog& log = disk.open();
  CHECK(jobs_in(log, Table::leases).size() == 20);
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("rows of a format that is not known are refused, and left as they are") {
  DiskLog disk;
  fill(disk);
  disk.close();
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(
        batch.Put(database.rows, full_key(Table::meta, meta_key::format), std::to_string(newest_row_format + 1)).ok());
  });
  const Error refused = error_of(disk.try_open());
  CHECK(refused.code == ErrorCode::wrong_state);
  CHECK_THAT(refused.detail,
             ContainsSubstring("format '" + std::to_string(newest_row_format + 1) + "'") && ContainsSubstring("newer"));
  const auto report = must(verify(disk.directory()));
  REQUIRE(report.problems.size() == 1);
  CHECK_THAT(report.problems.front(), ContainsSubstring("newer"));
  DiskLog::write(disk.head_file(), "");
  CHECK_THAT(error_of(accept_loss(disk.directory())).detail, ContainsSubstring("newer"));
}

TEST_CASE("rows of an older format that were not finished are made anew") {
  DiskLog disk;
  fill(disk);
  const auto ready = jobs_in(*disk.log, Table::ready);
  disk.close();
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch
                .Put(database.rows, full_key(Table::meta, meta_key::format),
                     RowFormat{newest_row_format - 1, false}.to_string())
                .ok());
  });
  CHECK(jobs_in(disk.open(), Table::ready) == ready);
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}
