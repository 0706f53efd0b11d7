// Sets of jobs: their stored form, scans over them, and the projector's cache of them.

#include <breakerd/storage/projection/job_sets.hpp>

#include <random>
#include <set>

#include "tests/support/memory_tables.hpp"
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Ids = std::vector<JobId>;

namespace {

JobSet set_of(const Ids& jobs) {
  JobSet set;
  for (const JobId job : jobs) set.add(job);
  return set;
}

Ids places_in(const JobSet& set) {
  Ids places;
  set.each([&](std::size_t place) { return places.push_back(place), true; });
  return places;
}

Ids range(JobId first, JobId last) {
  Ids ids;
  for (JobId id = first; id <= last; ++id) ids.push_back(id);
  return ids;
}

/// A table of sets, the view of it, and the cache over both.
struct Index {
  MemoryTables tables;
  MemoryView view{tables};
  MemoryBatch batch{tables};
  JobSets sets{Table::leases, view};
  LaneId lane{};

  void add(JobId job, bool is_first = false) { must(sets.add(lane_set_key(lane, job), job, is_first)); }
  void remove(JobId job) { must(sets.remove(lane_set_key(lane, job), job)); }
  Ids stored(JobId after = 0) const {
    Ids jobs;
    must(scan_jobs(view, Table::leases, uuid_key(lane), after, [&](JobId job) { return jobs.push_back(job), true; }));
    return jobs;
  }
};

}  // namespace

TEST_CASE("a set of up to 31 jobs is stored as their places, a larger one as bits") {
  CHECK(set_of({3, 0, 255}).encode() == std::string("\x00\x03\xff", 3));
  CHECK(set_of(range(256, 286)).encode().size() == 31);
  CHECK(set_of(range(0, 31)).encode() == "\xff\xff\xff\xff" + std::string(28, '\0'));
  CHECK(set_of(range(512, 767)).encode() == std::string(32, '\xff'));
}

TEST_CASE("whatever a set has comes back from its stored form, and there is one form only") {
  std::mt19937 random{20'261'126};
  for (std::size_t size = 1; size <= JobSet::jobs; ++size) {
    std::set<JobId> jobs;
    while (jobs.size() < size) jobs.insert(random() % JobSet::jobs);
    const Ids expected(jobs.begin(), jobs.end());
    const JobSet set = must(JobSet::decode(set_of(expected).encode()));
    REQUIRE(places_in(set) == expected);
    REQUIRE(set.encode() == set_of(expected).encode());
  }
}

TEST_CASE("bytes that are no set's stored form are refused") {
  const std::string bytes =
      GENERATE(std::string{}, std::string("\x03\x03"), std::string("\x04\x03"), std::string(33, '\xff'),
               std::string(32, '\0'), "\xff\xff\xff\x7f" + std::string(28, '\0'));
  CHECK(refusal(JobSet::decode(bytes)) == ErrorCode::corrupt);
}

TEST_CASE("an empty set has no jobs") {
  JobSet set = set_of({7});
  CHECK_FALSE(set.empty());
  set.remove(7);
  CHECK(set.empty());
  CHECK(places_in(set).empty());
}

TEST_CASE("a scan goes over the borders of sets, behind the job it is told, until it is stopped") {
  Index index;
  for (const JobId job : {1, 255, 256, 257, 511, 5'000}) index.add(job);
  index.sets.flush(index.batch);
  CHECK(index.stored() == Ids{1, 255, 256, 257, 511, 5'000});
  CHECK(index.stored(1) == Ids{255, 256, 257, 511, 5'000});
  CHECK(index.stored(255) == Ids{256, 257, 511, 5'000});
  CHECK(index.stored(256) == Ids{257, 511, 5'000});
  CHECK(index.stored(5'000).empty());
  Ids seen;
  must(scan_jobs(index.view, Table::leases, {}, 0, [&](JobId job) { return seen.push_back(job), job < 256; }));
  CHECK(seen == Ids{1, 255, 256});
}

TEST_CASE("a row that is no set is told, and not taken for an empty one") {
  Index index;
  index.batch.put(Table::leases, lane_set_key(index.lane, 1), "\x05\x04");
  CHECK(refusal(scan_jobs(index.view, Table::leases, {}, 0, [](JobId) { return true; })) == ErrorCode::corrupt);
  CHECK(refusal(index.sets.add(lane_set_key(index.lane, 1), 1, false)) == ErrorCode::corrupt);
}

TEST_CASE("of a lane that has had none so far no set is read") {
  Index index;
  index.batch.put(Table::leases, lane_set_key(index.lane, 1), "\x05\x04");  // it could not be
  index.add(1, true);
  index.add(9, true);
  index.sets.flush(index.batch);
  CHECK(index.stored() == Ids{1, 9});
}

TEST_CASE("the cache changes what is stored, row by row, and leaves none that is empty") {
  Index index;
  std::set<JobId> model;
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    for (int change = 0; change < 20; ++change) {
      const JobId job = 1 + random() % 600'000 % (1 + random() % 600'000);
      if (random() % 2 == 0) {
        index.add(job);
        model.insert(job);
      } else if (!model.empty()) {
        const JobId gone = *model.begin();
        index.remove(gone);
        model.erase(gone);
      }
    }
    if (random() % 3 != 0) continue;
    index.sets.flush(index.batch);
    if (random() % 10 == 0) index.sets.clear();  // as after a restart
    REQUIRE(index.stored() == Ids(model.begin(), model.end()));
    for (const auto& [key, value] : index.tables[Table::leases]) REQUIRE_FALSE(value.empty());
  }
  for (const JobId job : Ids(model.begin(), model.end())) index.remove(job);
  index.sets.flush(index.batch);
  CHECK(index.tables[Table::leases].empty());
}

TEST_CASE("what is forgotten is not written any more") {
  Index index;
  index.add(1);
  index.add(700);
  index.sets.flush(index.batch);
  index.add(2);
  index.lane.bytes[0] = 1;
  index.add(3);
  index.sets.forget(uuid_key(LaneId{}));
  index.batch.erase_prefix(Table::leases, uuid_key(LaneId{}));
  index.sets.flush(index.batch);
  CHECK(index.stored() == Ids{3});
  index.lane = {};
  CHECK(index.stored().empty());
  index.add(4);
  index.add(701);  // its set was cached, and not changed since
  index.sets.flush(index.batch);
  CHECK(index.stored() == Ids{4, 701});
}
