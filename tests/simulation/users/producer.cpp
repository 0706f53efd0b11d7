#include "tests/simulation/users/producer.hpp"

#include <utility>

namespace breakerd::simulation {

namespace {

/// A body of this needs room of the daemon's budget before all of it is there.
constexpr std::uint64_t long_payload_max = 150'000;

}  // namespace

Producer::Producer(Setting setting)
    : User{std::move(setting)},
      habits_{draw_habits(4)},
      batch_max_{1 + chance_.below(chance_.per_mille(100) ? 60 : 8)},
      in_campaign_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))},
      few_attempts_per_mille_{static_cast<std::uint32_t>(chance_.below(1001))} {
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
  if (!known_.campaigns.empty() && chance_.per_mille(in_campaign_per_mille_)) job["campaign_id"] = some_campaign();
  return job;
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
    if (!reply.ok() || !reply.data.contains("first_id") || !reply.data.contains("last_id")) return;
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
