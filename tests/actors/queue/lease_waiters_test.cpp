// The order of leases that wait, and who is asked for which jobs.

#include <algorithm>
#include <breakerd/actors/queue/lease_waiters.hpp>
#include <map>
#include "tests/support/catch.hpp"

using namespace breakerd;
using Offered = LeaseWaiters::Offered;
using std::chrono::seconds;

namespace {

class Nobody final : public Completion {
 public:
  void complete(std::vector<Op>&& /*ops*/) noexcept override {}
};

constexpr SteadyTime start{};

class WaitersStory {
 public:
  void add(const std::string& worker, std::vector<std::string> types, SteadyTime until = start + seconds{10}) {
    auto batch = std::make_shared<CommandBatch>(std::make_unique<Nobody>());
    batch->ops.push_back({LeaseJobs{worker, 1, 1'000, std::move(types), 1'000}, "alice", Reply{}, 0});
    waiters.add(batch, until, Time{seconds{1}});
    batches[worker] = std::move(batch);
  }
  /// Who is asked, in order; `jobs` is what there is of each type.
  std::string offer(const std::vector<std::string>& types, std::map<std::string, int> jobs) {
    ReadyTypes ready;
    for (const std::string& type : types) ready.add(type);
    return offer(ready, std::move(jobs));
  }
  std::string offer(const ReadyTypes& ready, std::map<std::string, int> jobs) {
    std::string asked;
    all_offered = waiters.offer(ready, [&](const CommandBatchPtr& batch) {
      const auto& lease = std::get<LeaseJobs>(batch->ops.front().command);
      asked += lease.worker;
      for (auto& [type, count] : jobs) {
        const bool fits = lease.job_types.empty() ||
                          std::find(lease.job_types.begin(), lease.job_types.end(), type) != lease.job_types.end();
        if (!fits || count == 0) continue;
        --count;
        return Offered::taken;
      }
      asked += "- ";
      return Offered::nothing;
    });
    return asked;
  }
  std::string due(SteadyTime now, std::size_t most = 100) {
    std::string taken;
    for (const CommandBatchPtr& batch : waiters.take_due(now, most))
      taken += std::get<LeaseJobs>(batch->ops.front().command).worker;
    return taken;
  }

  LeaseTimes shown;
  LeaseWaiters waiters{shown};
  std::map<std::string, CommandBatchPtr> batches;
  bool all_offered = false;
};

}  // namespace

TEST_CASE("those who wait for a type, and for any, are asked in order of arrival, and no more of them than jobs") {
  WaitersStory story;
  story.add("a", {"mail"});
  story.add("b", {});
  story.add("c", {"call"});
  story.add("d", {"call", "mail"});
  story.add("e", {"mail"});
  CHECK(story.offer({"mail"}, {{"mail", 3}}) == "abde- ");
  CHECK(story.waiters.size() == 2);
  CHECK(story.offer({"call"}, {{"call", 5}}) == "c");
  CHECK(story.offer({"mail"}, {{"mail", 1}}) == "e");
  CHECK(story.waiters.empty());
  CHECK(story.all_offered);
}

TEST_CASE("of types that are ready together the earliest arrival is asked first") {
  WaitersStory story;
  story.add("a", {"call"});
  story.add("b", {"mail"});
  story.add("c", {"call"});
  story.add("d", {"mail"});
  CHECK(story.offer({"mail", "call"}, {{"mail", 2}, {"call", 2}}) == "abcd");
}

TEST_CASE("whoever gets nothing answers for all that wait for the same types, and for all when it takes any") {
  WaitersStory story;
  story.add("a", {"mail", "call"});
  for (int i = 0; i < 1'000; ++i) story.add("x", {"mail"});
  story.add("b", {});
  story.add("c", {"fax"});
  CHECK(story.offer({"mail", "call", "fax"}, {}) == "a- b- ");
  CHECK(story.offer({"call"}, {}) == "a- b- ");
  CHECK(story.waiters.size() == 1'003);
}

TEST_CASE("when everything may be ready everybody is asked, in order of arrival") {
  WaitersStory story;
  story.add("a", {"mail"});
  story.add("b", {"call"});
  story.add("c", {"mail"});
  ReadyTypes all;
  all.add_all();
  CHECK(story.offer(all, {{"mail", 1}, {"call", 1}}) == "abc- ");
}

TEST_CASE("an offer that is stopped leaves everybody else in his place") {
  WaitersStory story;
  story.add("a", {});
  story.add("b", {});
  ReadyTypes all;
  all.add_all();
  CHECK_FALSE(story.waiters.offer(all, [](const CommandBatchPtr&) { return Offered::stop; }));
  CHECK(story.offer({"mail"}, {{"mail", 1}}) == "ab- ");
}

TEST_CASE("a type that is named twice is one") {
  WaitersStory story;
  story.add("a", {"mail", "mail"});
  CHECK(story.offer({"mail"}, {{"mail", 2}}) == "a");
  CHECK(story.waiters.empty());
}

TEST_CASE("waits end at their times, and earlier when they are ended") {
  WaitersStory story;
  CHECK_FALSE(story.waiters.next_due());
  story.add("a", {}, start + seconds{3});
  story.add("b", {}, start + seconds{1});
  story.add("c", {}, start + seconds{2});
  CHECK(story.waiters.next_due() == start + seconds{1});
  CHECK(story.due(start).empty());
  story.waiters.end(story.batches["a"], start);
  CHECK(story.waiters.next_due() == start);
  CHECK(story.due(start) == "a");
  story.waiters.end(story.batches["a"], start);  // it is not here any more
  CHECK(story.due(start + seconds{5}, 1) == "b");
  story.add("d", {}, start + seconds{9});
  story.waiters.end_all(start + seconds{4});
  CHECK(story.due(start + seconds{4}) == "cd");
  CHECK(story.waiters.empty());
}

TEST_CASE("it is shown whose leases wait") {
  WaitersStory story;
  story.add("a", {});
  story.add("b", {"mail"}, start + seconds{5});
  const auto waiting = [&] {
    std::string names;
    for (const WorkerView& worker : story.shown.workers("", 10).items) names += worker.name;
    return names;
  };
  CHECK(waiting() == "ab");
  CHECK(story.due(start + seconds{5}) == "b");
  CHECK(waiting() == "a");
  story.waiters.clear();
  CHECK(waiting().empty());
  CHECK(story.waiters.empty());
}
