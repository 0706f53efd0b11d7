#pragma once
// Logs that break a rule of docs/event-log.md, "What holds in every log": for each rule at least one. Whoever reads or
// writes a log must refuse each of them.

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/broken_commands.hpp"
#include "tests/support/world.hpp"

namespace breakerd::test {

class BrokenLogs {
 public:
  [[nodiscard]] static std::vector<BrokenLog> all() {
    BrokenLogs made;
    made.circuit();
    made.queue();
    made.campaigns();
    made.jobs();
    made.attempts();
    made.expiries();
    made.unique_keys();
    made.times();
    made.deadlines();
    made.schedules();
    made.job_holds();
    made.limits();
    made.job_types();
    made.answers();
    std::vector<BrokenLog> of_commands = BrokenCommands::all();
    std::move(of_commands.begin(), of_commands.end(), std::back_inserter(made.logs_));
    return std::move(made.logs_);
  }

 private:
  using Append = std::vector<EventData>;

  void add(std::string rule, World before, std::vector<Append> appends) {
    for (Append& append : appends) logs_.push_back({rule, before, std::move(append), false});
  }
  void add_early_end(std::string rule, World before, std::vector<Append> appends) {
    for (Append& append : appends) logs_.push_back({rule, before, std::move(append), true});
  }

  static World running() { return World{}.add(spring).start(spring).enqueue(spring).enqueue(); }
  static FailureRecorded failure(Epoch epoch, JobId job = 0) { return {epoch, "429", "http", "apollo", job, {}}; }

  void circuit() {
    const World fresh;
    const World open = running().open_circuit();
    const World closed_again = running().open_circuit().close_circuit();

    add("Openings count up by one, and there is none while the circuit is OPEN.", fresh, {{opened(0)}, {opened(2)}});
    add("Openings count up by one, and there is none while the circuit is OPEN.", open, {{opened(1)}, {opened(2)}});
    add("Openings count up by one, and there is none while the circuit is OPEN.", closed_again,
        {{opened(1)}, {opened(3)}});
    const std::string names = "`FailureRecorded`, `OpeningReaffirmed` and `CircuitClosed` name the opening there is.";
    add(names, fresh, {{closed(0)}, {closed(1)}, {failure(0)}, {failure(1)}, {OpeningReaffirmed{0, "x", ""}}});
    add(names, open, {{closed(0)}, {closed(2)}, {failure(0)}, {failure(2)}, {OpeningReaffirmed{2, "x", ""}}});
    add(names, closed_again, {{closed(1)}, {failure(1)}, {OpeningReaffirmed{1, "x", ""}}});

    const std::string opening =
        "Behind a `CircuitOpened` come its `QueuePaused` and the circuit's `HoldPlaced`, which stand nowhere else.";
    add_early_end(opening, running(), {{opened(1)}, {opened(1), QueuePaused{1, 1}}});
    add(opening, running(),
        {{QueuePaused{0, 0}},
         {QueuePaused{1, 0}},
         {circuit_hold(2)},
         {opened(1), circuit_hold(2)},
         {opened(1), failure(1)},
         {opened(1), QueuePaused{2, 1}},
         {opened(1), QueuePaused{1, 1}, QueuePaused{1, 1}},
         {opened(1), QueuePaused{1, 1}, enqueued(3)},
         {opened(1), QueuePaused{1, 1}, service_hold(2, "apollo")},
         {opened(1), QueuePaused{1, 1}, circuit_hold(2), circuit_hold(3)}});
    add(opening, open, {{QueuePaused{1, 0}}, {circuit_hold(9)}});
    const std::string close = "Behind a `CircuitClosed` comes its `QueueResumed`, which stands nowhere else.";
    add_early_end(close, open, {{closed(1)}});
    add(close, open,
        {{QueueResumed{1, 0}}, {closed(1), opened(2)}, {closed(1), QueueResumed{2, 1}}, {closed(1), enqueued(3)}});
    add(close, closed_again, {{QueueResumed{1, 0}}});
    add(close, fresh, {{QueueResumed{0, 0}}});
  }

  void queue() {
    const World held = running().tell(service_hold(2, "hermes"));
    const World open = running().add(summer).start(summer).tell(CampaignPaused{summer, "x"}).add(autumn).open_circuit();
    add("No start, resume or lifting of holds while the circuit is OPEN.", open,
        {{CampaignStarted{autumn, 9}}, {CampaignResumed{summer, 9}}, {HoldsLifted{{3}, 1, 0, 1}}});
    const std::string ordinals = "The ordinals of starts, resumes and holds ascend.";
    add(ordinals, World{held}.add(summer).add(autumn).start(autumn).tell(CampaignPaused{autumn, "x"}),
        {{service_hold(3, "apollo")},
         {service_hold(0, "apollo")},
         {CampaignStarted{summer, 3}},
         {CampaignStarted{summer, 0}},
         {CampaignResumed{autumn, 3}},
         {opened(1), QueuePaused{1, 0}, circuit_hold(3)}});
    const std::string lifted = "Only living holds are lifted, each once.";
    add(lifted, held,
        {{HoldsLifted{{3}, 0, 0, 0}},
         {HoldsLifted{{2, 3}, 0, 0, 0}},
         {HoldsLifted{{1, 2}, 0, 0, 0}},
         {HoldsLifted{{2, 2}, 0, 0, 0}},
         {HoldsLifted{}}});
    add(lifted, World{held}.tell(HoldsLifted{{2}, 1, 0, 1}), {{HoldsLifted{{2}, 0, 0, 0}}});
    add(lifted, World{held}.tell(service_hold(3, "hermes")), {{HoldsLifted{{2}, 0, 0, 0}}});  // 3 took its place
    add(lifted, World{held}.tell(service_hold(3, "apollo")), {{HoldsLifted{{3, 2}, 1, 0, 1}}});
  }

  void campaigns() {
    const World fresh;
    const World one = running();
    add("A campaign is created once, and nothing happens to it before.", one, {{created(spring)}, {created({})}});
    add("A campaign is created once, and nothing happens to it before.", one,
        {{CampaignUpdated{nobody, "x", {}, {}, {}}},
         {CampaignStarted{nobody, 9}},
         {CampaignPaused{nobody, "x"}},
         {CampaignResumed{nobody, 9}},
         {CampaignSealed{nobody}},
         {CampaignFailed{nobody, "x", 0}},
         {CampaignCancelled{nobody, "x", 0}},
         {CampaignCancelled{{}, "x", 0}},
         {CampaignSealed{CampaignId{}}},
         {CampaignUpdated{{}, "x", {}, {}, {}}},
         {enqueued(3, nobody)}});
    const std::string moves =
        "A campaign starts from CREATED, pauses from RUNNING and resumes from PAUSED; once it has ended, only its "
        "texts "
        "change.";
    add(moves, World{}.add(spring), {{CampaignPaused{spring, "x"}}, {CampaignResumed{spring, 9}}});
    add(moves, one, {{CampaignStarted{spring, 9}}, {CampaignResumed{spring, 9}}});
    add(moves, World{one}.tell(CampaignPaused{spring, "x"}),
        {{CampaignPaused{spring, "x"}}, {CampaignStarted{spring, 9}}});
    for (const EventData& end :
         {EventData{CampaignFailed{spring, "x", 1}}, EventData{CampaignCancelled{spring, "x", 1}}})
      add(moves, World{one}.tell(end),
          {{CampaignStarted{spring, 9}},
           {CampaignPaused{spring, "x"}},
           {CampaignResumed{spring, 9}},
           {CampaignSealed{spring}},
           {CampaignFailed{spring, "x", 0}},
           {CampaignCancelled{spring, "x", 0}}});
    const World sealed = World{one}.tell(CampaignSealed{spring});
    const World complete = World{}.add(spring).tell(CampaignSealed{spring}).tell(CampaignCompleted{spring, 0, 0, 0});
    add(moves, complete,
        {{CampaignFailed{spring, "x", 0}}, {CampaignCancelled{spring, "x", 0}}, {CampaignStarted{spring, 9}}});
    add("A campaign is sealed once.", sealed, {{CampaignSealed{spring}}});
    add("A campaign takes no job once it is sealed or has ended.", sealed, {{enqueued(3, spring)}});
    add("A campaign takes no job once it is sealed or has ended.", World{one}.tell(CampaignFailed{spring, "x", 1}),
        {{enqueued(3, spring)}});

    const std::string completes =
        "`CampaignCompleted` stands behind the event that leaves a sealed campaign no job to end, and nowhere else.";
    const World leased_one = World{sealed}.lease(1);
    const std::vector<EventData> ends{completed(1, spring), JobCancelled{1, spring, "x"}};
    for (const EventData& end : ends) {
      add_early_end(completes, leased_one, {{end}});
      add(completes, leased_one, {{end, enqueued(3)}, {end, CampaignCompleted{nobody, 1, 0, 0}}});
    }
    add_early_end(completes, World{}.add(spring), {{CampaignSealed{spring}}});
    add(completes, one, {{CampaignCompleted{spring, 0, 0, 0}}});
    add(completes, sealed, {{CampaignCompleted{spring, 0, 0, 0}}});
    add(completes, World{}.add(spring), {{CampaignCompleted{spring, 0, 0, 0}}});
    add(completes, complete, {{CampaignCompleted{spring, 0, 0, 0}}});
    add(completes, World{sealed}.tell(CampaignFailed{spring, "x", 1}), {{CampaignCompleted{spring, 0, 0, 1}}});
    add(completes, World{}.add(spring).add(summer), {{CampaignSealed{spring}, CampaignCompleted{summer, 0, 0, 0}}});
  }

  void jobs() {
    const World fresh;
    const World one = running();
    add("Jobs are numbered densely.", fresh, {{enqueued(0)}, {enqueued(2)}});
    add("Jobs are numbered densely.", one, {{enqueued(2)}, {enqueued(4)}, {enqueued(3), enqueued(3)}});
    add("What happens to a job names it and its campaign.", one,
        {{leased(3)}, {leased(1)}, {leased(1, nobody)}, {leased(2, spring)}, {JobCancelled{1, {}, "x"}}});

    const std::string open = "No `JobLeased` between a `CircuitOpened` and the next `CircuitClosed`.";
    add(open, World{one}.open_circuit(), {{leased(1, spring)}, {leased(2)}});
    add(open, one, {{opened(1), leased(2)}, {opened(1), QueuePaused{1, 1}, leased(2)}});
    const std::string lanes = "No `JobLeased` of a campaign that is not RUNNING or is under a hold.";
    add(lanes, World{}.add(spring).enqueue(spring), {{leased(1, spring)}});
    add(lanes, World{one}.tell(CampaignPaused{spring, "x"}), {{leased(1, spring)}});
    add(lanes, World{one}.tell(service_hold(2, "hermes")), {{leased(1, spring)}});
    add(lanes, World{one}.open_circuit().close_circuit(), {{leased(1, spring)}});

    const std::string ended =
        "Nothing happens to a job that has ended, or whose campaign has, but for a retry or a discard.";
    World over = World{one}.lease(1).lease(2).tell(completed(2)).tell(CampaignFailed{spring, "x", 1});
    for (const JobId id : {1, 2}) {
      const CampaignId campaign = id == 1 ? spring : CampaignId{};
      for (const EventData& data : ends_of(id, campaign)) add(ended, over, {{data}});
      add(ended, over, {{leased(id, campaign)}, {leased(id, campaign, 2)}, {JobCancelled{id, campaign, "x"}}});
    }
    add("Only a waiting job is leased, and not while it waits for a time.", World{one}.lease(2), {{leased(2)}});
    for (const EventData& data : ends_of(2, {}))
      add("Only a leased job completes, fails, is returned or released, or loses its lease.", one, {{data}});
    add("Only a leased job completes, fails, is returned or released, or loses its lease.", one,
        {{opened(1), QueuePaused{1, 1}, circuit_hold(2), JobReturned{2, {}, "x", "", "apollo"}}});
  }

  static std::vector<EventData> ends_of(JobId id, const CampaignId& campaign) {
    return {completed(id, campaign),
            JobAttemptFailed{id, campaign, 1, "x", ""},
            JobFailed{id, campaign, 3, "x", ""},
            JobReturned{id, campaign, "x", "", "apollo"},
            JobReleased{id, campaign},
            JobLeaseExpired{id, campaign, "worker-1"}};
  }

  void attempts() {
    const World one = running().lease(2);
    World last = World{one}.tell(JobAttemptFailed{2, {}, 1, "x", ""}).lease(2);
    last.tell(JobAttemptFailed{2, {}, 2, "x", ""});
    const std::string next = "A `JobLeased` names the attempt that comes next.";
    add(next, last, {{leased(2, {}, 0)}, {leased(2, {}, 2)}, {leased(2, {}, 4)}});
    last.lease(2);
    const std::string counts =
        "A failure of a job's own names the attempt that comes next, and ends the job when that is its last one, no "
        "sooner and no later, unless its worker wants no other attempt.";
    JobFailed given_up{2, {}, 2, "x", ""};
    given_up.no_retry = true;
    add(counts, one, {{given_up}});
    given_up.attempt = 3;
    add(counts, last, {{given_up}});
    add(counts, one,
        {{JobAttemptFailed{2, {}, 0, "x", ""}},
         {JobAttemptFailed{2, {}, 2, "x", ""}},
         {JobAttemptFailed{2, {}, 9, "x", ""}},
         {JobFailed{2, {}, 1, "x", ""}},
         {JobFailed{2, {}, 3, "x", ""}}});
    add(counts, last,
        {{JobAttemptFailed{2, {}, 3, "x", ""}}, {JobFailed{2, {}, 2, "x", ""}}, {JobFailed{2, {}, 4, "x", ""}}});

    const std::string returned =
        "`JobReturned` stands behind the `FailureRecorded`, or the opening, that names its job.";
    const JobReturned back{2, {}, "429", "http", "apollo"};
    add(returned, World{one}.open_circuit(),
        {{back},
         {failure(1, 1), back},
         {failure(1, 2), enqueued(3), back},
         {failure(1, 2), service_hold(9, "hermes"), back}});
    add(returned, one, {{back}, {opened(1), QueuePaused{1, 1}, circuit_hold(2), back}});
    add(returned, World{one}.open_circuit().tell(failure(1, 2)).close_circuit(), {{back}});
  }

  void job_holds() {
    const std::string numbers = "Holds on jobs are numbered densely, and no two of them are on the same jobs.";
    const std::string living = "Only a hold on jobs that is there is lifted.";
    const std::string held = "No `JobLeased` of a job under a hold on jobs.";
    const JobHoldPlaced on_mail{1, "mail", "", "x"};
    const World waits = World{}.enqueue();
    add(numbers, waits,
        {{JobHoldPlaced{2, "mail", "", "x"}},
         {JobHoldPlaced{1, "", "", "x"}},
         {on_mail, on_mail},
         {on_mail, JobHoldPlaced{2, "mail", "", "y"}},
         {JobHoldPlaced{1, "", "", "x", campaign_id(9)}}});
    const JobHoldLifted lifted{1, "x"};
    add(living, waits, {{lifted}, {on_mail, JobHoldLifted{2, "x"}}, {on_mail, lifted, lifted}});
    add(held, waits,
        {{on_mail, leased(1)}, {JobHoldPlaced{1, "", "apollo", "x"}, JobHoldPlaced{2, "mail", "", "x"}, leased(1)}});
  }

  void limits() {
    const std::string said = "A limit on leases says how many, how fast, or both.";
    const std::string living = "Only a limit that is there is removed.";
    const std::string known = "A limit on a campaign names one that was created.";
    const World none;
    const auto service = LimitKind::service;
    add(said, none,
        {{LeaseLimitSet{service, "apollo", 0, 0, 0, "x"}},
         {LeaseLimitSet{service, "", 1, 0, 0, "x"}},
         {LeaseLimitSet{service, "apollo", 1, 0, 5, "x"}},
         {LeaseLimitSet{service, "apollo", 1, 5, 0, "x"}}});
    const LeaseLimitSet set{service, "apollo", 1, 0, 0, "x"};
    const LeaseLimitRemoved removed{service, "apollo", "x"};
    add(living, none,
        {{removed}, {set, LeaseLimitRemoved{LimitKind::job_type, "apollo", "x"}}, {set, removed, removed}});
    add(known, none,
        {{LeaseLimitSet{LimitKind::campaign, campaign_id(9).to_string(), 1, 0, 0, "x"}},
         {LeaseLimitSet{LimitKind::campaign, "spring", 1, 0, 0, "x"}}});
  }

  void job_types() {
    const std::string set = "A `JobTypeSet` sets something, and not what is set already.";
    const std::string removed = "Only a job type that has settings has them removed.";
    const JobTypeSet mail{"mail", {3, nullptr, {}, {}}, "x"};
    add(set, World{},
        {{JobTypeSet{"", {3, nullptr, {}, {}}, "x"}},
         {JobTypeSet{"mail", {}, "x"}},
         {mail, mail},
         {mail, JobTypeSet{"mail", {3, nullptr, {}, {}}, "y"}}});
    const JobTypeRemoved no_mail{"mail", "x"};
    add(removed, World{}, {{no_mail}, {mail, JobTypeRemoved{"sms", "x"}}, {mail, no_mail, no_mail}});
  }

  void answers() {
    const std::string rule = "A `RequestAnswered` names its request and a status from 200 to 499.";
    add(rule, World{},
        {{RequestAnswered{{{}, 200, "", "{}"}}},
         {RequestAnswered{{campaign_id(1), 199, "", "{}"}}},
         {RequestAnswered{{campaign_id(1), 500, "", "{}"}}}});
  }

  void unique_keys() {
    const std::string one_each = "No job is enqueued or retried with a unique key that another job keeps.";
    const auto keyed = [](JobId id, Time until = no_time) {
      JobSpec spec = *breakerd::test::spec();
      spec.unique_key = "ada";
      spec.unique_until = until;
      return JobEnqueued{id, std::make_shared<const JobSpec>(std::move(spec)), {}};
    };
    const World waits = World{}.tell(keyed(1));
    add(one_each, waits, {{keyed(2)}, {leased(1), keyed(2)}});
    add(one_each, World{}.tell(keyed(1, at(1'000))).lease(1).tell(completed(1)), {{keyed(2)}});
    const World taken = World{waits}.lease(1).tell(JobFailed{1, {}, 1, "x", "", false, true}).tell(keyed(2));
    add(one_each, taken, {{JobRetried{1, {}, "x"}}});
  }

  void times() {
    const JobAttemptFailed delayed{2, {}, 1, "x", "", 500, at(9)};
    const std::string due = "A `JobAttemptFailed` has a `due` exactly when it has a delay.";
    const World one = running().lease(2);
    add(due, one,
        {{JobAttemptFailed{2, {}, 1, "x", "", 500, no_time}}, {JobAttemptFailed{2, {}, 1, "x", "", 0, at(9)}}});
    const World waits = World{one}.tell(delayed);
    add("Only a waiting job is leased, and not while it waits for a time.", waits, {{leased(2, {}, 2)}});
    const std::string names = "A `JobsDue` names at least one job, each once, and each waits for a time.";
    add(names, waits,
        {{JobsDue{}}, {JobsDue{{2, 2}}}, {JobsDue{{1}}}, {JobsDue{{2, 1}}}, {JobsDue{{3}}}, {JobsDue{{0}}}});
    add(names, World{waits}.tell(JobsDue{{2}}), {{JobsDue{{2}}}});
    add(names, World{waits}.tell(JobCancelled{2, {}, "x"}), {{JobsDue{{2}}}});
  }

  void schedules() {
    const std::string set =
        "A `ScheduleSet` names a schedule and the type of its jobs, and either a `cron` with its zone or an "
        "`every_ms`. A "
        "new one has the next number.";
    const auto without = [](auto change) {
      ScheduleSet event = scheduled(1);
      change(event.plan);
      return EventData{event};
    };
    add(set, World{},
        {{scheduled(2)},
         {without([](SchedulePlan& plan) { plan.name.clear(); })},
         {without([](SchedulePlan& plan) { plan.job.job_type.clear(); })},
         {without([](SchedulePlan& plan) { plan.every_ms = 0; })},
         {without([](SchedulePlan& plan) { plan.cron = "0 2 * * *"; })},
         {without([](SchedulePlan& plan) { plan.time_zone = "UTC"; })}});
    const World one = World{}.tell(scheduled(1));
    const World paused = World{one}.tell(SchedulePaused{1, "x"});
    const std::string pauses =
        "Only a schedule that is there is changed, paused, resumed, removed or run; it is paused when it is not, and "
        "resumed when it is, or by an earlier time for its next run.";
    add(pauses, World{}, {{SchedulePaused{1, "x"}}, {ScheduleResumed{1, at(20), "x"}}, {ScheduleRemoved{1, "x"}}});
    add(pauses, one,
        {{ScheduleResumed{1, at(10), "x"}},
         {ScheduleResumed{1, at(20), "x"}},
         {ScheduleResumed{1, no_time, "x"}},
         {ScheduleRemoved{2, "x"}}});
    add(pauses, paused, {{SchedulePaused{1, "x"}}});
    const std::string runs =
        "A `ScheduleRan` or `ScheduleSkipped` is of the run that is due next, no schedule that is paused has one, and "
        "the run "
        "behind it is later. Only a run by hand is of another time, and leaves the next one as it is.";
    const auto ran = [](Time due, Time next, bool by_hand = false, JobId job = 1) {
      return ScheduleRan{1, due, by_hand, job, next};
    };
    add(runs, one,
        {{ran(at(11), at(20))},
         {ran(at(10), at(10))},
         {ran(at(12), at(20), true)},
         {ran(no_time, at(10), true)},
         {ScheduleSkipped{1, at(11), at(20), "x"}},
         {ScheduleSkipped{1, at(10), at(9), "x"}},
         {ScheduleSkipped{1, at(10), at(20), ""}}});
    add(runs, paused, {{ran(at(10), at(20))}, {ScheduleSkipped{1, at(10), at(20), "x"}}});
    add("No run that is due begins while the queue is paused.", World{one}.open_circuit(), {{ran(at(10), at(20))}});
    const std::string beside = "Behind a `ScheduleRan` stands the `JobEnqueued` of its job.";
    add(beside, one,
        {{ran(at(10), at(20), false, 2)},
         {ran(at(10), at(20)), SchedulePaused{1, "x"}},
         {ran(at(10), at(20)), enqueued(2)}});
  }

  void deadlines() {
    JobSpec brief = *breakerd::test::spec();
    brief.expires_at = brief.deadline = at(1'000);
    const auto expiring = [&](JobId id, const CampaignId& campaign = {}) {
      brief.campaign = campaign;
      return JobEnqueued{id, std::make_shared<const JobSpec>(brief), {}};
    };
    const std::string expires =
        "Only a job that waits and has a deadline expires, and not while the queue is paused or the job is held.";
    const World one = World{}.tell(expiring(1));
    const JobExpired expired{1, {}};
    add(expires, World{one}.open_circuit(), {{expired}});
    add(expires, World{one}.tell(JobHoldPlaced{1, "mail", "", "x"}), {{expired}});
    add(expires, one, {{JobExpired{1, spring}}, {JobExpired{2, {}}}, {leased(1), expired}, {expired, expired}});
    add(expires, World{}.enqueue(), {{expired}});
    const World in_campaign = World{}.add(spring).start(spring).tell(expiring(1, spring));
    add(expires, World{in_campaign}.tell(CampaignPaused{spring, "x"}), {{JobExpired{1, spring}}});
    add(expires, World{in_campaign}.tell(service_hold(2, "hermes")), {{JobExpired{1, spring}}});
    const std::string moves =
        "A `DeadlinesMoved` names at least one job, each has a deadline, and it is not there while the queue is "
        "paused.";
    add(moves, one, {{DeadlinesMoved{at(5), {}}}, {DeadlinesMoved{at(5), {2}}}, {expired, DeadlinesMoved{at(5), {1}}}});
    add(moves, World{one}.open_circuit(), {{DeadlinesMoved{at(5), {1}}}});
    const std::string clock = "A `QueueTimeSet` has a `queue_time`.";
    add(clock, World{one}, {{QueueTimeSet{no_time}}});
    const std::string anew = "A `JobRetried` has a `deadline` exactly when its job had EXPIRED.";
    add(anew, World{one}.tell(expired), {{JobRetried{1, {}, "x"}}});
    add(anew, World{one}.lease(1).tell(JobFailed{1, {}, 1, "x", "", false, true}), {{JobRetried{1, {}, "x", at(9)}}});
  }

  void expiries() {
    const std::string counts =
        "An expiry counts only while its job reads PROCESSING, and no more of them than `max_expiries` do.";
    const JobLeaseExpired counted{2, {}, "worker-1", true};
    const World one = running().lease(2);
    World last = one;
    for (int i = 0; i < 10; ++i) last.tell(counted).lease(2);
    World held = running().lease(1).tell(service_hold(2, "hermes"));
    World by_hand = running().lease(1).tell(CampaignPaused{spring, "x"});
    add(counts, World{one}.open_circuit(), {{counted}});
    add(counts, held, {{JobLeaseExpired{1, spring, "worker-1", true}}});
    add(counts, by_hand, {{JobLeaseExpired{1, spring, "worker-1", true}}});
    add(counts, last, {{counted}});
    const std::string ends =
        "A job fails by an expiry that counts beyond `max_expiries`, no sooner, and its attempts stay as they are.";
    const auto failed = [](JobId id, const CampaignId& campaign, std::uint32_t attempt) {
      return JobFailed{id, campaign, attempt, "x", "lease_expired", true};
    };
    add(ends, one, {{failed(2, {}, 0)}, {failed(2, {}, 1)}, {counted, failed(2, {}, 0)}});
    add(ends, last, {{failed(2, {}, 1)}, {failed(2, {}, 3)}});
    add(ends, World{last}.open_circuit(), {{failed(2, {}, 0)}});
  }

  inline static const CampaignId spring = campaign_id(1), summer = campaign_id(2), autumn = campaign_id(3),
                                 nobody = campaign_id(99);
  std::vector<BrokenLog> logs_;
};

}  // namespace breakerd::test
