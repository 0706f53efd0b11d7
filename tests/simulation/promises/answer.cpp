#include "tests/simulation/promises/answer.hpp"

#include <map>
#include <set>

namespace breakerd::simulation {

namespace {

using nlohmann::json;
using Complain = std::function<void(std::string)>;

/// The codes that may come with a status, for any call. 409 depends on the call.
const std::map<int, std::set<std::string>>& codes() {
  static const std::map<int, std::set<std::string>> codes{
      {400,
       {"invalid_json", "unknown_service", "bad_request", "bad_target", "bad_host", "bad_framing", "trailers_refused",
        "circuit_open"}},
      {403, {"cross_site"}},
      {404, {"not_found"}},
      {405, {"method_not_allowed"}},
      {408, {"request_timeout"}},
      {413, {"body_too_large", "batch_too_large", "payload_too_large"}},
      {415, {"unsupported_media_type"}},
      {417, {"expectation_failed"}},
      {422, {"invalid"}},
      {431, {"header_too_large"}},
      {500, {"corrupt"}},
      {503, {"unavailable", "outcome_unknown", "storage", "overloaded", "too_many_connections", "too_many_waiters"}},
      {505, {"http_version_not_supported"}},
  };
  return codes;
}

bool has(const std::optional<Response>& response, const char* header) { return response->headers.count(header) > 0; }

void check_code(const Ended& ended, const std::string& code, const Complain& complain) {
  if (ended.status == 409) {
    static const std::set<std::string> everywhere{"conflict", "limit"};
    const Route& route = ended.request.route;
    if (code == "in_progress" && ended.request.takes_key()) return;
    const bool may_have_plan = ended.request.kind() == Kind::close || ended.request.kind() == Kind::preview;
    if (code == "wrong_state" && may_have_plan && ended.request.plan() == nullptr)
      complain("refuses a close without a plan for the state of the circuit");
    if (!route.conflicts.count(code) && !(route.changes && everywhere.count(code))) {
      complain("is 409 with code '" + code + "', which is not one of this call's");
    }
    return;
  }
  const auto known = codes().find(ended.status);
  if (known == codes().end())
    return complain("has the status " + std::to_string(ended.status) + ", which has no meaning");
  if (!known->second.count(code)) {
    return complain("is " + std::to_string(ended.status) + " with code '" + code + "', which does not belong to it");
  }
  if (code == "unsupported_media_type") complain("is refused for its Content-Type, and no browser has sent it");
  if (code == "circuit_open" && ended.request.kind() != Kind::resume_queue) complain("is 400 because of the circuit");
  if (code == "outcome_unknown" && !ended.request.route.changes) complain("of a read says that its outcome is unknown");
}

/// Of one that is as the documents have it only what was asked for can be refused, not how it was asked.
void check_that_it_is_to_blame(const Ended& ended, const std::string& code, const Complain& complain) {
  static const std::set<int> for_its_form{400, 403, 405, 413, 415, 417, 422, 431, 505};
  const bool is_to_blame = !ended.is_careful || (ended.request.keyed && !ended.request.takes_key());
  if (is_to_blame || !for_its_form.count(ended.status) || code == "circuit_open") return;
  complain("is " + std::to_string(ended.status) +
           ", and the call is as the documents have it: " + ended.problem.dump());
}

/// A report that can be read is recorded, whatever else is refused of it.
void check_that_it_opens(const Ended& ended, const Complain& complain) {
  static const std::set<int> of_its_parts{400, 404, 409, 422};
  if (ended.code() == "in_progress") return;  // the request that is being done says the same
  if (ended.request.opens_always() && of_its_parts.count(ended.status) && !ended.recorded_all_the_same())
    complain("refuses a part of a report and does not say that the failure was recorded");
}

void check_problem(const Ended& ended, const std::optional<Response>& response, const Complain& complain) {
  const json& problem = ended.problem;
  for (const char* member : {"type", "title", "detail", "code"}) {
    if (!problem.is_object() || !problem.contains(member) || !problem[member].is_string()) {
      return complain("is a refusal without a text at '" + std::string{member} + "'");
    }
  }
  if (problem.value("status", 0) != ended.status) complain("names another status in its body");
  if (const auto type = response->headers.find("content-type");
      type == response->headers.end() || type->second.rfind("application/problem+json", 0) != 0) {
    complain("is a refusal that is not application/problem+json");
  }
  const std::string code = problem["code"];
  check_code(ended, code, complain);
  check_that_it_is_to_blame(ended, code, complain);
  check_that_it_opens(ended, complain);
  const bool names_fields = problem.contains("errors") && problem["errors"].is_array() && !problem["errors"].empty();
  if (ended.status == 422 && !names_fields) complain("is 422 and names no field");
  if (ended.status == 503 && !has(response, "retry-after")) complain("is 503 without Retry-After");
  if (ended.status == 405 && !has(response, "allow")) complain("is 405 without Allow");
  if (ended.status == 404 && problem["detail"].get<std::string>().find("not found") == std::string::npos) {
    complain("is 404 without the words 'not found'");
  }
  const bool is_a_key = ended.request.kind() == Kind::enqueue || ended.request.kind() == Kind::retry;
  const bool about_a_job =
      code == "stale_lease" || (code == "duplicate" && is_a_key) ||
      (code == "wrong_state" && (ended.request.kind() == Kind::cancel || ended.request.kind() == Kind::retry ||
                                 ended.request.kind() == Kind::discard));
  if (about_a_job && !problem.contains("job_status")) complain("is 409 about a job without job_status");
}

void check_success(const Ended& ended, const json& body, const std::optional<Response>& response,
                   const Complain& complain) {
  const Route& route = ended.request.route;
  if (route.kind == Kind::none) return complain("succeeded, where there is no such call");
  // The job that holds the unique key, or the hold on the same jobs.
  const bool was_there = (route.kind == Kind::enqueue || route.kind == Kind::place_job_hold) && ended.status == 200;
  if (ended.status != route.success && !was_there)
    complain("is " + std::to_string(ended.status) + ", not " + std::to_string(route.success));
  if (ended.request.keyed && !ended.request.takes_key())
    complain("succeeded with an Idempotency-Key, which must be refused");
  const bool created = (route.kind == Kind::enqueue && !was_there) || route.kind == Kind::create_campaign ||
                       route.kind == Kind::retry_many || route.kind == Kind::discard_many ||
                       ended.request.is_about_parked();
  if (created && !has(response, "location")) complain("has made something, and is without a Location");
  if (ended.request.head) return;
  if (!body.is_object() || !body.contains("data")) return complain("is a success without 'data'");
  const std::string said = body.value("status", "");
  if (said != "success" && !(route.kind == Kind::resume_service && said == "error")) {
    complain("is a success whose envelope says '" + said + "'");
  }
}

/// One that is recorded in the words that it has.
bool is_plain_report(const Request& request) {
  if (!request.body.is_object()) return false;
  const std::string service = request.text("service");
  const bool is_label =
      service.size() <= 64 && service.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
  if (request.kind() == Kind::open || request.kind() == Kind::pause_service) return !request.text("reason").empty();
  return is_label && !service.empty() && !request.text("error").empty();
}

Outcome outcome_of(const Ended& ended) {
  if (ended.status == 0) return Outcome::unknown;
  if (ended.status < 300) return Outcome::done;
  const std::string code = ended.code();
  if (code == "outcome_unknown" || code == "storage" || ended.status == 500) return Outcome::unknown;
  return Outcome::nothing;
}

}  // namespace

bool Ended::recorded_all_the_same() const {
  if (!problem.is_object()) return false;
  const std::string detail = problem.value("detail", "");
  static const std::string words = "the failure was recorded all the same and the circuit is open";
  return detail.size() >= words.size() && detail.compare(detail.size() - words.size(), words.size(), words) == 0;
}

bool Ended::is_recorded_later() const {
  return request.may_open() && code() == "outcome_unknown" && is_plain_report(request);
}

bool Ended::says_nothing_changed() const {
  if (!data.is_object()) return false;
  if (data.contains("changed")) return data["changed"] == false;
  if (data.contains("success")) return data["success"] == false;
  const std::string message = data.value("message", "");
  return message.find("already closed") != std::string::npos || message.find("already open") != std::string::npos;
}

bool Ended::opened_for_certain() const {
  if (recorded_all_the_same()) return true;
  if (!request.may_open()) return false;
  if (request.kind() == Kind::fail && request.text("service").empty()) return false;
  return outcome == Outcome::done || code() == "outcome_unknown";
}

bool may_be_cut_short(const Ended& ended) {
  const std::int64_t wait_ms = static_cast<std::int64_t>(ended.request.number("wait_ms").value_or(0));
  return ended.ok() && ended.request.kind() == Kind::lease && wait_ms > 0 && ended.request.body.contains("settle") &&
         ended.data.is_object() && ended.data.value("jobs", json::array()).empty() &&
         ended.ended_ms < ended.begun_ms + wait_ms;
}

void read_answer(const Call& call, const std::optional<Response>& response, Ended& ended, const Complain& complain) {
  const auto say = [&](const std::string& what) {
    complain("the answer to " + call.method + " " + call.target + " " + what);
  };
  if (!response) return;
  ended.status = response->status;
  if (ended.request.head) {
    if (!response->body.empty()) say("to HEAD has a body");
    ended.outcome = response->status < 300 ? Outcome::done : Outcome::nothing;
    return;
  }
  const json& body = content_of(*response);
  if (body.is_discarded()) {
    say("is not JSON");
    ended.outcome = Outcome::unknown;
    return;
  }
  if (ended.status < 300) {
    check_success(ended, body, response, say);
    if (body.is_object() && body.contains("data")) ended.data = body["data"];
  } else {
    ended.problem = body;
    check_problem(ended, response, say);
  }
  ended.outcome = outcome_of(ended);
}

}  // namespace breakerd::simulation
