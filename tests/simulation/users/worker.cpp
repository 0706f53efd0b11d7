#include "tests/simulation/users/worker.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

constexpr std::int64_t lease_ms_least = 100;
constexpr std::size_t held_max = 200;
/// How long its heartbeats wait for a stop, at most; 0: not at all.
const std::vector<std::int64_t> waits_ms{0, 20, 500, 15'000};
/// The same of its leases, for a job.
const std::vector<std::int64_t> lease_waits_ms{0, 0, 50, 1'000, 15'000};

}  // namespace

Worker::Worker(Setting setting)
    : User{std::move(setting)},
      habits_{draw_habits(7)},
      lease_max_{chance_.per_mille(100) ? 50u : 1 + chance_.below(4)},
      lease_ms_most_{chance_.per_mille(300) ? 500 : 30'000},
      service_fails_per_mille_{chance_.per_mille(300) ? 0u : static_cast<std::uint32_t>(chance_.below(60))},
      stale_per_mille_{static_cast<std::uint32_t>(chance_.below(200))},
      settles_per_mille_{chance_.per_mille(300) ? 0u : static_cast<std::uint32_t>(chance_.below(800))},
      wait_ms_most_{chance_.pick(waits_ms)},
      lease_wait_ms_most_{chance_.pick(lease_waits_ms)},
      impatient_per_mille_{chance_.per_mille(300) ? static_cast<std::uint32_t>(chance_.below(100)) : 0u} {
  habits_[1] += 15;
}

void Worker::move() {
  if (now_ms_() < asleep_until_ms_) return;
  if (held_.empty() && !chance_.per_mille(stale_per_mille_)) return lease();
  switch (chance_.weighted(habits_)) {
    case 0:
      return lease();
    case 1:
      return complete(take_one());
    case 2:
      return chance_.per_mille(settles_per_mille_) ? settle() : complete_many();
    case 3:
      return heartbeat(look_at_one());
    case 4:
      return fail(take_one(), chance_.per_mille(service_fails_per_mille_));
    case 5:
      return release(take_one());
    default:
      return pause_or_die();
  }
}

void Worker::lease() {
  nlohmann::json body{{"worker", name()}};
  if (lease_max_ > 1) body["max"] = chance_.between(1, static_cast<std::int64_t>(lease_max_));
  if (chance_.per_mille(900)) body["lease_ms"] = chance_.between(lease_ms_least, lease_ms_most_);
  if (chance_.per_mille(200)) body["job_types"] = {chance_.pick(known_.job_types), chance_.pick(known_.job_types)};
  if (chance_.per_mille(settles_per_mille_)) body["settle"] = ends_of_some();
  const bool waits = lease_wait_ms_most_ > 0 && chance_.per_mille(700);
  if (waits) body["wait_ms"] = chance_.between(0, lease_wait_ms_most_);
  leases_waiting_ += waits ? 1 : 0;
  post("/api/v1/leases", body, [this, waits](const Reply& reply) {
    leases_waiting_ -= waits ? 1 : 0;
    if (!reply.ok() || !reply.data.contains("jobs")) return;
    for (const nlohmann::json& job : reply.data["jobs"]) {
      if (held_.size() >= held_max) held_.pop_front();
      held_.push_back({job.value("id", std::uint64_t{0}), job.value("token", "")});
    }
  });
}

/// It goes while a lease of it waits, and comes back later, on another connection.
void Worker::while_busy() {
  if (leases_waiting_ == 0 || !chance_.per_mille(impatient_per_mille_)) return;
  hang_up();
  asleep_until_ms_ = now_ms_() + chance_.between(500, 5'000);
}

Worker::Held Worker::look_at_one() {
  if (held_.empty() || (!known_.old_tokens.empty() && chance_.per_mille(stale_per_mille_))) {
    return {some_job(), known_.old_tokens.empty() ? "none" : chance_.pick(known_.old_tokens)};
  }
  return held_[chance_.below(held_.size())];
}

Worker::Held Worker::take_one() {
  Held held = look_at_one();
  std::erase_if(held_, [&](const Held& other) { return other.token == held.token; });
  if (known_.old_tokens.size() < held_max) known_.old_tokens.push_back(held.token);
  return held;
}

void Worker::heartbeat(const Held& held) {
  nlohmann::json body{{"token", held.token}};
  if (wait_ms_most_ > 0 && chance_.per_mille(700)) body["wait_ms"] = chance_.between(0, wait_ms_most_);
  if (chance_.per_mille(300)) {
    body["progress"] = {{"percent", chance_.between(0, 100)}};
    if (chance_.per_mille(500)) body["progress"]["message"] = text_of_its_own();
  }
  post(job_path(held.job) + "/heartbeat", body, [this, held](const Reply& reply) {
    const bool stop = reply.status == 409 || (reply.data.is_object() && reply.data.value("stop", false));
    if (stop && chance_.per_mille(600)) {
      std::erase_if(held_, [&](const Held& other) { return other.token == held.token; });
      if (reply.status != 409) release(held);
    }
  });
}

void Worker::complete(const Held& held) {
  nlohmann::json body{{"token", held.token}};
  if (chance_.per_mille(600)) body["result"] = {{"by", text_of_its_own()}};
  post(job_path(held.job) + "/complete", body);
}

void Worker::complete_many() {
  nlohmann::json items = nlohmann::json::array();
  std::vector<std::uint64_t> named;
  const std::uint64_t count = 1 + chance_.below(5);
  for (std::uint64_t index = 0; index < count; ++index) {
    const Held held = take_one();
    if (std::find(named.begin(), named.end(), held.job) != named.end()) continue;
    named.push_back(held.job);
    items.push_back({{"id", held.job}, {"token", held.token}, {"result", text_of_its_own()}});
  }
  post("/api/v1/jobs/complete", items);
}

nlohmann::json Worker::ends_of_some() {
  nlohmann::json ends = nlohmann::json::array();
  const std::uint64_t count = chance_.below(6);
  for (std::uint64_t index = 0; index < count && (!held_.empty() || chance_.per_mille(stale_per_mille_)); ++index) {
    const Held held = chance_.per_mille(50) ? look_at_one() : take_one();  // some come twice
    nlohmann::json end{{"job_id", held.job}, {"token", held.token}};
    const std::uint64_t way = chance_.below(10);
    end["outcome"] = way < 6 ? "complete" : way < 9 ? "fail" : "release";
    if (way < 6 && chance_.per_mille(600)) end["result"] = {{"by", text_of_its_own()}};
    if (way >= 6 && way < 9) describe_failure(end, chance_.per_mille(service_fails_per_mille_));
    ends.push_back(std::move(end));
  }
  return ends;
}

void Worker::settle() { post("/api/v1/jobs/settle", ends_of_some()); }

void Worker::describe_failure(nlohmann::json& body, bool by_service) {
  body["error"] = text_of_its_own();
  if (chance_.per_mille(500)) body["error_type"] = chance_.per_mille(500) ? "rate_limit" : "bad_row";
  if (by_service) body["service"] = chance_.pick(known_.services);
  if (chance_.per_mille(100)) body["retry"] = chance_.per_mille(300);
  if (chance_.per_mille(100)) body["retry_after_ms"] = chance_.between(0, 5'000);
}

void Worker::fail(const Held& held, bool by_service) {
  nlohmann::json body{{"token", held.token}};
  describe_failure(body, by_service);
  post(job_path(held.job) + "/fail", body);
}

void Worker::release(const Held& held) { post(job_path(held.job) + "/release", {{"token", held.token}}); }

void Worker::pause_or_die() {
  if (chance_.per_mille(300)) {
    held_.clear();
  } else {
    asleep_until_ms_ = now_ms_() + chance_.between(50, 2'000);
  }
}

}  // namespace breakerd::simulation
