// Plans for the jobs that wait (queue_core.hpp; the rules are in events/rules/triage.hpp). A plan binds from its commit
// on: whoever is about to lease a job asks it, and its steps (queue_job_commands.cpp) come behind.

#include <algorithm>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/events/rules/triage.hpp>

namespace breakerd {

const JobCommandRow* QueueCore::running_plan() const {
  return queue_.plan == 0 ? nullptr : &job_commands_.at(queue_.plan).row;
}

Result<JobCommandRow> QueueCore::start_plan(const Context& context, const Plan& plan, const std::string& reason,
                                            int cause) {
  if (const JobCommandId older = queue_.plan; older != 0) {
    if (auto ok = emit(context, JobCommandEnded{older, true}, cause); !ok) return ok.error();
    job_commands_.erase(older);
  }
  if (auto ended = decide_end(queue_.rollout, RolloutEnd::replaced))
    if (auto ok = emit(context, std::move(*ended), cause); !ok) return ok.error();
  if (auto ok = emit(context, decide_plan(queue_, plan, reason, context.now.wall), cause); !ok) return ok.error();
  RunningCommand& started = job_commands_.at(queue_.plan);
  started.number = number_;
  return started.row;
}

/// In the name of who gave the plan, whoever asks for the lease that has met the jobs.
Result<void> QueueCore::carry_out(const Context& context, JobId next, std::uint64_t skipped,
                                  const std::vector<Planned>& jobs) {
  const JobCommandRow& plan = *running_plan();
  const Context by_plan{context.append, plan.principal, context.now};
  const auto parked =
      std::count_if(jobs.begin(), jobs.end(), [](const Planned& one) { return one.verb == PlanVerb::park; });
  const int cause = static_cast<int>(context.append.events.size());
  const JobCommandAdvanced advanced{plan.id, next, jobs.size(), skipped, static_cast<std::uint64_t>(parked)};
  if (auto ok = emit_in_step(by_plan, advanced, -1); !ok) return ok;
  for (const auto& [job, verb] : jobs) {
    const JobId id = job->row.id;
    const CampaignId campaign = job->row.campaign;
    EventData event = verb == PlanVerb::park ? EventData{JobParked{id, campaign, plan.id}}
                                             : EventData{JobCancelled{id, campaign, plan.reason, false}};
    if (auto ok = emit_in_step(by_plan, std::move(event), cause); !ok) return ok;
  }
  return pass_canary(by_plan, static_cast<std::size_t>(cause));
}

PlanVerb QueueCore::planned_for(const ActiveJob& job) const {
  const JobCommandRow* plan = running_plan();
  return plan == nullptr ? PlanVerb::release : verb_of(*plan, job.row);
}

/// A lease looks at no more of them. Whoever waits is served when this turn is committed, and goes on from there.
void QueueCore::leave_planned() {
  left_on_disk_ = number_;
  if (watches_ready_) ready_later_.add_all();
}

}  // namespace breakerd
