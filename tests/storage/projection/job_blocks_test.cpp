// Jobs that share rows: whoever reads sees the newest row of each of them, wherever it is kept.

#include <breakerd/storage/rocks/rocks_jobs.hpp>

#include <map>
#include <random>

#include <breakerd/storage/offline/offline.hpp>
#include <breakerd/storage/rocks/rocks_batch.hpp>
#include <breakerd/storage/rocks/rocks_database.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/rocks/tamper.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A database to write rows of jobs into, as commits do.
class Jobs {
 public:
  Jobs() : database_{must(open_database(dir_.path(), Access::create, {}))} {}

  /// One commit: new rows of `changed`, and of so many new jobs. `is_lost`: it is made, and then not committed.
  void commit(const std::vector<JobId>& changed, std::size_t added, bool is_lost = false) {
    RocksBatch batch{*database_, 0, model.size() + 1};
    std::map<JobId, std::string> rows;
    for (const JobId job : changed) rows[job] = new_row(job);
    for (std::size_t i = 0; i < added; ++i) {
      const JobId job = model.size() + 1 + i;
      rows[job] = new_row(job);
    }
    for (const auto& [job, row] : rows) batch.put(Table::jobs, number_key(job), row);
    auto* finished = must(batch.finished());
    if (is_lost) return;
    REQUIRE(database_->db->Write({}, finished).ok());
    for (auto& [job, row] : rows) model[job] = row;
  }
  void flush() { REQUIRE(database_->db->Flush({}, database_->rows).ok()); }
  /// Puts a row as logs of format 2 have it.
  void put_own(JobId job) {
    model[job] = new_row(job);
    put(full_key(Table::jobs, number_key(job)), model[job]);
  }
  void put(const std::string& key, const std::string& value) {
    REQUIRE(database_->db->Put({}, database_->rows, key, value).ok());
  }

  /// How many blocks there are, and how many jobs with rows of their own.
  using Kept = std::pair<std::size_t, std::size_t>;
  [[nodiscard]] Kept kept() const {
    const std::unique_ptr<rocksdb::Iterator> at{database_->db->NewIterator({}, database_->rows)};
    Kept count;
    for (at->Seek(full_key(Table::jobs, {})); at->Valid() && at->key().starts_with(full_key(Table::jobs, {}));
         at->Next())
      ++(at->key().size() == 1 + sizeof(JobId) ? count.second : count.first);
    return count;
  }
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const {
    return get_row(*database_, {}, Table::jobs, key);
  }
  [[nodiscard]] Result<ReadView::Rows> get_many(const std::vector<std::string>& keys) const {
    return get_rows(*database_, {}, Table::jobs, keys);
  }
  [[nodiscard]] Result<std::map<JobId, std::string>> scan(std::string_view from, std::string_view to,
                                                          std::size_t max) const {
    std::map<JobId, std::string> seen;
    auto ok = scan_rows(*database_, {}, Table::jobs, from, to, [&](std::string_view key, std::string_view row) {
      CHECK(seen.emplace(read_big_endian(key), row).second);
      return seen.size() < max;
    });
    if (!ok) return ok.error();
    return seen;
  }
  [[nodiscard]] Result<std::optional<std::string>> last_key(std::string_view before) const {
    return last_row_key(*database_, {}, Table::jobs, before);
  }

  std::map<JobId, std::string> model;

 private:
  std::string new_row(JobId job) {
    return std::to_string(job) + "," + std::to_string(++versions_) + std::string(random_() % 60, '.');
  }

  TempDir dir_;
  std::unique_ptr<Database> database_;
  std::uint64_t versions_ = 0;
  std::mt19937 random_{1};
};

void check_everything(const Jobs& jobs, std::mt19937& random, int rounds) {
  const auto& model = jobs.model;
  const JobId end = model.size() + 1;
  for (const auto& [job, row] : model) REQUIRE(must(jobs.get(number_key(job))) == row);
  for (const JobId missing : {JobId{0}, end, end + 1, end + 1'000, ~JobId{0}})
    CHECK_FALSE(must(jobs.get(number_key(missing))));
  CHECK(must(jobs.scan({}, {}, ~std::size_t{0})) == model);
  CHECK(must(jobs.last_key({})) == number_key(end - 1));
  for (int round = 0; round < rounds; ++round) {
    const JobId from = random() % (end + 3);
    const JobId to = from + random() % (random() % 2 == 0 ? 20 : end);
    const std::size_t max = 1 + random() % (end + 10);
    const bool behind = random() % 2 == 0;
    const JobId first = from + (behind ? 1 : 0);
    std::map<JobId, std::string> expected(model.lower_bound(first), model.lower_bound(std::max(first, to)));
    while (expected.size() > max) expected.erase(std::prev(expected.end()));
    const std::string_view any{"\0", 1};
    REQUIRE(must(jobs.scan(number_key(from) + std::string{behind ? any : ""}, number_key(to), max)) == expected);
    if (to > from && expected.size() < max) {  // so that `to` itself is in it
      if (const auto at = model.find(to); at != model.end()) expected.insert(*at);
      REQUIRE(must(jobs.scan(number_key(from) + std::string{behind ? any : ""}, number_key(to) + std::string{any},
                             max)) == expected);
    }

    std::vector<std::string> keys(1 + random() % 60);
    const JobId step_max = 1 + random() % 5;
    for (std::size_t i = 0; i < keys.size(); ++i)
      keys[i] = number_key(i > 0 && random() % 20 != 0 ? read_big_endian(keys[i - 1]) + 1 + random() % step_max
                                                       : random() % (end + 5));
    const auto rows = must(jobs.get_many(keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto known = model.find(read_big_endian(keys[i]));
      REQUIRE(rows[i] == (known == model.end() ? std::nullopt : std::optional{known->second}));
    }
    const auto before_it_or_it = model.upper_bound(from);
    REQUIRE(must(jobs.last_key(number_key(from) + std::string{any})) ==
            (before_it_or_it == model.begin() ? std::nullopt
                                              : std::optional{number_key(std::prev(before_it_or_it)->first)}));
    const auto before = model.lower_bound(from);
    REQUIRE(must(jobs.last_key(number_key(from))) ==
            (before == model.begin() ? std::nullopt : std::optional{number_key(std::prev(before)->first)}));
  }
}

}  // namespace

TEST_CASE("new jobs of one commit share rows by eight, from the first of a block on") {
  Jobs jobs;
  const auto kept = [&] { return jobs.kept(); };
  using Kept = Jobs::Kept;
  jobs.commit({}, 3);  // 1 to 3: too few
  CHECK(kept() == Kept{0, 3});
  jobs.commit({}, 5);  // 4 to 8: not from the first on
  CHECK(kept() == Kept{0, 8});
  jobs.commit({}, 12);  // 9 to 20
  CHECK(kept() == Kept{2, 8});
  jobs.commit({}, 4);  // 21 to 24: the block has been written
  CHECK(kept() == Kept{2, 12});
  jobs.commit({}, 64);
  CHECK(kept() == Kept{10, 12});
  jobs.commit({3, 9, 20, 33, 34}, 3);
  CHECK(kept() == Kept{10, 19});
  jobs.commit({3, 9, 33}, 0);
  CHECK(kept() == Kept{10, 19});
}

TEST_CASE("a change of the first jobs of a block leaves the block as it is") {
  Jobs jobs;
  std::mt19937 random{3};
  jobs.commit({}, 16);
  jobs.commit({9, 10, 11, 12}, 0);
  CHECK(jobs.kept() == Jobs::Kept{2, 4});
  check_everything(jobs, random, 20);
}

TEST_CASE("every way of reading sees the newest row of each job") {
  Jobs jobs;
  std::mt19937 random{20'261'126};
  for (int commit = 0; commit < 200; ++commit) {
    std::vector<JobId> changed(jobs.model.empty() ? 0 : random() % 12);
    for (JobId& job : changed) job = 1 + random() % jobs.model.size();
    const std::size_t added = random() % (random() % 5 == 0 ? 70 : 5);
    jobs.commit(changed, added, random() % 6 == 0);
    if (random() % 15 == 0) jobs.flush();
  }
  check_everything(jobs, random, 500);
}

TEST_CASE("jobs of a log of format 2 keep their rows, and new ones come behind them") {
  const JobId old_jobs = GENERATE(1, 7, 8, 9, 15, 16);
  Jobs jobs;
  std::mt19937 random{7};
  for (JobId job = 1; job <= old_jobs; ++job) jobs.put_own(job);
  check_everything(jobs, random, 20);
  jobs.commit({1}, 1);
  jobs.commit({old_jobs}, 20);
  check_everything(jobs, random, 50);
  CHECK(jobs.kept().first >= 2);
}

TEST_CASE("a table of jobs without jobs has none") {
  const Jobs jobs;
  CHECK_FALSE(must(jobs.get(number_key(1))));
  CHECK_FALSE(must(jobs.get("x")));
  CHECK(must(jobs.scan({}, {}, 10)).empty());
  CHECK_FALSE(must(jobs.last_key({})));
  CHECK_FALSE(must(jobs.last_key(number_key(1))));
  CHECK(must(jobs.get_many({number_key(1), "x"})) == ReadView::Rows(2));
}

TEST_CASE("a block that contradicts itself is told by every way of reading") {
  Jobs jobs;
  jobs.commit({}, 24);
  std::string nine_rows;
  for (int i = 0; i < 9; ++i) nine_rows += "\x01r";
  const std::string value = GENERATE_COPY(std::string{}, std::string("\x05") + "ab",
                                          std::string("\x01") + "a\x02" + "b", std::string("\x80"), nine_rows);
  jobs.put(full_key(Table::jobs, number_key(9) + '\0'), value);
  const auto named = [](const auto& result) {
    CHECK(refusal(result) == ErrorCode::corrupt);
    CHECK_THAT(error_of(result).detail, ContainsSubstring("jobs 9 to 16"));
  };
  named(jobs.get(number_key(10)));
  named(jobs.get_many({number_key(10), number_key(3)}));
  named(jobs.get_many({number_key(15), number_key(16), number_key(17), number_key(18)}));
  named(jobs.scan({}, {}, 100));
  named(jobs.scan({}, number_key(17), 100));
  named(jobs.scan(number_key(12), {}, 100));
  named(jobs.last_key(number_key(11)));
  // Its neighbours are not harmed.
  for (const JobId job : {JobId{8}, JobId{17}}) CHECK(must(jobs.get(number_key(job))) == jobs.model.at(job));
  CHECK(must(jobs.get_many({number_key(5), number_key(6), number_key(7), number_key(8)}))[3] == jobs.model.at(8));
  CHECK(must(jobs.scan({}, number_key(9), 100)).size() == 8);
  CHECK(must(jobs.scan({}, {}, 8)).size() == 8);
  CHECK(must(jobs.scan(number_key(17), {}, 100)).size() == 8);
  CHECK(must(jobs.last_key({})) == number_key(24));
  CHECK(must(jobs.last_key(number_key(9))) == number_key(8));
}

TEST_CASE("jobs that are lost from their block are found by verify") {
  DiskLog disk;
  EventLog& log = disk.open();
  must(try_append(log, together({enqueued(1), enqueued(2), enqueued(3), enqueued(4), enqueued(5), enqueued(6),
                                 enqueued(7), enqueued(8), enqueued(9)})));
  wrote(log, {leased(2)});
  disk.close();
  CHECK(must(verify(disk.directory())).ok());
  tamper(disk, [](rocksdb::WriteBatch& batch, const Database& database) {
    JobBlocks blocks{1};
    for (JobId job = 1; job <= 4; ++job)
      REQUIRE(blocks.put(job, *must(get_row(database, {}, Table::jobs, number_key(job))), database.rows, batch).ok());
    REQUIRE(blocks.finish(database.rows, batch).ok());
  });
  const auto report = must(verify(disk.directory()));
  REQUIRE(report.problems.size() == 4);
  CHECK_THAT(report.problems.front(), ContainsSubstring("the row of jobs for 5 is missing"));
}
