// Who holds what, as the queue has it in memory.

#include <breakerd/actors/base/lease_times.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

JobRow row(JobId id, const std::string& worker, Time since) {
  JobRow made;
  made.id = id;
  made.worker = worker;
  made.updated_at = since;
  return made;
}

std::vector<std::string> names(const Page<WorkerView>& page) {
  std::vector<std::string> all;
  for (const WorkerView& worker : page.items) all.push_back(worker.name);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("workers come by name, with what they hold since when, and when they were heard of") {
  LeaseTimes times;
  times.set(row(2, "b", at(5)), at(35), at(5));
  times.set(row(3, "a", at(6)), at(36), at(6));
  times.set(row(1, "b", at(7)), at(37), at(7));
  times.set(row(2, "b", at(5)), at(50), at(20));  // a heartbeat
  const auto page = times.workers("", 10);
  CHECK(page.next.empty());
  REQUIRE(names(page) == Names{"a", "b"});
  const WorkerView& b = page.items[1];
  CHECK(b.in_flight == 2);
  CHECK(b.since == at(5));
  CHECK(b.heard_at == at(20));
  CHECK(b.waiting_leases == 0);
  REQUIRE(b.jobs.size() == 2);
  CHECK(b.jobs[0].id == 2);
  CHECK(b.jobs[0].expires_at == at(50));
  CHECK(b.jobs[1].id == 1);
  times.end(2);
  times.end(2);
  times.end(1);
  CHECK(names(times.workers("", 10)) == Names{"a"});
}

TEST_CASE("the progress of a lease is the newest, and goes with it") {
  LeaseTimes times;
  times.set_progress(1, {7, "", at(4)});  // it is not leased
  CHECK(!times.progress(1));
  times.set(row(1, "a", at(5)), at(35), at(5));
  CHECK(!times.progress(1));
  times.set_progress(1, {10, "begun", at(6)});
  times.set_progress(1, {20, "half", at(7)});
  times.set(row(1, "a", at(5)), at(50), at(8));  // a heartbeat without
  CHECK(times.progress(1) == JobProgress{20, "half", at(7)});
  times.set(row(1, "b", at(60)), at(90), at(60));  // the next lease
  CHECK(!times.progress(1));
  times.set_progress(1, {10, "begun", at(61)});
  times.end(1);
  CHECK(!times.progress(1));
}

TEST_CASE("workers are read page by page") {
  LeaseTimes times;
  JobId job = 0;
  for (const char* name : {"e", "b", "d", "a", "c"}) times.set(row(++job, name, at(1)), at(31), at(1));
  const auto first = times.workers("", 2);
  CHECK(names(first) == Names{"a", "b"});
  CHECK(first.next == "b");
  const auto second = times.workers(first.next, 3);
  CHECK(names(second) == Names{"c", "d", "e"});
  CHECK(second.next.empty());
  CHECK(names(times.workers("bb", 1)) == Names{"c"});
  CHECK(times.workers("e", 2).items.empty());
}

TEST_CASE("a page ends behind a worker with many leases, of which the first are looked at") {
  LeaseTimes times;
  const JobId last = limits::worker_leases_max + 5;
  for (JobId job = 1; job <= last; ++job) times.set(row(job, "a", at(1)), at(31), at(1));
  times.set(row(last + 1, "b", at(1)), at(31), at(1));
  const auto page = times.workers("", 10);
  CHECK(names(page) == Names{"a"});
  CHECK(page.next == "a");
  CHECK(page.items[0].in_flight == last);
  CHECK(page.items[0].jobs.size() == limits::worker_leases_max);
  CHECK(names(times.workers(page.next, 10)) == Names{"b"});
}

TEST_CASE("a lease of which nobody spoke since was heard of when it was granted") {
  LeaseTimes times;
  times.set(row(1, "a", at(10)), at(100), no_time);
  times.set(row(2, "a", at(5)), at(100), no_time);
  CHECK(times.workers("", 1).items.at(0).heard_at == at(10));
  times.set(row(2, "a", at(5)), at(130), at(100));
  CHECK(times.workers("", 1).items.at(0).heard_at == at(100));
}

TEST_CASE("a job that is leased anew is its new worker's") {
  LeaseTimes times;
  times.set(row(1, "a", at(1)), at(31), at(1));
  times.set(row(1, "b", at(40)), at(70), at(40));
  CHECK(names(times.workers("", 10)) == Names{"b"});
  times.set(row(1, "b", at(80)), at(110), at(80));
  CHECK(times.workers("", 10).items.at(0).since == at(80));
  CHECK(times.find(1) == at(110));
}

TEST_CASE("workers whose leases wait are there as long as one waits") {
  LeaseTimes times;
  times.begin_wait("a", at(1));
  times.begin_wait("a", at(2));
  times.set(row(1, "b", at(1)), at(31), at(1));
  CHECK(times.workers("", 10).items.at(0).waiting_leases == 2);
  CHECK(times.workers("", 10).items.at(0).heard_at == at(2));
  CHECK(times.workers("", 10).items.at(0).since == no_time);
  times.clear();
  CHECK(names(times.workers("", 10)) == Names{"a"});
  CHECK(!times.find(1));
  times.end_wait("a");
  CHECK(times.workers("", 10).items.at(0).waiting_leases == 1);
  times.end_wait("a");
  CHECK(times.workers("", 10).items.empty());
}
