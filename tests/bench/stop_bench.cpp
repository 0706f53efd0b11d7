// How soon an opening stops the work that is under way: workers whose heartbeats wait, each on a connection of its own,
// and an operator who opens the circuit. Prints one JSON line: the time to the opening's answer, and from there to the
// last stop (negative: before it), in milliseconds, median and longest. Usage: stop_bench PORT [ROUNDS [CAMPAIGNS
// [JOBS_OF_EACH]]] (of a daemon that runs; by default 20, 100, 10)
#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/load/socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr auto answer_longest = std::chrono::seconds{30};
/// For the heartbeats to come to their rest in the daemon, before the circuit is opened.
constexpr auto until_they_wait = std::chrono::seconds{1};

/// One connection with one request at a time.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_{port} {}

  void send(const std::string& path, const json& body) {
    const std::string text = body.dump();
    socket_.output() += fmt::format(
        "POST /api/v1{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        path, text.size(), text);
    if (!socket_.flush()) throw std::runtime_error("a request did not fit into the socket");
  }
  /// What has come by now; nothing: not all of it.
  std::optional<json> take() {
    if (!socket_.receive()) throw std::runtime_error("the daemon has closed a connection");
    const std::string_view in = socket_.input();
    const std::size_t head = in.find("\r\n\r\n");
    if (head == std::string_view::npos) return std::nullopt;
    constexpr std::string_view field = "\r\nContent-Length: ";
    const std::size_t at = in.substr(0, head).find(field);
    if (at == std::string_view::npos) throw std::runtime_error("an answer has no Content-Length");
    const std::size_t size = std::strtoull(in.data() + at + field.size(), nullptr, 10);
    if (in.size() < head + 4 + size) return std::nullopt;
    json body = json::parse(in.substr(head + 4, size));
    socket_.consume(head + 4 + size);
    if (body.value("status", json{}) != "success") throw std::runtime_error("refused: " + body.dump());
    return body["data"];
  }
  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }
  json call(const std::string& path, const json& body) {
    send(path, body);
    pollfd one{descriptor(), POLLIN, 0};
    for (;;) {
      if (::poll(&one, 1, static_cast<int>(std::chrono::milliseconds{answer_longest}.count())) != 1)
        throw std::runtime_error("no answer to " + path);
      if (auto answer = take()) return std::move(*answer);
    }
  }

 private:
  breakerd::load::Socket socket_;
};

struct Worker {
  std::unique_ptr<Connection> connection;
  std::string path;
  std::string token;
};

std::vector<Worker> lease_jobs(Connection& operate, std::uint16_t port, unsigned campaigns, unsigned jobs_of_each) {
  for (unsigned i = 0; i < campaigns; ++i) {
    const std::string id = operate.call("/campaigns", {{"name", "stop"}})["id"];
    operate.call("/campaigns/" + id + "/start", json::object());
    json jobs = json::array();
    for (unsigned k = 0; k < jobs_of_each; ++k) jobs.push_back({{"job_type", "stop_bench"}, {"campaign_id", id}});
    operate.call("/jobs/batch", jobs);
  }
  std::vector<Worker> workers;
  while (workers.size() < std::size_t{campaigns} * jobs_of_each) {
    const json leased = operate.call(
        "/leases",
        {{"worker", "stop_bench"}, {"max", 1'000}, {"lease_ms", 3'600'000}, {"job_types", {"stop_bench"}}})["jobs"];
    if (leased.empty()) throw std::runtime_error("fewer jobs were leased than were enqueued");
    for (const json& job : leased)
      workers.push_back({std::make_unique<Connection>(port),
                         "/jobs/" + std::to_string(job["id"].get<std::uint64_t>()) + "/heartbeat", job["token"]});
  }
  return workers;
}

struct Round {
  double opening_ms = 0;
  double last_stop_ms = 0;  ///< after the opening's answer
};

Round open_once(Connection& operate, std::vector<Worker>& workers) {
  for (Worker& worker : workers) worker.connection->send(worker.path, {{"token", worker.token}, {"wait_ms", 60'000}});
  std::vector<pollfd> all;
  for (const Worker& worker : workers) all.push_back({worker.connection->descriptor(), POLLIN, 0});
  if (::poll(all.data(), all.size(), static_cast<int>(std::chrono::milliseconds{until_they_wait}.count())) != 0)
    throw std::runtime_error("a heartbeat was answered before the opening");
  all.push_back({operate.descriptor(), POLLIN, 0});

  const auto begun = Clock::now();
  operate.send("/breaker/open", {{"reason", "stop_bench"}});
  std::optional<Clock::time_point> opened;
  Clock::time_point last_stop;
  for (std::size_t left = all.size(); left > 0;) {
    if (::poll(all.data(), all.size(), static_cast<int>(std::chrono::milliseconds{answer_longest}.count())) <= 0)
      throw std::runtime_error("heartbeats were not answered after an opening");
    const auto now = Clock::now();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].revents == 0) continue;
      const bool is_opening = i == workers.size();
      const auto answer = is_opening ? operate.take() : workers[i].connection->take();
      if (!answer) continue;
      if (!is_opening && !answer->value("stop", false)) throw std::runtime_error("a heartbeat was not told to stop");
      if (is_opening)
        opened = now;
      else
        last_stop = now;
      all[i].fd = -1;  // poll() leaves it out from now on
      --left;
    }
  }
  const auto ms = [](Clock::duration time) { return std::chrono::duration<double, std::milli>{time}.count(); };
  operate.call("/breaker/close", {{"reason", "stop_bench"}});
  operate.call("/queue-management/resume-queue", json::object());
  return {ms(*opened - begun), ms(last_stop - *opened)};
}

std::pair<double, double> median_and_longest(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.back()};
}

unsigned number(int argc, char** argv, int place, unsigned otherwise) {
  return argc > place ? static_cast<unsigned>(std::strtoul(argv[place], nullptr, 10)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned port = number(argc, argv, 1, 0);
  const unsigned rounds = number(argc, argv, 2, 20);
  const unsigned campaigns = number(argc, argv, 3, 100);
  const unsigned jobs_of_each = number(argc, argv, 4, 10);
  if (port == 0 || port > 65'535 || rounds == 0 || campaigns == 0 || jobs_of_each == 0 || argc > 5) {
    fmt::print(stderr, "usage: stop_bench PORT [ROUNDS [CAMPAIGNS [JOBS_OF_EACH]]]\n");
    return 2;
  }
  try {
    Connection operate{static_cast<std::uint16_t>(port)};
    auto workers = lease_jobs(operate, static_cast<std::uint16_t>(port), campaigns, jobs_of_each);
    std::vector<double> openings;
    std::vector<double> stops;
    for (unsigned i = 0; i < rounds; ++i) {
      const Round round = open_once(operate, workers);
      openings.push_back(round.opening_ms);
      stops.push_back(round.last_stop_ms);
    }
    const auto [opening, opening_longest] = median_and_longest(openings);
    const auto [stop, stop_longest] = median_and_longest(stops);
    fmt::print(
        "{{\"mode\":\"stop\",\"connections\":{},\"campaigns\":{},\"rounds\":{},\"opening_ms\":{:.2f},"
        "\"opening_longest_ms\":{:.2f},\"last_stop_ms\":{:.2f},\"last_stop_longest_ms\":{:.2f}}}\n",
        workers.size(), campaigns, rounds, opening, opening_longest, stop, stop_longest);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "stop_bench: {}\n", error.what());
    return 1;
  }
}
