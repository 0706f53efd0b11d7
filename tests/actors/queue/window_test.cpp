// The window of one lane and type over a ready index that has more.

#include <algorithm>

#include <breakerd/actors/queue/lane_table.hpp>
#include <breakerd/storage/projection/job_sets.hpp>
#include "tests/support/memory_tables.hpp"
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Ids = std::vector<JobId>;

namespace {

class WindowStory {
 public:
  void on_disk(JobId first, JobId last, int priority = 0) {
    for (JobId id = first; id <= last; ++id) must(ready_.add(ready_set_key(row_of(id, priority)), id, false));
    ready_.flush(batch_);
  }
  bool refill(const Ids& taken = {}) {
    return must(window.refill(MemoryView{tables_}, LaneId{}, {"mail", {}}, log,
                              [&](JobId id) { return std::find(taken.begin(), taken.end(), id) != taken.end(); }));
  }
  bool insert(JobId id, bool there_is_room = true, int priority = 0) {
    return window.insert({priority, id}, there_is_room);
  }
  /// One that is in nobody's memory, and not committed yet.
  bool insert_new(JobId id) { return window.insert({0, id}, true, log); }
  [[nodiscard]] JobId front() const { return window.front() ? window.front()->job() : 0; }
  Ids drain() {
    Ids ids;
    for (auto place = window.front(); place; place = window.front()) {
      ids.push_back(place->job());
      window.pop_front();
    }
    return ids;
  }
  static Ids range(JobId first, JobId last) {
    Ids ids;
    for (JobId id = first; id <= last; ++id) ids.push_back(id);
    return ids;
  }

  static JobRow row_of(JobId id, int priority) {
    JobRow row;
    row.id = id;
    row.job_type = "mail";
    row.priority = priority;
    return row;
  }

  Window window = Window::unread();
  Submissions log;

 private:
  MemoryTables tables_;
  MemoryBatch batch_{tables_};
  MemoryView view_{tables_};
  JobSets ready_{Table::ready, view_};
};

}  // namespace

TEST_CASE("a window that was not read yet reads its first jobs from disk") {
  WindowStory story;
  story.on_disk(5, 8);
  CHECK_FALSE(story.window.front());
  story.refill();
  CHECK(story.drain() == Ids{5, 6, 7, 8});
}

TEST_CASE("a window of an empty lane takes new jobs without looking at the disk") {
  WindowStory story;
  story.window = Window::empty();
  CHECK(story.insert(7));
  CHECK(story.insert(9));
  CHECK(story.insert(8));
  story.on_disk(1, 3);
  CHECK_FALSE(story.refill());
  CHECK(story.drain() == Ids{7, 8, 9});
  CHECK_FALSE(story.refill());
}

TEST_CASE("a window takes the same job once") {
  WindowStory story;
  story.window = Window::empty();
  CHECK(story.insert(7));
  CHECK(story.insert(7));
  CHECK(story.drain() == Ids{7});
}

TEST_CASE("a window keeps so many jobs and finds the others on disk") {
  WindowStory story;
  story.window = Window::empty();
  const JobId last = Window::jobs_max + Window::first_refill_jobs + 10;
  for (JobId id = 1; id <= last; ++id) CHECK(story.insert(id) == (id <= Window::jobs_max));
  story.on_disk(1, last);
  CHECK(story.drain() == WindowStory::range(1, Window::jobs_max));
  CHECK(story.refill());
  CHECK(story.drain() == WindowStory::range(Window::jobs_max + 1, last - 10));
  story.refill();
  CHECK(story.drain() == WindowStory::range(last - 9, last));
  CHECK(story.insert(last + 1));
}

TEST_CASE("a refill reads on from the horizon and not from the start") {
  WindowStory story;
  story.on_disk(1, Window::first_refill_jobs + 1);
  story.refill();
  story.drain();  // leased, and their rows are still there: the commit is under way
  story.refill();
  CHECK(story.drain() == Ids{Window::first_refill_jobs + 1});
}

TEST_CASE("a window that is emptied again and again reads more at a time, up to a bound") {
  WindowStory story;
  story.on_disk(1, 10 * Window::refill_jobs);
  std::size_t size = Window::first_refill_jobs;
  for (int i = 0; i < 8; ++i, size = std::min(2 * size, Window::refill_jobs)) {
    story.refill();
    CHECK(story.drain().size() == size);
  }
}

TEST_CASE("a refill leaves out what is leased already") {
  WindowStory story;
  story.on_disk(1, 5);
  story.refill({1, 4});
  CHECK(story.drain() == Ids{2, 3, 5});
}

TEST_CASE("a job that comes back in front of the horizon is the first of the window") {
  WindowStory story;
  story.on_disk(1, Window::first_refill_jobs + 5);
  story.refill();
  CHECK(story.front() == 1);
  story.window.pop_front();
  story.window.pop_front();
  CHECK(story.insert(2));
  CHECK(story.front() == 2);
}

TEST_CASE("a full window that takes a job back gives its last one up to the disk") {
  WindowStory story;
  story.window = Window::empty();
  for (JobId id = 10; id < 10 + Window::jobs_max; ++id) story.insert(id);
  CHECK(story.insert(5));
  const Ids ids = story.drain();
  CHECK(ids.size() == Window::jobs_max);
  CHECK(ids.front() == 5);
  story.on_disk(10 + Window::jobs_max - 1, 10 + Window::jobs_max - 1);
  story.refill();
  CHECK(story.drain() == Ids{10 + Window::jobs_max - 1});
}

TEST_CASE("without room a window takes only jobs that come before others it has") {
  WindowStory story;
  story.window = Window::empty();
  story.insert(10);
  CHECK_FALSE(story.insert(11, false));
  CHECK(story.insert(9, false));
  CHECK_FALSE(story.insert(12));  // behind the horizon by now
  story.on_disk(11, 12);
  CHECK(story.drain() == Ids{9, 10});
  story.refill();
  CHECK(story.drain() == Ids{11, 12});
}

TEST_CASE("an empty window without room leaves a job to the disk") {
  WindowStory story;
  story.window = Window::empty();
  CHECK_FALSE(story.insert(3, false));
  story.on_disk(3, 3);
  story.refill();
  CHECK(story.drain() == Ids{3});
}

TEST_CASE("a window reads no further than to a job that is not committed yet") {
  WindowStory story;
  story.on_disk(1, 3);
  story.on_disk(7, 7);
  CHECK_FALSE(story.insert_new(5));
  CHECK_FALSE(story.insert_new(4));
  story.refill();
  CHECK(story.drain() == Ids{1, 2, 3});
  CHECK_FALSE(story.refill());
  story.log.committed = story.log.number;
  story.on_disk(4, 5);
  CHECK(story.refill());
  CHECK(story.drain() == Ids{4, 5, 7});
  CHECK(story.insert(8));
}

TEST_CASE("what is committed is read from disk alone") {
  WindowStory story;
  CHECK_FALSE(story.insert_new(4));
  story.log.committed = 1;  // and it was cancelled since
  story.refill();
  CHECK(story.drain().empty());
}

TEST_CASE("a job may overtake those of a lesser priority, if there are some") {
  WindowStory story;
  CHECK(story.window.may_overtake({0, 9}));  // nothing was read yet
  CHECK(story.window.may_overtake({-99, 9}));
  story.on_disk(1, 1, -5);
  story.refill();
  CHECK(story.window.may_overtake({-4, 9}));
  CHECK_FALSE(story.window.may_overtake({-5, 9}));
  story.drain();
  story.insert(3, true, -7);
  CHECK(story.window.may_overtake({-6, 9}));
  story.window = Window::empty();
  CHECK_FALSE(story.window.may_overtake({100, 9}));
}

TEST_CASE("a greater priority is earlier, on disk and in memory") {
  WindowStory story;
  story.on_disk(1, 3);
  story.on_disk(4, 5, 100);
  story.on_disk(6, 6, -100);
  story.refill();
  CHECK(story.insert(7, true, 50));
  CHECK(story.drain() == Ids{4, 5, 7, 1, 2, 3, 6});
}

TEST_CASE("a refill goes on in the middle of a priority") {
  WindowStory story;
  story.on_disk(1, 40, 7);
  story.on_disk(41, Window::first_refill_jobs + 20, -7);
  story.refill();
  CHECK(story.drain() == WindowStory::range(1, Window::first_refill_jobs));
  story.refill();
  CHECK(story.drain() == WindowStory::range(Window::first_refill_jobs + 1, Window::first_refill_jobs + 20));
}

TEST_CASE("a job taken out of a window is not found in it") {
  WindowStory story;
  story.on_disk(1, 3);
  story.refill();
  story.window.erase({0, 2});
  story.window.erase({0, 7});
  CHECK(story.drain() == Ids{1, 3});
}

TEST_CASE("twice as many jobs are to be read at once as were kept, as far as there is room") {
  WindowStory story;
  story.on_disk(1, 1'000);
  for (int refills = 0; refills < 4; ++refills) {  // the last one takes in jobs 449 to 960
    story.drain();
    story.refill();
  }
  const auto read = [&](std::size_t count, std::size_t most) { return story.window.next_to_read(count, most).size(); };
  CHECK(story.window.next_to_read(1, 1'000) == Ids{449});
  CHECK(read(16, 1'000) == 16);
  story.window.set_kept(1);
  CHECK(story.window.next_to_read(1, 1'000) == Ids{449, 450});
  CHECK(read(3, 1'000) == 3);
  story.window.set_kept(50);
  CHECK(read(1, 1'000) == 100);
  CHECK(read(1, 70) == 70);
  CHECK(read(16, 0) == 16);
  story.window.set_kept(200);
  CHECK(read(1, 1'000) == 256);
  CHECK(read(300, 1'000) == 300);
  story.window.set_kept(0);
  CHECK(read(1, 1'000) == 1);
  while (story.front() < 955) story.window.pop_front();
  CHECK(story.window.next_to_read(16, 1'000) == WindowStory::range(955, 960));
}
