#pragma once
// Scripted histories for the tests of the model: calls and answers, as a daemon could have given them or must not have.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/promises.hpp"

namespace breakerd::simulation {

using nlohmann::json;

inline Response success(const json& data, int status = 200) {
  Response response{status, json{{"status", "success"}, {"data", data}}.dump(), {{"content-type", "application/json"}}};
  if (status == 201) response.headers["location"] = "/somewhere";
  return response;
}

inline Response refusal(int status, const std::string& code, const std::string& detail = "not found") {
  json problem{{"type", "about:blank"}, {"title", "No"}, {"status", status}, {"detail", detail}, {"code", code}};
  if (code == "stale_lease" || code == "wrong_state") problem["job_status"] = "PENDING";
  if (status == 422) problem["errors"] = {{{"field", "error"}, {"expected", "text"}}};
  Response response{status, problem.dump(), {{"content-type", "application/problem+json"}}};
  if (status == 503) response.headers["retry-after"] = "1";
  if (status == 405) response.headers["allow"] = "GET";
  return response;
}

/// A job as it reads when nothing has happened to it.
inline json job_row(std::uint64_t id, const std::string& status = "PENDING") {
  json row{{"id", id},           {"job_type", "mail"},   {"name", nullptr},        {"description", nullptr},
           {"service", nullptr}, {"payload", nullptr},   {"campaign_id", nullptr}, {"status", status},
           {"attempts", 0},      {"max_attempts", 3},    {"expiries", 0},          {"expiries_counted", 0},
           {"max_expiries", 10}, {"lease", nullptr},     {"worker", nullptr},      {"error", nullptr},
           {"result", nullptr},  {"created_at", "then"}, {"finished_at", nullptr}};
  if (status == "PAUSED") row["pause_reason"] = "Paused";
  if (status == "COMPLETED" || status == "FAILED" || status == "CANCELLED") row["finished_at"] = "later";
  return row;
}

inline json campaign_row(const std::string& id, const std::string& status = "CREATED", bool sealed = false) {
  return {{"id", id},         {"name", "autumn"},     {"status", status},
          {"sealed", sealed}, {"created_at", "then"}, {"pace", {{"jobs_per_minute", 0}, {"eta_seconds", nullptr}}}};
}

inline json circuit(const std::string& state, std::uint64_t epoch) {
  json shown{{"state", state}, {"epoch", epoch}};
  if (state == "open") shown["in_flight"] = "stop";
  return shown;
}

inline json leased(std::uint64_t id, const std::string& token, json campaign = nullptr) {
  return {{"jobs", {{{"id", id}, {"job_type", "mail"}, {"campaign_id", campaign}, {"token", token}}}},
          {"paused", false}};
}

class ScriptedCalls {
 public:
  /// `longest_ms` and `in_flight` as in Surroundings.
  explicit ScriptedCalls(std::int64_t longest_ms = 0, const std::string& in_flight = "stop")
      : promises{{[](const std::string&) { return "anonymous@127.0.0.1"; }, {}, {}, true, longest_ms, in_flight}} {}

  Promises promises;
  std::int64_t now_ms = 0;

  CallId begin(const std::string& method, const std::string& target, const json& body = nullptr) {
    promises.begun(++calls_, now_ms, "user", {method, target, body.is_null() ? "" : body.dump(), {}});
    return calls_;
  }
  void answer(CallId id, const Response& response) { promises.ended(id, now_ms, response); }
  void lose(CallId id) { promises.ended(id, now_ms, std::nullopt); }

  /// A call that is answered before anything else happens.
  void get(const std::string& target, const json& data) { answer(begin("GET", target), success(data)); }
  void post(const std::string& target, const json& body, const json& data) {
    answer(begin("POST", target, body), success(data));
  }
  void refused(const std::string& target, const json& body, const Response& response) {
    answer(begin("POST", target, body), response);
  }

  void enqueue(std::uint64_t id, const json& campaign = nullptr) {
    json row = job_row(id);
    row["campaign_id"] = campaign;
    answer(begin("POST", "/api/v1/jobs", {{"job_type", "mail"}, {"campaign_id", campaign}}), success(row, 201));
  }
  void lease(std::uint64_t id, const std::string& token, std::int64_t lease_ms = 1'000, json campaign = nullptr) {
    post("/api/v1/leases", {{"worker", "w"}, {"lease_ms", lease_ms}}, leased(id, token, std::move(campaign)));
  }
  void end(std::uint64_t id, const std::string& verb, const std::string& token, const json& row) {
    json body{{"token", token}};
    if (verb == "fail") body["error"] = "bad row";
    post("/api/v1/jobs/" + std::to_string(id) + "/" + verb, body, row);
  }
  void open(std::uint64_t epoch) {
    json state = circuit("open", epoch);
    state.update({{"changed", true}, {"previous_state", "closed"}});
    post("/api/v1/breaker/open", {{"reason", "drill"}}, state);
  }
  void close(std::uint64_t epoch) {
    json state = circuit("closed", epoch);
    state["changed"] = true;
    post("/api/v1/breaker/close", {{"reason", "drilled"}}, state);
  }
  void create_campaign(const std::string& id) {
    answer(begin("POST", "/api/v1/campaigns", {{"name", "autumn"}}), success(campaign_row(id), 201));
  }
  void campaign(const std::string& id, const std::string& verb, const std::string& status) {
    post("/api/v1/campaigns/" + id + "/" + verb, nullptr, campaign_row(id, status, verb == "seal"));
  }

  bool kept() const { return promises.broken().empty(); }
  /// Whether a promise was found broken in these words, and no other one.
  bool broke(const std::string& words) const {
    return promises.broken().size() == 1 && promises.broken().front().find(words) != std::string::npos;
  }
  std::string sentences() const {
    std::string all;
    for (const std::string& sentence : promises.broken()) all += sentence + "\n";
    return all;
  }

 private:
  CallId calls_ = 0;
};

}  // namespace breakerd::simulation
