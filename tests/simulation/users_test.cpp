#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/users/crowd.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

/// Keeps what is sent, and answers with one job, one campaign and one lease, whatever was asked; or loses the answer.
class Echo : public Wire {
 public:
  explicit Echo(std::vector<std::string>& sent) : sent_{sent} {}
  bool silent = false;
  bool loses = false;

  void call(Call call, std::function<void(std::optional<Response>)> done) override {
    sent_.push_back(call.method + " " + call.target + " " + call.body);
    if (silent) return waiting_.push_back(std::move(done));
    if (loses) return done(std::nullopt);
    const bool campaign = call.target == "/api/v1/campaigns";
    const std::string id = campaign ? R"("01a22528-3edc-7b99-a493-80c76353aba8")" : "1";
    done(Response{200, R"({"status":"success","data":{"jobs":[{"id":1,"token":"t"}],"id":)" + id + "}}", {}});
  }

 private:
  std::vector<std::string>& sent_;
  std::vector<std::function<void(std::optional<Response>)>> waiting_;
};

struct Life {
  std::vector<std::string> sent;
  std::size_t users = 0;
};

Life live(std::uint64_t seed, bool silent = false) {
  Life life;
  Chance chance{seed};
  Known known;
  std::map<std::string, std::unique_ptr<Echo>> wires;
  std::int64_t now_ms = 0;
  const auto wire_of = [&](const std::string& name) -> Wire& {
    auto& wire = wires[name] = std::make_unique<Echo>(life.sent);
    wire->silent = silent;
    return *wire;
  };
  auto crowd = make_crowd(chance, known, wire_of, [&] { return now_ms; });
  life.users = crowd.size();
  for (int round = 0; round < 100; ++round, now_ms += 100) {
    for (auto& user : crowd) user->step();
  }
  return life;
}

}  // namespace

TEST_CASE("the same seed makes the same calls, another one makes others") {
  CHECK(live(1).sent == live(1).sent);
  CHECK(live(1).sent != live(2).sent);
}

TEST_CASE("users have only so many calls under way") {
  const Life life = live(3, true);
  CHECK(life.sent.size() >= life.users - 2);
  CHECK(life.sent.size() <= 5 * life.users);
}

TEST_CASE("the users of many seeds make every kind of call") {
  std::set<std::string> paths;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    for (const std::string& call : live(seed).sent) {
      const std::string target = call.substr(0, call.find(' ', call.find(' ') + 1));
      paths.insert(target.substr(0, target.find('?')));
    }
  }
  for (const char* path : {"POST /api/v1/jobs",
                           "POST /api/v1/jobs/batch",
                           "POST /api/v1/jobs/complete",
                           "POST /api/v1/jobs/settle",
                           "POST /api/v1/jobs/1/cancel",
                           "DELETE /api/v1/jobs/1",
                           "POST /api/v1/leases",
                           "POST /api/v1/jobs/1/heartbeat",
                           "POST /api/v1/jobs/1/complete",
                           "POST /api/v1/jobs/1/fail",
                           "POST /api/v1/jobs/1/release",
                           "POST /api/v1/campaigns",
                           "POST /api/v1/breaker/open",
                           "POST /api/v1/breaker/close",
                           "POST /api/v1/breaker/failures",
                           "POST /api/v1/queue-management/resume-queue",
                           "GET /api/v1/queue-management/ramp",
                           "POST /api/v1/queue-management/ramp/stop",
                           "POST /api/v1/queue-management/pause-service",
                           "POST /api/v1/queue-management/pause-campaigns-for-service",
                           "POST /api/v1/queue-management/resume-campaigns-for-service",
                           "GET /api/v1/events",
                           "GET /api/v1/jobs",
                           "GET /api/v1/breaker/allow",
                           "GET /readyz",
                           "PUT /api/v1/job-types/mail",
                           "DELETE /api/v1/job-types/mail",
                           "PUT /api/v1/jobs/1"}) {
    INFO(path);
    CHECK(paths.count(path) == 1);
  }
}

TEST_CASE("a user repeats some of the calls whose answers were lost") {
  std::vector<std::string> sent;
  Echo wire{sent};
  wire.loses = true;
  Chance chance{5};
  Known known;
  const auto crowd = make_crowd(
      chance, known, [&](const std::string&) -> Wire& { return wire; }, [] { return 0; });
  for (int round = 0; round < 50; ++round) {
    for (const auto& user : crowd) user->step();
  }
  // Each enqueue has a payload that no other one has, unless it is the same one again.
  std::set<std::string> different;
  std::size_t enqueues = 0;
  for (const std::string& call : sent) {
    if (call.find("\"of\":") == std::string::npos) continue;
    ++enqueues;
    different.insert(call);
  }
  CHECK(different.size() < enqueues);
}
