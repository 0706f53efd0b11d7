#include "tests/simulation/watched_wire.hpp"

#include <utility>

namespace breakerd::simulation {

namespace {

/// Of a body or an answer, for a line of the trace.
std::string shortened(const std::string& text) {
  constexpr std::size_t bytes_max = 1'500;
  return text.size() <= bytes_max ? text : text.substr(0, bytes_max) + "…";
}

}  // namespace

World::WatchedWire::WatchedWire(World& world, std::string user, bool is_local, bool is_brief)
    : world_{world},
      user_{std::move(user)},
      is_brief_{is_brief},
      client_{world.timeline_,
              [this, is_local](ClientCallbacks callbacks) {
                connected_to_ = world_.run_;
                return world_.connect(world_.principals_.at(user_), is_local, std::move(callbacks));
              },
              [this](const std::string& complaint) { world_.broken(user_ + ": " + complaint); }} {
  client_.on_torn = [this] { look_at_torn_answer(); };
}

void World::WatchedWire::call(Call call, std::function<void(std::optional<Response>)> done) {
  const std::uint64_t id = ++world_.calls_;
  ++world_.under_way_;
  std::string headers;
  for (const auto& [name, value] : call.headers) headers += name + ": " + shortened(value) + " ";
  world_.trace_.line(user_ + " calls " + std::to_string(id) + ": " + call.method + " " + call.target + " " + headers +
                     shortened(call.body));
  world_.promises_.begun(id, world_.now_ms(), user_, call);
  const std::string target = call.target;
  const bool waits = call.body.find("\"wait_ms\"") != std::string::npos && world_.was_allowed_;
  const std::uint64_t run = world_.process_ && world_.process_->core() != nullptr ? world_.run_ : 0;
  const Moment begun = world_.timeline_.now();
  client_.call(
      std::move(call), [this, id, target, waits, run, begun, done = std::move(done)](std::optional<Response> response) {
        --world_.under_way_;
        world_.trace_.line("answer to " + std::to_string(id) + ": " +
                           (response ? std::to_string(response->status) + " " + shortened(response->body) : "lost"));
        if (response) world_.trace_.add(response->body);
        note(target, response);
        if (waits && response) look_at_wait(*response);
        if (run == world_.run_ && response) look_at_report(target, *response);
        if (run == world_.run_ && response) look_at_lease(target, *response, begun);
        world_.promises_.ended(id, world_.now_ms(), response);
        if (is_brief_ && client_.under_way() == 0) client_.hang_up();
        done(std::move(response));
      });
}

void World::WatchedWire::note(const std::string& target, const std::optional<Response>& response) {
  if (!response) return world_.sometimes("a call was lost");
  const auto says = [&](const char* code) { return response->body.find(code) != std::string::npos; };
  if (response->status == 409 && says("\"duplicate\"")) world_.sometimes("a job was refused for its unique key");
  if (says(R"("kind":"limit")")) world_.sometimes("a job waited for a limit");
  if (response->status == 503 && says("\"overloaded\"")) world_.sometimes("an answer was a refusal for want of room");
  if (response->headers.contains("idempotent-replayed"))
    world_.sometimes(says("\"done\":true") ? "a request was done whose answer was not kept"
                                           : "a request with a key was answered again");
  if (response->status == 409 && says("\"in_progress\"")) world_.sometimes("a request with a key was still being done");
  if (response->status == 503 && says("\"outcome_unknown\"")) world_.sometimes("an outcome was unknown");
  if (response->status == 409 && target.find("close") != std::string::npos)
    world_.sometimes("a close was refused for its epoch");
  if (response->status == 503 && says("\"too_many_connections\""))
    world_.broken("a connection found no room, and there are few of them");
}

/// Of a heartbeat that was asked to wait while the gate was open.
void World::WatchedWire::look_at_wait(const Response& response) {
  if (response.status != 200) return;
  const nlohmann::json& data = content_of(response);
  if (data.value("/data/stop"_json_pointer, false) && data.value("/data/circuit/state"_json_pointer, "") == "open")
    world_.sometimes("a waiting heartbeat was stopped by an opening");
}

/// While something shuts the gate, whatever the circuit is, nothing is leased.
void World::WatchedWire::look_at_lease(const std::string& target, const Response& response, Moment begun) {
  if (target != "/api/v1/leases" || response.status != 200) return;
  const bool is_held = world_.held_since_ && *world_.held_since_ < begun;
  if (is_held && !content_of(response).value("/data/jobs"_json_pointer, nlohmann::json::array()).empty())
    world_.broken("a job was leased for a call that began and was answered while the gate was shut");
}

/// What a daemon begins to answer it answers to the end, to a client that reads it. With few bytes it may have no room
/// for a later answer, and ends the connection (docs/limits.md).
void World::WatchedWire::look_at_torn_answer() {
  const bool is_there = world_.process_ && world_.run_ == connected_to_ && !world_.process_->is_stopping();
  const NetworkConduct& network = world_.swarm_.network;
  const bool has_room = !world_.swarm_.few_bytes;
  const bool reads = network.slow_reads_per_mille == 0 && network.window_bytes == NetworkConduct{}.window_bytes;
  if (is_there && reads && has_room)
    world_.broken(user_ + ": the daemon has ended the connection in the middle of an answer");
}

/// A report of a failure is refused for want of the daemon only when that starts or stops, or owes too many already.
void World::WatchedWire::look_at_report(const std::string& target, const Response& response) {
  if (target != "/api/v1/breaker/failures" || response.status != 503) return;
  if (response.body.find("\"unavailable\"") == std::string::npos) return;
  if (response.body.find("openings are to be recorded already") != std::string::npos) return;
  const bool serves = world_.process_ && !world_.process_->is_stopping() && world_.process_->fatal().empty();
  if (serves) world_.broken("a report of a failure was not taken: " + response.body);
}

}  // namespace breakerd::simulation
