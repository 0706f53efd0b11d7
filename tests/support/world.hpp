#pragma once
// The rows in plain maps, with fold() laid over them: what the rules are tested on.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/rules/append.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/invariants.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/queue.hpp>
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

namespace breakerd::test {

class World final : public RowAccess {
 public:
  World() { lanes[LaneId{}].status = CampaignStatus::running; }

  BreakerState& breaker() override { return circuit; }
  QueueState& queue() override { return the_queue; }
  LeaseLimits& limits() override { return the_limits; }
  FollowUp& follow_up() override { return expected; }
  Result<JobRow*> job(JobId id) override { return find(jobs, id); }
  Result<LaneRow*> lane(const LaneId& id) override { return find(lanes, id); }
  Result<CampaignRow*> campaign(const CampaignId& id) override { return find(campaigns, id); }
  Result<JobCommandRow*> job_command(JobCommandId id) override { return find(commands, id); }
  Result<const JobTypeRow*> job_type(const std::string& name) override { return find(job_types, name); }
  void set_job_type(const JobTypeRow& row) override { job_types[row.job_type] = row; }
  void remove_job_type(const std::string& name) override { job_types.erase(name); }
  Result<const ScheduleRow*> schedule(ScheduleId id) override { return find(schedules, id); }
  void set_schedule(const ScheduleRow& row) override { schedules[row.id] = row; }
  void remove_schedule(ScheduleId id) override { schedules.erase(id); }
  Result<JobId> key_holder(const std::string& key) override {
    const auto at = key_holders.find(key);
    return at == key_holders.end() ? JobId{0} : at->second;
  }
  void set_key_holder(const std::string& key, JobId job) override {
    if (job == 0)
      key_holders.erase(key);
    else
      key_holders[key] = job;
  }
  void add_job(const JobRow& row) override { jobs[row.id] = row; }
  void add_job_command(const JobCommandRow& row) override { commands[row.id] = row; }
  void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) override {
    campaigns[id] = row;
    lanes[id] = lane;
  }

  /// Folds what happened next.
  Result<void> try_tell(EventData data, std::string principal = "alice") {
    const Seq seq = last_seq() + 1;
    Event event = said(std::move(data), std::move(principal), at(static_cast<std::int64_t>(seq)));
    auto ok = fold(*this, seq, event);
    if (!ok) return ok;
    if (std::holds_alternative<JobReturned>(event.data)) joins_next.back() = true;
    joins_next.push_back(expected.next != FollowUp::Next::any);
    told.push_back(std::move(event));
    if (!joins_next.back()) check_invariants();
    return ok;
  }
  World& tell(EventData data, std::string principal = "alice") {
    must(try_tell(std::move(data), std::move(principal)));
    return *this;
  }
  /// The end of a job, and with it that of its campaign when it was the last one of a sealed one.
  World& tell_end(EventData data) {
    tell(std::move(data));
    if (expected.next == FollowUp::Next::campaign_completed)
      tell(*decide_completion(expected.campaign, lanes.at(expected.campaign)));
    return *this;
  }

  /// An event, and what must stand behind it.
  World& tell_with_consequences(const EventData& data) {
    tell(data);
    for (EventData& event : consequences_of(data, the_queue, lane_of(data), "alice")) tell(std::move(event));
    return *this;
  }
  /// The lane that the rules of an append want to look at; null when there is none.
  [[nodiscard]] const LaneRow* lane_of(const EventData& data) const {
    const auto id = lane_wanted(data);
    const auto at = id ? lanes.find(*id) : lanes.end();
    return at == lanes.end() ? nullptr : &at->second;
  }

  /// The circuit opens, as the breaker has it: opening, pause and hold together.
  World& open_circuit(const std::string& service = "apollo", JobId reported_by = 0) {
    CircuitOpened opening = opened(circuit.epoch + 1, service);
    opening.job = reported_by;
    return tell_with_consequences(opening);
  }
  World& close_circuit() { return tell_with_consequences(closed(circuit.epoch)); }
  /// A worker reports a failure of a service with the job's lease.
  World& report(JobId id, const std::string& service = "apollo") {
    if (circuit.state == CircuitState::open)
      tell(FailureRecorded{circuit.epoch, "429", "http", service, id, jobs.at(id).campaign});
    else
      open_circuit(service, id);
    return tell(JobReturned{id, jobs.at(id).campaign, "429", "http", service});
  }
  World& add(const CampaignId& id) { return tell(created(id)); }
  World& start(const CampaignId& id) { return tell(CampaignStarted{id, the_queue.last_ordinal + 1}); }
  World& enqueue(const CampaignId& id = {}, const std::string& type = "mail") {
    return tell(enqueued(the_queue.last_job + 1, id, type));
  }
  World& lease(JobId id) { return tell(leased(id, jobs.at(id).campaign, jobs.at(id).attempts + 1)); }

  [[nodiscard]] JobContext about(JobId id) const {
    const JobRow& row = jobs.at(id);
    return {row, lanes.at(row.campaign), the_queue};
  }
  [[nodiscard]] CampaignContext about(const CampaignId& id) const {
    return {id, campaigns.at(id), lanes.at(id), the_queue};
  }
  [[nodiscard]] CampaignStatus shown(const CampaignId& id) const { return shown_status(lanes.at(id), the_queue); }

  [[nodiscard]] Seq last_seq() const { return told.size(); }

  BreakerState circuit;
  QueueState the_queue;
  LeaseLimits the_limits;
  FollowUp expected;
  std::map<JobId, JobRow> jobs;
  std::map<LaneId, LaneRow> lanes;
  std::map<CampaignId, CampaignRow> campaigns;
  std::map<JobCommandId, JobCommandRow> commands;
  std::map<std::string, JobTypeRow> job_types;
  std::map<ScheduleId, ScheduleRow> schedules;
  std::map<std::string, JobId> key_holders;
  std::vector<Event> told;       ///< everything that happened
  std::vector<bool> joins_next;  ///< of each: the next one must be in the same append

 private:
  /// Where an append may end.
  void check_invariants() {
    const Whole whole{circuit, the_queue};
    const std::span<const Event> events{told};
    must(check(Step{marks_, events.subspan(checked_), marks_of(whole)}));
    must(check(whole));
    must(check(Holds{circuit, the_queue}));
    for (const auto& [id, row] : jobs) must(check(row));
    for (const auto& [id, row] : lanes) must(check(LaneOf{row, id.is_nil()}));
    marks_ = marks_of(whole);
    checked_ = told.size();
  }

  template <class Map>
  static typename Map::mapped_type* find(Map& map, const typename Map::key_type& key) {
    const auto at = map.find(key);
    return at == map.end() ? nullptr : &at->second;
  }

  Marks marks_;              ///< where the invariants were checked last
  std::size_t checked_ = 0;  ///< how many events had happened then
};

}  // namespace breakerd::test
