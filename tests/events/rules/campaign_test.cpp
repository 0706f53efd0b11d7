#include <breakerd/events/rules/campaign.hpp>

#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const CampaignId spring = campaign_id(1);

/// `spring` in the given kept status.
World world_with(CampaignStatus status) {
  World world;
  world.add(spring);
  if (status == CampaignStatus::created) return world;
  if (status == CampaignStatus::failed) return world.tell(CampaignFailed{spring, "bad data", 0}), world;
  if (status == CampaignStatus::cancelled) return world.tell(CampaignCancelled{spring, "enough", 0}), world;
  world.start(spring);
  if (status == CampaignStatus::paused) world.tell(CampaignPaused{spring, "lunch"});
  if (status == CampaignStatus::completed) world.tell(CampaignSealed{spring}).tell(CampaignCompleted{spring, 0, 0, 0});
  return world;
}

/// The name of the event of an action, or the error's code.
std::string outcome(const World& world, const CampaignAction& action) {
  const auto event = decide(world.about(spring), action);
  if (!event) return std::string{to_string(event.error().code)};
  return *event ? std::string{type_name(**event)} : "";
}

struct Row {
  CampaignStatus status;
  std::string start, pause, resume, seal, fail, cancel;
};

}  // namespace

TEST_CASE("what each status allows while the circuit is closed") {
  using S = CampaignStatus;
  const std::string wrong = "wrong_state", done = "CampaignSealed";
  const Row row = GENERATE_COPY(values<Row>({
      {S::created, "CampaignStarted", wrong, wrong, done, "CampaignFailed", "CampaignCancelled"},
      {S::running, wrong, "CampaignPaused", "", done, "CampaignFailed", "CampaignCancelled"},
      {S::paused, wrong, "", "CampaignResumed", done, "CampaignFailed", "CampaignCancelled"},
      {S::completed, wrong, wrong, wrong, wrong, wrong, wrong},
      {S::failed, wrong, wrong, wrong, wrong, "", wrong},
      {S::cancelled, wrong, wrong, wrong, wrong, wrong, ""},
  }));
  const World world = world_with(row.status);
  REQUIRE(world.lanes.at(spring).status == row.status);
  INFO(to_string(row.status));
  CHECK(outcome(world, StartCampaign{}) == row.start);
  CHECK(outcome(world, PauseCampaign{"lunch"}) == row.pause);
  CHECK(outcome(world, ResumeCampaign{}) == row.resume);
  CHECK(outcome(world, SealCampaign{}) == row.seal);
  CHECK(outcome(world, FailCampaign{"bad"}) == row.fail);
  CHECK(outcome(world, CancelCampaign{"enough"}) == row.cancel);
  CHECK(outcome(world, UpdateCampaign{"summer", {}, {}}) == "CampaignUpdated");
  CHECK(outcome(world, UpdateCampaign{}) == "");
}

TEST_CASE("while the circuit is open nothing starts or resumes, everything else goes on") {
  const CampaignStatus status = GENERATE(CampaignStatus::created, CampaignStatus::running, CampaignStatus::paused);
  World world = world_with(status);
  world.open_circuit();
  CHECK(outcome(world, StartCampaign{}) == (status == CampaignStatus::created ? "circuit_open" : "wrong_state"));
  CHECK(outcome(world, ResumeCampaign{}) == (status == CampaignStatus::created ? "wrong_state" : "circuit_open"));
  CHECK(outcome(world, CancelCampaign{"enough"}) == "CampaignCancelled");
  CHECK(outcome(world, SealCampaign{}) == "CampaignSealed");
}

TEST_CASE("a campaign under the circuit's hold is not resumed by hand") {
  World world = world_with(CampaignStatus::running);
  world.open_circuit().close_circuit();
  CHECK(world.shown(spring) == CampaignStatus::paused);
  const Error error = error_of(decide(world.about(spring), ResumeCampaign{}));
  CHECK(error.code == ErrorCode::held);
  CHECK_THAT(error.detail, ContainsSubstring("resume-queue"));
  // Nor by pausing it first.
  world.tell(CampaignPaused{spring, "trick"});
  CHECK(outcome(world, ResumeCampaign{}) == "held");
  world.tell(*must(decide(world.the_queue, ResumeQueue{})));
  CHECK(outcome(world, ResumeCampaign{}) == "CampaignResumed");
}

TEST_CASE("a campaign started after the circuit was closed runs, whatever is still held") {
  World world = world_with(CampaignStatus::running);
  world.open_circuit().close_circuit();
  const CampaignId summer = campaign_id(2);
  world.add(summer).start(summer);
  CHECK(world.shown(summer) == CampaignStatus::running);
  CHECK(world.shown(spring) == CampaignStatus::paused);
}

TEST_CASE("a sealed campaign completes when its last job has ended, whatever the ends") {
  World world = world_with(CampaignStatus::running);
  world.enqueue(spring).enqueue(spring).enqueue(spring).lease(1).lease(2);
  CHECK(outcome(world, SealCampaign{}) == "CampaignSealed");
  world.tell(CampaignSealed{spring});
  CHECK(outcome(world, SealCampaign{}) == "");
  world.tell(completed(1, spring));
  CHECK_FALSE(decide_completion(spring, world.lanes[spring]));
  for (const std::uint32_t attempt : {1, 2})
    world.tell(JobAttemptFailed{2, spring, attempt, "it broke", "bug"}).lease(2);
  world.tell(JobFailed{2, spring, 3, "it broke", "bug"}).tell(JobCancelled{3, spring, "x"});
  const auto done = decide_completion(spring, world.lanes[spring]);
  REQUIRE(done);
  CHECK(done->completed == 1);
  CHECK(done->failed == 1);
  CHECK(done->cancelled == 1);
  world.tell(*done);
  CHECK_FALSE(decide_completion(spring, world.lanes[spring]));
  CHECK(status_message(world.campaigns[spring], world.lanes[spring], world.the_queue) ==
        "Completed: 1 jobs completed, 1 failed, 1 cancelled");
}

TEST_CASE("the default lane never completes") {
  LaneRow lane;
  lane.sealed = true;
  CHECK_FALSE(decide_completion(LaneId{}, lane));
}

TEST_CASE("completed wins over paused") {
  World world = world_with(CampaignStatus::running);
  world.enqueue(spring).lease(1).tell(CampaignSealed{spring}).open_circuit();
  CHECK(world.shown(spring) == CampaignStatus::paused);
  world.tell(completed(1, spring)).tell(*decide_completion(spring, world.lanes[spring]));
  CHECK(world.shown(spring) == CampaignStatus::completed);
  CHECK(world.the_queue.campaign_counts().completed == 1);
  CHECK(world.the_queue.campaign_counts().paused == 0);
}

TEST_CASE("the message says why") {
  const auto message = [](const World& world) {
    return status_message(world.campaigns.at(spring), world.lanes.at(spring), world.the_queue);
  };
  CHECK(message(world_with(CampaignStatus::created)) == "Created: waits for its start");
  World world = world_with(CampaignStatus::running);
  CHECK(message(world) == "Running");
  world.tell(service_hold(world.the_queue.last_ordinal + 1, "hermes"));
  CHECK(message(world) == "Paused: campaigns held for hermes: slow");
  world.open_circuit();  // the oldest living hold is the cause
  CHECK(message(world) == "Paused: campaigns held for hermes: slow");
  world.close_circuit().tell(*must(decide(world.the_queue, ResumeCampaignsForService{"hermes"})));
  CHECK(message(world) == "Paused: circuit breaker opened by apollo: 429 Too Many Requests");
  CHECK(message(world_with(CampaignStatus::paused)) == "Paused by alice: lunch");
  CHECK(message(world_with(CampaignStatus::failed)) ==
        "Failed by alice: bad data (0 jobs completed, 0 failed, 0 cancelled)");
  CHECK(message(world_with(CampaignStatus::cancelled)) ==
        "Cancelled by alice: enough (0 jobs completed, 0 failed, 0 cancelled)");
  World sealed = world_with(CampaignStatus::running);
  sealed.enqueue(spring).tell(CampaignSealed{spring});
  CHECK(message(sealed) == "Running: sealed, no more jobs will come");
}

TEST_CASE("a campaign's row keeps who and when") {
  World world = world_with(CampaignStatus::paused);
  const CampaignRow& row = world.campaigns[spring];
  CHECK(row.name == "spring");
  CHECK(row.created_by == "alice");
  CHECK(row.created == 1);
  CHECK(row.last == 3);
  CHECK(row.started_at == at(2));
  CHECK(row.updated_at == at(3));
  CHECK(row.finished_at == no_time);
  world.tell(CampaignUpdated{spring, "summer", std::nullopt, R"({"a":1})", {}});
  CHECK(row.name == "summer");
  CHECK(row.description == "a campaign");
  CHECK(row.metadata == R"({"a":1})");
  world.tell(CampaignResumed{spring, 2});
  CHECK(row.message.empty());
  world.tell(CampaignFailed{spring, "bad data", 0}, "bob");
  CHECK(row.message == "by bob: bad data");
  CHECK(row.finished_at == at(6));
  CHECK(world.lanes[spring].version == 6);
}

TEST_CASE("a view shows the lane's jobs by what they read as") {
  World world = world_with(CampaignStatus::running);
  world.enqueue(spring).enqueue(spring).enqueue(spring).lease(1).lease(2).tell(completed(2, spring));
  const auto counts = [&] {
    return view_of(spring, world.campaigns[spring], world.lanes[spring], world.the_queue).job_counts;
  };
  CHECK(counts().pending == 1);
  CHECK(counts().processing == 1);
  CHECK(counts().completed == 1);
  world.open_circuit();
  CHECK(counts().pending == 0);
  CHECK(counts().processing == 0);
  CHECK(counts().paused == 2);
  world.tell(CampaignFailed{spring, "bad", 2});
  CHECK(counts().paused == 0);
  CHECK(counts().cancelled == 2);
  CHECK(counts().completed == 1);
}

TEST_CASE("a campaign's view is made of its row and its lane, all of them") {
  CampaignRow row;
  row.name = "spring";
  LaneRow lane;
  lane.status = CampaignStatus::running;
  lane.jobs = {4, 5, 1, 2, 3};
  QueueState queue;
  const auto counts = [&] {
    const JobCounts shown = view_of(spring, row, lane, queue).job_counts;
    return std::vector<std::uint64_t>{shown.pending,   shown.processing, shown.paused,
                                      shown.completed, shown.failed,     shown.cancelled};
  };
  const auto texts = [&] {
    const CampaignView view = view_of(spring, row, lane, queue);
    CHECK(view.id == spring);
    CHECK((view.row == row));
    CHECK((view.lane == lane));
    return std::string{to_string(view.status)} + " " + view.status_message;
  };
  const std::vector<std::uint64_t> free{4, 5, 0, 1, 2, 3}, paused{0, 0, 9, 1, 2, 3};
  row.message = "first wave";
  CHECK(counts() == free);
  CHECK(texts() == "RUNNING first wave");
  queue.paused = true;
  CHECK(counts() == paused);
  CHECK(texts() == "RUNNING first wave");
  queue.paused = false;
  lane.status = CampaignStatus::paused;
  CHECK(counts() == paused);
  CHECK(texts() == "PAUSED Paused first wave");
  lane.status = CampaignStatus::running;
  queue.holds.push_back({5, HoldKind::service, "hermes", "the cause", "carol", at(1)});
  queue.generations.emplace_back();
  CHECK(counts() == paused);
  CHECK(texts() == "PAUSED Paused: the cause");
}

TEST_CASE("the message of an end counts the jobs") {
  CampaignRow row;
  row.message = "by bob: bad";
  LaneRow lane;
  lane.jobs = {0, 0, 1, 2, 3};
  const auto message = [&](CampaignStatus status) {
    lane.status = status;
    return status_message(row, lane, QueueState{});
  };
  const std::string counts = "1 jobs completed, 2 failed, 3 cancelled";
  CHECK(message(CampaignStatus::completed) == "Completed: " + counts);
  CHECK(message(CampaignStatus::failed) == "Failed by bob: bad (" + counts + ")");
  CHECK(message(CampaignStatus::cancelled) == "Cancelled by bob: bad (" + counts + ")");
  row.message = "first wave";
  CHECK(message(CampaignStatus::running) == "first wave");
  CHECK(message(static_cast<CampaignStatus>(campaign_statuses)).empty());
}

TEST_CASE("where a campaign can go from what it reads as") {
  using enum CampaignStatus;
  const auto from = [](CampaignStatus shown) {
    const auto to = valid_transitions(shown);
    return std::vector<CampaignStatus>{to.begin(), to.end()};
  };
  CHECK((from(created) == std::vector{running, completed, failed, cancelled}));
  CHECK((from(running) == std::vector{paused, completed, failed, cancelled}));
  CHECK((from(paused) == std::vector{running, completed, failed, cancelled}));
  for (const CampaignStatus ended : {completed, failed, cancelled}) CHECK(from(ended).empty());
}
