#include "tests/simulation/users/operator.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

const std::string management = "/api/v1/queue-management/";

}  // namespace

Operator::Operator(Setting setting)
    : User{std::move(setting)},
      habits_{draw_habits(14)},
      opens_per_mille_{static_cast<std::uint32_t>(chance_.below(300))},
      plans_per_mille_{chance_.per_mille(300) ? 0u : static_cast<std::uint32_t>(chance_.below(700))},
      rollouts_per_mille_{chance_.per_mille(300) ? 0u : static_cast<std::uint32_t>(chance_.below(800))},
      patience_ms_{chance_.between(0, 1'000)} {
  habits_[0] += 20;
}

void Operator::move() {
  if (open_since_ms_ >= 0 && now_ms_() >= open_since_ms_ + patience_ms_ && chance_.per_mille(600)) return close();
  if (to_resume_ && chance_.per_mille(500)) return resume_queue();
  switch (chance_.weighted(habits_)) {
    case 0:
      return look();
    case 1:
      return chance_.per_mille(opens_per_mille_) ? open() : look();
    case 2:
      return chance_.per_mille(opens_per_mille_) ? report() : look();
    case 3:
      return close();
    case 4:
      return hold_for_service();
    case 5:
      return lift_for_service();
    case 6:
      return chance_.per_mille(300) ? change_many() : change_failed_job();
    case 7:
      return hold_jobs();
    case 8:
      return limit_leases();
    case 9:
      return change_job_type();
    case 10:
      return chance_.per_mille(400) ? create_schedule() : change_schedule();
    case 11:
      return chance_.per_mille(300) ? look_at_plan() : change_parked();
    case 12:
      return look_at_rollout();
    default:
      return ask_to_resume_service();
  }
}

void Operator::heard(const Reply& reply) {
  if (!reply.data.is_object()) return;
  const nlohmann::json& circuit = reply.data.contains("circuit_breaker") ? reply.data["circuit_breaker"] : reply.data;
  if (!circuit.is_object() || !circuit.contains("state") || !circuit.contains("epoch")) return;
  known_.epoch = std::max(known_.epoch, circuit["epoch"].get<std::uint64_t>());
  const bool open = circuit["state"] == "open";
  if (!open) {
    open_since_ms_ = -1;
  } else if (open_since_ms_ < 0) {
    open_since_ms_ = now_ms_();
  }
}

void Operator::look() {
  static const std::vector<std::string> targets{"/api/v1/breaker", management + "status",
                                                management + "circuit-breakers",
                                                "/api/v1/queue/circuit-breaker-status"};
  get(chance_.pick(targets), [this](const Reply& reply) { heard(reply); });
}

void Operator::open() {
  const auto then = [this](const Reply& reply) { heard(reply); };
  nlohmann::json body{{"reason", text_of_its_own()}};
  if (chance_.per_mille(600)) body["in_flight"] = chance_.per_mille(600) ? "finish" : "stop";
  switch (chance_.below(3)) {
    case 0:
      if (chance_.per_mille(300)) body["service"] = chance_.pick(known_.services);
      return post("/api/v1/breaker/open", body, then);
    case 1:
      return post("/api/v1/queue/open-circuit-breaker", body, then);
    default:
      body["service"] = chance_.pick(known_.services);
      return post(management + "pause-service", body, then);
  }
}

void Operator::report() {
  nlohmann::json body{{"error", text_of_its_own()}};
  if (chance_.per_mille(400)) body["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(300)) body["error_type"] = "timeout";
  if (chance_.per_mille(300)) body["job_id"] = some_job();
  if (chance_.per_mille(100)) body["campaign_id"] = some_campaign();
  post("/api/v1/breaker/failures", body, [this](const Reply& reply) { heard(reply); });
}

void Operator::close() {
  nlohmann::json body{{"reason", text_of_its_own()}};
  if (chance_.per_mille(500)) body["epoch"] = known_.epoch;
  if (chance_.per_mille(50)) body["epoch"] = known_.epoch + 1;
  if (known_.epoch > 0 && chance_.per_mille(50)) body["epoch"] = known_.epoch - 1;
  const auto then = [this](const Reply& reply) {
    heard(reply);
    if (!reply.ok()) return;
    heard_of_plan(reply);
    open_since_ms_ = -1;
    to_resume_ = true;
  };
  const bool has_plan = add_plan(body);
  switch (chance_.below(has_plan ? 2 : 4)) {
    case 0:
      return post("/api/v1/breaker/close", body, then);
    case 1:
      return post(management + "close-circuit", body, then);
    case 2:
      return post(management + "circuit-breakers/" + chance_.pick(known_.services) + "/reset", body, then);
    default:
      return post("/api/v1/queue/close-circuit-breaker", body, then);
  }
}

void Operator::resume_queue() {
  nlohmann::json body{{"reason", text_of_its_own()}};
  add_plan(body);
  post(management + "resume-queue", body, [this](const Reply& reply) {
    if (reply.ok()) to_resume_ = false;
    heard_of_plan(reply);
    if (reply.status == 400 && open_since_ms_ < 0) open_since_ms_ = now_ms_();
  });
}

void Operator::hold_for_service() {
  post(management + "pause-campaigns-for-service",
       {{"service", chance_.pick(known_.services)}, {"reason", text_of_its_own()}},
       [this](const Reply& reply) { to_resume_ = to_resume_ || reply.ok(); });
}

void Operator::lift_for_service() {
  post(management + "resume-campaigns-for-service",
       {{"service", chance_.pick(known_.services)}, {"reason", text_of_its_own()}});
}

void Operator::change_failed_job() {
  const std::string what = chance_.per_mille(600) ? "/retry" : "/discard";
  post(job_path(some_job()) + what, {{"reason", text_of_its_own()}});
}

void Operator::change_many() {
  nlohmann::json filter = nlohmann::json::object();
  if (chance_.per_mille(300)) filter["status"] = chance_.per_mille(700) ? "EXPIRED" : "FAILED";
  if (chance_.per_mille(300)) filter["job_type"] = chance_.pick(known_.job_types);
  if (chance_.per_mille(200)) filter["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(200)) filter["ids"] = {some_job(), some_job()};
  if (chance_.per_mille(100)) filter["older_than_ms"] = chance_.between(0, 5'000);
  if (chance_.per_mille(100)) filter["error_contains"] = "worker";
  const std::string what = chance_.per_mille(600) ? "retry" : "discard";
  const std::string query = chance_.per_mille(200) ? "?dry_run=true" : "";
  if (!query.empty()) return post("/api/v1/jobs/" + what + query, {{"filter", filter}});
  post("/api/v1/jobs/" + what, {{"filter", filter}, {"reason", text_of_its_own()}},
       [this](const Reply& reply) { heard_of_command(reply.data); });
}

/// Stops it, or looks at it.
void Operator::heard_of_command(const nlohmann::json& command) {
  if (!command.is_object() || !command.contains("id")) return;
  const std::string path = "/api/v1/commands/" + std::to_string(command["id"].get<std::uint64_t>());
  if (chance_.per_mille(200)) return post(path + "/stop", nullptr);
  get(chance_.per_mille(500) ? path : "/api/v1/commands");
}

/// Places one, or looks at those that there are and lifts the oldest.
void Operator::hold_jobs() {
  if (chance_.per_mille(600))
    return get("/api/v1/holds", [this](const Reply& reply) {
      const auto holds = reply.data.is_object() ? reply.data.value("holds", nlohmann::json()) : nlohmann::json();
      if (!holds.is_array() || holds.empty() || !holds.front().is_object()) return;
      const auto id = holds.front().value("id", std::uint64_t{1});
      post("/api/v1/holds/" + std::to_string(id) + "/lift", {{"reason", text_of_its_own()}});
    });
  nlohmann::json body{{"reason", text_of_its_own()}};
  if (chance_.per_mille(300)) {
    body["campaign_id"] = some_campaign();
    if (chance_.per_mille(300)) body["job_type"] = chance_.pick(known_.job_types);
    return post("/api/v1/holds", body);
  }
  const bool by_type = chance_.per_mille(500);
  if (by_type) body["job_type"] = chance_.pick(known_.job_types);
  if (!by_type || chance_.per_mille(300)) body["service"] = chance_.pick(known_.services);
  post("/api/v1/holds", body);
}

/// Sets one, or looks at those that there are and removes one.
void Operator::limit_leases() {
  const std::string limits = "/api/v1/limits";
  if (chance_.per_mille(500))
    return get(limits, [this, limits](const Reply& reply) {
      const auto shown = reply.data.is_object() ? reply.data.value("limits", nlohmann::json()) : nlohmann::json();
      if (!shown.is_array() || shown.empty() || !shown.front().is_object()) return;
      const nlohmann::json& one = shown[chance_.below(shown.size())];
      if (!one.is_object()) return;
      const std::string path = limits + "/" + one.value("kind", "service") + "/" + one.value("name", "x");
      if (chance_.per_mille(300)) return get(path);
      send({"DELETE", path, nlohmann::json{{"reason", text_of_its_own()}}.dump(), {}});
    });
  std::string path = limits;
  switch (chance_.below(3)) {
    case 0:
      path += "/service/" + chance_.pick(known_.services);
      break;
    case 1:
      path += "/job_type/" + chance_.pick(known_.job_types);
      break;
    default:
      path += "/campaign/" + some_campaign();
  }
  nlohmann::json body{{"reason", text_of_its_own()}};
  const bool at_a_time = chance_.per_mille(600);
  if (at_a_time) body["concurrency"] = chance_.between(1, 5);
  if (!at_a_time || chance_.per_mille(300)) {
    body["rate_per_second"] = chance_.per_mille(300) ? 0.5 : static_cast<double>(chance_.between(1, 60));
    if (chance_.per_mille(400)) body["burst"] = chance_.between(1, 20);
  }
  send({"PUT", path, body.dump(), {}});
}

/// Sets or removes what jobs of a type have, or looks at it.
void Operator::change_job_type() {
  const std::string path = "/api/v1/job-types/" + chance_.pick(known_.job_types);
  if (chance_.per_mille(200)) return get(chance_.per_mille(500) ? path : "/api/v1/job-types");
  nlohmann::json body{{"reason", text_of_its_own()}};
  if (chance_.per_mille(250)) return send({"DELETE", path, body.dump(), {}});
  if (chance_.per_mille(500)) body["retry"]["max_attempts"] = chance_.between(1, 3);
  if (chance_.per_mille(300)) body["retry"]["backoff"] = {{"kind", "fixed"}, {"base_ms", chance_.between(0, 2'000)}};
  if (chance_.per_mille(500)) body["timeout_ms"] = chance_.between(1'000, 20'000);
  if (body.size() == 1 || chance_.per_mille(300)) body["max_expiries"] = chance_.between(1, 3);
  send({"PUT", path, body.dump(), {}});
}

void Operator::heard_of_plan(const Reply& reply) {
  if (reply.ok() && reply.data.is_object() && chance_.per_mille(400))
    heard_of_command(reply.data.value("plan", nlohmann::json()));
}

/// Some jobs, by what both plans and commands about parked jobs know.
nlohmann::json Operator::filter_of_jobs(bool is_plan) {
  nlohmann::json filter = nlohmann::json::object();
  if (chance_.per_mille(300)) filter["job_type"] = chance_.pick(known_.job_types);
  if (chance_.per_mille(200)) filter["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(200) && !known_.campaigns.empty()) filter["campaign_id"] = chance_.pick(known_.campaigns);
  if (chance_.per_mille(300)) filter["older_than_ms"] = chance_.between(0, 8'000);
  if (!is_plan && chance_.per_mille(200)) filter["ids"] = {some_job(), some_job()};
  return filter;
}

bool Operator::add_plan(nlohmann::json& body) {
  static const std::vector<std::string> verbs{"release", "park", "park", "cancel"};
  if (!chance_.per_mille(plans_per_mille_)) return false;
  nlohmann::json plan = nlohmann::json::object();
  const bool has_canary = chance_.per_mille(rollouts_per_mille_);
  const bool has_ramp = chance_.per_mille(rollouts_per_mille_);
  if (has_canary) plan["canary"] = chance_.between(1, 5);
  if (has_ramp) plan["ramp"] = some_ramp();
  if (!chance_.per_mille(has_canary || has_ramp ? 400 : 50)) {
    nlohmann::json actions = nlohmann::json::array();
    for (std::int64_t left = chance_.between(0, 4); left > 0; --left) {
      nlohmann::json action = filter_of_jobs(true);
      action["do"] = chance_.pick(verbs);
      actions.push_back(std::move(action));
    }
    plan["actions"] = std::move(actions);
  }
  body["plan"] = std::move(plan);
  return true;
}

/// Over a time that may be long or short beside what users take for a move.
nlohmann::json Operator::some_ramp() {
  const auto some_rate = [this] {
    return chance_.per_mille(300) ? static_cast<double>(chance_.between(500, 200'000)) / 1'000
                                  : static_cast<double>(chance_.between(1, chance_.per_mille(500) ? 10 : 200));
  };
  nlohmann::json ramp{{"from_per_second", some_rate()},
                      {"over_ms", chance_.pick(std::vector<std::int64_t>{60, 1'000, 8'000, 60'000})}};
  if (chance_.per_mille(700)) ramp["to_per_second"] = some_rate();
  if (chance_.per_mille(500)) ramp["over_ms"] = chance_.between(50, ramp["over_ms"].get<std::int64_t>());
  return ramp;
}

/// Looks at it, and stops it now and then.
void Operator::look_at_rollout() {
  if (chance_.per_mille(150)) return post(management + "ramp/stop", {{"reason", text_of_its_own()}});
  get(management + "ramp", [this](const Reply& reply) {
    const bool is_there = reply.data.is_object() && reply.data.value("state", "none") != "none";
    if (is_there && chance_.per_mille(200)) post(management + "ramp/stop", {{"reason", text_of_its_own()}});
  });
}

/// Without doing anything.
void Operator::look_at_plan() {
  static const std::vector<std::string> targets{"/api/v1/breaker/close", management + "close-circuit",
                                                management + "resume-queue"};
  nlohmann::json body{{"reason", text_of_its_own()}};
  add_plan(body);
  post(chance_.pick(targets) + "?dry_run=true", body);
}

/// Releases or cancels some, counts or looks at them.
void Operator::change_parked() {
  const std::string parked = "/api/v1/parked";
  if (chance_.per_mille(300)) return get(parked + "?limit=" + std::to_string(chance_.between(1, 8)));
  const nlohmann::json filter = filter_of_jobs(false);
  const std::string what = parked + (chance_.per_mille(700) ? "/release" : "/cancel");
  if (chance_.per_mille(100)) return post(what + "?dry_run=true", {{"filter", filter}});
  post(what, {{"filter", filter}, {"reason", text_of_its_own()}},
       [this](const Reply& reply) { heard_of_command(reply.data); });
}

namespace {

const std::string schedules = "/api/v1/schedules";

}  // namespace

void Operator::create_schedule() {
  static const std::vector<std::string> crons{"* * * * *", "*/2 * * * *", "*/3 */2 * * *", "59 23 * * *"};
  nlohmann::json body{{"name", "schedule-" + std::to_string(chance_.below(4))}, {"reason", text_of_its_own()}};
  if (chance_.per_mille(600))
    body["every_ms"] = chance_.between(1'000, 60'000);
  else
    body["cron"] = chance_.pick(crons);
  if (chance_.per_mille(500)) body["missed"] = chance_.per_mille(500) ? "once" : "skip";
  nlohmann::json& job = body["job"] = {{"job_type", chance_.pick(known_.job_types)}};
  if (chance_.per_mille(300)) job["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(300) && !known_.campaigns.empty()) job["campaign_id"] = chance_.pick(known_.campaigns);
  if (chance_.per_mille(300)) job["payload"] = {{"of", text_of_its_own()}};
  if (chance_.per_mille(300)) job["priority"] = chance_.between(-1, 1);
  if (chance_.per_mille(300)) job["retry"] = {{"max_attempts", 2}};
  if (chance_.per_mille(300)) job["expires_in_ms"] = chance_.between(1'000, 60'000);
  post(schedules, body);
}

/// Changes one, runs one, or looks.
void Operator::change_schedule() {
  const std::string path = schedules + "/" + std::to_string(chance_.between(1, 6));
  const nlohmann::json reason{{"reason", text_of_its_own()}};
  switch (chance_.below(6)) {
    case 0:
      return post(path + "/pause", reason);
    case 1:
      return post(path + "/resume", reason);
    case 2:
      return post(path + "/run", nullptr);
    case 3:
      if (chance_.per_mille(500)) return get(chance_.per_mille(500) ? path : schedules);
      return send({"DELETE", path, reason.dump(), {}});
    case 4:
      return send({"PATCH", path, nlohmann::json{{"every_ms", chance_.between(1'000, 60'000)}}.dump(), {}});
    default:
      return send({"PATCH", path, nlohmann::json{{"missed", "once"}, {"cron", "* * * * *"}}.dump(), {}});
  }
}

void Operator::ask_to_resume_service() {
  post(management + "resume-service", {{"service", chance_.pick(known_.services)}});
}

}  // namespace breakerd::simulation
