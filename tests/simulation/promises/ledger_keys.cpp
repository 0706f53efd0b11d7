#include "tests/simulation/promises/ledger_keys.hpp"

#include "tests/simulation/promises/schedules.hpp"
#include "tests/simulation/promises/timeouts.hpp"
#include "tests/simulation/promises/unique_keys.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string number(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_number() ? found->dump() : "";
}

std::string or_default(std::string given, const char* otherwise) { return given.empty() ? otherwise : given; }

/// A call that gave no reason stands under "?", because each call has its own words for that.
std::vector<std::string> with_reason(const std::string& key, const json& data) {
  return {key + text(data, "reason"), key + "?"};
}

/// A key, and that of the plan that the call has.
std::vector<std::pair<std::string, std::size_t>> with_plan(std::string key, const Request& request) {
  if (request.plan() == nullptr) return {{std::move(key), 1}};
  return {{std::move(key), 1}, {"plan many " + or_default(request.text("reason"), "?"), 1}};
}

/// Of an enqueue whose answer with the id was lost.
std::string like_job(const json& job) {
  return "enqueue like " + text(job, "job_type") + " " + text(job, "campaign_id") + text(job, "campaign") + " " +
         text(job, "name");
}

}  // namespace

bool is_opening(const std::string& key) { return key.rfind("failure ", 0) == 0 || key.rfind("open ", 0) == 0; }

bool is_command(const std::string& key) { return key.find(" many ") != std::string::npos; }

std::string key_of_job(std::uint64_t id) { return "enqueue " + std::to_string(id); }
std::string key_of_lease(const std::string& token_digest) { return "lease " + token_digest; }
std::string key_of_replacement() { return "replace"; }
std::string key_of_replacement(const std::string& job) { return "replace for " + job; }
std::string key_of_unheard_release() { return "release what nobody heard of"; }
std::string key_of_bare_release(const Request& request) {
  const bool may_be =
      request.is_part && request.kind() == Kind::fail && !request.text("service").empty() && request.job;
  return may_be ? "release " + std::to_string(*request.job) : "";
}
std::string key_of_campaign(const std::string& id) { return "create " + id; }

std::vector<std::pair<std::string, std::size_t>> keys_of(const Request& request) {
  const std::string job = request.job ? std::to_string(*request.job) : "";
  const json& body = request.body;
  const bool has_body = body.is_object();
  switch (request.kind()) {
    case Kind::enqueue:
      if (!has_body) return {};
      if (on_conflict_of(body) == "replace") return {{like_job(body), 1}, {key_of_replacement(), 1}};
      return {{like_job(body), 1}};
    case Kind::enqueue_batch: {
      std::vector<std::pair<std::string, std::size_t>> keys;
      if (!body.is_array()) return {};
      for (const json& item : body) {
        if (!item.is_object()) continue;
        keys.push_back({like_job(item), 1});
        if (on_conflict_of(item) == "replace") keys.push_back({key_of_replacement(), 1});
      }
      return keys;
    }
    case Kind::lease:
      if (request.number("wait_ms").value_or(0) == 0)
        return {{"lease by " + request.text("worker"), request.number("max").value_or(1)}};
      // What was leased to a client that had gone is released.
      return {{"lease by " + request.text("worker"), request.number("max").value_or(1)},
              {key_of_unheard_release(), request.number("max").value_or(1)}};
    case Kind::complete:
      return {{"complete " + job, 1}};
    case Kind::complete_many: {
      std::vector<std::pair<std::string, std::size_t>> keys;
      if (!body.is_array()) return {};
      for (const json& item : body) {
        if (item.is_object()) keys.push_back({"complete " + number(item, "id"), 1});
      }
      return keys;
    }
    case Kind::fail:
      if (request.text("service").empty()) return {{"fail " + job + " " + request.text("error"), 1}};
      return {{"failure " + or_default(request.text("error"), "no error given"), 1},
              {"return " + job + " " + request.text("error"), 1}};
    case Kind::release:
      return {{"release " + job, 1}};
    case Kind::cancel:
      return {{"cancel " + job, 1}};
    case Kind::retry:
      return {{"retry " + job, 1}};
    case Kind::discard:
      return {{"discard " + job, 1}};
    case Kind::retry_many:
    case Kind::discard_many:
      return {{(request.may_retry() ? "retry many " : "discard many ") + request.text("reason"), 1}};
    case Kind::create_campaign:
      return {{"create like " + request.text("name"), 1}};
    case Kind::update_campaign:
      return {{"update " + request.campaign + " " + request.text("name"), 1}};
    case Kind::start:
      return {{"start " + request.campaign, 1}};
    case Kind::resume:
      return {{"resume " + request.campaign, 1}};
    case Kind::seal:
      return {{"seal " + request.campaign, 1}};
    case Kind::pause:
      return {{"pause " + request.campaign + " " + or_default(request.text("reason"), "?"), 1}};
    case Kind::fail_campaign:
      return {{"fail-campaign " + request.campaign, 1}};
    case Kind::cancel_campaign:
      return {{"cancel-campaign " + request.campaign, 1}};
    case Kind::report_failure:
      return {{"failure " + or_default(request.text("error"), "no error given"), 1}};
    case Kind::open:
    case Kind::pause_service:
      return {{"open " + or_default(request.text("reason"), "?"), 1}};
    case Kind::close:
      return with_plan("close " + or_default(request.text("reason"), "?"), request);
    case Kind::place_job_hold:
      return {
          {"hold jobs " + request.text("job_type") + "/" + request.text("service") + "/" + request.text("campaign_id"),
           1}};
    case Kind::lift_job_hold:
      return {{"lift job hold " + std::to_string(request.hold.value_or(0)), 1}};
    case Kind::set_limit:
      return {{"set limit " + request.limit_kind + " " + request.limit_name, 1}};
    case Kind::remove_limit:
      return {{"remove limit " + request.limit_kind + " " + request.limit_name, 1}};
    case Kind::set_job_type:
      return {{"set job type " + request.job_type, 1}};
    case Kind::remove_job_type:
      return {{"remove job type " + request.job_type, 1}};
    case Kind::create_schedule:
      return {{"create schedule " + or_default(request.text("reason"), "?"), 1}};
    case Kind::change_schedule:
      return {{"change schedule " + std::to_string(request.schedule.value_or(0)), 1}};
    case Kind::remove_schedule:
      return {{"remove schedule " + std::to_string(request.schedule.value_or(0)), 1}};
    case Kind::pause_schedule:
      return {{"pause schedule " + std::to_string(request.schedule.value_or(0)), 1}};
    case Kind::resume_schedule:
      return {{"resume schedule " + std::to_string(request.schedule.value_or(0)), 1}};
    case Kind::run_schedule:
      return {{"run schedule " + std::to_string(request.schedule.value_or(0)), 1}};
    case Kind::release_parked:
      return {{"release_parked many " + request.text("reason"), 1}};
    case Kind::cancel_parked:
      return {{"cancel_parked many " + request.text("reason"), 1}};
    case Kind::resume_queue:
      return with_plan("lift " + or_default(request.text("reason"), "?"), request);
    case Kind::stop_rollout:
      return {{"stop rollout " + or_default(request.text("reason"), "?"), 1}};
    case Kind::lift_hold:
      return {{"lift " + or_default(request.text("reason"), "?"), 1}};
    case Kind::hold_campaigns:
      return {{"hold " + request.text("service"), 1}};
    default:
      return {};
  }
}

std::vector<std::string> keys_of(const json& event) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  const std::string job = number(data, "job");
  const std::string campaign = text(data, "campaign");
  if (type == "JobEnqueued" && is_of_schedule(event)) return {};  // that event is its cause
  if (type == "JobEnqueued") return {"enqueue " + job, like_job(data)};
  if (type == "JobLeased") return {"lease " + text(data, "token_digest"), "lease by " + text(data, "worker")};
  if (type == "JobCompleted") return {"complete " + job};
  if (is_timeout(event)) {
    if (text(event, "principal") == "breakerd") return {};
    return {"release " + job, key_of_unheard_release()};  // given back when it was over its time
  }
  if (type == "JobAttemptFailed") return {"fail " + job + " " + text(data, "error")};
  if (type == "JobFailed") {
    if (text(data, "error_type") == "lease_expired") return {};
    return {"fail " + job + " " + text(data, "error")};
  }
  if (type == "JobReturned") return {"return " + job + " " + text(data, "error")};
  if (type == "JobReleased") return {"release " + job, key_of_unheard_release()};
  // Of a command about many jobs: that event is its cause.
  const bool has_cause = event.contains("cause") && event["cause"].is_number_unsigned();
  const bool is_discarded = data.contains("discarded") && (data["discarded"] == true || data["discarded"] == 1);
  if (type == "JobRetried") return has_cause ? std::vector<std::string>{} : std::vector{"retry " + job};
  if (type == "JobCancelled" && is_discarded)
    return has_cause ? std::vector<std::string>{} : std::vector{"discard " + job};
  if (type == "JobCommandStarted") return with_reason(text(data, "kind") + " many ", data);
  const std::string replaced = "replaced by job ";
  if (type == "JobCancelled" && text(data, "reason").rfind(replaced, 0) == 0)
    return {key_of_replacement(text(data, "reason").substr(replaced.size())), key_of_replacement()};
  if (type == "JobCancelled") return has_cause ? std::vector<std::string>{} : std::vector{"cancel " + job};
  if (type == "CampaignCreated") return {"create " + campaign, "create like " + text(data, "name")};
  if (type == "CampaignUpdated") return {"update " + campaign + " " + text(data, "name")};
  if (type == "CampaignStarted") return {"start " + campaign};
  if (type == "CampaignPaused") return with_reason("pause " + campaign + " ", data);
  if (type == "CampaignResumed") return {"resume " + campaign};
  if (type == "CampaignSealed") return {"seal " + campaign};
  if (type == "CampaignFailed") return {"fail-campaign " + campaign};
  if (type == "CampaignCancelled") return {"cancel-campaign " + campaign};
  if (type == "CircuitClosed") return with_reason("close ", data);
  if (type == "JobHoldPlaced")
    return {"hold jobs " + text(data, "job_type") + "/" + text(data, "service") + "/" + text(data, "campaign")};
  if (type == "JobHoldLifted") return {"lift job hold " + number(data, "hold")};
  if (type == "LeaseLimitSet") return {"set limit " + text(data, "kind") + " " + text(data, "name")};
  if (type == "LeaseLimitRemoved") return {"remove limit " + text(data, "kind") + " " + text(data, "name")};
  if (type == "JobTypeSet") return {"set job type " + text(data, "job_type")};
  if (type == "JobTypeRemoved") return {"remove job type " + text(data, "job_type")};
  const std::string schedule = number(data, "schedule");
  // Who creates one gives a reason of his own, and who changes one gives none.
  if (type == "ScheduleSet" && text(data, "reason") == "no reason given") return {"change schedule " + schedule};
  if (type == "ScheduleSet") return {"create schedule " + text(data, "reason")};
  if (type == "ScheduleRemoved") return {"remove schedule " + schedule};
  if (type == "SchedulePaused") return {"pause schedule " + schedule};
  if (type == "ScheduleResumed" && is_earlier_time(event)) return {};
  if (type == "ScheduleResumed") return {"resume schedule " + schedule};
  if (type == "ScheduleRan" && data.value("by_hand", false)) return {"run schedule " + schedule};
  if (type == "HoldsLifted") return with_reason("lift ", data);
  if (type == "RolloutEnded")
    return text(data, "end") == "stopped" ? with_reason("stop rollout ", data) : std::vector<std::string>{};
  if (type == "OpeningReaffirmed") return with_reason("open ", data);
  if (type == "HoldPlaced" && text(data, "kind") == "service") return {"hold " + text(data, "service")};
  if (type == "CircuitOpened" || type == "FailureRecorded") {
    if (data.contains("by_hand") && data["by_hand"] != false && data["by_hand"] != 0) return with_reason("open ", data);
    if (text(data, "error_type") == "storage") return {};
    return {"failure " + text(data, "error")};
  }
  return {};
}

}  // namespace breakerd::simulation
