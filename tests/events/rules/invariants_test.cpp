// Each invariant holds of what the rules make, and fails of something: one that cannot fail says nothing.

#include <breakerd/events/rules/invariants.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>

#include <breakerd/events/model/limits.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const CampaignId spring = campaign_id(1);

/// An outage over a campaign that runs, with a job of each kind.
World outage() {
  World world;
  world.add(spring).start(spring).enqueue().enqueue(spring).enqueue(spring).lease(1).lease(2);
  world.open_circuit();
  return world;
}

template <class State>
std::set<std::string> names_of(std::span<const Invariant<State>> invariants) {
  std::set<std::string> names;
  for (const Invariant<State>& one : invariants) {
    CHECK_FALSE(one.sentence.empty());
    names.emplace(one.name);
  }
  REQUIRE(names.size() == invariants.size());
  return names;
}

/// For each name a change that breaks that invariant, and none before it. `changed` makes the state with the change.
template <class State, class Thing>
void each_can_fail(std::span<const Invariant<State>> invariants, const Thing& whole,
                   const std::map<std::string, std::function<void(Thing&)>>& changes,
                   const std::function<Result<void>(const Thing&)>& check_thing) {
  must(check_thing(whole));
  std::set<std::string> broken;
  for (const auto& [name, change] : changes) {
    INFO(name);
    Thing thing = whole;
    change(thing);
    const auto ok = check_thing(thing);
    REQUIRE_FALSE(ok.has_value());
    CHECK(ok.error().code == ErrorCode::corrupt);
    CHECK_THAT(ok.error().detail, ContainsSubstring("(" + name + ")"));
    broken.insert(name);
  }
  CHECK(broken == names_of(invariants));
}

}  // namespace

TEST_CASE("each invariant of the whole can fail") {
  each_can_fail<Whole, World>(
      whole_invariants(), outage(),
      {{"paused_while_open", [](World& at) { at.the_queue.paused = false; }},
       {"epoch_counts_openings", [](World& at) { at.circuit.epoch = 0; }},
       {"closed_by_somebody", [](World& at) { at.circuit.closed_by = "bob"; }},
       {"failures_have_evidence", [](World& at) { at.circuit.failures = 0; }},
       {"generations_between_holds", [](World& at) { at.the_queue.generations.emplace_back(); }},
       {"every_job_counts_once", [](World& at) { ++at.the_queue.default_lane.pending; }},
       {"plan_is_a_command", [](World& at) { at.the_queue.plan = at.the_queue.last_job_command + 1; }},
       {"canary_within_bounds",
        [](World& at) {
          at.the_queue.rollout.phase = RolloutPhase::canary;
          at.the_queue.rollout.succeeded = 1;
        }},
       {"rollout_while_closed", [](World& at) { at.the_queue.rollout.phase = RolloutPhase::ramp; }},
       {"job_types_within_bounds", [](World& at) { at.the_queue.job_types = limits::job_types_max + 1; }},
       {"schedules_within_bounds", [](World& at) { at.the_queue.schedules = at.the_queue.last_schedule + 1; }},
       {"scheduled_are_pending", [](World& at) { at.the_queue.created.scheduled = at.the_queue.created.pending + 1; }},
       {"generations_have_the_campaigns", [](World& at) { ++at.the_queue.generations.back().paused_by_hand; }}},
      [](const World& at) {
        return check(Whole{at.circuit, at.the_queue});
      });
}

TEST_CASE("each invariant of the holds can fail") {
  each_can_fail<Holds, World>(
      hold_invariants(), outage(),
      {{"holds_ascend", [](World& at) { at.the_queue.last_ordinal = 0; }},
       {"one_hold_each",
        [](World& at) {
          at.the_queue.holds.front().kind = HoldKind::service;
          at.the_queue.holds.front().service = "apollo";
        }},
       {"job_holds_ascend",
        [](World& at) {
          at.the_queue.job_holds = {{1, "mail", "", "x", "ada", Time{}}};
        }},
       {"one_job_hold_each",
        [](World& at) {
          at.the_queue.last_job_hold = 2;
          at.the_queue.job_holds = {{1, "mail", "", "x", "ada", Time{}}, {2, "mail", "", "y", "ada", Time{}}};
        }}},
      [](const World& at) {
        return check(Holds{at.circuit, at.the_queue});
      });
}

TEST_CASE("each invariant of a job can fail") {
  World world;
  world.enqueue().lease(1);
  each_can_fail<JobRow, JobRow>(job_invariants(), world.jobs.at(1),
                                {{"attempts_within_bounds", [](JobRow& job) { job.attempts = job.max_attempts + 1; }},
                                 {"expiries_within_bounds", [](JobRow& job) { job.expiries_counted = 1; }},
                                 {"deadline_before_the_start", [](JobRow& job) { job.deadline.at = at(9); }},
                                 {"processing_has_a_lease", [](JobRow& job) { job.token = {}; }},
                                 {"ended_has_an_end", [](JobRow& job) { job.status = JobStatus::completed; }},
                                 {"due_has_a_reason",
                                  [](JobRow& job) {
                                    job.due = {at(99), DueClock::wall};
                                  }},
                                 {"parked_waits",
                                  [](JobRow& job) {
                                    job.parked = {1, no_time};
                                  }},
                                 {"key_period_has_a_key", [](JobRow& job) { job.unique_until = at(99); }},
                                 {"failures_are_remembered_in_order",
                                  [](JobRow& job) {
                                    job.failures = {{job.enqueued, job.last}};
                                  }},
                                 {"first_event_first", [](JobRow& job) { job.enqueued = job.last + 1; }}},
                                [](const JobRow& job) { return check(job); });
}

TEST_CASE("each invariant of a lane can fail") {
  const World world = outage();
  struct Lane {
    LaneRow row;
    bool is_default = false;
  };
  each_can_fail<LaneOf, Lane>(
      lane_invariants(), Lane{world.lanes.at(spring)},
      {{"classes_add_up", [](Lane& lane) { lane.row.classes.clear(); }},
       {"ended_campaign_has_no_live_jobs", [](Lane& lane) { lane.row.status = CampaignStatus::failed; }},
       {"sealed_campaign_completes",
        [](Lane& lane) {
          lane.row.sealed = true;
          lane.row.jobs = {};
          lane.row.classes.clear();
        }},
       {"started_campaign_has_its_place", [](Lane& lane) { lane.row.started = 0; }},
       {"lane_has_turns", [](Lane& lane) { lane.row.weight = 0; }},
       {"default_lane_stays_open",
        [](Lane& lane) {
          lane.is_default = true;
          lane.row.sealed = true;
        }}},
      [](const Lane& lane) {
        return check(LaneOf{lane.row, lane.is_default});
      });
}

TEST_CASE("each invariant of a step can fail") {
  World world = outage();
  struct Taken {
    Marks before;
    std::vector<Event> events;
    Marks after;
  };
  const Taken whole{Marks{}, world.told, marks_of({world.circuit, world.the_queue})};
  each_can_fail<Step, Taken>(step_invariants(), whole,
                             {{"no_lease_while_open", [](Taken& step) { step.events.push_back(said(leased(3))); }},
                              {"epoch_grows_with_openings", [](Taken& step) { ++step.after.epoch; }},
                              {"opening_is_whole", [](Taken& step) { step.events.pop_back(); }},
                              {"failures_are_counted", [](Taken& step) { ++step.after.failures; }},
                              {"newest_choice_holds", [](Taken& step) { step.after.in_flight = InFlight::finish; }},
                              {"jobs_are_numbered", [](Taken& step) { ++step.after.last_job; }},
                              {"campaigns_are_counted", [](Taken& step) { ++step.after.campaigns; }},
                              {"ordinals_grow", [](Taken& step) { ++step.after.last_ordinal; }}},
                             [](const Taken& step) {
                               return check(Step{step.before, step.events, step.after});
                             });
}
