// Requests with an Idempotency-Key over kill -9: each is asked for again until it is answered, and done once
// (docs/http-api.md, "Requests that are sent again").
// Environment: BREAKERD_TEST_SEED of the kills; printed. REPEATS_KILLS: how many, 25 by default.

#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "support/client.hpp"
#include "support/daemon.hpp"
#include "tests/support/let_pass.hpp"
#include "tests/support/seed.hpp"

namespace {

using namespace breakerd::integration;
namespace fs = std::filesystem;

/// One request, and what it was answered.
struct Request {
  Json body;
  Answer answer;
};

struct Counts {
  std::size_t fresh = 0;
  std::size_t replayed = 0;
  std::size_t without_answer = 0;
};

std::string key_of(std::size_t number) { return "request-" + std::to_string(number); }

/// Sends one request after the other, until the daemon does not answer any more; gives the number of that one.
std::size_t send_until_killed(std::uint16_t port, std::map<std::size_t, Request>& requests, std::size_t next) {
  Client client{port};
  for (;; ++next) {
    Request& request = requests[next];
    request.body = {{"job_type", "mail"}, {"name", key_of(next)}, {"payload", {{"n", next}}}};
    request.answer = client.post("/api/v1/jobs", request.body, key_of(next));
    if (request.answer.status == 0) return next;
    require(request.answer.status == 201 && !request.answer.replayed,
            "a new request is answered " + request.answer.text());
  }
}

/// The one whose answer was lost is asked for again; those before it are, too, and have the same answer.
void ask_again(std::uint16_t port, std::map<std::size_t, Request>& requests, std::size_t lost, Counts& counts) {
  Client client{port};
  const Answer answer = client.post("/api/v1/jobs", requests[lost].body, key_of(lost));
  require(answer.succeeded(), "asked for again it is answered " + answer.text());
  if (!answer.replayed)
    ++counts.fresh;
  else if (answer.data().contains("done"))
    ++counts.without_answer;
  else
    ++counts.replayed;
  requests[lost].answer = answer;
  const Answer other = client.post("/api/v1/jobs", {{"job_type", "sms"}}, key_of(lost));
  require(other.status == 422, "another body with the same key is answered " + other.text());
  for (std::size_t number = lost < 5 ? 0 : lost - 5; number < lost; ++number) {
    const Answer again = client.post("/api/v1/jobs", requests[number].body, key_of(number));
    require(again.replayed, "what was answered before is answered " + again.text());
    const bool is_same = again.body == requests[number].answer.body;
    require(is_same, "it was answered " + requests[number].answer.text() + " and then " + again.text());
  }
}

/// Each is in the log once, under the id that was answered.
void check_jobs(std::uint16_t port, std::map<std::size_t, Request>& requests) {
  std::map<std::string, std::uint64_t> jobs;
  Client client{port};
  std::string cursor;
  do {
    const Answer page = client.get("/api/v1/jobs?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const Json& job : page.data().at("jobs"))
      require(jobs.emplace(job.at("name"), job.at("id")).second, job.at("name").dump() + " was done twice");
    cursor = page.data().at("next_cursor").is_null() ? "" : page.data().at("next_cursor").get<std::string>();
  } while (!cursor.empty());
  require(jobs.size() == requests.size(),
          std::to_string(requests.size()) + " requests have made " + std::to_string(jobs.size()) + " jobs");
  for (const auto& [number, request] : requests)
    require(jobs.at(key_of(number)) == request.answer.data().at("id"),
            key_of(number) + " was answered with another job");
}

void kill_and_ask_again(const fs::path& workshop) {
  std::mt19937 random{breakerd::test::test_seed()};
  const int kills = std::stoi(setting("REPEATS_KILLS", "25"));
  Daemon daemon{workshop, workshop / "data"};
  std::map<std::size_t, Request> requests;
  Counts counts;
  daemon.start();
  daemon.wait_ready();
  std::size_t next = 0;
  for (int i = 0; i < kills; ++i) {
    std::jthread killer{[&daemon, after = std::chrono::microseconds{random() % 30'000}] {
      breakerd::test::let_pass(after);
      daemon.kill();
    }};
    next = send_until_killed(daemon.port(), requests, next);
    killer.join();
    daemon.start();
    daemon.wait_ready();
    ask_again(daemon.port(), requests, next++, counts);
  }
  check_jobs(daemon.port(), requests);
  daemon.stop();
  verify_offline(daemon.data());
  std::cout << "ok: " << requests.size() << " requests over " << kills << " kills were done once each; of those whose "
            << "answer was lost " << counts.fresh << " had not been done, " << counts.replayed << " had their answer, "
            << counts.without_answer << " were done without one" << std::endl;
}

}  // namespace

int main() { return run_in_workshop("repeats", kill_and_ask_again); }
