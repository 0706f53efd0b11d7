// Events, and payloads, that share rows: whoever reads sees each of them at its seq, however they fell together.

#include <breakerd/storage/rocks/rocks_seq_rows.hpp>

#include <map>
#include <random>

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/rocks/disk_log.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A table to write rows into, as commits do.
class Rows {
 public:
  explicit Rows(Table table)
      : database_{must(open_database(dir_.path(), Access::create, {}))},
        table_{table},
        family_{table == Table::events ? database_->events : database_->payloads} {}

  /// One commit of rows of these sizes, one behind the other.
  void commit(const std::vector<std::size_t>& sizes) {
    std::map<Seq, std::size_t> at;
    for (const std::size_t size : sizes) at.emplace(model.size() + at.size() + 1, size);
    commit_at(at);
  }
  /// One commit of a row of the given size at each of these seqs.
  void commit_at(const std::map<Seq, std::size_t>& sizes) {
    rocksdb::WriteBatch batch;
    SeqGroup group;
    for (const auto& [seq, size] : sizes) {
      std::string row = std::to_string(seq) + std::string(size, static_cast<char>('a' + seq % 26));
      REQUIRE(group.add(seq, row, family_, batch).ok());
      model.emplace(seq, std::move(row));
    }
    REQUIRE(group.finish(family_, batch).ok());
    REQUIRE(database_->db->Write({}, &batch).ok());
  }
  void flush() { REQUIRE(database_->db->Flush({}, family_).ok()); }

  [[nodiscard]] std::size_t stored_rows() const {
    const std::unique_ptr<rocksdb::Iterator> at{database_->db->NewIterator({}, family_)};
    std::size_t count = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      ++count;
      CHECK((at->value().size() <= seq_group_bytes_max + 100 || at->key().size() == sizeof(Seq)));
    }
    return count;
  }
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const {
    return must(get_row(*database_, {}, table_, key));
  }
  [[nodiscard]] ReadView::Rows get_many(const std::vector<std::string>& keys) const {
    return must(get_rows(*database_, {}, table_, keys));
  }
  [[nodiscard]] std::map<Seq, std::string> scan(std::string_view from, std::string_view to, std::size_t max) const {
    std::map<Seq, std::string> seen;
    must(scan_rows(*database_, {}, table_, from, to, [&](std::string_view key, std::string_view row) {
      seen.emplace(read_big_endian(key), row);
      return seen.size() < max;
    }));
    return seen;
  }
  [[nodiscard]] std::optional<std::string> last_key(std::string_view before) const {
    return must(last_row_key(*database_, {}, table_, before));
  }
  [[nodiscard]] Result<std::optional<std::string>> damaged(std::string_view key, std::string_view value, Seq asked) {
    REQUIRE(database_->db->Put({}, family_, std::string{key}, std::string{value}).ok());
    return get_row(*database_, {}, table_, number_key(asked));
  }

  std::map<Seq, std::string> model;

 private:
  TempDir dir_;
  std::unique_ptr<Database> database_;
  Table table_;
  rocksdb::ColumnFamilyHandle* family_;
};

class Events : public Rows {
 public:
  Events() : Rows{Table::events} {}
};

/// Every way of reading gives what the model has; seqs behind `end` have no rows.
void check_reads(const Rows& rows, Seq end, std::mt19937& random) {
  const auto& model = rows.model;
  for (Seq seq = 0; seq < end; ++seq) {
    const auto known = model.find(seq);
    REQUIRE(rows.get(number_key(seq)) == (known == model.end() ? std::nullopt : std::optional{known->second}));
  }
  for (const Seq missing : {Seq{0}, end, end + 1, end + 1'000, ~Seq{0}}) CHECK_FALSE(rows.get(number_key(missing)));
  CHECK(rows.scan({}, {}, ~std::size_t{0}) == model);
  for (int round = 0; round < 500; ++round) {
    const Seq from = random() % (end + 3);
    const Seq to = from + random() % (random() % 2 == 0 ? 10 : end);
    const std::size_t max = 1 + random() % (end + 10);
    const bool behind = random() % 2 == 0;
    const Seq first = from + (behind ? 1 : 0);
    std::map<Seq, std::string> expected(model.lower_bound(first), model.lower_bound(std::max(first, to)));
    while (expected.size() > max) expected.erase(std::prev(expected.end()));
    REQUIRE(rows.scan(number_key(from) + (behind ? std::string(1, '\0') : ""), number_key(to), max) == expected);

    std::vector<std::string> keys(1 + random() % 60);
    for (std::size_t i = 0; i < keys.size(); ++i)
      keys[i] = number_key(i > 0 && random() % 3 != 0 ? read_big_endian(keys[i - 1]) + 1 : random() % (end + 5));
    const auto found = rows.get_many(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto known = model.find(read_big_endian(keys[i]));
      REQUIRE(found[i] == (known == model.end() ? std::nullopt : std::optional{known->second}));
    }
    const auto before = model.lower_bound(from);
    REQUIRE(rows.last_key(number_key(from)) ==
            (before == model.begin() ? std::nullopt : std::optional{number_key(std::prev(before)->first)}));
  }
  CHECK(rows.last_key({}) == number_key(model.rbegin()->first));
}

}  // namespace

TEST_CASE("events of one commit share rows, up to a bound in bytes and in number") {
  Events events;
  events.commit({100});
  CHECK(events.stored_rows() == 1);
  events.commit(std::vector<std::size_t>(64, 100));
  CHECK(events.stored_rows() == 2);
  events.commit(std::vector<std::size_t>(65, 10));
  CHECK(events.stored_rows() == 4);
  events.commit(std::vector<std::size_t>(4, 3'000));
  CHECK(events.stored_rows() == 6);
  events.commit({20'000, 20'000, 5});
  CHECK(events.stored_rows() == 9);
}

TEST_CASE("every way of reading sees each event at its seq") {
  Events events;
  std::mt19937 random{20'261'126};
  for (int commit = 0; commit < 120; ++commit) {
    std::vector<std::size_t> sizes(1 + random() % (random() % 4 == 0 ? 200 : 8));
    for (std::size_t& size : sizes) size = random() % 50 == 0 ? random() % 30'000 : random() % 400;
    events.commit(sizes);
    if (random() % 20 == 0) events.flush();
  }
  check_reads(events, events.model.size() + 1, random);
}

TEST_CASE("payloads are beside some of the events: each is read at its seq, and nothing between them") {
  Rows payloads{Table::payloads};
  std::mt19937 random{20'261'129};
  Seq seq = 1 + random() % 5;
  for (int commit = 0; commit < 120; ++commit) {
    std::map<Seq, std::size_t> sizes;
    for (std::size_t left = 1 + random() % 40; left > 0; --left) {
      sizes.emplace(seq, random() % 50 == 0 ? random() % 30'000 : random() % 400);
      seq += random() % 3 == 0 ? 1 : 1 + random() % (random() % 8 == 0 ? 100 : 20);
    }
    payloads.commit_at(sizes);
    if (random() % 20 == 0) payloads.flush();
  }
  check_reads(payloads, seq + 1, random);
}

TEST_CASE("payloads that are not far from each other share a row, and others do not") {
  Rows payloads{Table::payloads};
  payloads.commit_at({{1, 10}, {2, 10}, {4, 10}, {20, 10}, {37, 10}});
  CHECK(payloads.stored_rows() == 1);
  payloads.commit_at({{100, 10}, {118, 10}});
  CHECK(payloads.stored_rows() == 3);
  payloads.commit_at(
      {{200, 10}, {210, 10}, {220, 10}, {230, 10}, {240, 10}, {250, 10}, {260, 10}, {263, 10}, {264, 10}});
  CHECK(payloads.stored_rows() == 5);
}

TEST_CASE("an empty table of events has none") {
  const Events events;
  CHECK_FALSE(events.get(number_key(1)));
  CHECK(events.scan({}, {}, 10).empty());
  CHECK_FALSE(events.last_key({}));
  CHECK_FALSE(events.last_key(number_key(1)));
  CHECK(events.get_many({number_key(1), "x"}) == ReadView::Rows(2));
}

TEST_CASE("a row of events that contradicts itself is told") {
  Events events;
  const std::string value = GENERATE(std::string{}, std::string("\x05"),
                                     std::string("\x02"
                                                 "ab"),
                                     std::string("\x01"
                                                 "a\x01"
                                                 "b\x01"
                                                 "c"));
  const auto read = events.damaged(number_key(9) + '\x02', value, 9);
  CHECK(refusal(read) == ErrorCode::corrupt);
  CHECK_THAT(error_of(read).detail, ContainsSubstring("2 events up to event 9"));
}

TEST_CASE("a row of events with a key that cannot be is told") {
  Events events;
  events.commit({10, 10});
  const std::string key = GENERATE(number_key(9) + '\x0a', number_key(9) + '\x01', number_key(9) + '\0',
                                   number_key(9) + "ab", std::string("z"));
  CHECK(refusal(events.damaged(key,
                               "\x01"
                               "a",
                               9)) == ErrorCode::corrupt);
}

TEST_CASE("a log whose events have a row each is read and gone on with") {
  DiskLog disk;
  EventLog& log = disk.open();
  wrote(log, {enqueued(1), enqueued(2), enqueued(3), leased(2)});
  const auto before = rows_of(*must(log.view()), Table::events);
  disk.close();
  {
    const auto database = must(open_database(disk.directory(), Access::read_write, {}));
    REQUIRE(database->db->Delete({}, database->events, number_key(4) + '\x04').ok());
    for (const auto& [key, row] : before) REQUIRE(database->db->Put({}, database->events, key, row).ok());
  }
  CHECK(rows_of(*must(disk.open().view()), Table::events) == before);
  wrote(*disk.log, {completed(2), leased(1), enqueued(4)});
  require_chain(*disk.log);
  CHECK(count_of(*disk.log, Table::events) == 7);
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
}
