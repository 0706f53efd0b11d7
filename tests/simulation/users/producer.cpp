#include "tests/simulation/users/producer.hpp"

#include <utility>

namespace breakerd::simulation {

namespace {

/// A body of this needs room of the daemon's budget before all of it is there.
constexpr std::uint64_t long_payload_max = 150'000;

const std::vector<int> priorities{-100, -1, 0, 1, 100};
/// Few, so that jobs meet others with the same key.
constexpr std::uint64_t unique_keys = 6;
const std::vector<std::string> on_conflict{"refuse", "existing", "replace"};
/// World::delays_longest is longer than both.
constexpr std::int64_t delay_ms_most = 20'000;
constexpr std::int64_t retry_delay_ms_most = 5'000;
constexpr std::int64_t timeout_ms_least = 1'000;
constexpr std::int64_t timeout_ms_most = 20'000;
constexpr std::int64_t expires_in_ms_most = 30'000;
/// Of the simulation's day, without its seconds.
const std::string first_minute = "2027-01-15T08:00:";
const std::string far_away = "2027-03-01T00:00:00.000000Z";

}  // namespace

Producer::Producer(Setting setting)
    : User{std::move(setting)},
      habits_{draw_habits(4)},
      batch_max_{1 + chance_.below(chance_.per_mille(100) ? 60 : 8)},
      in_campaign_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))},
      few_attempts_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))},
      ordered_per_mille_{chance_.per_mille(500) ? 0u : static_cast<std::uint32_t>(chance_.below(1001))},
      timed_per_mille_{chance_.per_mille(500) ? 0u : static_cast<std::uint32_t>(chance_.below(500))},
      retried_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))},
      unique_per_mille_{chance_.per_mille(600) ? 0u : static_cast<std::uint32_t>(chance_.below(1001))},
      timeout_per_mille_{chance_.per_mille(500) ? 0u : static_cast<std::uint32_t>(chance_.below(1001))},
      expires_per_mille_{chance_.per_mille(500) ? 0u : static_cast<std::uint32_t>(chance_.below(1001))} {
  habits_[0] += 20;
}

void Producer::move() {
  switch (chance_.weighted(habits_)) {
    case 0:
      return enqueue_one();
    case 1:
      return enqueue_batch();
    case 2:
      return cancel();
    default:
      return look();
  }
}

nlohmann::json Producer::job() {
  nlohmann::json job{{"job_type", chance_.pick(known_.job_types)}};
  if (chance_.per_mille(700)) job["payload"] = {{"of", text_of_its_own()}, {"n", chance_.between(-5, 5)}};
  if (chance_.per_mille(40)) job["payload"]["long"] = std::string(1 + chance_.below(long_payload_max), 'x');
  if (chance_.per_mille(200)) job["name"] = text_of_its_own();
  if (chance_.per_mille(100)) job["description"] = "made by a producer";
  if (chance_.per_mille(300)) job["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(few_attempts_per_mille_)) job["max_attempts"] = chance_.between(1, 2);
  if (chance_.per_mille(few_attempts_per_mille_)) job["max_expiries"] = chance_.between(1, 2);
  if (chance_.per_mille(timeout_per_mille_)) job["timeout_ms"] = chance_.between(timeout_ms_least, timeout_ms_most);
  add_order(job);
  if (chance_.per_mille(unique_per_mille_)) add_key(job);
  if (!known_.campaigns.empty() && chance_.per_mille(in_campaign_per_mille_)) job["campaign_id"] = some_campaign();
  return job;
}

/// When it is run, in which order, and when again.
void Producer::add_order(nlohmann::json& job) {
  if (chance_.per_mille(ordered_per_mille_)) job["priority"] = chance_.pick(priorities);
  if (chance_.per_mille(timed_per_mille_)) {
    if (chance_.per_mille(500))
      job["delay_ms"] = chance_.between(1, delay_ms_most);
    else
      job["run_at"] = first_minute + std::to_string(chance_.between(10, 59)) + ".000000Z";
  }
  if (chance_.per_mille(expires_per_mille_)) {
    if (job.contains("run_at") || chance_.per_mille(100))
      job["expires_at"] = far_away;
    else
      job["expires_in_ms"] = job.value("delay_ms", std::int64_t{0}) + chance_.between(1, expires_in_ms_most);
  }
  if (!chance_.per_mille(retried_per_mille_)) return;
  nlohmann::json& backoff = job["retry"]["backoff"];
  switch (chance_.below(3)) {
    case 0:
      backoff = {{"kind", "fixed"}, {"base_ms", chance_.between(0, retry_delay_ms_most)}};
      break;
    case 1:
      backoff = {{"kind", "list"}, {"delays_ms", {chance_.between(0, 50), chance_.between(0, retry_delay_ms_most)}}};
      break;
    default:
      backoff = {{"base_ms", chance_.between(1, 100)}, {"max_ms", retry_delay_ms_most}, {"factor", 3}};
  }
  if (chance_.per_mille(300)) backoff["jitter"] = chance_.per_mille(500) ? "full" : "none";
}

void Producer::add_key(nlohmann::json& job) {
  job["unique_key"] = "key " + std::to_string(chance_.below(unique_keys));
  if (chance_.per_mille(600)) job["unique"]["on_conflict"] = chance_.pick(on_conflict);
  if (chance_.per_mille(300)) job["unique"]["for_ms"] = chance_.between(1, delay_ms_most);
}

void Producer::enqueue_one() {
  post("/api/v1/jobs", job(), [this](const Reply& reply) {
    if (reply.ok() && reply.data.contains("id")) heard_of_job(reply.data["id"].get<std::uint64_t>());
  });
}

void Producer::enqueue_batch() {
  const bool lines = chance_.per_mille(500);
  const std::uint64_t count = 1 + chance_.below(batch_max_);
  std::string body;
  for (std::uint64_t index = 0; index < count; ++index) {
    body += index == 0 ? (lines ? "" : "[") : (lines ? "\n" : ",");
    body += job().dump();
  }
  if (!lines) body += "]";
  send({"POST", "/api/v1/jobs/batch", body, {}}, [this](const Reply& reply) {
    if (!reply.ok() || !reply.data.value("first_id", nlohmann::json()).is_number()) return;
    const auto last = reply.data["last_id"].get<std::uint64_t>();
    for (auto id = reply.data["first_id"].get<std::uint64_t>(); id <= last; ++id) heard_of_job(id);
  });
}

void Producer::cancel() {
  const std::uint64_t id = some_job();
  const nlohmann::json body =
      chance_.per_mille(500) ? nlohmann::json{{"reason", text_of_its_own()}} : nlohmann::json(nullptr);
  if (chance_.per_mille(500)) return post(job_path(id) + "/cancel", body);
  send({"DELETE", job_path(id), body.is_null() ? "" : body.dump(), {}});
}

void Producer::look() {
  const std::uint64_t id = some_job();
  get(job_path(id) + (chance_.per_mille(500) ? "/status" : ""));
}

}  // namespace breakerd::simulation
