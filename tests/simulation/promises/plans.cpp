#include "tests/simulation/promises/plans.hpp"

#include <iterator>
#include <limits>
#include <utility>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool flag(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && (*found == true || *found == 1);
}

std::string named(std::uint64_t id) { return "job " + std::to_string(id); }

/// What a step does to a job; other events may stand between them.
bool is_effect(const std::string& type) {
  return type == "JobParked" || type == "JobUnparked" || type == "JobCancelled" || type == "JobRetried";
}

}  // namespace

bool Plans::Command::takes(std::uint64_t id, const PlannedJob& job) const {
  return id <= last_job && filter.takes(job) && (ids.empty() || ids.count(id) > 0);
}

void Plans::begun(const Request& request) {
  if (request.plan() != nullptr && request.kind() != Kind::preview && !request.text("reason").empty())
    asked_[request.text("reason")] = {request.planned_actions(), request.kind() == Kind::close};
}

std::uint64_t Plans::free_since(std::uint64_t job) const {
  if (keeps(job)) return std::numeric_limits<std::uint64_t>::max();
  const auto found = freed_.find(job);
  return found == freed_.end() ? 0 : found->second;
}

void Plans::take(const json& event, const History& history) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  if (step_ && step_->left == 0) end_step(history);
  at_ = "event " + event["seq"].dump() + " " + type + ": ";
  if (step_ && !is_effect(type) && type != "CampaignCompleted" && type != "CampaignReopened") {
    complain(std::to_string(step_->left) + " jobs of the step before it do not follow");
    step_.reset();
  }
  expect_plan(type, data);
  const auto seq = number(event, "seq");
  if (type == "JobCommandStarted") return started(event, history);
  if (type == "JobCommandAdvanced") return advanced(data, seq);
  if (type == "JobCommandEnded") return command_ended(data, seq, history);
  if (type == "CampaignFailed" || type == "CampaignCancelled")
    std::erase_if(kept_, [&](const auto& job) { return jobs_[job.first].campaign == text(data, "campaign"); });
  if (type.rfind("Job", 0) == 0 && number(data, "job") > 0) take_job(type, event, history);
}

/// What must follow a close, or a lifting of holds, for which somebody has asked with a plan.
void Plans::expect_plan(const std::string& type, const json& data) {
  const bool goes_on = type == "QueueResumed" || type == "JobCommandEnded" || type == "RolloutEnded";
  if (!goes_on && type != "JobCommandStarted") {
    if (!owed_plan_.empty()) complain("the plan of '" + owed_plan_ + "' should begin before it");
    owed_plan_ = closed_ = lifted_ = "";
  }
  if (type != "CircuitClosed" && type != "HoldsLifted") return;
  const std::string reason = text(data, "reason");
  (type == "CircuitClosed" ? closed_ : lifted_) = reason;
  if (asked_.count(reason) > 0) owed_plan_ = reason;
}

void Plans::started(const json& event, const History& history) {
  const json& data = event["data"];
  const auto id = number(data, "command");
  if (id != (commands_.empty() ? 1 : commands_.rbegin()->first + 1)) complain("commands are not numbered densely");
  Command& command = commands_[id];
  command.kind = text(data, "kind");
  command.reason = text(data, "reason");
  command.since = number(event, "seq");
  command.last_job = number(data, "last_job");
  command.actions = actions_in(data.value("actions", json()));
  const auto by_us = read_time(text(data, "ended_by"));
  command.filter = {"", text(data, "job_type"), text(data, "service"), text(data, "campaign"),
                    by_us.value_or(0) > 0 ? by_us : std::nullopt};
  for (const json& one : data.value("ids", json::array())) command.ids.insert(one.get<std::uint64_t>());
  if (command.last_job != (history.jobs().empty() ? 0 : history.jobs().rbegin()->first))
    complain("it does not look at all the jobs that there are");
  if (command.kind == "plan") {
    check_plan(command, event, history);
    bind(id, command, history);
  } else if (!command.actions.empty()) {
    complain("it has actions, and is no plan");
  }
  owed_plan_ = closed_ = lifted_ = "";
}

/// It is the one that was asked for, and stands where it must.
void Plans::check_plan(const Command& plan, const json& event, const History& history) {
  if (running_ != 0) complain("plan " + std::to_string(running_) + " runs");
  const auto asked = asked_.find(plan.reason);
  if (asked == asked_.end()) return;
  const auto now_us = read_time(text(event, "time"));
  const std::vector<PlannedAction> actions = actions_asked(asked->second.actions, now_us.value_or(0));
  if (now_us && actions != plan.actions)
    complain("its actions are not " + asked->second.actions.dump() + ": " +
             event["data"].value("actions", json()).dump());
  const bool stands_right =
      asked->second.with_close ? closed_ == plan.reason : lifted_ == plan.reason || history.holds().empty();
  if (!stands_right) complain("it does not stand behind what it was asked for with");
}

/// What becomes of the jobs that wait now is fixed.
void Plans::bind(std::uint64_t id, const Command& plan, const History& history) {
  running_ = id;
  kept_.clear();
  for (const auto& [job_id, job] : history.jobs()) {
    if (job_id > plan.last_job || !job.waits()) continue;
    std::string verb = verb_for(jobs_[job_id], plan.actions);
    if (verb != "release") kept_[job_id] = std::move(verb);
  }
}

void Plans::advanced(const json& data, std::uint64_t seq) {
  const auto id = number(data, "command");
  const auto found = commands_.find(id);
  if (found == commands_.end() || found->second.state != "running")
    return complain("there is no such command that runs");
  Command& command = found->second;
  const auto next = number(data, "next");
  const auto done = number(data, "done");
  const auto parked = number(data, "parked");
  if (next < command.next || next > command.last_job) complain("its place is not between the one before and the last");
  if (parked > done || (parked > 0 && command.kind != "plan"))
    complain("more jobs are parked than it does something to");
  step_ = Advance{seq, id, command.next + 1, done, parked};
  command.next = std::max(command.next, next);
  command.done += done;
  command.skipped += number(data, "skipped");
  command.parked += parked;
}

void Plans::command_ended(const json& data, std::uint64_t seq, const History& history) {
  const auto id = number(data, "command");
  const auto found = commands_.find(id);
  if (found == commands_.end() || found->second.state != "running")
    return complain("there is no such command that runs");
  Command& command = found->second;
  const bool is_stopped = flag(data, "stopped");
  command.state = is_stopped ? "stopped" : "done";
  if (!is_stopped) none_is_left(command, command.next + 1, command.last_job, history);
  if (id != running_) return;
  if (!is_stopped && kept_.size() > command.skipped)
    complain("the plan has come to its end, and " + named(kept_.begin()->first) + " is left");
  running_ = 0;
  for (const auto& [job, verb] : kept_) freed_[job] = seq;
  kept_.clear();
}

/// Of jobs that the command has found parked, and has passed, but for those that could not be read. One that a plan
/// parks while the command runs may be left.
void Plans::none_is_left(const Command& command, std::uint64_t from, std::uint64_t to, const History& history) {
  if (!command.is_about_parked()) return;
  std::uint64_t skipped = command.skipped;
  for (auto job = history.jobs().lower_bound(from); job != history.jobs().end() && job->first <= to; ++job) {
    const History::Version& now = job->second.now();
    if (now.parked == 0 || now.seq > command.since || !command.takes(job->first, jobs_[job->first])) continue;
    if (skipped == 0)
      return complain("command " + command.kind + " has passed " + named(job->first) + ", which is parked");
    --skipped;
  }
}

void Plans::take_job(const std::string& type, const json& event, const History& history) {
  const json& data = event["data"];
  const auto id = number(data, "job");
  if (type == "JobEnqueued") {
    jobs_[id] = {text(data, "job_type"), text(data, "service"), text(data, "campaign"),
                 read_time(text(event, "time")).value_or(0)};
    return;
  }
  const auto kept = kept_.find(id);
  if (type == "JobLeased" && kept != kept_.end())
    complain("the job is leased, and plan " + std::to_string(running_) + " is to " + kept->second + " it");
  const auto cause = number(event, "cause");
  const bool is_of_step = step_ && cause == step_->seq;
  if (is_of_step && is_effect(type)) {
    take_effect(type, id, data, history);
  } else if (type == "JobParked" || type == "JobUnparked") {
    complain("its cause is no step of a command");
  } else if (type == "JobCancelled" && cause > 0 && commands_.empty()) {
    complain("it has a cause, and there is no command");
  }
  if (type == "JobLeased" || type == "JobParked" || type == "JobCancelled" || type == "JobExpired") kept_.erase(id);
}

/// By a step, whose events follow it.
void Plans::take_effect(const std::string& type, std::uint64_t job, const json& data, const History& history) {
  const Command& command = commands_.at(step_->command);
  const bool parks = type == "JobParked";
  if (step_->left == 0 || (parks && step_->parked_left == 0)) return complain("its step counts fewer jobs");
  --step_->left;
  if (parks) --step_->parked_left;
  if (step_->left < step_->parked_left) complain("its step counts more jobs that are parked");
  static const std::map<std::string, std::string> effects{{"retry", "JobRetried"},
                                                          {"discard", "JobCancelled"},
                                                          {"release_parked", "JobUnparked"},
                                                          {"cancel_parked", "JobCancelled"}};
  if (command.kind == "plan") {
    const auto kept = kept_.find(job);
    const std::string verb = parks ? "park" : type == "JobCancelled" ? "cancel" : type;
    if (kept == kept_.end() || kept->second != verb)
      complain("plan " + std::to_string(step_->command) + " is not to " + verb + " it");
    if (parks && number(data, "command") != step_->command) complain("it names another command than its step");
  } else if (effects.at(command.kind) != type) {
    complain("command " + command.kind + " does something else");
  }
  if (type == "JobCancelled" && command.kind != "discard" && text(data, "reason") != command.reason)
    complain("its reason is not that of its command, '" + command.reason + "'");
  if (!command.is_about_parked()) return;
  const auto found = history.jobs().find(job);
  if (found == history.jobs().end() || found->second.now().parked == 0) complain("the job is not parked");
  if (!command.takes(job, jobs_[job]) || job < step_->first || job > command.next)
    complain("command " + command.kind + " is not about it");
}

/// All its jobs have followed.
void Plans::end_step(const History& history) {
  const Command& command = commands_.at(step_->command);
  if (step_->parked_left > 0) complain("fewer jobs are parked than the step counts");
  const auto passed = static_cast<std::uint64_t>(std::distance(kept_.begin(), kept_.upper_bound(command.next)));
  if (step_->command == running_ && passed > command.skipped)
    complain("the plan has passed " + named(kept_.begin()->first) + ", and has not done what it is to do");
  none_is_left(command, step_->first, command.next, history);
  step_.reset();
}

void Plans::taken(const History& history) {
  at_ = "the log ends: ";
  if (step_ && step_->left > 0) complain(std::to_string(step_->left) + " jobs of its last step do not follow");
  if (step_) end_step(history);
  step_.reset();
  if (!owed_plan_.empty()) complain("the plan of '" + owed_plan_ + "' should begin before that");
  owed_plan_ = closed_ = lifted_ = "";
}

void Plans::have_ended() const {
  for (const auto& [id, command] : commands_)
    if (command.state == "running")
      complain_("command " + std::to_string(id) + " has not come to its end: " + command.kind);
}

}  // namespace breakerd::simulation
