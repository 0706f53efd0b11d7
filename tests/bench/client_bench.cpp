// Durable enqueues through the in-process client, a fixed number of requests outstanding: prints one JSON line.
// Usage: client_bench DIR OUTSTANDING SECONDS (DIR: an empty directory)
#include <fmt/core.h>

#include <caf/all.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <utility>

#include "actors/client.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes answer_max{5};

struct Tally {
  std::uint64_t done = 0;
  std::uint64_t refused = 0;
  std::chrono::duration<double> took{};
};

/// Asks, and asks again with each answer, until its time is over and the last answer is there.
class Producer final : public caf::event_based_actor {
 public:
  Producer(caf::actor_config& config, breakerd::QueueHandle queue, unsigned outstanding, std::chrono::seconds time,
           std::promise<Tally>& told)
      : caf::event_based_actor{config}, queue_{std::move(queue)}, outstanding_{outstanding}, time_{time}, told_{told} {}

 protected:
  caf::behavior make_behavior() override {
    begun_ = Clock::now();
    for (unsigned i = 0; i < outstanding_; ++i) ask();
    return {};
  }

 private:
  void ask() {
    ++under_way_;
    breakerd::JobSpec spec;
    spec.job_type = "bench";
    spec.payload = R"({"user":12345,"kind":"email","to":"someone@example.org"})";
    request(queue_, answer_max, breakerd::Ask{breakerd::EnqueueJob{std::move(spec)}, "bench"})
        .then([this](const breakerd::Answer& answer) { answered(answer.outcome.has_value()); },
              [this](const caf::error&) { answered(false); });
  }
  void answered(bool well) {
    --under_way_;
    ++(well ? tally_.done : tally_.refused);
    if (well && Clock::now() - begun_ < time_) return ask();
    if (under_way_ > 0) return;
    tally_.took = Clock::now() - begun_;
    told_.set_value(tally_);
    quit();
  }

  breakerd::QueueHandle queue_;
  unsigned outstanding_;
  std::chrono::seconds time_;
  std::promise<Tally>& told_;
  Clock::time_point begun_;
  unsigned under_way_ = 0;
  Tally tally_;
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
  std::promise<Tally> told;
  (*client)->system().spawn<Producer>((*client)->queue(), outstanding, std::chrono::seconds{seconds}, std::ref(told));
  const Tally tally = told.get_future().get();
  const auto status = (*client)->status();
  const bool kept = status && status->jobs.pending == tally.done;
  fmt::print("{{\"mode\":\"client-enqueue\",\"connections\":{},\"done\":{},\"refused\":{},\"per_second\":{:.1f}}}\n",
             outstanding, tally.done, tally.refused, static_cast<double>(tally.done) / tally.took.count());
  return kept && tally.refused == 0 ? 0 : 1;
}
