// Many threads at once on one client.

#include <atomic>
#include <future>

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

constexpr unsigned threads = 8;

/// Runs `work(i)` on so many threads, and meets their errors.
void on_threads(const std::function<void(unsigned)>& work) {
  std::vector<std::future<void>> running;
  for (unsigned i = 0; i < threads; ++i) running.push_back(std::async(std::launch::async, work, i));
  for (auto& one : running) one.wait();
  for (auto& one : running) one.get();
}

void everybody_works(Client& client, unsigned rounds) {
  const JobCounts before = must(client.status()).jobs;
  on_threads([&](unsigned i) {
    const std::string type(1, static_cast<char>('a' + i % 3));
    for (unsigned round = 0; round < rounds; ++round) {
      must(client.enqueue(job_of(type)));
      auto leases = must(client.lease(lease_of(type)));
      check(leases.jobs.size() == 1, "there are as many jobs as workers");
      const LeasedJob& job = leases.jobs[0];
      check(client.should_allow_request(), "nothing has failed");
      check(!must(client.heartbeat(job.job.row.id, job.token)).stop, "no reason to stop");
      check(must(client.complete(job.job.row.id, job.token, "{}")).status == JobStatus::completed, "completed once");
      check(must(client.job(job.job.row.id)).status == JobStatus::completed, "what is answered is committed");
    }
  });
  const JobCounts after = must(client.status()).jobs;
  check(after.completed == before.completed + threads * rounds, "every job was completed once");
  check(after.pending == before.pending && after.processing == 0, "and none is left");
}

void everybody_reports(Client& client) {
  const Epoch epoch = must(client.get_global_circuit_state()).epoch;
  std::atomic<unsigned> opened = 0;
  std::atomic<unsigned> closed = 0;
  on_threads([&](unsigned) {
    if (must(client.record_failure("429", "http", "apollo"))) ++opened;
    check(!client.should_allow_request(), "an acknowledged failure has shut the gate");
  });
  const BreakerState state = must(client.get_global_circuit_state());
  check(opened == 1 && state.epoch == epoch + 1 && state.failures == threads, "eight reports, one opening");
  on_threads([&](unsigned) {
    if (must(client.manually_close_circuit("alice", "back"))) ++closed;
  });
  check(closed == 1 && client.should_allow_request(), "eight closes, one of them closed it");
}

std::size_t finish_some(Client& client, std::uint32_t max) {
  const LeaseAnswer leases = must(client.lease(lease_of("race", max)));
  for (const LeasedJob& job : leases.jobs) must(client.complete(job.job.row.id, job.token));
  return leases.jobs.size();
}

/// Leases race with openings and closes: what the log shows of it is checked by whoever listens (main.cpp).
void work_goes_on_around_openings(Client& client, unsigned rounds) {
  on_threads([&](unsigned i) {
    for (unsigned round = 0; round < rounds; ++round) {
      if (i == 0) {
        must(client.record_failure("503", "http", "apollo"));
        must(client.manually_close_circuit("alice", "back"));
        continue;
      }
      must(client.enqueue(job_of("race")));
      finish_some(client, 1);
    }
  });
  while (finish_some(client, 1'000) > 0) {
  }
  check(must(client.status()).jobs.pending == 0, "nothing was lost in between");
}

}  // namespace

void everybody_at_once(Client& client, unsigned rounds) {
  everybody_works(client, rounds);
  everybody_reports(client);
  work_goes_on_around_openings(client, rounds);
  on_threads([&](unsigned) {
    for (unsigned round = 0; round < rounds; ++round) {
      const Subscription heard = must(client.subscribe([](const CommittedEvent&) {}, 1));
      check(heard.from() == 1, "a subscription of its own");
    }
  });
}

}  // namespace consumer
