// The rows that change with every commit share one: whoever reads sees each of them.

#include <breakerd/storage/rocks/rocks_meta.hpp>

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/rocks/tamper.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> keys_of(const ReadView& view) {
  std::vector<std::string> keys;
  for (const auto& [key, row] : rows_of(view, Table::meta)) keys.push_back(key);
  return keys;
}

std::string kept(const Database& database, std::string_view key) {
  return must(get_kept_row(database, {}, Table::meta, key)).value_or("none");
}

}  // namespace

TEST_CASE("a commit writes the rows of queue and head as one, and every way of reading sees both") {
  DiskLog disk;
  wrote(disk.open(), {enqueued(1), enqueued(2)});
  {
    const auto view = must(disk.log->view());
    CHECK(keys_of(*view) == std::vector<std::string>{"breaker", "format", "head", "holds", "limits", "queue"});
    const auto head = must(view->get(Table::meta, meta_key::head)).value();
    const auto queue = must(view->get(Table::meta, meta_key::queue)).value();
    CHECK(must(decode<HeadRow>(head)).last.seq == 2);
    CHECK(must(read_queue(*view)).last_job == 2);
    const auto rows = must(view->get_many(Table::meta, std::vector<std::string>{"queue", "nothing", "head"}));
    CHECK(rows == ReadView::Rows{queue, std::nullopt, head});
    CHECK(must(view->last_key(Table::meta, {})) == "queue");
    CHECK(must(view->last_key(Table::meta, "queue")) == "limits");
    CHECK_FALSE(must(view->last_key(Table::meta, "breaker")));
    std::vector<std::string> some;
    must(view->scan(Table::meta, "format", "queue",
                    [&](std::string_view key, std::string_view) { return some.emplace_back(key), some.size() < 2; }));
    CHECK(some == std::vector<std::string>{"format", "head"});
  }
  disk.close();
  tamper(disk, [](rocksdb::WriteBatch&, const Database& database) {
    CHECK(kept(database, meta_key::queue) == "none");
    CHECK(kept(database, meta_key::head).front() == 5);
  });
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("a log whose rows of queue and head are apart is read") {
  DiskLog disk;
  disk.write_and_close(3);
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    for (const std::string_view key : {meta_key::head, meta_key::queue})
      REQUIRE(
          batch.Put(database.rows, full_key(Table::meta, key), must(get_row(database, {}, Table::meta, key)).value())
              .ok());
  });
  tamper(disk, [](rocksdb::WriteBatch&, const Database& database) {
    CHECK(kept(database, meta_key::head).front() == 4);
    CHECK(must(get_row(database, {}, Table::meta, meta_key::head)) == kept(database, meta_key::head));
    CHECK(must(get_row(database, {}, Table::meta, meta_key::queue)) == kept(database, meta_key::queue));
  });
  CHECK(must(verify(disk.directory())).ok());
}

TEST_CASE("a shared row of queue and head that is cut is damage") {
  DiskLog disk;
  disk.write_and_close(3);
  const std::string whole = [&] {
    return kept(*must(open_database(disk.directory(), Access::read_write, {})), meta_key::head);
  }();
  const auto size = GENERATE_COPY(std::size_t{1}, std::size_t{2}, whole.size() / 2, whole.size() - 1);
  tamper(disk, [&](rocksdb::WriteBatch& batch, const Database& database) {
    REQUIRE(batch.Put(database.rows, full_key(Table::meta, meta_key::head), whole.substr(0, size)).ok());
  });
  tamper(disk, [](rocksdb::WriteBatch&, const Database& database) {
    for (const std::string_view key : {meta_key::head, meta_key::queue})
      CHECK(refusal(get_row(database, {}, Table::meta, key)) == ErrorCode::corrupt);
    CHECK(refusal(scan_rows(database, {}, Table::meta, {}, {}, [](auto, auto) { return true; })) == ErrorCode::corrupt);
    CHECK(refusal(last_row_key(database, {}, Table::meta, {})) == ErrorCode::corrupt);
  });
  CHECK_THAT(disk.refused(), ContainsSubstring("the row head"));
}
