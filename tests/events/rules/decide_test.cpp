// What each command makes of each state: every field of every event, and every word of every refusal.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/queue.hpp>
#include "tests/support/numbered_queue.hpp"
#include "tests/support/whole.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1), summer = campaign_id(2), autumn = campaign_id(3);
const std::string named = "campaign " + spring.to_string();

BreakerState circuit(CircuitState state, Epoch epoch) {
  BreakerState made;
  made.state = state;
  made.epoch = epoch;
  return made;
}

/// `spring` in the given kept status, after 1 job that completed, 2 that failed, 3 cancelled; unless it has ended, 4
/// wait and 5 are leased.
struct Campaign {
  CampaignRow row;
  LaneRow lane;
  QueueState queue;

  explicit Campaign(CampaignStatus status) {
    lane.status = status;
    lane.started = 7;
    lane.jobs = {4, 5, 1, 2, 3};
    if (is_terminal(status)) lane.jobs[0] = lane.jobs[1] = 0;
    queue.last_ordinal = 8;
  }
  void hold(HoldKind kind) {
    queue.holds.push_back({8, kind, "hermes", "the cause", "carol", at(1)});
    queue.generations.emplace_back();
  }
  std::string told(const CampaignAction& action) const { return whole(decide({spring, row, lane, queue}, action)); }
};

}  // namespace

TEST_CASE("each command to the circuit, decided in each of its states") {
  const BreakerState closed = circuit(CircuitState::closed, 4), open = circuit(CircuitState::open, 4);
  const RecordFailure failure{"429", "http", "apollo", 7, spring};
  CHECK(whole(decide(closed, failure, InFlight::stop)) ==
        whole(CircuitOpened{5, false, "apollo: 429", "429", "http", "apollo", 7, spring, ""}));
  CHECK(whole(decide(open, failure, InFlight::stop)) ==
        whole(FailureRecorded{4, "429", "http", "apollo", 7, spring, ""}));
  const OpenCircuit by_hand{"maintenance", "hermes"};
  CHECK(whole(decide(closed, by_hand, InFlight::stop)) ==
        whole(CircuitOpened{5, true, "maintenance", "", "", "hermes", 0, {}, ""}));
  CHECK(whole(decide(open, by_hand, InFlight::stop)) == whole(OpeningReaffirmed{4, "maintenance", "hermes"}));
  CHECK(whole(decide(closed, CloseCircuit{"it is back", std::nullopt})).empty());
  CHECK(whole(decide(open, CloseCircuit{"it is back", std::nullopt})) == whole(CircuitClosed{4, "it is back"}));
  CHECK(whole(decide(open, CloseCircuit{"it is back", 4})) == whole(CircuitClosed{4, "it is back"}));
  for (const BreakerState& state : {closed, open})
    CHECK(whole(decide(state, CloseCircuit{"it is back", 3})) ==
          "circuit_changed: epoch 3 is not the circuit's: it has opened 4 times; look at it again");
}

TEST_CASE("each action on a campaign, decided in each of its states") {
  using S = CampaignStatus;
  const S status = GENERATE(S::created, S::running, S::paused, S::completed, S::failed, S::cancelled);
  const Campaign campaign{status};
  const auto refused = [&](const std::string& what) {
    return "wrong_state: " + named + " is " + std::string{to_string(status)} + ": it cannot be " + what;
  };
  const bool ended = is_terminal(status);
  INFO(to_string(status));
  CHECK(campaign.told(UpdateCampaign{"summer", "warm", R"({"a":1})"}) ==
        whole(CampaignUpdated{spring, "summer", "warm", R"({"a":1})", {}}));
  CHECK(campaign.told(UpdateCampaign{"summer", {}, {}}) == whole(CampaignUpdated{spring, "summer", {}, {}, {}}));
  CHECK(campaign.told(UpdateCampaign{{}, "warm", {}}) == whole(CampaignUpdated{spring, {}, "warm", {}, {}}));
  CHECK(campaign.told(UpdateCampaign{{}, {}, "{}"}) == whole(CampaignUpdated{spring, {}, {}, "{}", {}}));
  CHECK(campaign.told(UpdateCampaign{}).empty());
  CHECK(campaign.told(StartCampaign{"first wave"}) ==
        (status == S::created ? whole(CampaignStarted{spring, 9, "first wave"}) : refused("started")));
  CHECK(campaign.told(PauseCampaign{"lunch"}) == (status == S::running  ? whole(CampaignPaused{spring, "lunch"})
                                                  : status == S::paused ? ""
                                                                        : refused("paused")));
  CHECK(campaign.told(ResumeCampaign{}) == (status == S::paused    ? whole(CampaignResumed{spring, 9})
                                            : status == S::running ? ""
                                                                   : refused("resumed")));
  CHECK(campaign.told(SealCampaign{}) == (ended ? refused("sealed") : whole(CampaignSealed{spring})));
  CHECK(campaign.told(FailCampaign{"bad"}) == (status == S::failed ? ""
                                               : ended             ? refused("failed")
                                                                   : whole(CampaignFailed{spring, "bad", 9})));
  CHECK(campaign.told(CancelCampaign{"enough"}) == (status == S::cancelled ? ""
                                                    : ended                ? refused("cancelled")
                                                            : whole(CampaignCancelled{spring, "enough", 9})));
}

TEST_CASE("a campaign without a job left to end completes as it is sealed, with what its jobs came to") {
  Campaign campaign{CampaignStatus::running};
  campaign.lane.jobs = {0, 0, 1, 2, 3};
  CHECK(campaign.told(SealCampaign{}) == whole(CampaignSealed{spring}));
  campaign.lane.sealed = true;
  CHECK(whole(consequences_of(CampaignSealed{spring}, campaign.queue, &campaign.lane, "alice")) ==
        whole(std::vector<EventData>{CampaignCompleted{spring, 1, 2, 3}}));
  CHECK(campaign.told(SealCampaign{}).empty());
}

TEST_CASE("what a campaign is told while the circuit is open or a hold covers it") {
  const std::string open = " while the circuit breaker is open";
  Campaign created{CampaignStatus::created};
  created.queue.paused = true;
  CHECK(created.told(StartCampaign{}) == "circuit_open: " + named + " is CREATED: it cannot be started" + open);
  Campaign running{CampaignStatus::running};
  running.hold(HoldKind::circuit);
  CHECK(running.told(ResumeCampaign{}) ==
        "held: " + named + " is PAUSED under a hold (the cause), which only resume-queue lifts");
  running.queue.paused = true;
  CHECK(running.told(ResumeCampaign{}) == "circuit_open: " + named + " is PAUSED: it cannot be resumed" + open);
  Campaign served{CampaignStatus::running};
  served.hold(HoldKind::service);
  CHECK(served.told(ResumeCampaign{}) ==
        "held: " + named +
            " is PAUSED under a hold (the cause), which only resume-queue or resume-campaigns-for-service lifts");
  CHECK(served.told(StartCampaign{}) == "wrong_state: " + named + " is PAUSED: it cannot be started");
}

namespace {

/// Seven campaigns are paused by hand.
QueueState held_queue() {
  QueueState queue = numbered_queue();
  queue.last_ordinal = 20;
  queue.campaigns = {3, 5, 7, 11, 13, 17};
  return queue;
}
constexpr std::uint64_t free_jobs = 512 + 1'024 + 4'096 + 8'192 + 16'384 + 32'768;

}  // namespace

TEST_CASE("each command to the queue, decided with two living holds") {
  const QueueState queue = held_queue();
  const PauseDecision opening = decide_pause(queue, opened(3), "alice");
  CHECK(whole(opening.pause) == whole(QueuePaused{3, free_jobs}));
  CHECK(whole(opening.hold) == whole(HoldPlaced{21, HoldKind::circuit, "apollo",
                                                "circuit breaker opened by apollo: 429 Too Many Requests", 256}));
  CircuitOpened by_hand{3, true, "maintenance", "", "", "", 0, {}};
  CHECK(decide_pause(queue, by_hand, "alice").hold.cause == "circuit breaker opened by alice: maintenance");
  CHECK(whole(decide_resume(queue, 3)) == whole(QueueResumed{3, free_jobs}));
  CHECK(whole(consequences_of(by_hand, queue, nullptr, "alice")) ==
        whole(std::vector<EventData>{
            QueuePaused{3, free_jobs},
            HoldPlaced{21, HoldKind::circuit, "", "circuit breaker opened by alice: maintenance", 256}}));
  CHECK(whole(consequences_of(closed(3), queue, nullptr, "alice")) ==
        whole(std::vector<EventData>{QueueResumed{3, free_jobs}}));
  CHECK(consequences_of(FailureRecorded{3, "429", "http", "apollo", 0, {}}, queue, nullptr, "alice").empty());
  CHECK(whole(decide(queue, ResumeQueue{"it is back"})) ==
        whole(HoldsLifted{{5, 9}, 1 + 16, 7, 2 + 4 + 32 + 64, "it is back"}));
  CHECK(whole(decide(queue, PauseCampaignsForService{"zeus", "slow"})) ==
        whole(HoldPlaced{21, HoldKind::service, "zeus", "campaigns held for zeus: slow", 256}));
  CHECK(whole(decide(queue, ResumeCampaignsForService{"hermes", "fast"})) ==
        whole(HoldsLifted{{5}, 0, 1 + 8, 0, "fast"}));  // the circuit's hold covers what this one did
  CHECK(whole(decide(queue, ResumeCampaignsForService{"apollo", "fast"})).empty());  // the circuit's is not its own

  QueueState newest = held_queue();
  newest.holds[1] = {9, HoldKind::service, "zeus", "slow", "dave", at(9)};
  CHECK(whole(decide(newest, ResumeCampaignsForService{"zeus", "fast"})) ==
        whole(HoldsLifted{{9}, 16, 1 + 8 + 128, 32 + 64, "fast"}));
}

TEST_CASE("what the queue is told while the circuit is open or too many services hold campaigns") {
  QueueState queue = held_queue();
  queue.paused = true;
  const std::string open = "circuit_open: the circuit breaker is open: close it before resuming ";
  CHECK(whole(decide(queue, ResumeQueue{})) == open + "the queue");
  CHECK(whole(decide(queue, ResumeCampaignsForService{"hermes"})) == open + "campaigns");
  while (queue.holds.size() <= limits::service_holds_max) {
    queue.holds.push_back({0, HoldKind::service, "s" + std::to_string(queue.holds.size()), "", "", no_time});
    queue.generations.emplace_back();
  }
  CHECK(whole(decide(queue, PauseCampaignsForService{"one-more", "x"})) ==
        "limit: service_holds_max: no more than " + std::to_string(limits::service_holds_max) +
            " services can hold campaigns at a time; resume one first");
}

namespace {

/// A leased job, its lane and its queue.
struct Job {
  JobRow row;
  LaneRow lane;
  QueueState queue;
  TokenDigest token = digest_token("living");

  Job() {
    row.id = 7;
    row.campaign = spring;
    row.status = JobStatus::processing;
    row.token = token;
    row.worker = "worker-9";
    row.attempts = 1;
    row.max_attempts = 3;
    row.expiries = 5;
    row.expiries_counted = 2;
    row.max_expiries = 4;
    lane.status = CampaignStatus::running;
    lane.started = 1;
  }
  JobContext about() const { return {row, lane, queue}; }
};

/// What a heartbeat is answered.
std::string beat(const Job& job, const TokenDigest& token) {
  const auto decided = decide_heartbeat(job.about(), token, InFlight::stop);
  if (!decided) return whole(decided.error());
  return std::string{decided->stop ? "stop" : "go on"} + (decided->extend ? ", extended" : "");
}

}  // namespace

TEST_CASE("each command about a leased job") {
  Job job;
  const FailJob failure{7, "", "no mailbox", "smtp", "apollo"};
  CHECK(whole(decide_complete(job.about(), job.token, "[1]")) == whole(JobCompleted{7, spring, "[1]"}));
  CHECK(whole(decide_fail(job.about(), job.token, failure, {})) ==
        whole(JobAttemptFailed{7, spring, 2, "no mailbox", "smtp"}));
  CHECK(whole(decide_return(job.about(), job.token, failure)) ==
        whole(JobReturned{7, spring, "no mailbox", "smtp", "apollo"}));
  CHECK(whole(decide_release(job.about(), job.token)) == whole(JobReleased{7, spring}));
  CHECK(whole(decide_cancel(job.about(), "not needed")) == whole(JobCancelled{7, spring, "not needed"}));
  CHECK(beat(job, job.token) == "go on, extended");
  CHECK(whole(decide_expiry(job.about(), false)) == whole(JobLeaseExpired{7, spring, "worker-9", true}));
  CHECK(whole(decide_expiry(job.about(), true)) == whole(JobLeaseExpired{7, spring, "worker-9", false}));
  job.row.attempts = 2;
  CHECK(whole(decide_fail(job.about(), job.token, failure, {})) ==
        whole(JobFailed{7, spring, 3, "no mailbox", "smtp", false}));
  job.row.expiries_counted = 4;
  CHECK(whole(decide_expiry(job.about(), true)) == whole(JobLeaseExpired{7, spring, "worker-9", false}));
  CHECK(
      whole(decide_expiry(job.about(), false)) ==
      whole(JobFailed{7, spring, 2, "its lease expired 5 times, the last one of worker worker-9, and max_expiries is 4",
                      "lease_expired", true}));
}

TEST_CASE("a job that waits is leased with what the worker gave, as its next attempt") {
  Job job;
  job.row.status = JobStatus::pending;
  CHECK(whole(EventData{decide_lease(job.row, "worker-1", 1'000, job.token)}) ==
        whole(JobLeased{7, spring, "worker-1", job.token, 1'000, 2}));
}

TEST_CASE("what is told about a job whose lease is another's, over, or cut by its campaign's end") {
  Job job;
  const FailJob failure{7, "", "no mailbox", "smtp", "apollo"};
  const auto all_say = [&](const TokenDigest& token, const std::string& status, const std::string& to_a_beat = "") {
    INFO(status);
    const std::string stale =
        "stale_lease: job 7 is " + status + ": the token is not that of a living lease (" + status + ")";
    CHECK(whole(check_lease(job.about(), token)) == stale);
    CHECK(whole(decide_complete(job.about(), token, "1")) == stale);
    CHECK(whole(decide_fail(job.about(), token, failure, {})) == stale);
    CHECK(whole(decide_return(job.about(), token, failure)) == stale);
    CHECK(whole(decide_release(job.about(), token)) == stale);
    CHECK(beat(job, token) == (to_a_beat.empty() ? stale : to_a_beat));
  };
  all_say(digest_token("another"), "PROCESSING");
  job.queue.paused = true;
  all_say(digest_token("another"), "PAUSED");
  CHECK(beat(job, job.token) == "stop, extended");
  CHECK(whole(decide_expiry(job.about(), false)) == whole(JobLeaseExpired{7, spring, "worker-9", false}));
  job.queue.paused = false;
  job.row.status = JobStatus::cancelled;
  all_say(digest_token("another"), "CANCELLED");
  all_say(job.token, "CANCELLED", "stop");
  CHECK(whole(decide_cancel(job.about(), "x")).empty());
  for (const JobStatus ended : {JobStatus::completed, JobStatus::failed}) {
    job.row.status = ended;
    all_say(job.token, std::string{to_string(ended)});
    const std::string status{to_string(ended)};
    CHECK(whole(decide_cancel(job.about(), "x")) ==
          "wrong_state: job 7 is " + status + ": it has ended and cannot be cancelled (" + status + ")");
  }
  job.row.status = JobStatus::pending;  // no lease: not even the last one's token
  all_say(job.token, "PENDING");
  job.lane.status = CampaignStatus::failed;
  all_say(job.token, "CANCELLED");
  job.row.status = JobStatus::processing;
  all_say(digest_token("another"), "CANCELLED");
  all_say(job.token, "CANCELLED", "stop");
  job.row.campaign = {};  // the default lane never ends
  CHECK(whole(check_lease(job.about(), job.token)).empty());
  CHECK(beat(job, job.token) == "go on, extended");
}

TEST_CASE("what a producer is told by a campaign that takes no job, and by a lane with too many types") {
  LaneRow lane;
  const JobSpecPtr wanted = spec(spring, "n");
  CHECK(whole(decide_enqueue(lane, 5, wanted)) == whole(JobEnqueued{5, wanted}));
  lane.sealed = true;
  CHECK(whole(decide_enqueue(lane, 5, wanted)) == "sealed: " + named + " is sealed and takes no more jobs");
  lane.status = CampaignStatus::failed;
  CHECK(whole(decide_enqueue(lane, 5, wanted)) == "wrong_state: " + named + " is FAILED and takes no jobs");
  const JobSpecPtr of_none = spec({}, "n");
  CHECK(whole(decide_enqueue(lane, 5, of_none)) == whole(JobEnqueued{5, of_none}));  // the default lane's is not asked
  lane = {};
  for (std::size_t i = 0; i < limits::lane_job_classes_max; ++i)
    lane.classes.push_back({{"t" + std::to_string(1'000 + i), {}}, 1});
  CHECK(whole(decide_enqueue(lane, 5, wanted)) == "limit: lane_job_classes_max: jobs of " +
                                                      std::to_string(limits::lane_job_classes_max) +
                                                      " different types and services are waiting here already");
}
