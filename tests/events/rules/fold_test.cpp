// Every rule of docs/event-log.md, "What holds in every log", has logs that break it, and the fold refuses them.

#include <fstream>
#include <set>

#include <breakerd/events/rules/breaker.hpp>
#include "tests/support/broken_logs.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The list under that heading, one rule a point.
std::set<std::string> documented_rules() {
  std::ifstream in{std::string{BREAKERD_TESTS_DIR} + "/../docs/event-log.md"};
  std::set<std::string> rules;
  std::string rule;
  const auto keep = [&] {
    if (!rule.empty()) rules.insert(std::exchange(rule, {}));
  };
  bool in_section = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) in_section = line == "## What holds in every log";
    if (!in_section) continue;
    if (line.starts_with("- ")) {
      keep();
      rule = line.substr(2);
    } else if (line.starts_with("  ") && !rule.empty()) {
      rule += line.substr(1);
    } else {
      keep();
    }
  }
  keep();
  return rules;
}

/// A world with one kind of row that is missing, or cannot be read.
class Without final : public RowAccess {
 public:
  enum class Kind { job, lane, campaign, command, job_type, schedule, key };
  Without(World& world, Kind kind, bool readable) : world_{world}, kind_{kind}, readable_{readable} {}

  BreakerState& breaker() override { return world_.breaker(); }
  QueueState& queue() override { return world_.queue(); }
  LeaseLimits& limits() override { return world_.limits(); }
  FollowUp& follow_up() override { return world_.follow_up(); }
  Result<JobRow*> job(JobId id) override { return kind_ == Kind::job ? none<JobRow>() : world_.job(id); }
  Result<LaneRow*> lane(const LaneId& id) override { return kind_ == Kind::lane ? none<LaneRow>() : world_.lane(id); }
  Result<CampaignRow*> campaign(const CampaignId& id) override {
    return kind_ == Kind::campaign ? none<CampaignRow>() : world_.campaign(id);
  }
  Result<JobCommandRow*> job_command(JobCommandId id) override {
    return kind_ == Kind::command ? none<JobCommandRow>() : world_.job_command(id);
  }
  Result<const JobTypeRow*> job_type(const std::string& name) override {
    return kind_ == Kind::job_type ? none<const JobTypeRow>() : world_.job_type(name);
  }
  void set_job_type(const JobTypeRow& row) override { world_.set_job_type(row); }
  void remove_job_type(const std::string& name) override { world_.remove_job_type(name); }
  Result<const ScheduleRow*> schedule(ScheduleId id) override {
    return kind_ == Kind::schedule ? none<const ScheduleRow>() : world_.schedule(id);
  }
  void set_schedule(const ScheduleRow& row) override { world_.set_schedule(row); }
  void remove_schedule(ScheduleId id) override { world_.remove_schedule(id); }
  Result<JobId> key_holder(const std::string& key) override {
    if (kind_ != Kind::key) return world_.key_holder(key);
    was_asked = true;
    if (!readable_) return make_error(ErrorCode::storage, "the disk has gone");
    return JobId{0};
  }
  void set_key_holder(const std::string& key, JobId job) override { world_.set_key_holder(key, job); }
  void add_job(const JobRow& row) override { world_.add_job(row); }
  void add_job_command(const JobCommandRow& row) override { world_.add_job_command(row); }
  void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) override {
    world_.add_campaign(id, row, lane);
  }

  bool was_asked = false;

 private:
  template <class Row>
  Result<Row*> none() {
    was_asked = true;
    if (!readable_) return make_error(ErrorCode::storage, "the disk has gone");
    return static_cast<Row*>(nullptr);
  }

  World& world_;
  Kind kind_;
  bool readable_;
};

/// Something of everything that can happen.
World every_type_of_event() {
  const CampaignId spring = campaign_id(1), summer = campaign_id(2);
  World world;
  world.add(spring).tell(CampaignUpdated{spring, "summer", {}, {}, {}}).start(spring).add(summer).start(summer);
  for (int job = 1; job <= 4; ++job) world.enqueue(spring).lease(static_cast<JobId>(job));
  world.tell(CampaignPaused{summer, "lunch"}).tell(service_hold(3, "hermes"));
  world.tell(JobAttemptFailed{1, spring, 1, "x", "", 500, at(1)}).tell(JobReleased{2, spring}).tell(JobsDue{{1}});
  world.tell(JobLeaseExpired{3, spring, "worker-1", false}).report(4);
  world.tell(FailureRecorded{1, "429", "http", "apollo", 0, {}})
      .tell(OpeningReaffirmed{1, "me too", ""})
      .close_circuit();
  world.tell(HoldsLifted{{3, 4}, 1, 1, 4}).tell(CampaignResumed{summer, 5}).tell(CampaignCancelled{summer, "x", 0});
  for (const std::uint32_t attempt : {2, 3}) {
    world.lease(1);
    if (attempt == 2) world.tell(JobAttemptFailed{1, spring, 2, "x", ""});
  }
  world.tell(JobFailed{1, spring, 3, "x", ""}).lease(2).tell(completed(2, spring)).tell(JobCancelled{3, spring, "x"});
  world.tell(CampaignSealed{spring}).tell(JobCancelled{4, spring, "x"}).tell(CampaignCompleted{spring, 1, 1, 2});
  world.add(campaign_id(3)).tell(CampaignFailed{campaign_id(3), "x", 0});
  world.tell(JobCommandStarted{1, JobCommandKind::retry, {}, "x", 1, 4}).tell(JobCommandAdvanced{1, 4, 1, 0});
  world.tell(CampaignReopened{spring}).tell(JobRetried{1, spring, ""}).tell(JobCommandEnded{1, false});
  world.tell(JobHoldPlaced{1, "mail", "", "x"}).tell(JobHoldLifted{1, "x"});
  world.tell(LeaseLimitSet{LimitKind::service, "apollo", 1, 0, 0, "x"});
  world.tell(LeaseLimitRemoved{LimitKind::service, "apollo", "x"});
  world.tell(JobTypeSet{"mail", {3, nullptr, 5'000, {}}, "x"}).tell(JobTypeRemoved{"mail", "x"});
  world.tell(RequestAnswered{{CampaignId{{1}}, 200, "", "{}"}});
  JobSpec brief = *spec();
  brief.expires_at = brief.deadline = at(1'000);
  world.tell(JobEnqueued{5, std::make_shared<const JobSpec>(brief)});
  world.tell(DeadlinesMoved{at(500), {5}}).tell(JobExpired{5, {}});
  world.tell(QueueTimeSet{at(600)});
  world.tell(scheduled(1)).tell(SchedulePaused{1, "x"}).tell(ScheduleResumed{1, at(20), "x"});
  world.tell(ScheduleRan{1, at(20), false, 6, at(30)}).tell(enqueued(6));
  world.tell(ScheduleSkipped{1, at(30), at(40), "x"}).tell(ScheduleRemoved{1, "x"});
  world.tell(started_plan(2, {{PlanVerb::park}}, 6)).tell(JobCommandAdvanced{2, 6, 1, 0, 1}).tell(JobParked{6, {}, 2});
  world.tell(JobCommandEnded{2, false}).tell(JobUnparked{6, {}});
  JobCommandStarted slow = started_plan(3, {}, 6);
  slow.canary = 1;
  slow.ramp = {1'000, 2'000, 5'000};
  world.tell(slow).lease(6).tell(completed(6)).tell(CanaryPassed{3, 1});
  world.tell(RolloutEnded{3, RolloutEnd::stopped, "x"}).tell(JobCommandEnded{3, false});
  return world;
}

Result<void> tell_all(World& world, const std::vector<EventData>& append) {
  for (const EventData& data : append)
    if (auto ok = world.try_tell(data); !ok) return ok;
  return check_end(world.expected, world.last_seq());
}

}  // namespace

TEST_CASE("every rule that is documented has a log that breaks it, and every broken log a rule") {
  std::set<std::string> broken;
  for (const BrokenLog& log : BrokenLogs::all()) broken.insert(log.rule);
  CHECK(broken == documented_rules());
}

TEST_CASE("a log that breaks a rule is refused at the event that breaks it, which is named") {
  for (const BrokenLog& log : BrokenLogs::all()) {
    INFO(log.rule << " " << type_name(log.append.back()) << " at " << log.refused_at());
    World world = log.before;
    const auto outcome = tell_all(world, log.append);
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code == ErrorCode::misfit);
    const std::string place = "event " + std::to_string(log.refused_at());
    if (log.ends_too_early)
      CHECK_THAT(outcome.error().detail, ContainsSubstring("behind " + place + " must come"));
    else
      CHECK_THAT(outcome.error().detail,
                 ContainsSubstring(place + ", " + std::string{type_name(log.append.back())} + " of " +
                                   stream_of(log.append.back()).to_string() + ", does not fit "));
  }
}

TEST_CASE("what is refused for where it stands names what must stand there") {
  const CampaignId spring = campaign_id(1);
  const auto refusals_behind = [](World world) {
    const FollowUp expected = world.expected;
    return std::vector<std::string>{error_of(check_end(expected, world.last_seq())).detail,
                                    error_of(world.try_tell(enqueued(1))).detail};
  };
  const auto say = [](Seq seq, const std::string& what) {
    return std::vector<std::string>{"behind event " + std::to_string(seq) + " must come " + what + ", and nothing does",
                                    "event " + std::to_string(seq + 1) +
                                        ", JobEnqueued of job-1, does not fit the event before, behind which comes " +
                                        what};
  };
  World world;
  CHECK(refusals_behind(world.tell(opened(1))) == say(1, "QueuePaused"));
  CHECK(refusals_behind(world.tell(QueuePaused{1, 0})) == say(2, "the circuit's HoldPlaced"));
  CHECK(refusals_behind(world.tell(circuit_hold(1)).tell(closed(1))) == say(4, "QueueResumed"));
  world.tell(QueueResumed{1, 0}).add(spring).tell(CampaignSealed{spring});
  CHECK(refusals_behind(world) == say(7, "CampaignCompleted of campaign-" + spring.to_string()));
  CHECK(error_of(World{}.try_tell(QueuePaused{1, 0})).detail ==
        "event 1, QueuePaused of queue, does not fit the event before, behind which comes any event but those that "
        "belong to another one");
}

TEST_CASE("nothing happens to the lane of no campaign, and its refusal says so") {
  for (const EventData& event :
       {EventData{CampaignCancelled{{}, "x", 0}}, EventData{CampaignUpdated{{}, "x", {}, {}, {}}}})
    CHECK_THAT(error_of(World{}.try_tell(event)).detail, ContainsSubstring("does not fit the lane of no campaign"));
}

TEST_CASE("the circuit is what its events make of it, one by one") {
  BreakerState expected;
  World world;
  for (const Event& event : every_type_of_event().told) {
    std::visit(
        [&](const auto& data) {
          if constexpr (requires { evolve(expected, data, event.principal, event.time); })
            evolve(expected, data, event.principal, event.time);
        },
        event.data);
    world.tell(event.data, event.principal);
    CHECK((world.circuit == expected));
  }
  CHECK(expected.reaffirmations == 1);
  must(check_end(world.expected, world.last_seq()));
}

TEST_CASE("a row that cannot be read is the error of the fold; one that is missing makes the event a misfit") {
  const World whole = every_type_of_event();
  std::set<std::size_t> types;
  World world;
  for (const Event& event : whole.told) {
    INFO("event " << world.last_seq() + 1 << " " << type_name(event.data));
    types.insert(event.data.index());
    for (const auto kind : {Without::Kind::job, Without::Kind::lane, Without::Kind::campaign, Without::Kind::command,
                            Without::Kind::job_type, Without::Kind::schedule})
      for (const bool readable : {true, false}) {
        INFO("row " << static_cast<int>(kind) << (readable ? " missing" : " unreadable"));
        World copy = world;
        Without rows{copy, kind, readable};
        const auto outcome = fold(rows, world.last_seq() + 1, event);
        const bool makes_the_row = readable && (std::holds_alternative<CampaignCreated>(event.data) ||
                                                std::holds_alternative<JobTypeSet>(event.data) ||
                                                std::holds_alternative<ScheduleSet>(event.data));
        REQUIRE(outcome.has_value() == (!rows.was_asked || makes_the_row));
        if (outcome) continue;
        CHECK(outcome.error().code == (readable ? ErrorCode::misfit : ErrorCode::storage));
        if (!readable) CHECK(outcome.error().detail == "the disk has gone");
      }
    world.tell(event.data);
  }
  CHECK(types.size() == std::variant_size_v<EventData>);
}

TEST_CASE("a campaign that has ended can still be renamed") {
  const CampaignId spring = campaign_id(1);
  World world;
  world.add(spring).tell(CampaignFailed{spring, "x", 0}).tell(CampaignUpdated{spring, "summer", {}, {}, {}});
  CHECK(world.campaigns[spring].name == "summer");
}

TEST_CASE("an outage is told as the breaker and the queue have it, with the job that was reported") {
  World world;
  world.add(campaign_id(1)).start(campaign_id(1)).enqueue(campaign_id(1)).enqueue().lease(1).lease(2);
  world.report(1).report(2).close_circuit().lease(2);
  CHECK(world.circuit.failures == 2);
  CHECK(world.jobs[1].status == JobStatus::pending);
}
