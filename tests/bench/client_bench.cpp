// Durable enqueues through the in-process client, a fixed number of requests outstanding: prints one JSON line.
// Usage: client_bench DIR OUTSTANDING SECONDS (DIR: an empty directory)
#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <utility>

#include <breakerd/client.hpp>

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::uint64_t done = 0;
  std::uint64_t refused = 0;
  std::chrono::duration<double> took{};
};

/// Submits, and submits again with each outcome, until its time is over and the last outcome is there.
class Producer {
 public:
  Producer(breakerd::Client& client, std::chrono::seconds time) : client_{client}, end_{begun_ + time} {}

  /// Keeps `outstanding` commands under way; returns when all is over.
  Tally run(unsigned outstanding) {
    under_way_ = outstanding;
    for (unsigned i = 0; i < outstanding; ++i) submit();
    return told_.get_future().get();
  }

 private:
  void submit() {
    breakerd::JobSpec spec;
    spec.job_type = "bench";
    spec.payload = R"({"user":12345,"kind":"email","to":"someone@example.org"})";
    client_.submit(breakerd::EnqueueJob{std::move(spec)}, "bench",
                   [this](const breakerd::Outcome& outcome) { answered(outcome.has_value()); });
  }
  void answered(bool well) {
    ++(well ? done_ : refused_);
    if (well && Clock::now() < end_) return submit();
    if (--under_way_ == 0) told_.set_value({done_, refused_, Clock::now() - begun_});
  }

  breakerd::Client& client_;
  const Clock::time_point begun_ = Clock::now();
  const Clock::time_point end_;
  std::promise<Tally> told_;
  std::atomic<unsigned> under_way_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace

int main(int argc, char** argv) {
  const unsigned outstanding = argc == 4 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 0;
  const unsigned seconds = argc == 4 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : 0;
  if (outstanding == 0 || seconds == 0) {
    fmt::print(stderr, "usage: client_bench DIR OUTSTANDING SECONDS\n");
    return 2;
  }
  breakerd::ClientOptions options;
  options.directory = argv[1];
  auto client = breakerd::Client::open(std::move(options));
  if (!client) {
    fmt::print(stderr, "client_bench: {}\n", client.error().detail);
    return 2;
  }
  const Tally tally = Producer{**client, std::chrono::seconds{seconds}}.run(outstanding);
  const auto status = (*client)->status();
  const bool kept = status && status->jobs.pending == tally.done;
  fmt::print("{{\"mode\":\"client-enqueue\",\"connections\":{},\"done\":{},\"refused\":{},\"per_second\":{:.1f}}}\n",
             outstanding, tally.done, tally.refused, static_cast<double>(tally.done) / tally.took.count());
  return kept && tally.refused == 0 ? 0 : 1;
}
