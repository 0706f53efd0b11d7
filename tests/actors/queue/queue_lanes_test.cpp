// Lanes: fairness, more jobs than a window holds, lanes that are dropped and read again, and decisions that run ahead
// of the disk.

#include <map>
#include <set>

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Ids = std::vector<JobId>;

TEST_CASE("a lane with thousands of jobs does not starve one with ten") {
  QueueStory story;
  const CampaignId large = story.running();
  const CampaignId small = story.running();
  story.enqueue_many(2'500, large);
  story.enqueue_many(10, small);
  std::size_t of_small = 0;
  for (int i = 0; i < 20; ++i)
    if (story.lease_one().job.row.campaign == small) ++of_small;
  CHECK(of_small == 10);
}

TEST_CASE("a large lease is shared out among the lanes") {
  QueueStory story;
  const CampaignId large = story.running();
  const CampaignId small = story.running();
  story.enqueue_many(3'000, large);
  story.enqueue_many(10, small);
  story.enqueue_many(10);
  std::map<LaneId, std::size_t> share;
  for (const LeasedJob& job : story.lease(64)) ++share[job.job.row.campaign];
  CHECK(share[small] == 10);
  CHECK(share[LaneId{}] == 10);
  CHECK(share[large] == 44);
}

TEST_CASE("lanes take turns, and the jobs of no campaign have one too") {
  QueueStory story;
  const CampaignId one = story.running();
  const CampaignId two = story.running();
  story.enqueue_many(3, one);
  story.enqueue_many(3, two);
  story.enqueue_many(3);
  Ids ids;
  for (int i = 0; i < 9; ++i) ids.push_back(story.lease_one().job.row.id);
  CHECK(ids == Ids{1, 4, 7, 2, 5, 8, 3, 6, 9});
}

TEST_CASE("a lane has as many turns in a round as its weight says") {
  QueueStory story;
  const CampaignId heavy = story.running();
  const CampaignId light = story.running();
  story.change(heavy, UpdateCampaign{{}, {}, {}, 3});
  story.enqueue_many(100, heavy);
  story.enqueue_many(100, light);
  const auto share_of_heavy = [&](int leases, std::uint32_t max) {
    std::size_t jobs = 0;
    for (int i = 0; i < leases; ++i)
      for (const LeasedJob& job : story.lease(max)) jobs += job.job.row.campaign == heavy ? 1 : 0;
    return jobs;
  };
  CHECK(share_of_heavy(8, 1) == 6);
  CHECK(share_of_heavy(1, 64) == 48);
  story.change(heavy, UpdateCampaign{{}, {}, {}, 1});
  CHECK(share_of_heavy(10, 1) == 5);
  story.restart();
  CHECK(share_of_heavy(10, 1) == 5);
}

TEST_CASE("leases of another job type do not move the turns of this one") {
  QueueStory story;
  const CampaignId heavy = story.running();
  const CampaignId light = story.running();
  story.change(heavy, UpdateCampaign{{}, {}, {}, 3});
  for (const CampaignId& campaign : {heavy, light})
    for (int i = 0; i < 20; ++i) story.enqueue(campaign, "mail");
  for (int i = 0; i < 20; ++i) story.enqueue({}, "sms");
  const auto lease_of = [&](const char* type) {
    LeaseJobs command;
    command.worker = "w";
    command.job_types = {type};
    return story.get<LeaseAnswer>(command).jobs.at(0).job.row.campaign;
  };
  std::string order;
  for (int i = 0; i < 8; ++i) {
    order += lease_of("mail") == heavy ? 'h' : 'l';
    CHECK(lease_of("sms").is_nil());
  }
  CHECK(order == "hhhlhhhl");
}

TEST_CASE("a lane of thousands of jobs gives each of them once and in order") {
  QueueStory story;
  story.enqueue_many(4'000);
  JobId next = 1;
  for (int i = 0; i < 4; ++i)
    for (const JobId id : story.lease_ids(1'000)) REQUIRE(id == next++);
  CHECK(next == 4'001);
  CHECK(story.lease().empty());
}

TEST_CASE("jobs that come back are leased before the jobs behind the window") {
  QueueStory story;
  story.enqueue_many(4'000);
  std::vector<LeasedJob> jobs;
  for (int i = 0; i < 3; ++i)
    for (LeasedJob& job : story.lease(1'000)) jobs.push_back(std::move(job));
  for (std::size_t i = 0; i < jobs.size(); i += 1'000) story.release(jobs[i]);
  CHECK(story.lease_ids(4) == Ids{1, 1'001, 2'001, 3'001});
}

TEST_CASE("more jobs than a window holds may come back before anything is committed, and none is lost") {
  QueueStory story;
  story.enqueue_many(4'000);
  story.lag();
  std::vector<LeasedJob> jobs;
  for (int i = 0; i < 3; ++i)
    for (LeasedJob& job : story.lease(1'000)) jobs.push_back(std::move(job));
  story.commit();
  for (const LeasedJob& job : jobs) story.release(job);
  std::set<JobId> again;
  for (int i = 0; i < 5; ++i)
    for (const JobId id : story.lease_ids(1'000)) REQUIRE(again.insert(id).second);
  story.commit();
  for (int i = 0; i < 5; ++i)
    for (const JobId id : story.lease_ids(1'000)) REQUIRE(again.insert(id).second);
  CHECK(again.size() == 4'000);
  story.commit();
  CHECK(story.counts().processing == 4'000);
}

TEST_CASE("jobs cancelled while they wait in a window or behind it are not leased") {
  QueueStory story;
  story.enqueue_many(3'000);
  story.lease(1'000);
  story.restart();
  story.lease(500);  // now the window is read from disk
  std::vector<Command> commands;
  for (JobId id = 1'501; id <= 3'000; id += 2) commands.push_back(CancelJob{id, "not needed"});
  for (const Outcome& outcome : story.run_batch(std::move(commands))) must(outcome);
  Ids ids;
  for (int i = 0; i < 2; ++i)
    for (const JobId id : story.lease_ids(1'000)) ids.push_back(id);
  REQUIRE(ids.size() == 750);
  for (std::size_t i = 0; i < ids.size(); ++i) REQUIRE(ids[i] == 1'502 + 2 * i);
}

TEST_CASE("a job can be leased and completed before its enqueueing is committed") {
  QueueStory story;
  story.lag();
  story.enqueue();
  const LeasedJob job = story.lease_one();
  story.complete(job);
  CHECK(story.waiting() == 3);
  CHECK(story.log.head().seq == 0);
  story.commit();
  CHECK(story.job(1).status == JobStatus::completed);
}

TEST_CASE("submissions committed one by one leave the queue's picture whole") {
  QueueStory story;
  story.lag();
  story.enqueue_many(20);
  const auto jobs = story.lease(10);
  story.commit(1);
  story.release(jobs[3]);
  story.commit(1);
  const auto more = story.lease(20);
  CHECK(QueueStory::ids(more) == Ids{4, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  story.commit();
  CHECK(story.counts().processing == 20);
}

TEST_CASE("jobs enqueued behind a full window are leased once they are committed") {
  QueueStory story;
  story.lag();
  story.enqueue_many(3'000);
  std::size_t leased = 0;
  for (int i = 0; i < 4; ++i) leased += story.lease(1'000).size();
  CHECK(leased == Window::jobs_max);
  story.commit();
  for (int i = 0; i < 2; ++i) leased += story.lease(1'000).size();
  CHECK(leased == 3'000);
}

TEST_CASE("lanes beyond the number kept in memory are dropped and read again") {
  QueueStory story;
  const auto campaigns = story.create_many(8'200);
  story.change(campaigns[17], StartCampaign{});
  story.enqueue_many(3, campaigns[17]);
  const LeasedJob job = story.lease_one();
  story.lag();
  story.enqueue();  // this turn drops them
  CHECK(story.release(job).status == JobStatus::pending);
  CHECK(story.lease_ids(10) == Ids{4, 1, 2, 3});  // the campaign was served last
  story.commit();
  CHECK(story.counts().processing == 4);
}

TEST_CASE("windows of types that are no longer waiting are forgotten and come back when needed") {
  QueueStory story;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 40; ++i) {
      const JobId id = story.enqueue({}, "type-" + std::to_string(i));
      CHECK(story.lease_ids(2) == Ids{id});
    }
}

TEST_CASE("the jobs of a cancelled campaign leave memory with room for others") {
  QueueStory story;
  for (std::size_t bytes = 0; bytes < 2 * ActiveJobs::waiting_bytes_max; bytes += 2'000'000) {
    const CampaignId campaign = story.running();
    JobSpec spec = QueueStory::job_of(campaign);
    spec.payload = '"' + std::string(200'000, 'x') + '"';
    story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(10, spec)});
    story.change(campaign, CancelCampaign{"enough"});
  }
  story.lag();
  story.enqueue_many(2);
  CHECK(story.lease(10).size() == 2);  // they are in the window before they are committed: there is room
}

TEST_CASE("waiting jobs beyond the room in memory are leased from the disk, in order") {
  QueueStory story;
  JobSpec spec = QueueStory::job_of();
  spec.payload = '"' + std::string(250'000, 'x') + '"';
  for (int i = 0; i < 8; ++i) story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(10, spec)});
  JobId next = 1;
  for (auto jobs = story.lease(16); !jobs.empty(); jobs = story.lease(16))
    for (const LeasedJob& job : jobs) {
      REQUIRE(job.job.row.id == next++);
      REQUIRE(job.job.spec->payload == spec.payload);
    }
  CHECK(next == 81);
}

TEST_CASE("jobs that were read ahead are leased as they are when their turn comes") {
  QueueStory story;
  story.enqueue_many(600);
  story.restart();
  auto first = story.lease(17);  // two turns of the lane: the second one reads jobs 17 to 48
  REQUIRE(first.size() == 17);
  story.lag();
  story.cancel(18);
  story.cancel(21);
  story.cancel(300);  // not in the window yet
  CHECK(story.lease_ids(3) == Ids{19, 20, 22});
  story.release(first[4]);
  CHECK(story.lease_ids(2) == Ids{5, 23});
  story.lose_the_disk();  // nothing of this was committed: all is as it was after the first lease
  CHECK(story.lease_ids(2) == Ids{18, 19});
  story.cancel(20);
  std::vector<JobId> rest;
  for (auto ids = story.lease_ids(100); !ids.empty(); ids = story.lease_ids(100))
    rest.insert(rest.end(), ids.begin(), ids.end());
  REQUIRE(rest.size() == 580);
  CHECK(rest.front() == 21);
  CHECK(std::is_sorted(rest.begin(), rest.end()));
  CHECK(rest.back() == 600);
}

TEST_CASE("jobs that were read ahead go with their campaign") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue_many(100, campaign);
  story.enqueue_many(3);
  story.restart();
  CHECK(story.lease_ids(20) == Ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 101, 102, 103, 17});
  story.change(campaign, CancelCampaign{"enough"});
  CHECK(story.lease(20).empty());
  story.restart();
  CHECK(story.lease(20).empty());
}

TEST_CASE("jobs that ended before they were read leave memory with room for others") {
  QueueStory story;
  constexpr std::size_t payload_bytes = 250'000;
  constexpr std::size_t types = 24;  // a large job of each is more than there is room for
  static_assert(types * payload_bytes > ActiveJobs::waiting_bytes_max);
  for (std::size_t i = 0; i < types; ++i) {
    JobSpec spec = QueueStory::job_of({}, "type-" + std::to_string(i));
    story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(2, spec)});
    spec.payload = '"' + std::string(payload_bytes, 'x') + '"';
    story.get<JobView>(EnqueueJob{spec});
  }
  story.restart();
  for (std::size_t i = 0; i < types; ++i) {
    const std::vector<std::string> type{"type-" + std::to_string(i)};
    CHECK(story.lease_ids(1, type) == Ids{3 * i + 1});  // all three are in the window, and this one is read
    story.cancel(3 * i + 3);
    CHECK(story.lease_ids(16, type) == Ids{3 * i + 2});
  }
  story.lag();
  story.enqueue_many(2);
  CHECK(story.lease(10).size() == 2);  // before they are committed: there was room for them
}
