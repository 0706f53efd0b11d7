// The canary and the ramp of a plan over kill -9: no second has more leases than the plan allows, whoever asks and
// however often the daemon is killed (docs/http-api.md, "A plan for what waits"). What the log says counts, so no time
// measured here decides. How much of the ramp was used is printed.
// Environment: BREAKERD_TEST_SEED of the kills; printed. RAMP_KILLS: in each ramp (2). RAMP_WORKERS: "1,64" by default.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/client.hpp"
#include "support/daemon.hpp"
#include "tests/support/let_pass.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
using breakerd::test::let_pass;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Leases per second, as the plan says it.
struct Slope {
  double from = 20;
  double to = 200;
  double seconds = 8;

  [[nodiscard]] Json plan() const {
    return {
        {"ramp",
         {{"from_per_second", from}, {"to_per_second", to}, {"over_ms", static_cast<std::uint64_t>(seconds * 1'000)}}}};
  }
  /// Jobs that it has let go so many seconds after its begin.
  [[nodiscard]] double by(double time) const {
    const double t = std::clamp(time, 0.0, seconds);
    return from * t + (to - from) * t * t / (2 * seconds);
  }
};

Json ask(Client& client, const std::string& path, const Json& body = Json::object()) {
  const Answer answer = client.post(path, body);
  require(answer.succeeded(), path + " is answered " + answer.text());
  return answer.data();
}

void enqueue(Client& client, std::size_t count) {
  for (; count > 0; count -= std::min<std::size_t>(count, 1'000))
    ask(client, "/api/v1/jobs/batch", Json(std::min<std::size_t>(count, 1'000), {{"job_type", "mail"}}));
}

/// Leases and completes jobs until told to stop; a daemon that is not there is asked again.
void work(std::uint16_t port, const std::atomic<bool>& running) {
  Client client{port};
  Json settle = Json::array();
  while (running) {
    const Answer answer = client.post("/api/v1/leases", {{"worker", "w"},
                                                         {"max", 5},
                                                         {"lease_ms", 30'000},
                                                         {"wait_ms", 500},
                                                         {"settle", std::exchange(settle, Json::array())}});
    if (!answer.succeeded()) {
      client.hang_up();
      let_pass(milliseconds{5});
      continue;
    }
    for (const Json& job : answer.data().at("jobs"))
      settle.push_back({{"job_id", job.at("id")}, {"token", job.at("token")}, {"outcome", "complete"}});
  }
}

class Workers {
 public:
  Workers(std::uint16_t port, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this, port] { work(port, running_); });
  }
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  void stop() {
    running_ = false;
    threads_.clear();
  }

 private:
  std::atomic<bool> running_{true};
  std::vector<std::jthread> threads_;
};

/// Seconds since 1970, of "2026-11-30T21:29:53.123456Z".
double seconds_of(const std::string& text) {
  std::tm calendar{};
  std::istringstream in{text};
  in >> std::get_time(&calendar, "%Y-%m-%dT%H:%M:%S");
  require(!in.fail(), "no time: " + text);
  const auto point = text.find('.');
  const double part = point == std::string::npos ? 0 : std::stod("0" + text.substr(point, text.find('Z') - point));
  return static_cast<double>(timegm(&calendar)) + part;
}

/// The log from one event on.
std::vector<Json> events_from(Client& client, std::uint64_t seq) {
  std::vector<Json> events;
  for (;;) {
    const Answer page = client.get("/api/v1/events?limit=1000&from=" + std::to_string(seq));
    require(page.succeeded(), "events are answered " + page.text());
    const Json& some = page.data().at("events");
    if (some.empty()) return events;
    events.insert(events.end(), some.begin(), some.end());
    seq = events.back().at("seq").get<std::uint64_t>() + 1;
  }
}

/// Any second of the ramp, also those that begin between two seconds of the clock.
void check_leases(const std::vector<Json>& events, const Slope& slope) {
  double begun = 0;
  double ended = 0;
  std::vector<double> leases;
  for (const Json& event : events) {
    const double time = seconds_of(event.at("time"));
    if (event.at("type") == "JobCommandStarted") begun = time;
    if (event.at("type") == "RolloutEnded" && ended == 0) ended = time;
    if (event.at("type") == "JobLeased" && begun != 0) leases.push_back(time - begun);
  }
  require(begun != 0 && ended != 0, "the ramp has not begun and ended");
  require(ended - begun >= slope.seconds - 0.002, "the ramp has ended early");
  std::erase_if(leases, [&](double time) { return time >= slope.seconds; });
  for (std::size_t first = 0, behind = 0; first < leases.size() && leases[first] + 1 <= slope.seconds; ++first) {
    while (behind < leases.size() && leases[behind] < leases[first] + 1) ++behind;
    const double allowed = slope.by(leases[first] + 1) - slope.by(leases[first]);
    const double most = std::max(allowed * 1.05, allowed + 1.25) + 0.1;  // event times are read a little apart
    const auto count = static_cast<double>(behind - first);
    require(count <= most, "in the second behind " + std::to_string(leases[first]) + " there are " +
                               std::to_string(count) + " leases, and the ramp allows " + std::to_string(allowed));
  }
  std::cout << leases.size() << " leases of " << std::floor(slope.by(slope.seconds)) << " that the ramp allows"
            << std::endl;
  require(!leases.empty(), "nothing was leased");
}

void ramp_over_kills(const fs::path& workshop, std::size_t workers, unsigned kills, std::mt19937_64& random) {
  const Slope slope;
  Daemon daemon{workshop, workshop / ("ramp-" + std::to_string(workers))};
  daemon.start();
  daemon.wait_ready();
  Client client{daemon.port()};
  enqueue(client, 3'000);
  ask(client, "/api/v1/breaker/open", {{"reason", "the provider is down"}});
  const Json closed = ask(client, "/api/v1/breaker/close", {{"reason", "it is back"}, {"plan", slope.plan()}});
  require(closed.at("plan").at("ramp").at("to_per_second") == slope.to, "the close does not show its ramp");
  std::cout << workers << " workers: " << std::flush;
  Workers at_work{daemon.port(), workers};
  for (unsigned kill = 0; kill < kills; ++kill) {
    let_pass(milliseconds{500 + random() % 2'000});
    daemon.kill();
    daemon.start();
    daemon.wait_ready();
  }
  client.hang_up();
  while (client.get("/api/v1/queue-management/ramp").data().at("state") == "ramp") let_pass(milliseconds{50});
  at_work.stop();
  check_leases(events_from(client, 1), slope);
  client.hang_up();
  daemon.stop();
  verify_offline(daemon.data());
}

/// Kills while the canary's jobs are with workers: never more of them, and never again as many.
void canary_over_kills(const fs::path& workshop, unsigned kills, std::mt19937_64& random) {
  constexpr std::size_t canary = 5;
  Daemon daemon{workshop, workshop / "canary"};
  daemon.start();
  daemon.wait_ready();
  Client client{daemon.port()};
  enqueue(client, 100);
  ask(client, "/api/v1/breaker/open", {{"reason", "the provider is down"}});
  ask(client, "/api/v1/breaker/close", {{"reason", "it is back"}, {"plan", {{"canary", canary}}}});
  const Json leased = ask(client, "/api/v1/leases", {{"worker", "w"}, {"max", 50}, {"lease_ms", 600'000}});
  require(leased.at("jobs").size() == canary, std::to_string(leased.at("jobs").size()) + " jobs of the canary");
  for (unsigned kill = 0; kill < kills; ++kill) {
    let_pass(milliseconds{random() % 200});
    daemon.kill();
    daemon.start();
    daemon.wait_ready();
    client.hang_up();
    const Json more = ask(client, "/api/v1/leases", {{"worker", "w"}, {"max", 50}, {"lease_ms", 600'000}});
    require(more.at("jobs").empty(), "after a kill the canary has more jobs");
    const Json& job = leased.at("jobs").at(kill);
    ask(client, "/api/v1/jobs/" + std::to_string(job.at("id").get<std::uint64_t>()) + "/complete",
        {{"token", job.at("token")}});
  }
  const Json position = client.get("/api/v1/queue-management/ramp").data();
  require(position.at("canary").at("succeeded") == kills, "succeeded: " + position.dump());
  for (std::size_t i = kills; i < canary; ++i) {
    const Json& job = leased.at("jobs").at(i);
    ask(client, "/api/v1/jobs/" + std::to_string(job.at("id").get<std::uint64_t>()) + "/complete",
        {{"token", job.at("token")}});
  }
  const Json rest = ask(client, "/api/v1/leases", {{"worker", "w"}, {"max", 200}, {"lease_ms", 600'000}});
  require(rest.at("jobs").size() == 100 - canary, "the canary has passed, and the others are not leased");
  client.hang_up();
  daemon.stop();
  verify_offline(daemon.data());
}

}  // namespace

int main() {
  return run_in_workshop("ramp", [](const fs::path& workshop) {
    std::mt19937_64 random{breakerd::test::test_seed()};
    const auto kills = static_cast<unsigned>(std::stoul(setting("RAMP_KILLS", "2")));
    std::istringstream list{setting("RAMP_WORKERS", "1,64")};
    for (std::string workers; std::getline(list, workers, ',');)
      ramp_over_kills(workshop, std::stoul(workers), kills, random);
    canary_over_kills(workshop, std::min(kills, 4U), random);
  });
}
