#include "tests/simulation/promises/jobs.hpp"

#include <algorithm>
#include <set>

#include "tests/simulation/promises/new_jobs.hpp"
#include "tests/simulation/promises/statuses.hpp"
#include "tests/simulation/promises/unique_keys.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

const std::vector<const char*>& fixed_members() {
  static const std::vector<const char*> members{"job_type", "name",         "description",  "campaign_id", "service",
                                                "payload",  "max_attempts", "max_expiries", "created_at",  "priority",
                                                "run_at",   "retry",        "timeout_ms"};
  return members;
}

bool is_status(const std::string& status) {
  return is_end(status) || status == "PENDING" || status == "PROCESSING" || status == "PAUSED";
}

bool is_failure_of_its_own(const Request& request) {
  return request.kind() == Kind::fail && request.job && request.text("service").empty();
}

std::string named(std::uint64_t id) { return "job " + std::to_string(id); }

/// What a member of an enqueue reads as later.
json as_shown(const json& asked, const char* member) {
  const auto found = asked.find(member);
  const bool optional_text = member != std::string{"payload"};
  if (found == asked.end() || (optional_text && *found == "")) return nullptr;
  return *found;
}

}  // namespace

void Jobs::begun(const Request& request, std::uint64_t call, Step begun) {
  if (request.job && is_failure_of_its_own(request)) {
    jobs_[*request.job].failures.push_back({call, begun});
    if (request.body.value("retry", json()) == false) jobs_[*request.job].may_be_given_up = true;
  }
  if (request.job && request.kind() == Kind::cancel) jobs_[*request.job].cancels.push_back({call, begun});
  if (request.kind() == Kind::enqueue) some_replaced_ = some_replaced_ || on_conflict_of(request.body) == "replace";
  if (request.kind() == Kind::enqueue_batch && request.body.is_array())
    for (const json& job : request.body) some_replaced_ = some_replaced_ || on_conflict_of(job) == "replace";
  many_retried_ = many_retried_ || request.kind() == Kind::retry_many;
  many_discarded_ = many_discarded_ || request.kind() == Kind::discard_many;
  if (request.job && (request.kind() == Kind::retry || request.kind() == Kind::discard))
    jobs_[*request.job].may_be_retried = true;
  const bool ends_campaign = request.kind() == Kind::fail_campaign || request.kind() == Kind::cancel_campaign;
  if (ends_campaign) campaign_ends_[request.campaign].push_back({call, begun});
}

void Jobs::ended(const Ended& ended) {
  const Request& request = ended.request;
  if (request.job && is_failure_of_its_own(request)) settle(jobs_[*request.job].failures, ended);
  if (request.job && request.kind() == Kind::cancel) settle(jobs_[*request.job].cancels, ended);
  if (request.kind() == Kind::fail_campaign || request.kind() == Kind::cancel_campaign) {
    settle(campaign_ends_[request.campaign], ended);
  }
  if (ended.status == 404 && request.job && request.route.kind != Kind::none) {
    const auto job = jobs_.find(*request.job);
    if (job != jobs_.end() && job->second.known_since < ended.begun) complain_(named(*request.job) + " is lost: 404");
  }
  if (!ended.ok() || !ended.data.is_object()) return;
  switch (request.kind()) {
    case Kind::enqueue:
      if (ended.status == 200) row(ended.data, ended.begun, ended.ended);  // it was there before
      for (const auto& [id, asked] : new_jobs(ended)) enqueued(ended, id, asked);
      break;
    case Kind::enqueue_batch:
      enqueued_batch(ended);
      break;
    case Kind::complete:
      if (ended.data.value("status", "") != "COMPLETED") {
        complain_("a complete was answered with a job that reads " + ended.data.value("status", ""));
      }
      if (request.body.contains("result") && request.job) {
        jobs_[*request.job].result = request.body["result"];
        jobs_[*request.job].has_result = true;
      }
      row(ended.data, ended.begun, ended.ended);
      break;
    case Kind::complete_many:
      completed_many(ended);
      break;
    case Kind::cancel:
      if (ended.data.value("status", "") != "CANCELLED") {
        complain_("a cancel was answered with a job that reads " + ended.data.value("status", ""));
      }
      row(ended.data, ended.begun, ended.ended);
      break;
    case Kind::job:
    case Kind::job_status:
      if (ended.data.value("id", std::uint64_t{0}) != request.job) complain_("another job was answered than asked for");
      row(ended.data, ended.begun, ended.ended);
      break;
    case Kind::retry:
    case Kind::discard:
      if (is_dead(ended.data.value("status", "")))
        complain_("a job that was retried or discarded reads " + ended.data.value("status", ""));
      row(ended.data, ended.begun, ended.ended);
      break;
    case Kind::fail:
    case Kind::release:
      row(ended.data, ended.begun, ended.ended);
      break;
    case Kind::jobs:
    case Kind::campaign_jobs:
    case Kind::campaign_details:
    case Kind::paused_jobs:
    case Kind::parked:
      for (const char* member : {"jobs", "latest_jobs", "paused_jobs"}) {
        if (!ended.data.contains(member)) continue;
        for (const json& job : ended.data[member]) row(job, ended.begun, ended.ended);
      }
      break;
    case Kind::lease:
      for (const json& job : ended.data.value("jobs", json::array())) {
        const auto id = job.value("id", std::uint64_t{0});
        check_fixed(id, jobs_[id], job);
        if (jobs_[id].ended_since < ended.begun && !(is_dead(jobs_[id].end) && may_leave_failed(jobs_[id])))
          complain_(named(id) + " was leased after it had ended");
        jobs_[id].known_since = std::min(jobs_[id].known_since, ended.ended);
      }
      break;
    default:
      break;
  }
}

void Jobs::completed_many(const Ended& ended) {
  std::size_t completed = 0;
  const json results = ended.data.value("results", json::array());
  for (std::size_t index = 0; index < results.size(); ++index) {
    const json& result = results[index];
    if (result.value("code", "") == "not_found") {
      const auto job = jobs_.find(result.value("id", std::uint64_t{0}));
      if (job != jobs_.end() && job->second.known_since < ended.begun)
        complain_(named(job->first) + " is lost: not_found");
    }
    if (result.value("status", "") != "COMPLETED") continue;
    ++completed;
    ended_as(result.value("id", std::uint64_t{0}), "COMPLETED", ended.ended);
    const json& item = index < ended.request.body.size() ? ended.request.body[index] : json();
    if (item.is_object() && item.contains("result")) {
      Job& job = jobs_[result.value("id", std::uint64_t{0})];
      job.result = item["result"];
      job.has_result = true;
    }
  }
  if (ended.data.value("completed", std::size_t{0}) != completed)
    complain_("jobs/complete counts its completes wrongly");
}

void Jobs::enqueued_batch(const Ended& ended) {
  const json& body = ended.request.body;
  const json items = ended.data.value("items", json());
  const bool has_keys =
      std::any_of(body.begin(), body.end(), [](const json& one) { return !unique_key_of(one).empty(); });
  const auto jobs = new_jobs(ended);
  const json first = jobs.empty() ? json() : json(jobs.front().first);
  const json last = jobs.empty() ? json() : json(jobs.back().first);
  if (items.is_array() != has_keys || (has_keys && items.size() != body.size()) ||
      ended.data.value("count", std::size_t{0}) != jobs.size() || ended.data.value("first_id", json()) != first ||
      ended.data.value("last_id", json()) != last ||
      (!jobs.empty() && jobs.back().first - jobs.front().first + 1 != jobs.size()))
    return complain_("a batch of " + std::to_string(body.size()) + " jobs was answered with " + ended.data.dump());
  for (const auto& [id, asked] : jobs) enqueued(ended, id, asked);
}

void Jobs::enqueued(const Ended& ended, std::uint64_t id, const json& asked) {
  if (id == 0 || !asked.is_object()) return complain_("an enqueue was answered without an id");
  Job& job = jobs_[id];
  if (job.known_since < ended.begun) complain_(named(id) + " was answered to an enqueue, and was there before");
  json shown = json::object();
  for (const char* member : {"job_type", "name", "description", "campaign_id", "payload"}) {
    shown[member] = as_shown(asked, member);
  }
  // What it does not say of these is its type's (job_types.hpp).
  for (const char* member : {"max_attempts", "max_expiries", "timeout_ms"})
    if (asked.contains(member)) shown[member] = asked[member];
  shown["priority"] = asked.value("priority", 0);
  if (!asked.contains("delay_ms")) shown["run_at"] = asked.value("run_at", json());
  check_fixed(id, job, shown);
  job.known_since = std::min(job.known_since, ended.ended);
  if (ended.request.kind() == Kind::enqueue) row(ended.data, ended.begun, ended.ended);
}

void Jobs::ended_as(std::uint64_t id, const std::string& status, Step ended) {
  Job& job = jobs_[id];
  const bool may_change = is_dead(job.end) && may_leave_failed(job);
  if (!job.end.empty() && job.end != status && !may_change)
    complain_(named(id) + " was " + job.end + " and became " + status);
  // A job that left FAILED has the end that came later.
  job.ended_since = job.end.empty() || job.end == status ? std::min(job.ended_since, ended) : ended;
  job.end = status;
  job.known_since = std::min(job.known_since, ended);
}

void Jobs::row(const json& row, Step begun, Step ended) {
  if (!row.is_object() || !row.contains("id") || !row["id"].is_number_unsigned()) return complain_("a job has no id");
  const auto id = row["id"].get<std::uint64_t>();
  Job& job = jobs_[id];
  check_fixed(id, job, row);
  check_status(id, job, row, begun, ended);
  if (row.contains("attempts")) {
    check_counts(id, job, row, begun);
    job.attempts.seen(ended, row.value("attempts", std::uint64_t{0}));
    job.expiries.seen(ended, row.value("expiries", std::uint64_t{0}));
    job.expiries_counted.seen(ended, row.value("expiries_counted", std::uint64_t{0}));
  }
  job.known_since = std::min(job.known_since, ended);
}

void Jobs::check_fixed(std::uint64_t id, Job& job, const json& row) {
  for (const char* member : fixed_members()) {
    const auto shown = row.find(member);
    if (shown == row.end()) continue;
    const auto before = job.fixed.find(member);
    if (before == job.fixed.end()) {
      job.fixed[member] = *shown;
    } else if (*before != *shown) {
      complain_(named(id) + " has another " + member + " than before");
    }
  }
}

void Jobs::check_status(std::uint64_t id, Job& job, const json& row, Step begun, Step ended) {
  const std::string status = row.value("status", "");
  if (!is_status(status)) return complain_(named(id) + " has the status '" + status + "', which there is not");
  const bool may_change = is_dead(job.end) && may_leave_failed(job);
  // What was read before the job was retried or discarded may be heard of after it has ended anew.
  const bool read_before = is_dead(status) && may_leave_failed(job) && job.ended_since >= begun;
  if (!job.end.empty() && status != job.end && !may_change && !read_before &&
      (is_end(status) || job.ended_since < begun)) {
    complain_(named(id) + " had ended as " + job.end + " and reads " + status);
  }
  if ((status == "PAUSED") != row.contains("pause_reason")) {
    complain_(named(id) + " reads " + status + (status == "PAUSED" ? " without" : " with") + " a pause_reason");
  }
  if (!is_end(status)) return;
  if (job.end.empty() || job.end == status || !read_before) ended_as(id, status, ended);
  if (!row.contains("attempts")) return;
  for (const char* member : {"lease", "worker"}) {
    if (!row.value(member, json()).is_null()) complain_(named(id) + " is " + status + " and has a " + member);
  }
  if (row.value("finished_at", json()).is_null()) complain_(named(id) + " is " + status + " and has no finished_at");
  if (status == "COMPLETED" && !row.value("error", json()).is_null())
    complain_(named(id) + " is completed with an error");
  if (status == "COMPLETED" && job.has_result && row.contains("result") && row["result"] != job.result) {
    complain_(named(id) + " has another result than it was completed with");
  }
}

void Jobs::check_counts(std::uint64_t id, Job& job, const json& row, Step begun) {
  const bool completed = row.value("status", "") == "COMPLETED";
  const auto shown = row.value("attempts", std::uint64_t{0});
  // The attempt that completed a job counts as one, too. (Asked of the daemon; the documents do not say it.)
  const auto attempts = completed && shown > 0 ? shown - 1 : shown;
  const auto attempts_max = row.value("max_attempts", std::uint64_t{0});
  const auto expiries = row.value("expiries", std::uint64_t{0});
  const auto counted = row.value("expiries_counted", std::uint64_t{0});
  const auto expiries_max = row.value("max_expiries", std::uint64_t{0});
  const std::string status = row.value("status", "");
  const auto complain = [&](const std::string& what) { complain_(named(id) + " " + what); };

  // A retry counts anew.
  if (may_leave_failed(job)) return;
  if (shown < job.attempts.floor(begun) || expiries < job.expiries.floor(begun) ||
      counted < job.expiries_counted.floor(begun)) {
    complain("has fewer attempts or expiries than before");
  }
  const bool expired = status == "FAILED" && row.value("error_type", json()) == "lease_expired";
  if (attempts > attempts_max || counted > expiries_max + (expired ? 1 : 0) || counted > expiries)
    complain("has passed its own maximum");
  const auto reported = static_cast<std::uint64_t>(std::count_if(
      job.failures.begin(), job.failures.end(), [&](const Attempt& failure) { return failure.ended < begun; }));
  if (attempts < reported) complain("has fewer attempts than failures were reported");
  const bool may_time_out = !row.value("timeout_ms", json()).is_null();
  if (attempts > job.failures.size() && !may_time_out) complain("has more attempts than anybody can have reported");
  if (status == "FAILED") {
    const bool by_expiries = expired && counted == expiries_max + 1;
    if (attempts != attempts_max && !by_expiries && !job.may_be_given_up) complain("is FAILED with attempts left");
  } else if (attempts >= attempts_max) {
    complain("has no attempt left and is not FAILED");
  }
}

void Jobs::settle(std::vector<Attempt>& attempts, const Ended& ended) {
  const auto found = std::find_if(attempts.begin(), attempts.end(),
                                  [&](const Attempt& attempt) { return attempt.call == ended.call; });
  if (found == attempts.end()) return;
  if (ended.outcome == Outcome::nothing) attempts.erase(found);
  if (ended.ok()) found->ended = ended.ended;
}

bool Jobs::may_have_been_ended(std::uint64_t id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return true;
  if (some_replaced_ || !found->second.cancels.empty() || !found->second.end.empty()) return true;
  const auto ends = campaign_ends_.find(campaign_of(id));
  return ends != campaign_ends_.end() && !ends->second.empty();
}

std::string Jobs::campaign_of(std::uint64_t id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return "";
  const auto campaign = found->second.fixed.find("campaign_id");
  return campaign != found->second.fixed.end() && campaign->is_string() ? campaign->get<std::string>() : "";
}

}  // namespace breakerd::simulation
