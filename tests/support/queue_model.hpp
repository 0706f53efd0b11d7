#pragma once
// A model of the queue that knows nothing of generations: it keeps, for each campaign, the set of holds placed while it
// ran, takes random steps through the rules, and can recount everything after each.

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "tests/support/world.hpp"

namespace breakerd::test {

class QueueModel {
 public:
  explicit QueueModel(unsigned seed) : random_{seed} {}

  void step() {
    switch (pick(16)) {
      case 0:
        return add_campaign();
      case 1:
        return change(StartCampaign{});
      case 2:
        return change(PauseCampaign{"lunch"});
      case 3:
        return change(ResumeCampaign{});
      case 4:
        return pick(4) == 0 ? change(CancelCampaign{"enough"}) : change(FailCampaign{"bad"});
      case 5:
        return change(SealCampaign{});
      case 6:
        return pause_for(service());
      case 7:
        return resume_for(service());
      case 8:
        return pick(2) == 0 ? open_or_close() : resume_queue();
      case 9:
      case 10:
      case 11:
        return enqueue();
      case 12:
      case 13:
        return lease();
      default:
        return end_lease();
    }
  }

  [[nodiscard]] const World& world() const { return world_; }

  void check() const {
    CampaignCounts campaigns;
    for (const auto& [id, row] : world_.campaigns) {
      const CampaignStatus shown = shown_of(id);
      REQUIRE(shown == world_.shown(id));
      ++count(campaigns, shown);
    }
    JobCounts jobs;
    std::uint64_t in_flight = 0;
    for (const auto& [id, row] : world_.jobs) {
      const JobStatus shown = shown_of(row);
      if (row.status == JobStatus::processing && !is_terminal(shown)) ++in_flight;
      REQUIRE(shown == world_.about(id).status());
      ++count(jobs, shown);
    }
    const CampaignCounts kept = world_.the_queue.campaign_counts();
    REQUIRE(std::tie(kept.created, kept.running, kept.paused, kept.completed, kept.failed, kept.cancelled) ==
            std::tie(campaigns.created, campaigns.running, campaigns.paused, campaigns.completed, campaigns.failed,
                     campaigns.cancelled));
    const JobCounts held = world_.the_queue.job_counts();
    REQUIRE(std::tie(held.pending, held.processing, held.paused, held.completed, held.failed, held.cancelled) ==
            std::tie(jobs.pending, jobs.processing, jobs.paused, jobs.completed, jobs.failed, jobs.cancelled));
    REQUIRE(world_.the_queue.in_flight() == in_flight);
  }

 private:
  std::size_t pick(std::size_t bound) { return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_); }
  std::string service() { return std::string(1, static_cast<char>('a' + pick(4))); }

  std::optional<CampaignId> any_campaign() {
    if (world_.campaigns.empty()) return std::nullopt;
    return std::next(world_.campaigns.begin(), static_cast<std::ptrdiff_t>(pick(world_.campaigns.size())))->first;
  }

  void add_campaign() {
    if (world_.campaigns.size() == 12) return;
    world_.add(campaign_id(static_cast<std::uint8_t>(world_.campaigns.size() + 1)));
  }

  void change(const CampaignAction& action) {
    const auto id = any_campaign();
    if (!id) return;
    const bool was_held = !holds_on_[*id].empty();
    const auto event = decide(world_.about(*id), action);
    if (std::holds_alternative<ResumeCampaign>(action) && world_.lanes[*id].status == CampaignStatus::running &&
        was_held)
      REQUIRE(refusal(event) == (world_.the_queue.paused ? ErrorCode::circuit_open : ErrorCode::held));
    if (!event) return;
    if (*event) world_.tell_with_consequences(**event);
    const bool begins = std::holds_alternative<StartCampaign>(action) || std::holds_alternative<ResumeCampaign>(action);
    if (begins && *event) holds_on_[*id].clear();
  }

  void place(const HoldPlaced& event) {
    std::uint64_t newly = 0;
    for (const auto& [id, row] : world_.campaigns) {
      if (world_.lanes[id].status != CampaignStatus::running) continue;
      if (holds_on_[id].empty()) ++newly;
      for (const Hold& hold : world_.the_queue.holds)  // the new hold stands in for an older one of its kind
        if (hold.kind == event.kind && (event.kind == HoldKind::circuit || hold.service == event.service))
          holds_on_[id].erase(hold.ordinal);
      holds_on_[id].insert(event.ordinal);
    }
    REQUIRE(event.campaigns_held == newly);
    world_.tell(event);
    forget_dead_holds();
  }

  void lift(const std::optional<HoldsLifted>& event) {
    if (!event) return;
    const CampaignCounts before = world_.the_queue.campaign_counts();
    const JobCounts jobs_before = world_.the_queue.job_counts();
    world_.tell(*event);
    forget_dead_holds();
    REQUIRE(world_.the_queue.campaign_counts().running == before.running + event->campaigns_resumed);
    REQUIRE(world_.the_queue.job_counts().paused + event->jobs_resumed == jobs_before.paused);
  }

  /// Of a campaign that is kept as paused, what covered it stays with it until the hold is lifted.
  void forget_dead_holds() {
    std::set<Ordinal> living;
    for (const Hold& hold : world_.the_queue.holds) living.insert(hold.ordinal);
    for (auto& [id, holds] : holds_on_)
      std::erase_if(holds, [&](Ordinal ordinal) { return !living.contains(ordinal); });
  }

  void pause_for(const std::string& name) {
    place(must(decide(world_.the_queue, PauseCampaignsForService{name, "slow"})));
  }
  void resume_for(const std::string& name) {
    if (!world_.the_queue.paused) lift(must(decide(world_.the_queue, ResumeCampaignsForService{name})));
  }
  void resume_queue() {
    if (!world_.the_queue.paused) lift(must(decide(world_.the_queue, ResumeQueue{})));
  }

  void open_or_close() {
    const std::uint64_t paused = world_.the_queue.job_counts().paused;
    if (world_.circuit.state == CircuitState::open) {
      const Epoch epoch = world_.circuit.epoch;
      const QueueResumed resumed = decide_resume(world_.the_queue, epoch);
      world_.tell(closed(epoch)).tell(resumed);
      REQUIRE(world_.the_queue.job_counts().paused + resumed.jobs_resumed == paused);
      return;
    }
    open();
  }

  void open(JobId reported_by = 0) {
    const std::uint64_t paused = world_.the_queue.job_counts().paused;
    CircuitOpened opening = opened(world_.circuit.epoch + 1);
    opening.job = reported_by;
    const PauseDecision decision = decide_pause(world_.the_queue, opening, "alice");
    world_.tell(opening).tell(decision.pause);
    REQUIRE(world_.the_queue.job_counts().paused == paused + decision.pause.jobs_held);
    place(decision.hold);
  }

  /// It counts unless it is excused or its job reads PAUSED, and ends the job when too many have.
  void expire(const JobContext& job) {
    const JobRow before = job.row;
    const bool excused = pick(3) == 0;
    const bool counts = !excused && shown_of(job.row) == JobStatus::processing;
    world_.tell_end(decide_expiry(job, excused));
    const JobRow& after = world_.jobs.at(before.id);
    REQUIRE(after.expiries == before.expiries + 1);
    REQUIRE(after.expiries_counted == before.expiries_counted + (counts ? 1 : 0));
    const bool too_many = counts && before.expiries_counted == before.max_expiries;
    REQUIRE(after.status == (too_many ? JobStatus::failed : JobStatus::pending));
    REQUIRE(after.attempts == before.attempts);
  }

  void report(JobId id, const Result<JobReturned>& returned) {
    if (!returned) return;
    if (world_.circuit.state == CircuitState::open)
      world_.tell(FailureRecorded{world_.circuit.epoch, returned->error, "http", "apollo", id, returned->campaign});
    else
      open(id);
    world_.tell(*returned);
  }

  void enqueue() {
    const auto id = pick(3) == 0 ? CampaignId{} : any_campaign().value_or(CampaignId{});
    auto wanted = std::make_shared<JobSpec>(*spec(id, service()));
    wanted->max_expiries = static_cast<std::uint32_t>(pick(3));
    auto event = decide_enqueue(world_.lanes[id], world_.the_queue.last_job + 1, std::move(wanted));
    if (event) world_.tell(*event);
  }

  /// The rules of what is served, once by the model and once by the fold.
  void lease() {
    if (world_.jobs.empty()) return;
    const JobRow& row = std::next(world_.jobs.begin(), static_cast<std::ptrdiff_t>(pick(world_.jobs.size())))->second;
    const bool in_lane = !row.campaign.is_nil();
    const bool allowed = row.is_ready() && shown_of(row) == JobStatus::pending && !world_.the_queue.paused &&
                         (!in_lane || shown_of(row.campaign) == CampaignStatus::running);
    World copy = world_;
    const bool taken = copy.try_tell(leased(row.id, row.campaign, row.attempts + 1)).has_value();
    REQUIRE(taken == allowed);
    if (allowed) world_.lease(row.id);
  }

  void end_lease() {
    if (world_.jobs.empty()) return;
    const JobId id = std::next(world_.jobs.begin(), static_cast<std::ptrdiff_t>(pick(world_.jobs.size())))->first;
    const JobContext job = world_.about(id);
    const TokenDigest token = job.row.token;
    const FailJob failure{id, "", "it broke", "bug", "apollo"};
    const auto tell = [&](const auto& decided) {
      if (decided) world_.tell_end(*decided);
    };
    switch (pick(8)) {
      case 6:
      case 7:
        if (check_lease(job, token)) expire(job);
        return;
      case 0:
        return tell(decide_fail(job, token, failure, {at_once().get()}));
      case 1:
        return report(id, decide_return(job, token, failure));
      case 2:
        return tell(decide_release(job, token));
      case 3:
        if (auto cancelled = decide_cancel(job, "x"); cancelled && *cancelled) world_.tell_end(**cancelled);
        return;
      default:
        return tell(decide_complete(job, token, "1"));
    }
  }

  CampaignStatus shown_of(const CampaignId& id) const {
    const CampaignStatus kept = world_.lanes.at(id).status;
    const auto held = holds_on_.find(id);
    return kept == CampaignStatus::running && held != holds_on_.end() && !held->second.empty() ? CampaignStatus::paused
                                                                                               : kept;
  }
  JobStatus shown_of(const JobRow& row) const {
    if (is_terminal(row.status)) return row.status;
    if (row.campaign.is_nil()) return world_.the_queue.paused ? JobStatus::paused : row.status;
    const CampaignStatus campaign = shown_of(row.campaign);
    if (is_terminal(campaign)) return JobStatus::cancelled;
    return world_.the_queue.paused || campaign == CampaignStatus::paused ? JobStatus::paused : row.status;
  }

  static std::uint64_t& count(CampaignCounts& counts, CampaignStatus status) {
    switch (status) {
      case CampaignStatus::created:
        return counts.created;
      case CampaignStatus::running:
        return counts.running;
      case CampaignStatus::paused:
        return counts.paused;
      case CampaignStatus::completed:
        return counts.completed;
      case CampaignStatus::failed:
        return counts.failed;
      case CampaignStatus::cancelled:
        break;
    }
    return counts.cancelled;
  }
  static std::uint64_t& count(JobCounts& counts, JobStatus status) {
    switch (status) {
      case JobStatus::pending:
        return counts.pending;
      case JobStatus::processing:
        return counts.processing;
      case JobStatus::paused:
        return counts.paused;
      case JobStatus::completed:
        return counts.completed;
      case JobStatus::failed:
        return counts.failed;
      case JobStatus::expired:
        return counts.expired;
      case JobStatus::cancelled:
        break;
    }
    return counts.cancelled;
  }

  std::mt19937 random_;
  World world_;
  std::map<CampaignId, std::set<Ordinal>> holds_on_;
};

}  // namespace breakerd::test
