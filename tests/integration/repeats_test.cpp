// Requests with an Idempotency-Key over kill -9: each is asked for again until it is answered, and done once
// (docs/http-api.md, "Requests that are sent again").
// Environment: BREAKERD_TEST_SEED of the kills; printed. REPEATS_KILLS: how many, 25 by default.

#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

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
  std::size_t in_part = 0;
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

/// Kills the daemon after so many microseconds.
std::jthread killer_of(Daemon& daemon, std::uint64_t us) {
  return std::jthread{[&daemon, after = std::chrono::microseconds{us}] {
    breakerd::test::let_pass(after);
    daemon.kill();
  }};
}

/// A settle of three jobs in two commits: a failure of a service, and two completes.
struct Settle {
  std::string key;
  std::vector<std::uint64_t> jobs;
  Json body = Json::array();
  std::uint64_t after = 0;  ///< its events come behind this one
  bool is_sent = false;
};

/// False when the daemon does not answer any more.
bool settle_three(Client& client, Settle& settle) {
  const auto ask = [&](const std::string& path, const Json& body) {
    const Answer answer = client.post(path, body);
    require(answer.status == 0 || answer.succeeded(), path + " is answered " + answer.text());
    return answer;
  };
  const Answer status = client.get("/api/v1/queue-management/status");
  if (status.status == 0) return false;
  settle.after = status.data().at("queue").at("last_seq");
  if (ask("/api/v1/breaker/close", {{"reason", "the next"}}).status == 0) return false;
  const Json job{{"job_type", "settled"}};
  if (ask("/api/v1/jobs/batch", {job, job, job}).status == 0) return false;
  const Answer leased = ask("/api/v1/leases", {{"worker", "w"}, {"max", 3}, {"job_types", {"settled"}}});
  if (leased.status == 0) return false;
  for (const Json& one : leased.data().at("jobs")) {
    settle.jobs.push_back(one.at("id"));
    settle.body.push_back({{"job_id", one.at("id")}, {"token", one.at("token")}, {"outcome", "complete"}});
  }
  require(settle.jobs.size() == 3, "a lease has " + std::to_string(settle.jobs.size()) + " jobs");
  settle.body[0].update({{"outcome", "fail"}, {"error", settle.key}, {"service", "apollo"}});
  settle.is_sent = true;
  const Answer answer = client.post("/api/v1/jobs/settle", settle.body, settle.key);
  require(answer.status == 0 || (answer.status == 200 && !answer.replayed), "a settle is answered " + answer.text());
  return answer.status != 0;
}

/// Asked for again, all of it is done: the failure once, and the completes.
void ask_for_the_rest(Client& client, const Settle& settle, Counts& counts) {
  const Answer again = client.post("/api/v1/jobs/settle", settle.body, settle.key);
  require(again.status == 200, "a settle is answered for the second time " + again.text());
  const Json& settled = again.data().at("settled");
  const auto is_new = [&](std::size_t i) { return settled.at(i).contains("status"); };
  if (again.replayed)
    ++counts.replayed;
  else if (is_new(0) || !is_new(1))
    ++(is_new(0) ? counts.fresh : counts.without_answer);
  else
    ++counts.in_part;
  for (std::size_t i = 1; i < settle.jobs.size(); ++i) {
    const Answer job = client.get("/api/v1/jobs/" + std::to_string(settle.jobs[i]));
    require(job.data().at("status") == "COMPLETED", "a job of a settle is " + job.text());
  }
  std::size_t failures = 0;
  const Answer page = client.get("/api/v1/events?limit=1000&stream=breaker&from=" + std::to_string(settle.after + 1));
  for (const Json& event : page.data().at("events"))
    if (event.at("data").value("error", "") == settle.key) ++failures;
  require(failures == 1, "a failure of a settle is in the log " + std::to_string(failures) + " times");
}

/// A kill between the two commits is what this is about; no other is likely to lose anything.
void kill_in_settles(const fs::path& workshop, std::mt19937& random, int kills) {
  Daemon daemon{workshop, workshop / "settled"};
  Counts counts;
  std::size_t number = 0;
  daemon.start();
  daemon.wait_ready();
  for (int i = 0; i < kills; ++i) {
    Settle settle;
    {
      const std::jthread killer = killer_of(daemon, 20'000 + random() % 60'000);
      Client client{daemon.port()};
      do settle = {key_of(number++), {}, Json::array(), 0, false};
      while (settle_three(client, settle));
    }
    daemon.start();
    daemon.wait_ready();
    Client client{daemon.port()};
    if (settle.is_sent) ask_for_the_rest(client, settle, counts);
  }
  daemon.stop();
  verify_offline(daemon.data());
  std::cout << "ok: of " << number << " settles over " << kills << " kills, " << counts.fresh
            << " were done when they were sent again, " << counts.in_part << " in part, " << counts.without_answer
            << " had been done without an answer, " << counts.replayed << " had theirs" << std::endl;
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
    std::jthread killer = killer_of(daemon, random() % 30'000);
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
  kill_in_settles(workshop, random, kills);
}

}  // namespace

int main() { return run_in_workshop("repeats", kill_and_ask_again); }
