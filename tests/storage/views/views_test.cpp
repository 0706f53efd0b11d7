// Reads over committed state (storage/views/views.hpp), on the in-memory log: the conformance suite ties the two forms.

#include <breakerd/storage/views/views.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include "tests/storage/log/log_form.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);
const CampaignId summer = campaign_id(2);
const CampaignId autumn = campaign_id(3);

/// A log that says what the world was told.
class Told {
 public:
  explicit Told(const World& world) {
    Append append;
    append.events = world.told;
    must(try_append(log_, append));
    view_ = must(log_.view());
  }
  [[nodiscard]] const ReadView& operator*() const { return *view_; }

 private:
  MemoryLog log_;
  std::unique_ptr<ReadView> view_;
};

std::vector<JobId> ids(const std::vector<JobView>& jobs) {
  std::vector<JobId> all;
  for (const JobView& job : jobs) all.push_back(job.row.id);
  return all;
}
std::vector<CampaignId> ids(const std::vector<CampaignView>& campaigns) {
  std::vector<CampaignId> all;
  for (const CampaignView& campaign : campaigns) all.push_back(campaign.id);
  return all;
}
std::vector<Seq> seqs(const EventPage& page) {
  std::vector<Seq> all;
  for (const EventView& event : page.events) all.push_back(event.seq);
  return all;
}

std::vector<JobId> listed(const ReadView& view, const JobFilter& filter) {
  const auto page = must(list_jobs(view, filter, 100, ""));
  CHECK(page.next.empty());
  return ids(page.items);
}

}  // namespace

TEST_CASE("a job is shown with its spec, its result and what it reads as") {
  World world;
  world.enqueue().lease(1).tell(completed(1)).enqueue();
  const Told log{world};
  const JobView done = must(read_job(*log, 1));
  CHECK(done.status == JobStatus::completed);
  CHECK(done.result == R"({"ok":true})");
  CHECK(done.spec->payload == R"({"n":1})");
  CHECK(done.row.enqueued == 1);
  CHECK(must(read_job(*log, 2)).result.empty());
  CHECK(refusal(read_job(*log, 3)) == ErrorCode::not_found);
  CHECK(refusal(read_job(*log, 0)) == ErrorCode::not_found);
}

TEST_CASE("many jobs are read with their specs, up to the one that goes past a bound of bytes") {
  World world;
  for (int i = 0; i < 5; ++i) world.enqueue();
  world.lease(2);
  const Told log{world};
  std::vector<std::string> keys;
  for (const JobId id : {1, 2, 9, 4, 5}) keys.push_back(number_key(id));
  const auto read = [&](std::size_t bytes_max) { return must(read_jobs(*log, keys, bytes_max)); };
  const auto all = read(1'000);
  REQUIRE(all.size() == 4);  // there is no job 9
  CHECK(all[1].row.status == JobStatus::processing);
  CHECK(all[2].row.id == 4);
  CHECK(all[2].spec->payload == R"({"n":1})");
  const std::size_t bytes = all[0].spec->text_bytes();
  CHECK(bytes > 0);
  CHECK(read(0).size() == 1);
  CHECK(read(bytes - 1).size() == 1);
  CHECK(read(bytes).size() == 2);
}

TEST_CASE("jobs are listed page by page in order of ids") {
  World world;
  for (int i = 0; i < 7; ++i) world.enqueue();
  const Told log{world};
  std::vector<JobId> all;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = must(list_jobs(*log, {}, 3, cursor));
    CHECK(page.items.size() <= 3);
    for (const JobId id : ids(page.items)) all.push_back(id);
    cursor = page.next;
    ++pages;
  } while (!cursor.empty());
  CHECK(all == std::vector<JobId>{1, 2, 3, 4, 5, 6, 7});
  CHECK(pages == 3);
  CHECK(must(list_jobs(*log, {}, 7, "")).next.empty());
  CHECK(must(list_jobs(*log, {}, 7, "7")).items.empty());
  for (const char* bad : {"x", "1x", "-1", " 1"}) CHECK(refusal(list_jobs(*log, {}, 3, bad)) == ErrorCode::invalid);
}

TEST_CASE("jobs are filtered by shown status, campaign and type") {
  World world;
  world.add(spring).start(spring).enqueue({}, "mail").enqueue(spring, "mail").enqueue(spring, "sms").enqueue({}, "sms");
  world.lease(1).tell(completed(1)).lease(2);
  const Told log{world};
  CHECK(listed(*log, {JobStatus::pending, {}, ""}) == std::vector<JobId>{3, 4});
  CHECK(listed(*log, {JobStatus::processing, {}, ""}) == std::vector<JobId>{2});
  CHECK(listed(*log, {JobStatus::completed, {}, ""}) == std::vector<JobId>{1});
  CHECK(listed(*log, {JobStatus::paused, {}, ""}).empty());
  CHECK(listed(*log, {{}, spring, ""}) == std::vector<JobId>{2, 3});
  CHECK(listed(*log, {{}, {}, "sms"}) == std::vector<JobId>{3, 4});
  CHECK(listed(*log, {JobStatus::pending, spring, "sms"}) == std::vector<JobId>{3});
  CHECK(listed(*log, {{}, {}, "no such type"}).empty());
  CHECK(refusal(list_jobs(*log, {{}, summer, ""}, 10, "")) == ErrorCode::not_found);
}

TEST_CASE("a campaign's jobs are paged within the campaign") {
  World world;
  world.add(spring).start(spring).add(summer).start(summer);
  for (int i = 0; i < 4; ++i) world.enqueue(spring).enqueue(summer);
  const Told log{world};
  const auto first = must(list_jobs(*log, {{}, spring, ""}, 3, ""));
  CHECK(ids(first.items) == std::vector<JobId>{1, 3, 5});
  CHECK(first.next == "5");
  CHECK(ids(must(list_jobs(*log, {{}, spring, ""}, 3, first.next)).items) == std::vector<JobId>{7});
}

TEST_CASE("under an open circuit every living job reads PAUSED, under a hold the campaign's") {
  World world;
  world.add(spring).start(spring).enqueue().enqueue(spring).lease(2).open_circuit();
  CHECK(listed(*Told{world}, {JobStatus::paused, {}, ""}) == std::vector<JobId>{1, 2});
  world.close_circuit();
  const Told log{world};
  CHECK(listed(*log, {JobStatus::paused, {}, ""}) == std::vector<JobId>{2});
  CHECK(listed(*log, {JobStatus::pending, {}, ""}) == std::vector<JobId>{1});
}

TEST_CASE("jobs of a cancelled campaign read CANCELLED without being rewritten") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).lease(1).tell(CampaignCancelled{spring, "enough", 2});
  const Told log{world};
  CHECK(listed(*log, {JobStatus::cancelled, {}, ""}) == std::vector<JobId>{1, 2});
  const JobView job = must(read_job(*log, 1));
  CHECK(job.row.status == JobStatus::processing);
  CHECK(job.row.finished_at == must(read_campaign(*log, spring)).row.finished_at);
  CHECK(job.row.finished_at != no_time);
  CHECK(rows_of(*log, Table::ready).empty());
  CHECK(rows_of(*log, Table::leases).empty());
}

TEST_CASE("the status sums up circuit, queue, counts and holds") {
  World world;
  world.add(spring).start(spring).add(summer).enqueue().enqueue(spring).open_circuit();
  const StatusView status = must(read_status(*Told{world}));
  CHECK(status.breaker.state == CircuitState::open);
  CHECK(status.breaker.epoch == 1);
  CHECK(status.queue_paused);
  CHECK(status.jobs.paused == 2);
  CHECK(status.campaigns.created == 1);
  CHECK(status.campaigns.running == 0);
  CHECK(status.campaigns.paused == 1);
  REQUIRE(status.holds.size() == 1);
  CHECK(status.holds[0].service == "apollo");
  CHECK(status.last_seq == world.told.size());
  CHECK(status.last_job == 2);
}

TEST_CASE("campaigns are listed by shown status, page by page") {
  World world;
  world.add(spring).start(spring).add(summer).start(summer).open_circuit().close_circuit().add(autumn).start(autumn);
  const Told log{world};
  CHECK(ids(must(list_campaigns(*log, {}, 10, "")).items) == std::vector<CampaignId>{spring, summer, autumn});
  CHECK(ids(must(list_campaigns(*log, CampaignStatus::paused, 10, "")).items) ==
        std::vector<CampaignId>{spring, summer});
  CHECK(ids(must(list_campaigns(*log, CampaignStatus::running, 10, "")).items) == std::vector<CampaignId>{autumn});
  const auto page = must(list_campaigns(*log, {}, 2, ""));
  CHECK(page.next == summer.to_string());
  const auto rest = must(list_campaigns(*log, {}, 2, page.next));
  CHECK(ids(rest.items) == std::vector<CampaignId>{autumn});
  CHECK(rest.next.empty());
  CHECK(refusal(list_campaigns(*log, {}, 2, "not a uuid")) == ErrorCode::invalid);
  CHECK(refusal(read_campaign(*log, campaign_id(9))) == ErrorCode::not_found);
  CHECK(must(read_campaign(*log, spring)).status == CampaignStatus::paused);
}

TEST_CASE("the overview groups campaigns by status and by the service that holds them") {
  World world;
  world.add(spring).start(spring).tell(service_hold(2, "hermes", 1)).add(summer).start(summer).open_circuit();
  world.add(autumn).add(campaign_id(4)).tell(CampaignCancelled{campaign_id(4), "x", 0});
  const CampaignOverview overview = must(read_campaign_overview(*Told{world}));
  CHECK(overview.totals.total() == 4);
  CHECK(overview.totals.paused == 2);
  const auto of = [&](CampaignStatus status) { return ids(overview.by_status[static_cast<std::size_t>(status)]); };
  CHECK(of(CampaignStatus::created) == std::vector<CampaignId>{autumn});
  CHECK(of(CampaignStatus::running).empty());
  CHECK(of(CampaignStatus::paused) == std::vector<CampaignId>{spring, summer});
  CHECK(of(CampaignStatus::cancelled) == std::vector<CampaignId>{campaign_id(4)});
  REQUIRE(overview.paused_by_service.size() == 2);
  CHECK(ids(overview.paused_by_service.at("hermes")) == std::vector<CampaignId>{spring});
  CHECK(ids(overview.paused_by_service.at("apollo")) == std::vector<CampaignId>{summer});
}

TEST_CASE("the overview of many held campaigns is bounded: an equal share for each service, and no long texts") {
  World world;
  constexpr int services = 12;
  constexpr int campaigns_each = 90;
  for (int service = 0; service < services; ++service) {
    for (int i = 0; i < campaigns_each; ++i) {
      CampaignId id = campaign_id(static_cast<std::uint8_t>(i + 1));
      id.bytes[8] = static_cast<std::uint8_t>(service);
      world.tell(CampaignCreated{id, "held", std::string(4'000, 'd'), R"({"k":"v"})"}).start(id);
    }
    world.tell(service_hold(world.the_queue.last_ordinal + 1, "s" + std::to_string(service), campaigns_each));
  }
  const CampaignOverview overview = must(read_campaign_overview(*Told{world}));
  CHECK(overview.totals.paused == services * campaigns_each);
  REQUIRE(overview.paused_by_service.size() == services);
  for (const auto& [service, campaigns] : overview.paused_by_service) {
    CHECK(campaigns.size() == limits::overview_held_max / services);
    for (const CampaignView& campaign : campaigns)
      CHECK((campaign.row.description.empty() && campaign.row.metadata.empty() && !campaign.status_message.empty()));
  }
}

TEST_CASE("summaries of long texts end early, and have one campaign at least") {
  World world;
  constexpr std::size_t campaigns = 60;
  const std::string reason(15'000, 'r');
  for (std::size_t i = 0; i < campaigns; ++i) {
    const auto id = campaign_id(static_cast<std::uint8_t>(i + 1));
    world.add(id).start(id);
    for (int type = 0; type < 20; ++type) {
      auto job = enqueued(world.the_queue.last_job + 1, id);
      auto spec = *job.spec;
      spec.job_type = std::string(100, 't') + std::to_string(type);
      job.spec = std::make_shared<JobSpec>(spec);
      world.tell(job);
    }
  }
  world.tell(HoldPlaced{world.the_queue.last_ordinal + 1, HoldKind::service, "hermes", reason, campaigns});
  const CampaignOverview overview = must(read_campaign_overview(*Told{world}));
  const auto& held = overview.paused_by_service.at("hermes");
  const std::size_t bytes_each = held.at(0).status_message.size() + held.at(0).row.name.size();
  CHECK(held.size() == limits::sample_bytes_max / bytes_each);
  CHECK(held.size() < campaigns);
  for (const CampaignView& campaign : held) CHECK(campaign.lane.classes.empty());
  const auto sample = must(read_paused_campaigns(*Told{world}, "hermes"));
  CHECK(sample.items.size() == held.size());
  CHECK(sample.total == campaigns);
}

TEST_CASE("what is paused for a service is what its hold is the oldest on") {
  World world;
  world.add(spring).start(spring).enqueue(spring).tell(service_hold(2, "hermes", 1)).add(summer).start(summer);
  world.enqueue(summer).enqueue().add(autumn).enqueue(autumn).open_circuit();
  const Told log{world};
  const auto hermes = must(read_paused_campaigns(*log, "hermes"));
  CHECK(hermes.total == 1);
  CHECK(ids(hermes.items) == std::vector<CampaignId>{spring});
  CHECK(must(read_paused_campaigns(*log, "apollo")).total == 1);
  CHECK(must(read_paused_campaigns(*log, "nobody")).total == 0);
  const auto jobs = must(read_paused_jobs(*log, "hermes"));
  CHECK(jobs.total == 1);
  CHECK(ids(jobs.items) == std::vector<JobId>{1});
  // The open circuit's: its hold's, and whatever is under no hold at all.
  const auto apollo = must(read_paused_jobs(*log, "apollo"));
  CHECK(apollo.total == 3);
  CHECK(ids(apollo.items) == std::vector<JobId>{2, 3, 4});
  for (const JobView& job : apollo.items) CHECK(job.status == JobStatus::paused);
  world.close_circuit();
  CHECK(ids(must(read_paused_jobs(*Told{world}, "apollo")).items) == std::vector<JobId>{2});
}

TEST_CASE("a sample shows the first and counts all") {
  World world;
  const std::size_t count = limits::sample_items_max + 20;
  for (std::size_t i = 0; i < count; ++i) world.enqueue();
  world.open_circuit();
  const auto jobs = must(read_paused_jobs(*Told{world}, "apollo"));
  CHECK(jobs.total == count);
  CHECK(jobs.items.size() == limits::sample_items_max);
  for (const JobView& job : jobs.items) CHECK(job.spec->payload.empty());
}

TEST_CASE("events are read from a place, by type and by stream") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue().lease(1).open_circuit();  // 1..8
  const Told log{world};
  const auto page = [&](Seq from, std::uint32_t limit, const EventFilter& filter) {
    return must(read_events(*log, from, limit, filter));
  };
  CHECK(seqs(page(1, 100, {})) == std::vector<Seq>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(seqs(page(0, 2, {})) == std::vector<Seq>{1, 2});
  CHECK(page(0, 2, {}).next == 3);
  CHECK(seqs(page(7, 100, {})) == std::vector<Seq>{7, 8});
  CHECK(page(7, 100, {}).next == 9);
  CHECK(page(100, 10, {}).events.empty());
  CHECK(page(100, 10, {}).next == 100);
  CHECK(seqs(page(1, 100, {"JobEnqueued", ""})) == std::vector<Seq>{3, 4});
  CHECK(seqs(page(4, 100, {"JobEnqueued", ""})) == std::vector<Seq>{4});
  CHECK(seqs(page(1, 100, {"CircuitOpened", ""})) == std::vector<Seq>{6});
  CHECK(seqs(page(1, 100, {"", "queue"})) == std::vector<Seq>{7, 8});
  CHECK(seqs(page(1, 100, {"", "breaker"})) == std::vector<Seq>{6});
  CHECK(seqs(page(1, 100, {"", "job-1"})) == std::vector<Seq>{3, 5});
  CHECK(seqs(page(1, 1, {"", "job-1"})) == std::vector<Seq>{3});
  CHECK(seqs(page(page(1, 1, {"", "job-1"}).next, 1, {"", "job-1"})) == std::vector<Seq>{5});
  CHECK(seqs(page(1, 100, {"", "job-9"})).empty());
  CHECK(page(1, 100, {"", "job-9"}).next == 9);
  CHECK(seqs(page(1, 100, {"", "campaign-" + spring.to_string()})) == std::vector<Seq>{1, 2});
  CHECK(seqs(page(1, 100, {"HoldPlaced", "queue"})) == std::vector<Seq>{8});
  CHECK(seqs(page(1, 100, {"HoldPlaced", "job-1"})).empty());
  CHECK(seqs(page(1, 100, {"JobLeased", "queue"})).empty());
  CHECK(refusal(read_events(*log, 1, 10, {"NoSuchType", ""})) == ErrorCode::invalid);
  CHECK(refusal(read_events(*log, 1, 10, {"", "nonsense"})) == ErrorCode::invalid);
}

TEST_CASE("an event is shown whole") {
  World world;
  world.open_circuit();
  const auto events = must(read_events(*Told{world}, 1, 1, {})).events;
  REQUIRE(events.size() == 1);
  CHECK(events[0].seq == 1);
  CHECK(events[0].time == at(1));
  CHECK(events[0].type == "CircuitOpened");
  CHECK(events[0].version == 3);
  CHECK(events[0].stream == "breaker");
  CHECK(events[0].principal == "alice");
  CHECK(events[0].cause == 0);
  CHECK(events[0].hash.size() == 64);
  CHECK(events[0].data.starts_with(R"({"epoch":1,"by_hand":false)"));
}
