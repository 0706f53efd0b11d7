#include "tests/simulation/promises/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

const std::set<std::string> none{};
const std::set<std::string> takes_jobs{"sealed", "wrong_state", "duplicate"};
const std::set<std::string> retries{"wrong_state", "duplicate"};
const std::set<std::string> stale{"stale_lease"};
const std::set<std::string> state{"wrong_state"};
const std::set<std::string> closes{"circuit_changed", "wrong_state"};
const std::set<std::string> gated{"wrong_state", "circuit_open", "held"};

const std::vector<Route>& routes() {
  static const std::vector<Route> routes{
      {Kind::enqueue, "POST", "/api/v1/jobs", 201, takes_jobs, true},
      {Kind::enqueue_batch, "POST", "/api/v1/jobs/batch", 201, takes_jobs, true},
      {Kind::complete_many, "POST", "/api/v1/jobs/complete", 200, none, true},
      {Kind::settle, "POST", "/api/v1/jobs/settle", 200, none, true},
      {Kind::jobs, "GET", "/api/v1/jobs", 200, none, false},
      {Kind::job, "GET", "/api/v1/jobs/{job}", 200, none, false},
      {Kind::cancel, "DELETE", "/api/v1/jobs/{job}", 200, state, true},
      {Kind::job_status, "GET", "/api/v1/jobs/{job}/status", 200, none, false},
      {Kind::why, "GET", "/api/v1/jobs/{job}/why", 200, none, false},
      {Kind::cancel, "POST", "/api/v1/jobs/{job}/cancel", 200, state, true},
      {Kind::heartbeat, "POST", "/api/v1/jobs/{job}/heartbeat", 200, stale, true},
      {Kind::complete, "POST", "/api/v1/jobs/{job}/complete", 200, stale, true},
      {Kind::fail, "POST", "/api/v1/jobs/{job}/fail", 200, stale, true},
      {Kind::release, "POST", "/api/v1/jobs/{job}/release", 200, stale, true},
      {Kind::retry, "POST", "/api/v1/jobs/{job}/retry", 200, retries, true},
      {Kind::discard, "POST", "/api/v1/jobs/{job}/discard", 200, state, true},
      {Kind::retry_many, "POST", "/api/v1/jobs/retry", 202, none, true},
      {Kind::discard_many, "POST", "/api/v1/jobs/discard", 202, none, true},
      {Kind::parked, "GET", "/api/v1/parked", 200, none, false},
      {Kind::release_parked, "POST", "/api/v1/parked/release", 202, none, true},
      {Kind::cancel_parked, "POST", "/api/v1/parked/cancel", 202, none, true},
      {Kind::commands, "GET", "/api/v1/commands", 200, none, false},
      {Kind::command, "GET", "/api/v1/commands/{job}", 200, none, false},
      {Kind::stop_command, "POST", "/api/v1/commands/{job}/stop", 200, none, true},
      {Kind::lease, "POST", "/api/v1/leases", 200, none, true},
      {Kind::create_campaign, "POST", "/api/v1/campaigns", 201, none, true},
      {Kind::campaigns, "GET", "/api/v1/campaigns", 200, none, false},
      {Kind::campaign, "GET", "/api/v1/campaigns/{campaign}", 200, none, false},
      {Kind::update_campaign, "PATCH", "/api/v1/campaigns/{campaign}", 200, none, true},
      {Kind::campaign_details, "GET", "/api/v1/campaigns/{campaign}/details", 200, none, false},
      {Kind::validate_start, "GET", "/api/v1/campaigns/{campaign}/start/validate", 200, none, false},
      {Kind::campaign_jobs, "GET", "/api/v1/campaigns/{campaign}/jobs", 200, none, false},
      {Kind::start, "POST", "/api/v1/campaigns/{campaign}/start", 200, gated, true},
      {Kind::resume, "POST", "/api/v1/campaigns/{campaign}/resume", 200, gated, true},
      {Kind::seal, "POST", "/api/v1/campaigns/{campaign}/seal", 200, state, true},
      {Kind::pause, "POST", "/api/v1/campaigns/{campaign}/pause", 200, state, true},
      {Kind::fail_campaign, "POST", "/api/v1/campaigns/{campaign}/fail", 200, state, true},
      {Kind::cancel_campaign, "POST", "/api/v1/campaigns/{campaign}/cancel", 200, state, true},
      {Kind::breaker, "GET", "/api/v1/breaker", 200, none, false},
      {Kind::breaker, "GET", "/api/v1/queue/circuit-breaker-status", 200, none, false},
      {Kind::allow, "GET", "/api/v1/breaker/allow", 200, none, false},
      {Kind::report_failure, "POST", "/api/v1/breaker/failures", 200, none, true},
      {Kind::open, "POST", "/api/v1/breaker/open", 200, none, true},
      {Kind::open, "POST", "/api/v1/queue/open-circuit-breaker", 200, none, true},
      {Kind::close, "POST", "/api/v1/breaker/close", 200, closes, true},
      {Kind::close, "POST", "/api/v1/queue/close-circuit-breaker", 200, closes, true},
      {Kind::close, "POST", "/api/v1/queue-management/close-circuit", 200, closes, true},
      {Kind::close, "POST", "/api/v1/queue-management/circuit-breakers/{service}/reset", 200, closes, true},
      {Kind::status, "GET", "/api/v1/queue-management/status", 200, none, false},
      {Kind::circuit_breakers, "GET", "/api/v1/queue-management/circuit-breakers", 200, none, false},
      {Kind::pause_service, "POST", "/api/v1/queue-management/pause-service", 200, none, true},
      {Kind::resume_service, "POST", "/api/v1/queue-management/resume-service", 200, none, true},
      {Kind::resume_queue, "POST", "/api/v1/queue-management/resume-queue", 200, {"circuit_open"}, true},
      {Kind::rollout, "GET", "/api/v1/queue-management/ramp", 200, none, false},
      {Kind::stop_rollout, "POST", "/api/v1/queue-management/ramp/stop", 200, none, true},
      {Kind::campaign_status, "GET", "/api/v1/queue-management/campaign-status", 200, none, false},
      {Kind::paused_campaigns, "GET", "/api/v1/queue-management/paused-campaigns/{service}", 200, none, false},
      {Kind::paused_jobs, "GET", "/api/v1/queue-management/paused-jobs/{service}", 200, none, false},
      {Kind::hold_campaigns, "POST", "/api/v1/queue-management/pause-campaigns-for-service", 200, none, true},
      {Kind::lift_hold, "POST", "/api/v1/queue-management/resume-campaigns-for-service", 200, {"circuit_open"}, true},
      {Kind::place_job_hold, "POST", "/api/v1/holds", 201, none, true},
      {Kind::lift_job_hold, "POST", "/api/v1/holds/{hold}/lift", 200, none, true},
      {Kind::job_holds, "GET", "/api/v1/holds", 200, none, false},
      {Kind::limits, "GET", "/api/v1/limits", 200, none, false},
      {Kind::set_limit, "PUT", "/api/v1/limits/{kind}/{name}", 200, none, true},
      {Kind::limit, "GET", "/api/v1/limits/{kind}/{name}", 200, none, false},
      {Kind::remove_limit, "DELETE", "/api/v1/limits/{kind}/{name}", 200, none, true},
      {Kind::set_job_type, "PUT", "/api/v1/job-types/{type}", 200, none, true},
      {Kind::remove_job_type, "DELETE", "/api/v1/job-types/{type}", 200, none, true},
      {Kind::job_type, "GET", "/api/v1/job-types/{type}", 200, none, false},
      {Kind::job_types, "GET", "/api/v1/job-types", 200, none, false},
      {Kind::create_schedule, "POST", "/api/v1/schedules", 201, takes_jobs, true},
      {Kind::schedules, "GET", "/api/v1/schedules", 200, none, false},
      {Kind::schedule, "GET", "/api/v1/schedules/{schedule}", 200, none, false},
      {Kind::change_schedule, "PATCH", "/api/v1/schedules/{schedule}", 200, takes_jobs, true},
      {Kind::remove_schedule, "DELETE", "/api/v1/schedules/{schedule}", 200, none, true},
      {Kind::pause_schedule, "POST", "/api/v1/schedules/{schedule}/pause", 200, none, true},
      {Kind::resume_schedule, "POST", "/api/v1/schedules/{schedule}/resume", 200, none, true},
      {Kind::run_schedule, "POST", "/api/v1/schedules/{schedule}/run", 201, takes_jobs, true},
      {Kind::events, "GET", "/api/v1/events", 200, none, false},
      {Kind::workers, "GET", "/api/v1/workers", 200, none, false},
      {Kind::livez, "GET", "/livez", 200, none, false},
      {Kind::readyz, "GET", "/readyz", 200, none, false},
  };
  return routes;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    parts.push_back(path.substr(1, end - 1));
    path.remove_prefix(end);
  }
  return parts;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool dash = index == 8 || index == 13 || index == 18 || index == 23;
    if (dash ? text[index] != '-' : !std::isxdigit(static_cast<unsigned char>(text[index]))) return false;
  }
  return true;
}

/// Whether the path is that of the route; fills what stands for ids in.
bool matches(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& parts,
             Request& request) {
  if (pattern.size() != parts.size()) return false;
  for (std::size_t index = 0; index < pattern.size(); ++index) {
    if (pattern[index] == "{job}") {
      request.job = number_of(parts[index]);
      if (!request.job) return false;
    } else if (pattern[index] == "{hold}") {
      request.hold = number_of(parts[index]);
      if (!request.hold) return false;
    } else if (pattern[index] == "{schedule}") {
      request.schedule = number_of(parts[index]);
      if (!request.schedule) return false;
    } else if (pattern[index] == "{campaign}") {
      if (!is_uuid(parts[index])) return false;
      request.campaign = parts[index];
    } else if (pattern[index] == "{kind}") {
      request.limit_kind = parts[index];
      static const std::set<std::string> kinds{"service", "campaign", "job_type"};
      if (kinds.count(request.limit_kind) == 0) return false;
    } else if (pattern[index] == "{name}") {
      request.limit_name = parts[index];
      if (request.limit_kind == "campaign" && !is_uuid(parts[index])) return false;
    } else if (pattern[index] == "{service}") {
      request.service = parts[index];
    } else if (pattern[index] == "{type}") {
      request.job_type = parts[index];
    } else if (pattern[index] != parts[index]) {
      return false;
    }
  }
  return true;
}

json parse_body(const std::string& body, bool may_have_lines) {
  if (body.empty()) return nullptr;
  if (!may_have_lines || body.front() != '{') return json::parse(body, nullptr, false);
  json items = json::array();
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    json item = json::parse(body.begin() + static_cast<std::ptrdiff_t>(at),
                            body.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (item.is_discarded()) return item;
    items.push_back(std::move(item));
    at = end + 1;
  }
  return items;
}

std::map<std::string, std::string> query_of(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query[std::string{pair.substr(0, equals)}] = pair.substr(std::min(equals + 1, pair.size()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return query;
}

/// The routes with their paths taken apart, once.
const std::vector<std::vector<std::string_view>>& patterns() {
  static const std::vector<std::vector<std::string_view>> patterns = [] {
    std::vector<std::vector<std::string_view>> all;
    for (const Route& route : routes()) all.push_back(parts_of(route.path));
    return all;
  }();
  return patterns;
}

}  // namespace

std::string Request::text(const char* member) const {
  if (!body.is_object()) return "";
  const auto found = body.find(member);
  return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::uint64_t> Request::number(const char* member) const {
  if (!body.is_object()) return std::nullopt;
  const auto found = body.find(member);
  if (found == body.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

bool Request::may_open() const {
  switch (kind()) {
    case Kind::open:
    case Kind::pause_service:
      return true;
    case Kind::report_failure:
      return true;
    case Kind::fail:
      return body.is_object() && body.contains("service") && !body["service"].is_null();
    default:
      return false;
  }
}

bool Request::opens_always() const {
  if (kind() == Kind::report_failure) return !text("error").empty() || !text("service").empty();
  return kind() == Kind::fail && !text("service").empty();
}

const json* Request::plan() const {
  if ((kind() != Kind::close && kind() != Kind::resume_queue && kind() != Kind::preview) || !body.is_object())
    return nullptr;
  const auto plan = body.find("plan");
  if (plan == body.end() || !plan->is_object()) return nullptr;
  const auto actions = plan->find("actions");
  return actions == plan->end() || actions->is_null() || actions->is_array() ? &*plan : nullptr;
}

const json& Request::planned_actions() const {
  static const json none = json::array();
  const json* const has = plan();
  if (has == nullptr) return none;
  const auto actions = has->find("actions");
  return actions != has->end() && actions->is_array() ? *actions : none;
}

namespace {

/// With dry_run some calls change nothing.
void only_counts(Request& request) {
  const auto dry_run = request.query.find("dry_run");
  if (dry_run == request.query.end() || dry_run->second != "true") return;
  const auto becomes = [&](Kind kind, const std::set<std::string>& conflicts = none) {
    request.route = {kind, "POST", request.route.path, 200, conflicts, false};
  };
  if (request.kind() == Kind::retry_many || request.kind() == Kind::discard_many) becomes(Kind::count_failed);
  if (request.is_about_parked()) becomes(Kind::count_parked);
  if (request.kind() == Kind::resume_queue) becomes(Kind::preview);
  if (request.kind() == Kind::close) becomes(Kind::preview, closes);  // what would refuse it refuses that, too
}

}  // namespace

Request parse(const Call& call) {
  Request request;
  const std::size_t question = std::min(call.target.find('?'), call.target.size());
  std::string path = call.target.substr(0, question);
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  if (question < call.target.size()) request.query = query_of(std::string_view{call.target}.substr(question + 1));
  request.head = call.method == "HEAD";
  const std::string method = request.head ? "GET" : call.method;
  const std::vector<std::string_view> parts = parts_of(path);
  for (std::size_t index = 0; index < routes().size(); ++index) {
    if (!matches(patterns()[index], parts, request)) continue;
    request.path_exists = true;
    if (method != routes()[index].method) continue;
    request.route = routes()[index];
    break;
  }
  only_counts(request);
  const bool lines =
      request.kind() == Kind::enqueue_batch || request.kind() == Kind::complete_many || request.kind() == Kind::settle;
  request.body = parse_body(call.body, lines);
  for (const auto& [name, value] : call.headers) {
    if (method == "GET" || name != "Idempotency-Key") continue;
    request.keyed = true;
    request.key = value;
  }
  return request;
}

bool is_key(const std::string& text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool Request::takes_key() const {
  return keyed && kind() != Kind::none && kind() != Kind::lease && kind() != Kind::heartbeat;
}

std::vector<Request> settled_by(const Request& request) {
  static const json nothing;
  const bool with_lease = request.kind() == Kind::lease && request.body.is_object() && request.body.contains("settle");
  const json& items = with_lease ? request.body["settle"] : request.kind() == Kind::settle ? request.body : nothing;
  std::vector<Request> parts;
  if (!items.is_array()) return parts;
  for (const json& item : items) {
    if (!item.is_object() || !item.contains("job_id") || !item["job_id"].is_number_unsigned()) return {};
    if (!item.contains("outcome") || !item["outcome"].is_string()) return {};
    const std::string outcome = item.value("outcome", "");
    const auto route = std::find_if(routes().begin(), routes().end(), [&](const Route& one) {
      return one.path == "/api/v1/jobs/{job}/" + outcome &&
             (outcome == "complete" || outcome == "fail" || outcome == "release");
    });
    if (route == routes().end()) return {};
    Request part;
    part.route = *route;
    part.path_exists = true;
    part.job = item["job_id"].get<std::uint64_t>();
    part.body = item;
    part.keyed = request.keyed;
    part.key = request.key;
    part.is_part = true;
    part.may_be_early = with_lease && request.number("wait_ms").value_or(0) > 0;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace breakerd::simulation
