// Schedules, as the queue has them.

#include "tests/actors/core/core_story.hpp"
#include "tests/actors/core/queue_story.hpp"
#include "tests/support/no_descriptors.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Ids = std::vector<JobId>;
using Names = std::vector<std::string>;

namespace {

CreateSchedule every(std::chrono::milliseconds period, const std::string& name = "tick", LaneId campaign = {}) {
  CreateSchedule command;
  command.plan.name = name;
  command.plan.every_ms = static_cast<std::uint64_t>(period.count());
  command.plan.job.job_type = "mail";
  command.plan.job.campaign = campaign;
  return command;
}

ScheduleRow create(QueueStory& story, CreateSchedule command) { return story.get<ScheduleRow>(std::move(command)); }

/// As committed state has it.
ScheduleRow shown(const QueueStory& story, ScheduleId id = 1) { return must(read_schedule(*story.view(), id)); }

std::uint64_t pending(const QueueStory& story) { return story.counts().pending; }

/// A log that begins with this schedule: nobody in this process has read its zone.
void begin_with(QueueStory& story, const ScheduleSet& set) {
  Append append;
  append.events.push_back({set, "alice", story.now.wall, 0, -1});
  must(must(story.log.append({&append, 1})).front());
  story.restart();
}

/// Each minute on a clock of this zone.
ScheduleSet each_minute(const std::string& zone) {
  ScheduleSet set = scheduled(1, no_time, "tick");
  set.plan.every_ms = 0;
  set.plan.cron = "* * * * *";
  set.plan.time_zone = zone;
  set.next_at = at(40);
  return set;
}

void expect_wake_within(const QueueStory& story, SteadyTime::duration longest) {
  const auto wake = story.core.next_wake(story.now);
  REQUIRE(wake);
  CHECK(*wake - story.now.steady <= longest);
}

}  // namespace

TEST_CASE("a run that is due enqueues its job, once") {
  QueueStory story;
  const ScheduleRow row = create(story, every(10s));
  CHECK(row.next_at == story.now.wall + 10s);
  story.wait(10s - 1ms);
  story.run_schedules();
  CHECK(pending(story) == 0);
  CHECK(story.core.next_wake(story.now) == story.now.steady + 1ms);
  story.wait(1ms);
  story.run_schedules();
  story.run_schedules();
  CHECK(story.last_events(2) == Names{"ScheduleRan", "JobEnqueued"});
  CHECK(pending(story) == 1);
  CHECK(story.job(1).row.unique_key == "schedule/tick/" + to_rfc3339(row.next_at));
  CHECK(shown(story).last_job == 1);
  CHECK(shown(story).last_due_at == row.next_at);
  CHECK(shown(story).next_at == row.next_at + 10s);
  CHECK(story.lease_ids(2) == Ids{1});
}

TEST_CASE("a start does not repeat a run, and does not leave one out") {
  QueueStory story;
  create(story, every(10s));
  story.wait(10s);
  story.run_schedules();
  story.restart();
  story.run_schedules();
  CHECK(pending(story) == 1);
  story.wait(25s);  // nobody was there
  story.restart();
  story.run_schedules();
  CHECK(pending(story) == 2);
  CHECK(shown(story).next_at == shown(story).anchor + 40s);
}

TEST_CASE("a run whose commit fails begins behind the trouble") {
  QueueStory story;
  create(story, every(10s));
  story.wait(10s);
  story.lag();
  story.run_schedules();
  story.lose_the_disk();
  CHECK(shown(story).last_job == 0);
  story.run_schedules();
  story.commit();
  CHECK(shown(story).last_job == 1);
  CHECK(pending(story) == 1);
}

TEST_CASE("while the queue is paused no run begins, and afterwards one does for all that were missed") {
  QueueStory story;
  create(story, every(10s));
  CreateSchedule skipped = every(10s, "skip");
  skipped.plan.missed = MissedRuns::skip;
  create(story, std::move(skipped));
  const Time first = shown(story).next_at;
  story.open();
  story.wait(10min);
  story.run_schedules();
  CHECK(story.counts().total() == 0);
  const auto wake = story.core.next_wake(story.now);
  CHECK((!wake || *wake > story.now.steady + 1min));
  story.close();
  story.run_schedules();
  story.run_schedules();
  CHECK(pending(story) == 1);
  CHECK(shown(story, 1).last_due_at == first);
  CHECK(shown(story, 1).next_at == first + 10min);
  CHECK(shown(story, 2).last_job == 0);
  CHECK(shown(story, 2).skipped_due_at == first);
  CHECK(shown(story, 2).skipped_reason == "it was missed");
  CHECK(shown(story, 2).next_at == first + 10min);
}

TEST_CASE("a run waits for the end of what would hold its job, and for nothing else") {
  QueueStory story;
  const CampaignId spring = story.create();
  SECTION("a hold on its type") {
    create(story, every(10s));
    story.get<JobHoldView>(PlaceJobHold{"mail", "", "x"});
    story.wait(1min);
    story.run_schedules();
    CHECK(pending(story) == 0);
    story.get<JobHoldView>(LiftJobHold{1, "x"});
  }
  SECTION("its campaign was not started") {
    create(story, every(10s, "tick", spring));
    story.wait(1min);
    story.run_schedules();
    CHECK(pending(story) == 0);
    story.change(spring, StartCampaign{});
  }
  SECTION("its campaign is paused") {
    story.change(spring, StartCampaign{});
    create(story, every(10s, "tick", spring));
    story.change(spring, PauseCampaign{"lunch"});
    story.wait(1min);
    story.run_schedules();
    CHECK(pending(story) == 0);
    story.change(spring, ResumeCampaign{});
  }
  const auto wake = story.core.next_wake(story.now);
  REQUIRE(wake);
  CHECK(*wake <= story.now.steady);
  story.run_schedules();
  CHECK(pending(story) == 1);
}

TEST_CASE("a run whose job is refused is left out, and says why") {
  QueueStory story;
  const CampaignId spring = story.running();
  create(story, every(10s, "tick", spring));
  story.change(spring, CancelCampaign{"x"});
  story.wait(10s);
  story.run_schedules();
  CHECK(shown(story).last_job == 0);
  CHECK(shown(story).skipped_reason == "campaign " + spring.to_string() + " is CANCELLED and takes no jobs");
  CHECK(shown(story).next_at == shown(story).anchor + 20s);
  CHECK(story.refused(RunSchedule{1}) == ErrorCode::wrong_state);
  ChangeSchedule change;
  change.schedule = 1;
  change.missed = MissedRuns::skip;
  CHECK(story.get<ScheduleRow>(change).plan.missed == MissedRuns::skip);  // the job is not what changes
  change.new_job = every(10s, "tick", spring).plan.job;
  CHECK(story.refused(change) == ErrorCode::wrong_state);
  change.new_job->campaign = {};
  CHECK(story.get<ScheduleRow>(change).plan.job.campaign.is_nil());
}

TEST_CASE("a schedule is run by hand, also while it is paused, and keeps its times") {
  QueueStory story;
  create(story, every(10s));
  story.wait(3s);
  const JobView job = story.get<JobView>(RunSchedule{1});
  CHECK(job.row.id == 1);
  CHECK(shown(story).next_at == story.now.wall + 7s);
  CHECK(shown(story).last_job == 1);
  story.get<ScheduleRow>(PauseSchedule{1, "enough"});
  story.wait(1s);
  CHECK(story.get<JobView>(RunSchedule{1}).row.id == 2);
  story.wait(1min);
  story.run_schedules();
  CHECK(pending(story) == 2);
  CHECK(story.get<ScheduleRow>(ResumeSchedule{1, "again"}).next_at == shown(story).anchor + 70s);
}

TEST_CASE("runs by hand that are asked for together are all begun") {
  QueueStory story;
  create(story, every(10s));
  for (int times = 0; times < 2; ++times) {
    const auto outcomes = story.run_batch({RunSchedule{1}, RunSchedule{1}, RunSchedule{1}});
    for (const Outcome& outcome : outcomes) CHECK(outcome);
  }
  CHECK(pending(story) == 6);
  CHECK(shown(story).last_due_at == story.now.wall + 5us);
  CHECK(story.job(1).row.unique_key == "schedule/tick/" + to_rfc3339(story.now.wall));
  CHECK(story.job(6).row.unique_key == "schedule/tick/" + to_rfc3339(story.now.wall + 5us));
  story.wait(10s);  // at the very time of the next one
  story.get<JobView>(RunSchedule{1});
  story.run_schedules();
  CHECK(pending(story) == 8);
  CHECK(shown(story).skipped_at == no_time);
}

TEST_CASE("a zone that cannot be read when a run is due is read again, and the run begins") {
  QueueStory story;
  begin_with(story, each_minute("Asia/Kathmandu"));
  story.wait(70s);
  {
    const NoDescriptors none;
    story.run_schedules();
    CHECK(story.counts().total() == 0);
    CHECK(shown(story).next_at == at(40));
    CHECK_FALSE(shown(story).paused);
    CHECK_FALSE(story.core.take_unreadable());
    CHECK(story.core.take_warnings() ==
          Names{"schedule 1 (tick): a run is due and cannot begin, it is tried again: time zone \"Asia/Kathmandu\": "
                "its file cannot be read: Too many open files"});
    const auto wake = story.core.next_wake(story.now);
    REQUIRE(wake);
    CHECK(*wake == story.now.steady + 1s);  // and not at once
    story.wait(1s);
    story.run_schedules();
    CHECK(story.core.take_warnings().empty());
  }
  story.wait(1s);
  story.run_schedules();
  CHECK(pending(story) == 1);
  CHECK(shown(story).last_due_at == at(40));
  CHECK(shown(story).next_at == at(100));
}

TEST_CASE("a schedule whose zone is not there any more is paused behind its run") {
  QueueStory story;
  begin_with(story, each_minute("Europe/Atlantis"));
  story.wait(60s);
  story.run_schedules();
  CHECK(pending(story) == 1);
  CHECK(shown(story).paused);
  CHECK(shown(story).changed_by == "breakerd");
  CHECK(story.last_events(3) == Names{"ScheduleRan", "JobEnqueued", "SchedulePaused"});
}

TEST_CASE("a clock that was ahead for a moment silences no schedule") {
  QueueStory story;
  create(story, every(10s));
  CreateSchedule daily = every(10s, "daily");
  daily.plan.every_ms = 0;
  daily.plan.cron = "0 0 * * *";
  create(story, std::move(daily));
  const auto ahead = 24h * 365 * 30;
  story.now.wall += ahead;
  story.run_schedules();
  CHECK(pending(story) == 2);
  CHECK(shown(story).next_at > story.now.wall);
  const auto set_back = [&] {
    story.now.wall -= ahead;
    story.now.steady += 1s;
  };
  SECTION("while the daemon runs") { set_back(); }
  SECTION("while the queue is paused") {
    story.open();
    story.wait(1min);
    set_back();
    story.close();
  }
  SECTION("while no daemon runs") {
    set_back();
    story.restart();
  }
  story.run_schedules();
  CHECK(shown(story, 1).next_at > story.now.wall);
  CHECK(shown(story, 1).next_at <= story.now.wall + 20s);  // the next one may have been that which has begun
  CHECK(shown(story, 2).next_at <= story.now.wall + 48h);
  CHECK(shown(story, 1).changed_by == "alice");
  expect_wake_within(story, 1s);
  story.wait(20s);
  story.run_schedules();
  CHECK(pending(story) == 3);
}

TEST_CASE("a schedule that is created while the clock is ahead is not silenced, though no run was looked at then") {
  QueueStory story;
  story.run_schedules();
  const auto ahead = 24h * 365;
  story.now.wall += ahead;
  create(story, every(10s));
  story.now.wall -= ahead;
  story.wait(1s);
  story.run_schedules();
  CHECK(shown(story).next_at > story.now.wall);
  CHECK(shown(story).next_at <= story.now.wall + 10s);
}

TEST_CASE("a run for whose job there is no room waits until there is") {
  QueueStory story;
  for (std::size_t i = 0; i < limits::lane_job_classes_max; ++i) story.enqueue({}, "type-" + std::to_string(i));
  CHECK(story.refused(every(10s)) == ErrorCode::limit);
  ScheduleSet set = scheduled(1);
  set.plan.job.job_type = "mail";
  begin_with(story, set);
  story.wait(20s);
  story.run_schedules();
  CHECK(shown(story).last_job == 0);
  CHECK(shown(story).skipped_at == no_time);
  CHECK(shown(story).next_at == at(10));
  const auto wake = story.core.next_wake(story.now);
  REQUIRE(wake);
  CHECK(*wake == story.now.steady + 1s);
  CHECK(story.core.take_warnings().size() == 1);
  story.cancel(1);
  story.wait(1s);
  story.run_schedules();
  CHECK(shown(story).last_due_at == at(10));
}

TEST_CASE("damage under a schedule opens the circuit once, and that schedule alone waits") {
  CoreStory story;
  CreateSchedule command = every(10s);
  command.plan.missed = MissedRuns::skip;
  story.get<ScheduleRow>(command);
  story.log.damage(Table::unique_keys);
  const auto close = [&] {
    for (int i = 0; i < 100 && !story.core->health().ready(); ++i) story.advance(1s);
    REQUIRE(story.core->health().ready());
    story.close();
    REQUIRE(story.gate().allowed);
  };
  story.advance(10s);
  CHECK_FALSE(story.gate().allowed);
  close();
  const auto lines = std::exchange(story.lines, {});
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return line.find(
                     "storage trouble, the gate is shut: schedule 1 (tick): a block is bad; its runs wait until this "
                     "can") != std::string::npos;
        }) == 1);
  for (int i = 0; i < 60; ++i) story.advance(1s);
  CHECK(story.gate().allowed);
  CHECK(story.lines.empty());
  CHECK(story.status().jobs.pending == 0);
  SECTION("until it can be read") {
    story.log.mend();
    for (int i = 0; i < 30; ++i) story.advance(1s);
    CHECK(story.status().jobs.pending > 0);
    CHECK(story.gate().allowed);
    story.log.damage(Table::unique_keys);
    for (int i = 0; i < 30; ++i) story.advance(1s);
    CHECK_FALSE(story.gate().allowed);  // damage that is new
  }
  SECTION("and who changes it is told of damage that is there still") {
    story.get<ScheduleRow>(PauseSchedule{1, "x"});
    story.get<ScheduleRow>(ResumeSchedule{1, "x"});
    story.advance(10s);
    story.advance(1s);
    CHECK_FALSE(story.gate().allowed);
  }
}

TEST_CASE("names of schedules are one each, and what is not there is not found") {
  QueueStory story;
  create(story, every(10s));
  CHECK(story.refused(every(20s)) == ErrorCode::duplicate);
  create(story, every(20s, "tock"));
  ChangeSchedule change;
  change.schedule = 2;
  change.name = "tick";
  CHECK(story.refused(change) == ErrorCode::duplicate);
  change.name = "tock";
  CHECK(story.get<ScheduleRow>(change).plan.name == "tock");
  CHECK(story.get<ScheduleRow>(RemoveSchedule{1, "x"}).plan.name == "tick");
  CHECK(create(story, every(10s)).id == 3);
  for (const Command& command : std::vector<Command>{RemoveSchedule{1, "x"}, PauseSchedule{1, "x"},
                                                     ResumeSchedule{1, "x"}, RunSchedule{1}, ChangeSchedule{1}})
    CHECK(story.refused(command) == ErrorCode::not_found);
  CHECK(story.refused(every(10s, "lost", campaign_id(9))) == ErrorCode::not_found);
}

TEST_CASE("many runs come in steps") {
  QueueStory story;
  for (int i = 0; i < 120; ++i) create(story, every(10s, "n" + std::to_string(i)));
  story.wait(10s);
  story.lag();
  story.run_schedules();
  story.commit();
  CHECK(pending(story) == 50);
  story.run_schedules();
  story.commit();
  story.run_schedules();
  story.commit();
  CHECK(pending(story) == 120);
}
