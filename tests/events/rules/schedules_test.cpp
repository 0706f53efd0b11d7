// Schedules: when their runs are due, when they begin, and what is refused.

#include <breakerd/events/rules/schedules.hpp>

#include <breakerd/events/model/limits.hpp>
#include "tests/support/no_descriptors.hpp"
#include "tests/support/results.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

Time time(const std::string& text) { return *parse_rfc3339(text); }

CreateSchedule daily(std::string zone = "") {
  CreateSchedule command;
  command.plan.name = "nightly";
  command.plan.cron = "30 2 * * *";
  command.plan.time_zone = std::move(zone);
  command.plan.job.job_type = "report";
  return command;
}

CreateSchedule every(std::chrono::milliseconds period) {
  CreateSchedule command = daily();
  command.plan.cron.clear();
  command.plan.every_ms = static_cast<std::uint64_t>(period.count());
  return command;
}

/// The row that the command makes at `now`.
ScheduleRow row_of(const CreateSchedule& command, Time now) {
  World world;
  world.tell(must(decide(QueueState{}, command, now)));
  return world.schedules.at(1);
}

const Time noon = time("2026-11-30T12:00:00Z");

}  // namespace

TEST_CASE("the first run is due at the first of its times that is to come") {
  CHECK(row_of(daily(), noon).next_at == time("2026-12-01T02:30:00Z"));
  CHECK(row_of(daily(), noon).plan.time_zone == "UTC");
  CHECK(row_of(daily("Europe/Berlin"), noon).next_at == time("2026-12-01T01:30:00Z"));
  CHECK(row_of(every(10s), noon).next_at == noon + 10s);
  CHECK(row_of(every(10s), noon).plan.time_zone.empty());
}

TEST_CASE("a zone that nobody knows is refused, and so is one schedule too many") {
  const Error unknown = error_of(decide(QueueState{}, daily("Mars/Crater"), noon));
  CHECK(unknown.code == ErrorCode::invalid);
  CHECK(unknown.fields.at(0).field == "time_zone");
  QueueState full;
  full.schedules = limits::schedules_max;
  const Error limit = error_of(decide(full, daily(), noon));
  CHECK(limit.code == ErrorCode::limit);
  CHECK(limit.detail.starts_with("schedules_max: "));
  World world;
  world.the_queue.schedules = world.the_queue.last_schedule = limits::schedules_max;
  CHECK(refusal(world.try_tell(scheduled(limits::schedules_max + 1))) == ErrorCode::misfit);
}

TEST_CASE("a change of the times counts from now on, and other changes leave the next run as it is") {
  const ScheduleRow row = row_of(daily(), noon);
  ChangeSchedule change;
  change.schedule = 1;
  SECTION("a name, a job and what becomes of missed runs") {
    change.name = "report";
    change.missed = MissedRuns::skip;
    change.new_job = JobSpec{};
    change.new_job->job_type = "mail";
    const ScheduleSet set = must(decide(row, change, noon + 1h));
    CHECK(set.next_at == row.next_at);
    CHECK(set.plan.name == "report");
    CHECK(set.plan.missed == MissedRuns::skip);
    CHECK(set.plan.job.job_type == "mail");
    CHECK(set.plan.cron == row.plan.cron);
  }
  SECTION("a zone") {
    change.time_zone = "Europe/Berlin";
    CHECK(must(decide(row, change, noon)).next_at == time("2026-12-01T01:30:00Z"));
  }
  SECTION("the same times keep the next run, although it is due") {
    change.cron = row.plan.cron;
    change.time_zone = "UTC";
    change.missed = MissedRuns::skip;
    const ScheduleSet set = must(decide(row, change, noon + 24h));
    CHECK(set.next_at == row.next_at);
    CHECK(set.plan.missed == MissedRuns::skip);
  }
  SECTION("the same interval counts on from where it began") {
    const ScheduleRow often = row_of(every(1h), noon);
    change.every_ms = 3'600'000;
    CHECK(must(decide(often, change, noon + 30min)).next_at == noon + 1h);
    CHECK(must(decide(often, change, noon + 30min)).anchor == noon);
  }
  SECTION("a run that is due stays due, and the new times are those of the runs behind it") {
    const Time due = row.next_at;
    change.cron = "0 13 * * *";
    CHECK(must(decide(row, change, due - 1us)).next_at == time("2026-12-01T13:00:00Z"));
    const ScheduleSet set = must(decide(row, change, due));
    CHECK(set.next_at == due);
    ScheduleRow changed = row;
    changed.plan = set.plan;
    CHECK(must(decide_due(changed, due + 1h)).next_at == time("2026-12-01T13:00:00Z"));
    change.cron = "0 0 31 2 *";
    CHECK(refusal(decide(row, change, due)) == ErrorCode::invalid);
  }
  SECTION("an expression, in the zone that there is") {
    change.cron = "0 13 * * *";
    const ScheduleSet set = must(decide(row, change, noon));
    CHECK(set.next_at == time("2026-11-30T13:00:00Z"));
    CHECK(set.plan.time_zone == "UTC");
  }
  SECTION("an interval in place of an expression, and back") {
    change.every_ms = 5'000;
    const ScheduleSet set = must(decide(row, change, noon));
    CHECK(set.next_at == noon + 5s);
    CHECK(set.plan.cron.empty());
    CHECK(set.plan.time_zone.empty());
    ScheduleRow other = row;
    other.plan = set.plan;
    ChangeSchedule back;
    back.time_zone = "UTC";
    CHECK(error_of(decide(other, back, noon)).fields.at(0).field == "time_zone");
    back.cron = "0 13 * * *";
    CHECK(must(decide(other, back, noon)).plan.every_ms == 0);
  }
  SECTION("of one that is paused no run is due") {
    ScheduleRow paused = row;
    paused.paused = true;
    paused.next_at = no_time;
    change.cron = "0 13 * * *";
    CHECK(must(decide(paused, change, noon)).next_at == no_time);
  }
}

TEST_CASE("a schedule is paused and resumed once, and makes up for nothing") {
  ScheduleRow row = row_of(every(1min), noon);
  CHECK(decide(row, PauseSchedule{1, "why"})->reason == "why");
  CHECK_FALSE(must(decide(row, ResumeSchedule{1, "x"}, noon)));
  row.paused = true;
  row.next_at = no_time;
  CHECK_FALSE(decide(row, PauseSchedule{1, "x"}));
  CHECK(must(decide(row, ResumeSchedule{1, "x"}, noon + 90min + 1s))->next_at == noon + 91min);
}

TEST_CASE("a run that begins late was missed, and then it depends") {
  ScheduleRow row = row_of(every(1min), noon);
  const auto look = [&](Duration late) { return must(decide_due(row, row.next_at + late)); };
  CHECK(look(0s).begins);
  CHECK(look(0s).next_at == noon + 2min);
  CHECK(look(missed_after).begins);
  SECTION("once: it begins late, in place of all that were missed") {
    CHECK(look(3h).begins);
    CHECK(look(3h).next_at == noon + 3h + 2min);
  }
  SECTION("skip: it does not") {
    row.plan.missed = MissedRuns::skip;
    CHECK(look(missed_after).begins);
    CHECK_FALSE(look(missed_after + 1us).begins);
    CHECK(look(3h).next_at == noon + 3h + 2min);
  }
  SECTION("a zone that the machine does not have any more ends it behind this run") {
    row = row_of(daily("Europe/Berlin"), noon);
    row.plan.time_zone = "Europe/Atlantis";
    CHECK(look(0s).begins);
    CHECK(look(0s).next_at == no_time);
    CHECK(look(0s).end_reason.find("Europe/Atlantis") != std::string::npos);
  }
  SECTION("a zone that cannot be read now ends nothing") {
    row.plan = daily("Indian/Chagos").plan;
    {
      const NoDescriptors none;
      CHECK(refusal(decide_due(row, row.next_at)) == ErrorCode::storage);
      CHECK(refusal(decide_earlier(row, noon)) == ErrorCode::storage);
      CHECK(refusal(decide(QueueState{}, daily("Indian/Chagos"), noon)) == ErrorCode::storage);
    }
    CHECK(look(0s).begins);
    CHECK(look(0s).end_reason.empty());
  }
}

TEST_CASE("a clock that was set back comes to times again, but not to those that have just come") {
  ScheduleRow hourly = row_of(every(1h), noon);
  const auto earlier = [](const ScheduleRow& row, Time now) -> std::optional<Time> {
    const auto event = must(decide_earlier(row, now));
    return event ? std::optional{event->next_at} : std::nullopt;
  };
  CHECK_FALSE(earlier(hourly, noon + 1us));
  CHECK_FALSE(earlier(hourly, noon + 2h));  // it is due
  hourly.next_at = noon + 24h * 365 * 30;
  CHECK(earlier(hourly, noon + 1us) == noon + 1h);
  CHECK(earlier(hourly, noon - 90min) == noon - 1h);
  hourly.last_due_at = noon + 24h * 365 * 30 - 1h;  // the clock was ahead then, too
  CHECK(earlier(hourly, noon + 1us) == noon + 1h);
  hourly.last_due_at = noon + 1h;
  CHECK(earlier(hourly, noon + 1h - 1min) == noon + 2h);
  CHECK(earlier(hourly, noon + 1h - 1min - 1us) == noon + 1h);
  hourly.last_due_at = noon - 1h;
  hourly.last_at = noon + 1h + 5s;  // it has begun late, in place of those until then
  CHECK(earlier(hourly, noon + 1h - 30s) == noon + 2h);
  hourly.last_due_at = hourly.last_at = no_time;
  hourly.skipped_due_at = noon + 1h;
  CHECK(earlier(hourly, noon + 1h - 1s) == noon + 2h);
  hourly.paused = true;
  hourly.next_at = no_time;
  CHECK_FALSE(earlier(hourly, noon));

  ScheduleRow nightly = row_of(daily(), noon);
  nightly.last_due_at = nightly.next_at;
  nightly.next_at += 24h * 365;
  CHECK(earlier(nightly, nightly.last_due_at - 3h) == nightly.last_due_at + 24h);
  CHECK(earlier(nightly, nightly.last_due_at - 3h - 1us) == nightly.last_due_at);
  SECTION("nor does a change or a resume bring one back") {
    ChangeSchedule change;
    change.cron = "*/30 2 * * *";
    const Time last = nightly.last_due_at;
    CHECK(must(decide(nightly, change, last - 1h)).next_at == last + 23h + 30min);
    nightly.paused = true;
    nightly.next_at = no_time;
    CHECK(must(decide(nightly, ResumeSchedule{1, "x"}, last - 1h))->next_at == last + 24h);
  }
}

TEST_CASE("a run by hand has a time of its own") {
  ScheduleRow row = row_of(every(1min), noon);
  CHECK(due_by_hand(row, noon) == noon);
  row.last_due_at = noon;
  CHECK(due_by_hand(row, noon) == noon + 1us);
  row.last_due_at = noon + 5us;
  CHECK(due_by_hand(row, noon) == noon + 6us);
  CHECK(due_by_hand(row, noon + 6us) == noon + 6us);
  row.next_at = noon + 6us;
  CHECK(due_by_hand(row, noon) == noon + 7us);
  row.last_due_at = noon + 1s;  // the clock was set back
  CHECK(due_by_hand(row, noon) == noon);
}

TEST_CASE("a schedule that is not paused is given an earlier time, and that alone") {
  World world;
  world.tell(scheduled(1), "alice");
  world.tell(ScheduleResumed{1, at(5), "the clock was set back"}, "breakerd");
  const ScheduleRow row = world.schedules.at(1);
  CHECK(row.next_at == at(5));
  CHECK(row.changed_by == "alice");
  CHECK(row.reason == "x");
  CHECK(refusal(world.try_tell(ScheduleResumed{1, at(5), "x"})) == ErrorCode::misfit);
  CHECK(refusal(world.try_tell(ScheduleResumed{1, no_time, "x"})) == ErrorCode::misfit);
  world.tell(SchedulePaused{1, "lunch"}, "bob").tell(ScheduleResumed{1, at(50), "x"}, "bob");
  CHECK(world.schedules.at(1).changed_by == "bob");
}

TEST_CASE("the job of a run has the name of the schedule and its time as its unique key") {
  CreateSchedule command = daily();
  command.plan.job.payload = "7";
  const JobSpec job = job_of_run(command.plan, noon);
  CHECK(job.unique_key == "schedule/nightly/2026-11-30T12:00:00.000000Z");
  CHECK(job.job_type == "report");
  CHECK(job.payload == "7");
  command.plan.name.assign(limits::schedule_name_bytes_max, 'n');
  CHECK(job_of_run(command.plan, noon).unique_key.size() <= limits::unique_key_bytes_max);
}

TEST_CASE("a run waits while no worker might have its job") {
  const CampaignId spring = campaign_id(1);
  World world;
  world.add(spring);
  SchedulePlan plan = scheduled(1).plan;
  const auto waits = [&] { return must_wait(plan, world.lanes.at(plan.job.campaign), world.the_queue); };
  CHECK_FALSE(waits());
  SECTION("while the queue is paused") {
    world.open_circuit();
    CHECK(waits());
  }
  SECTION("while its job would be held, and no other one's hold matters") {
    world.tell(JobHoldPlaced{1, "sms", "", "x"});
    CHECK_FALSE(waits());
    world.tell(JobHoldPlaced{2, "mail", "", "x"});
    CHECK(waits());
  }
  SECTION("while its campaign was not started, or is paused") {
    plan.job.campaign = spring;
    CHECK(waits());
    world.start(spring);
    CHECK_FALSE(waits());
    world.tell(service_hold(2, "hermes"));
    CHECK(waits());
  }
  SECTION("not when its campaign has ended: the job is refused then") {
    plan.job.campaign = spring;
    world.tell(CampaignCancelled{spring, "x", 0});
    CHECK_FALSE(waits());
  }
}

TEST_CASE("a schedule remembers its last run, and the last one that was left out") {
  World world;
  world.tell(scheduled(1), "alice");
  world.tell(ScheduleRan{1, at(10), false, 1, at(20)}, "breakerd").tell(enqueued(1));
  world.tell(ScheduleRan{1, at(15), true, 2, at(20)}, "bob").tell(enqueued(2));
  world.tell(ScheduleSkipped{1, at(20), at(30), "it was missed"}, "breakerd");
  const ScheduleRow row = world.schedules.at(1);
  CHECK(row.created_by == "alice");
  CHECK(row.created_at == at(1));
  CHECK(row.last_at == at(4));
  CHECK(row.last_due_at == at(15));
  CHECK(row.last_job == 2);
  CHECK(row.skipped_at == at(6));
  CHECK(row.skipped_due_at == at(20));
  CHECK(row.skipped_reason == "it was missed");
  CHECK(row.next_at == at(30));
  world.tell(SchedulePaused{1, "lunch"}, "bob");
  CHECK(world.schedules.at(1).next_at == no_time);
  CHECK(world.schedules.at(1).changed_by == "bob");
  CHECK(world.schedules.at(1).reason == "lunch");
  CHECK(world.the_queue.schedules == 1);
  world.tell(ScheduleRemoved{1, "x"});
  CHECK(world.the_queue.schedules == 0);
  world.tell(scheduled(2));
  CHECK(world.schedules.contains(2));
}
