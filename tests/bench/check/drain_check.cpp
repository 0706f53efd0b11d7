// A drain must complete each job it leased once, whichever way the completes are sent, and stop at an empty lease.
#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "tests/bench/load/scripts.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::load;
using Completes = DrainScript::Completes;

namespace {

// A server with `jobs` jobs that leases up to four at a time, and the one connection it has.
class Store final : private Sink {
 public:
  explicit Store(std::uint64_t jobs) : jobs_left_(jobs) {}

  void drain(Completes completes) {
    DrainScript script(completes);
    while (!stopped_) {
      script.begin(*this);
      while (!replies_.empty()) {
        Reply reply = std::move(replies_.front());
        replies_.pop_front();
        script.answered(reply, *this);
      }
    }
  }

  std::vector<std::string> completed;
  std::uint64_t counted = 0;
  std::uint64_t completing_calls = 0;
  std::size_t outstanding_max = 0;

 private:
  void send(const Request& request) override {
    Reply reply;
    reply.reset(request.call);
    if (request.call == Call::lease || request.call == Call::settle_lease) {
      for (int i = 0; i < 4 && jobs_left_ > 0; ++i, --jobs_left_)
        reply.jobs.push_back({std::to_string(jobs_left_), "t"});
    }
    if (request.call != Call::lease) {
      ++completing_calls;
      reply.completed = request.jobs.size();
      for (const Job& job : request.jobs) completed.push_back(job.id);
      if (request.call == Call::complete) completed.emplace_back(request.id);
    }
    replies_.push_back(std::move(reply));
    outstanding_max = std::max(outstanding_max, replies_.size());
  }
  void count(std::uint64_t operations) override { counted += operations; }
  void stop() override { stopped_ = true; }
  void wake_all() override {}

  std::uint64_t jobs_left_;
  std::deque<Reply> replies_;
  bool stopped_ = false;
};

Store drained(Completes completes) {
  Store store(10);
  store.drain(completes);
  CHECK(store.counted == 10);
  std::sort(store.completed.begin(), store.completed.end());
  CHECK(store.completed.size() == 10);
  CHECK(std::unique(store.completed.begin(), store.completed.end()) == store.completed.end());
  return store;
}

}  // namespace

TEST_CASE("a drain completes one by one") {
  const Store store = drained(Completes::one_by_one);
  CHECK(store.completing_calls == 10);
  CHECK(store.outstanding_max == 1);
}

TEST_CASE("a pipelined drain completes all of a lease at once") {
  const Store store = drained(Completes::pipelined);
  CHECK(store.completing_calls == 10);
  CHECK(store.outstanding_max == 4);
}

TEST_CASE("a drain completes all of a lease in one call") {
  const Store store = drained(Completes::in_one_call);
  CHECK(store.completing_calls == 3);
}

TEST_CASE("a drain in rounds completes all of a lease in the call for the next one") {
  const Store store = drained(Completes::with_next_lease);
  CHECK(store.completing_calls == 3);
  CHECK(store.outstanding_max == 1);
}
