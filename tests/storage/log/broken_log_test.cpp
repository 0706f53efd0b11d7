// A log that breaks a rule is refused by everything that reads or writes one, and for the same reason.

#include "tests/support/broken_logs.hpp"

#include <breakerd/events/codec/codec.hpp>
#include <breakerd/events/codec/payload.hpp>
#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/projection/projected_log.hpp>
#include <breakerd/storage/tables/payload_row.hpp>
#include "tests/storage/rocks/tamper.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Append append_of(const std::vector<EventData>& events) {
  Append append;
  for (const EventData& data : events) append.events.push_back(said(data));
  return append;
}

/// What is said when a log that breaks the rule is gone on with.
Error refused_append(const BrokenLog& broken) {
  MemoryLog log;
  Append before;
  before.events = broken.before.told;
  if (!before.events.empty()) must(try_append(log, before));
  const Position head = log.head();
  const Error error = error_of(try_append(log, append_of(broken.append)));
  CHECK(log.head() == head);
  wrote(log, {created(campaign_id(77))});  // the next one does not suffer
  return error;
}

/// Puts events behind the log's end that nobody has checked, as if a faulty breakerd had written them.
void smuggle(const DiskLog& disk, Position at, const std::vector<EventData>& events) {
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    for (const EventData& data : events) {
      std::string body;
      Event event = said(data);
      encode_event(body, event);
      at = {at.seq + 1, chain(at.hash, at.seq + 1, body)};
      std::string row(at.hash.begin(), at.hash.end());
      REQUIRE(batch.Put(database.events, number_key(at.seq), row + body).ok());
      if (const auto payload = payload_of(event.data); !payload.bytes.empty()) {
        encode_payload_row(row, payload.ref->salt, payload.bytes);
        REQUIRE(batch.Put(database.payloads, number_key(at.seq), row).ok());
      }
    }
  });
}

}  // namespace

TEST_CASE("an append that breaks a rule is refused, changes nothing and harms no other") {
  for (const BrokenLog& broken : BrokenLogs::all()) {
    INFO(broken.rule << " " << type_name(broken.append.back()) << " at " << broken.refused_at());
    const Error error = refused_append(broken);
    CHECK(error.code == ErrorCode::misfit);
    CHECK_THAT(error.detail, ContainsSubstring("event " + std::to_string(broken.refused_at())));
  }
}

TEST_CASE("replay and verify refuse a log that breaks a rule, with the words of the append") {
  std::string rule;
  for (const BrokenLog& broken : BrokenLogs::all()) {
    if (broken.rule == rule) continue;  // one of each: a directory takes its time
    rule = broken.rule;
    INFO(rule << " " << type_name(broken.append.back()) << " at " << broken.refused_at());
    const std::string reason = refused_append(broken).detail;
    DiskLog disk;
    Append before;
    before.events = broken.before.told;
    if (!before.events.empty()) must(try_append(disk.open(), before));
    if (before.events.empty()) disk.open();
    const Position end = disk.log->head();
    disk.close();
    smuggle(disk, end, broken.append);
    const Error replayed = error_of(replay(disk.directory(), {}));
    CHECK(replayed.code == ErrorCode::corrupt);
    CHECK(replayed.detail == reason);
    const VerifyReport report = must(verify(disk.directory()));
    REQUIRE_FALSE(report.problems.empty());
    CHECK(report.problems.front() == reason);
  }
}

TEST_CASE("a replay may end inside an append, but the log may not") {
  DiskLog disk;
  disk.open();
  wrote(*disk.log, {opened(1), QueuePaused{1, 0}, circuit_hold(1)});
  disk.close();
  const ReplayReport report = must(replay(disk.directory(), {1, {}}));
  CHECK(report.status.breaker.state == CircuitState::open);
  CHECK_FALSE(report.status.queue_paused);
}
