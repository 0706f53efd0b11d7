#include "tests/simulation/promises/history.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/promises/statuses.hpp"

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

}  // namespace

void History::check(bool holds, const std::string& otherwise) {
  if (!holds) complain_("the log: " + at_ + ": " + otherwise);
}

void History::take(const json& event) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  const std::uint64_t seq = number(event, "seq");
  at_ = "event " + std::to_string(seq) + " " + type;
  check(seq == last_seq_ + 1, "event " + std::to_string(last_seq_ + 1) + " should stand here");
  last_seq_ = seq;
  if (!owed_.empty()) {
    check(type == owed_, owed_ + " should stand here");
  } else {
    check(type != "QueuePaused" && type != "QueueResumed" && type != "CampaignCompleted",
          "nothing before it leads to it");
    check(type != "HoldPlaced" || text(data, "kind") == "service", "the circuit's hold stands behind no opening");
  }
  const std::string owed_before = std::exchange(owed_, "");
  const bool may_return = std::exchange(returning_, false);
  if (type == "QueuePaused" && owed_before == type) owed_ = "HoldPlaced";
  if (type == "JobReturned") check(may_return, "no failure before it names its job");
  // The return of the reporting job stands behind the whole of the opening.
  returning_ = type == "FailureRecorded" || type == "CircuitOpened" ||
               (may_return && (type == "QueuePaused" || type == "HoldPlaced" || type == "RolloutEnded"));

  const std::string stream = text(event, "stream");
  if (stream == "breaker") return take_breaker(type, data);
  if (stream == "queue") return take_queue(type, data);
  if (stream.rfind("campaign-", 0) == 0) {
    check(stream == "campaign-" + text(data, "campaign"), "it names another campaign than its stream");
    return take_campaign(type, data);
  }
  check(stream == "job-" + std::to_string(number(data, "job")), "it names another job than its stream");
  take_job(type, data);
}

void History::end_of_log() {
  if (!owed_.empty()) check(false, "the log ends before the " + owed_ + " that belongs to it");
}

void History::take_breaker(const std::string& type, const json& data) {
  const std::uint64_t epoch = number(data, "epoch");
  if (type == "CircuitOpened") {
    check(!open_, "the circuit is open already");
    check(epoch == epoch_ + 1, "the openings do not count up by one");
    open_ = true;
    epoch_ = epoch;
    in_flight_ = text(data, "in_flight");
    owed_ = "QueuePaused";
    return;
  }
  check(open_ && epoch == epoch_, "it does not name the opening there is");
  if (type == "OpeningReaffirmed") in_flight_ = text(data, "in_flight");
  if (type == "CircuitClosed") {
    open_ = false;
    owed_ = "QueueResumed";
  }
}

void History::take_queue(const std::string& type, const json& data) {
  if (type == "HoldPlaced") {
    const Hold hold{number(data, "ordinal"), text(data, "kind"), text(data, "service")};
    ascend(hold.ordinal);
    std::erase_if(holds_, [&](const Hold& other) {  // the circuit has one, whatever service opened it
      return other.kind == hold.kind && (hold.kind == "circuit" || other.service == hold.service);
    });
    holds_.push_back(hold);
  } else if (type == "HoldsLifted") {
    check(!open_, "holds are lifted while the circuit is open");
    for (const json& ordinal : data["ordinals"]) {
      const std::size_t lifted = std::erase_if(holds_, [&](const Hold& hold) { return hold.ordinal == ordinal; });
      check(lifted == 1, "a hold is lifted that is not there");
    }
  }
}

void History::ascend(std::uint64_t ordinal) {
  check(ordinal > last_ordinal_, "the ordinals do not ascend");
  last_ordinal_ = ordinal;
}

void History::take_campaign(const std::string& type, const json& data) {
  const std::string id = text(data, "campaign");
  if (type == "CampaignCreated") {
    check(campaigns_.count(id) == 0, "it is created twice");
    campaigns_[id] = {
        text(data, "name"), "CREATED", 0, false, {}, 0, std::max<std::uint64_t>(number(data, "weight"), 1)};
    return;
  }
  const auto found = campaigns_.find(id);
  if (found == campaigns_.end()) return check(false, "the campaign was not created");
  Campaign& campaign = found->second;
  if (type == "CampaignUpdated") {
    if (data.contains("name") && data["name"].is_string()) campaign.name = data["name"];
    if (number(data, "weight") > 0) campaign.weight = number(data, "weight");
    return;
  }
  if (type == "CampaignReopened") {
    check(campaign.status == "COMPLETED", "the campaign has not completed");
    campaign.status = campaign.ordinal == 0 ? "CREATED" : "RUNNING";
    owed_ = "JobRetried";
    return;
  }
  check(!is_end(campaign.status), "the campaign has ended");
  if (type == "CampaignStarted" || type == "CampaignResumed") {
    check(!open_, "a campaign starts while the circuit is open");
    check(campaign.status == (type == "CampaignStarted" ? "CREATED" : "PAUSED"), "the campaign is " + campaign.status);
    campaign.status = "RUNNING";
    campaign.ordinal = number(data, "ordinal");
    ascend(campaign.ordinal);
  } else if (type == "CampaignPaused") {
    check(campaign.status == "RUNNING", "the campaign is " + campaign.status);
    campaign.status = "PAUSED";
  } else if (type == "CampaignSealed") {
    check(!campaign.sealed, "it is sealed twice");
    campaign.sealed = true;
    if (campaign.not_ended == 0) owed_ = "CampaignCompleted";
  } else if (type == "CampaignCompleted") {
    check(campaign.sealed && campaign.not_ended == 0, "the campaign has jobs to end, or was not sealed");
    campaign.status = "COMPLETED";
  } else if (type == "CampaignFailed" || type == "CampaignCancelled") {
    end_campaign(campaign, type == "CampaignFailed" ? "FAILED" : "CANCELLED");
  } else {
    check(false, "there is no such event");
  }
}

void History::end_campaign(Campaign& campaign, const std::string& status) {
  campaign.status = status;
  for (const std::uint64_t id : campaign.jobs) {
    Job& job = jobs_[id];
    if (is_end(job.now().status)) continue;
    Version next = job.now();
    next.seq = last_seq_;
    next.status = "CANCELLED";
    next.parked = 0;
    job.worker.clear();
    job.token_digest.clear();
    job.versions.push_back(next);
  }
  campaign.not_ended = 0;
}

void History::take_job(const std::string& type, const json& data) {
  if (type == "JobEnqueued") return enqueue(data);
  const auto found = jobs_.find(number(data, "job"));
  if (found == jobs_.end()) return check(false, "the job was not enqueued");
  Job& job = found->second;
  check(text(data, "campaign") == job.campaign, "it names another campaign than the job's");
  if (type == "JobRetried" || flag(data, "discarded")) return take_failed_job(job, type);
  check(!is_end(job.now().status), "the job has ended");
  if (type == "JobLeased") return lease(job, data);
  if (type == "JobParked" || type == "JobUnparked") return park(job, type, data);
  Version next = job.now();
  next.seq = last_seq_;
  if (type == "JobCancelled" || type == "JobExpired") {
    check(type == "JobCancelled" || job.waits(), "the job does not wait");
    next.status = type == "JobCancelled" ? "CANCELLED" : "EXPIRED";
    next.parked = 0;
    job.worker.clear();
    job.token_digest.clear();
    job.versions.push_back(next);
    job_ended(job);
    return;
  }
  end_lease(job, type, data, next);
}

/// One that waits is put aside, or waits again.
void History::park(Job& job, const std::string& type, const json& data) {
  const bool is_parked = type == "JobParked";
  check(job.now().status == "PENDING", "the job does not wait");
  check((job.now().parked == 0) == is_parked, is_parked ? "the job is parked already" : "the job is not parked");
  Version next = job.now();
  next.seq = last_seq_;
  next.parked = is_parked ? number(data, "command") : 0;
  check(!is_parked || next.parked > 0, "it names no command");
  job.versions.push_back(next);
}

/// One that has FAILED or EXPIRED waits again, with all its attempts, or is CANCELLED.
void History::take_failed_job(Job& job, const std::string& type) {
  check(is_dead(job.now().status), "the job has not failed or expired");
  Version next = job.now();
  next.seq = last_seq_;
  if (type == "JobRetried") {
    next.status = "PENDING";
    next.attempts = next.expiries_counted = 0;
    const auto found = campaigns_.find(job.campaign);
    if (found != campaigns_.end()) {
      check(!is_end(found->second.status), "its campaign has ended");
      ++found->second.not_ended;
    }
  } else {
    next.status = "CANCELLED";
  }
  job.versions.push_back(next);
}

void History::enqueue(const json& data) {
  const std::uint64_t id = number(data, "job");
  check(id == (jobs_.empty() ? 1 : jobs_.rbegin()->first + 1), "jobs are not numbered densely");
  Job& job = jobs_[id];
  job.campaign = text(data, "campaign");
  job.attempts_max = number(data, "max_attempts");
  job.expiries_max = data.contains("max_expiries") ? number(data, "max_expiries") : 10;
  job.priority = data.value("priority", std::int64_t{0});
  job.versions.push_back({last_seq_, "PENDING", 0, 0, 0, 0});
  if (job.campaign.empty()) return;
  const auto campaign = campaigns_.find(job.campaign);
  if (campaign == campaigns_.end()) return check(false, "its campaign was not created");
  check(!campaign->second.sealed && !is_end(campaign->second.status), "its campaign takes no more jobs");
  campaign->second.jobs.push_back(id);
  ++campaign->second.not_ended;
}

void History::lease(Job& job, const json& data) {
  check(!open_, "a job is leased while the circuit is open");
  check(job.now().status == "PENDING", "a job is leased that does not wait");
  check(job.now().parked == 0, "a job is leased that is parked");
  check(number(data, "attempt") == job.now().attempts + 1, "it is not the attempt that comes next");
  if (const auto campaign = campaigns_.find(job.campaign); campaign != campaigns_.end()) {
    check(campaign->second.status == "RUNNING", "a job is leased of a campaign that is " + campaign->second.status);
    check(!covered(campaign->second), "a job is leased of a campaign that is under a hold");
  }
  Version next = job.now();
  next.seq = last_seq_;
  next.status = "PROCESSING";
  job.worker = text(data, "worker");
  job.token_digest = text(data, "token_digest");
  job.versions.push_back(next);
}

void History::end_lease(Job& job, const std::string& type, const json& data, Version next) {
  check(job.now().status == "PROCESSING", "the job is not leased");
  next.status = "PENDING";
  if (type == "JobCompleted") {
    next.status = "COMPLETED";
    ++next.attempts;
  } else if (type == "JobAttemptFailed" || (type == "JobFailed" && !flag(data, "expired"))) {
    ++next.attempts;
    check(number(data, "attempt") == next.attempts, "it is not the attempt that comes next");
    const bool ends_job = next.attempts == job.attempts_max || flag(data, "no_retry");
    check(ends_job == (type == "JobFailed"),
          "its last attempt ends a job, or one behind which its worker wants no other");
    if (type == "JobFailed") next.status = "FAILED";
  } else if (type == "JobFailed") {
    ++next.expiries;
    check(shown_status(job) == "PROCESSING", "an expiry counts while its job is paused");
    check(next.expiries_counted == job.expiries_max, "it fails by an expiry before its maximum");
    ++next.expiries_counted;
    next.status = "FAILED";
  } else if (type == "JobLeaseExpired") {
    ++next.expiries;
    if (flag(data, "counted")) {
      ++next.expiries_counted;
      check(shown_status(job) == "PROCESSING", "an expiry counts while its job is paused");
      check(next.expiries_counted <= job.expiries_max, "more expiries count than its maximum");
    }
  } else {
    check(type == "JobReturned" || type == "JobReleased", "there is no such event");
  }
  job.worker.clear();
  job.token_digest.clear();
  job.versions.push_back(next);
  if (is_end(next.status)) job_ended(job);
}

void History::job_ended(const Job& job) {
  const auto found = campaigns_.find(job.campaign);
  if (found == campaigns_.end()) return;
  --found->second.not_ended;
  if (found->second.sealed && found->second.not_ended == 0) owed_ = "CampaignCompleted";
}

std::size_t History::holds_on(const Campaign& campaign) const {
  if (campaign.status != "RUNNING" && campaign.status != "PAUSED") return 0;
  return static_cast<std::size_t>(
      std::count_if(holds_.begin(), holds_.end(), [&](const Hold& hold) { return campaign.ordinal < hold.ordinal; }));
}

bool History::covered(const Campaign& campaign) const { return holds_on(campaign) > 0; }

std::string History::shown_status(const Campaign& campaign) const {
  return campaign.status == "RUNNING" && covered(campaign) ? "PAUSED" : campaign.status;
}

std::string History::shown_status(const Job& job) const {
  const std::string& status = job.now().status;
  if (is_end(status)) return status;
  const auto campaign = campaigns_.find(job.campaign);
  const bool paused =
      open_ || job.now().parked > 0 || (campaign != campaigns_.end() && shown_status(campaign->second) == "PAUSED");
  return paused ? "PAUSED" : status;
}

bool History::goes_on(const Job& job) const {
  if (in_flight_ != "finish" || shown_status(job) != "PAUSED") return shown_status(job) == "PROCESSING";
  const auto campaign = campaigns_.find(job.campaign);
  if (campaign == campaigns_.end()) return true;
  return campaign->second.status == "RUNNING" && std::none_of(holds_.begin(), holds_.end(), [&](const Hold& hold) {
           return hold.kind == "service" && campaign->second.ordinal < hold.ordinal;
         });
}

}  // namespace breakerd::simulation
