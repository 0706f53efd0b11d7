// Workers as the queue has them in memory, held against committed state (list_workers).

#include <breakerd/storage/views/views.hpp>
#include "tests/storage/log/log_form.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);

WorkerView holding(std::vector<JobId> jobs, std::string name = "worker-1", std::uint64_t waiting = 0) {
  WorkerView worker;
  worker.name = std::move(name);
  worker.in_flight = jobs.size();
  worker.waiting_leases = waiting;
  for (const JobId job : jobs) worker.jobs.push_back({job, {}, {}, at(0), at(100)});
  return worker;
}

Page<WorkerView> seen(const World& world, std::vector<WorkerView> in_memory) {
  MemoryLog log;
  Append append;
  append.events = world.told;
  must(try_append(log, append));
  return must(list_workers(*must(log.view()), {std::move(in_memory), "next"}));
}

std::vector<JobId> ids(const WorkerView& worker) {
  std::vector<JobId> all;
  for (const HeldJob& job : worker.jobs) all.push_back(job.id);
  return all;
}

}  // namespace

TEST_CASE("a worker's jobs are shown as they are in the log") {
  World world;
  world.add(spring).start(spring).enqueue(spring, "sms").enqueue().lease(1).lease(2);
  const auto page = seen(world, {holding({1, 2})});
  CHECK(page.next == "next");
  REQUIRE(page.items.size() == 1);
  const WorkerView& worker = page.items.front();
  CHECK(worker.in_flight == 2);
  CHECK(worker.since == at(5));
  REQUIRE(worker.jobs.size() == 2);
  CHECK(worker.jobs[0].job_type == "sms");
  CHECK(worker.jobs[0].campaign == spring);
  CHECK(worker.jobs[0].since == at(5));
  CHECK(worker.jobs[0].expires_at == at(100));
  CHECK(worker.jobs[1].campaign.is_nil());
}

TEST_CASE("what is not leased by the worker in the log is taken out") {
  World world;
  world.enqueue().enqueue().enqueue().enqueue().lease(1).lease(2).lease(3).tell(completed(2));
  const auto page = seen(world, {holding({1, 2, 4, 9}), holding({3}, "worker-2"), holding({4}, "worker-3", 1)});
  REQUIRE(page.items.size() == 2);
  CHECK(ids(page.items[0]) == std::vector<JobId>{1});
  CHECK(page.items[0].in_flight == 1);
  CHECK(page.items[1].name == "worker-3");  // it waits
  CHECK(page.items[1].in_flight == 0);
  CHECK(page.items[1].since == no_time);
}

TEST_CASE("jobs of a campaign that has ended are nobody's") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue().enqueue(spring).lease(1).lease(2).lease(3);
  world.tell(CampaignCancelled{spring, "over", 2});
  const auto page = seen(world, {holding({1, 2, 3})});
  REQUIRE(page.items.size() == 1);
  CHECK(ids(page.items[0]) == std::vector<JobId>{2});
}

TEST_CASE("only the first jobs of a worker are named, and all are counted") {
  World world;
  std::vector<JobId> jobs;
  for (JobId job = 1; job <= limits::worker_jobs_max + 2; ++job) {
    world.enqueue().lease(job);
    jobs.push_back(job);
  }
  WorkerView worker = holding(jobs);
  worker.in_flight += 1'000;  // that were not looked at
  const auto page = seen(world, {worker});
  CHECK(page.items.at(0).jobs.size() == limits::worker_jobs_max);
  CHECK(page.items.at(0).in_flight == 1'000 + jobs.size());
}
