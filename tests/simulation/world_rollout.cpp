// The end of a run, as far as canaries and ramps are concerned: the one that there is comes to its end, and another one
// is tried out, with workers that wait for each job.

#include <string>
#include <utility>

#include "tests/simulation/watched_wire.hpp"
#include "tests/simulation/world.hpp"

namespace breakerd::simulation {
namespace {

using nlohmann::json;

constexpr Duration seconds(std::int64_t count) { return Duration{count * 1'000'000}; }

const std::string ramp_path = "/api/v1/queue-management/ramp";
/// No limit, hold or user knows it.
const std::string rehearsed = "rehearsed";
/// More than a rehearsal's ramp lets go.
constexpr std::uint64_t rehearsed_jobs = 60;
/// Two workers keep up with it, however slow the network is.
constexpr std::uint64_t rehearsed_rate_most = 8;
constexpr Duration ask_again{50'000};

}  // namespace

json World::rollout() {
  return content_of(ask({"GET", ramp_path, "", {}})).value("/data"_json_pointer, json::object());
}

void World::stop_rollout() {
  (void)ask({"POST", ramp_path + "/stop", R"({"reason":"the end"})", {}});
  if (rollout().value("state", "") != "none") broken("a rollout was stopped, and is still there");
}

/// How many jobs were leased and completed.
std::size_t World::lease_and_complete() {
  const json asked{{"worker", "the last"}, {"max", 1'000}, {"lease_ms", 60'000}};
  const Response answer = ask({"POST", "/api/v1/leases", asked.dump(), {}});
  const json jobs = content_of(answer).value("/data/jobs"_json_pointer, json::array());
  for (const json& job : jobs)
    (void)ask({"POST", "/api/v1/jobs/" + job["id"].dump() + "/complete", json{{"token", job["token"]}}.dump(), {}});
  return jobs.size();
}

/// It comes to its end by itself when its jobs are done, or somebody stops it.
void World::finish_rollout() {
  json shown = rollout();
  if (shown.value("state", "") == "none") return;
  if (pauses_.below(3) == 0) return stop_rollout();
  for (; shown.value("state", "") == "canary"; shown = rollout()) {
    if (lease_and_complete() > 0) continue;
    look_at_everything();  // its jobs are held
    promises_.none_could_be_leased();
    return stop_rollout();
  }
  finish_ramp(shown);
}

void World::finish_ramp(const json& shown) {
  if (shown.value("state", "") == "none") return;
  pass(Duration{1'000 * shown.value("/ramp/remaining_ms"_json_pointer, std::int64_t{0})} + seconds(1));
  if (rollout().value("state", "") != "none") broken("the time of a ramp is over, and it is still there");
}

/// Leases and completes the jobs of the rehearsal, one after the other, and waits for each.
void World::work(Wire& wire) {
  if (!rehearsing_) return;
  ++workers_;
  const json asked{{"worker", "a rehearser"}, {"job_types", {rehearsed}}, {"lease_ms", 60'000}, {"wait_ms", 10'000}};
  wire.call({"POST", "/api/v1/leases", asked.dump(), {}}, [this, &wire](const std::optional<Response>& response) {
    --workers_;
    const json jobs = response && response->status == 200
                          ? content_of(*response).value("/data/jobs"_json_pointer, json::array())
                          : json::array();
    if (jobs.empty()) return timeline_.after(ask_again, [this, &wire] { work(wire); });
    ++workers_;
    const json& job = jobs.front();
    wire.call({"POST", "/api/v1/jobs/" + job["id"].dump() + "/complete", json{{"token", job["token"]}}.dump(), {}},
              [this, &wire](const std::optional<Response>&) {
                --workers_;
                work(wire);
              });
  });
}

void World::enqueue_for_rehearsal() {
  json jobs = json::array();
  for (std::uint64_t left = rehearsed_jobs; left > 0; --left) jobs.push_back({{"job_type", rehearsed}});
  if (const auto answer = try_to_ask({"POST", "/api/v1/jobs/batch", jobs.dump(), {}}); !answer || answer->status != 201)
    broken("jobs cannot be enqueued at the end");
}

void World::close_with(const json& plan, const std::string& reason) {
  ask_after_faults({"POST", "/api/v1/breaker/open", json{{"reason", reason}}.dump(), {}});
  (void)ask({"POST", "/api/v1/breaker/close", json{{"reason", reason}, {"plan", plan}}.dump(), {}});
}

json World::drawn_ramp(std::int64_t over_ms) {
  return {{"from_per_second", 1 + pauses_.below(rehearsed_rate_most)},
          {"to_per_second", 1 + pauses_.below(rehearsed_rate_most)},
          {"over_ms", over_ms}};
}

/// Nothing is in the way, jobs are there, and workers wait: so as many are leased as a ramp allows, and not more. Some
/// daemons are killed meanwhile.
void World::rehearse_rollout() {
  if (pauses_.below(4) != 0) return;
  enqueue_for_rehearsal();
  const auto over_ms = static_cast<std::int64_t>(1'000 + pauses_.below(4'000));
  json plan{{"ramp", drawn_ramp(over_ms)}};
  const std::uint64_t canary = pauses_.below(4);
  if (canary > 0) plan["canary"] = canary;
  const bool kills = pauses_.below(3) == 0;
  close_with(plan, "the rehearsal");
  rehearsing_ = true;
  for (std::size_t index = 1; index < wires_.size(); ++index) work(*wires_[index]);
  run_until([this] { return rollout().value("state", "") != "canary"; }, "a canary of jobs that succeed passes");
  if (kills) {
    pass(Duration{500 * over_ms});
    kill_asked_ = true;
    run_until([this] { return !kill_asked_ && is_ready(); }, "the daemon comes back in a rehearsal");
  }
  finish_ramp(rollout());
  rehearsing_ = false;
  run_until([this] { return workers_ == 0; }, "the leases of a rehearsal come to their end");
  look_at_everything();
  if (!kills) promises_.ramp_was_awaited();
}

/// A ramp that is there when the daemon is killed, in some seeds.
bool World::leave_ramp() {
  if (pauses_.below(2) != 0) return false;
  enqueue_for_rehearsal();
  close_with({{"ramp", drawn_ramp(3'600'000)}}, "the last ramp");
  pass(Duration{static_cast<std::int64_t>(pauses_.below(5'000'000))});
  (void)lease(2, seconds(60));
  return true;
}

}  // namespace breakerd::simulation
