// How soon a worker has a job that is enqueued: workers whose leases wait, each on a connection of its own, and one who
// enqueues a job at a time. Prints one JSON line: the time from the enqueue's request to the worker's answer, and from
// the enqueue's own answer, which is that of the commit, to the worker's (negative: before it), in milliseconds. Usage:
// wake_bench PORT [WAITERS [JOBS [POLL_MS]]] (of a daemon that runs; by default 100, 500, 0). With POLL_MS nobody
// waits: each worker asks again so long after an answer without a job.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <queue>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/load/socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr auto answer_longest = std::chrono::seconds{30};
constexpr unsigned wait_ms = 60'000;
/// For the leases to come to their rest in the daemon, before the first job; and between two jobs.
constexpr auto until_they_wait = std::chrono::seconds{1};
constexpr auto between_jobs = std::chrono::milliseconds{5};

/// One connection with one request at a time.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_{port} {}

  void send(const std::string& path, const std::string& body) {
    socket_.output() += fmt::format(
        "POST /api/v1{} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        path, body.size(), body);
    if (!socket_.flush()) throw std::runtime_error("a request did not fit into the socket");
  }
  /// `data` of the answer, when all of it has come.
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

 private:
  breakerd::load::Socket socket_;
};

struct Setting {
  std::uint16_t port = 0;
  unsigned waiters = 100;
  unsigned jobs = 500;
  unsigned poll_ms = 0;  ///< 0: the leases wait
};

class Bench {
 public:
  explicit Bench(const Setting& setting) : setting_{setting}, producer_{setting.port}, epoll_{::epoll_create1(0)} {
    watch(producer_, setting.waiters);
    for (unsigned i = 0; i < setting.waiters; ++i) {
      workers_.push_back(std::make_unique<Connection>(setting.port));
      watch(*workers_.back(), i);
      ask(i);
    }
    if (run(Clock::now() + until_they_wait)) throw std::runtime_error("a lease found a job before there was one");
  }
  ~Bench() { ::close(epoll_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  struct Wake {
    double from_request_ms = 0;
    double from_answer_ms = 0;
  };
  Wake wake_one() {
    enqueued_.reset();
    woken_.reset();
    const auto begun = Clock::now();
    producer_.send("/jobs", R"({"job_type":"wake_bench"})");
    if (!run(begun + answer_longest)) throw std::runtime_error("nobody had the job");
    const auto ms = [](Clock::duration time) { return std::chrono::duration<double, std::milli>{time}.count(); };
    const Wake wake{ms(*woken_ - begun), ms(*woken_ - *enqueued_)};
    enqueued_.reset();
    woken_.reset();
    if (run(Clock::now() + between_jobs)) throw std::runtime_error("one job woke two workers");
    return wake;
  }

 private:
  void watch(const Connection& connection, unsigned number) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = number;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor(), &event) != 0)
      throw std::runtime_error("epoll_ctl failed");
  }
  void ask(unsigned worker) {
    const unsigned wait = setting_.poll_ms > 0 ? 0 : wait_ms;
    workers_[worker]->send("/leases",
                           fmt::format(R"({{"worker":"wake_bench","lease_ms":3600000,"wait_ms":{}}})", wait));
  }
  /// Until a job was enqueued and leased, which it says, or until then.
  bool run(Clock::time_point end) {
    while (!(enqueued_ && woken_)) {
      const auto now = Clock::now();
      while (!polls_.empty() && polls_.top().first <= now) {
        ask(polls_.top().second);
        polls_.pop();
      }
      const auto next = polls_.empty() ? end : std::min(end, polls_.top().first);
      if (now >= end) return false;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
      std::array<epoll_event, 64> events{};
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(left.count()));
      for (int i = 0; i < count; ++i) answered(events[static_cast<std::size_t>(i)].data.u32);
    }
    return true;
  }
  void answered(unsigned number) {
    if (number == setting_.waiters) {
      if (producer_.take()) enqueued_ = Clock::now();
      return;
    }
    const auto answer = workers_[number]->take();
    if (!answer) return;
    const bool has_job = !answer->at("jobs").empty();
    if (has_job && woken_) throw std::runtime_error("one job woke two workers");
    if (has_job) woken_ = Clock::now();
    if (setting_.poll_ms > 0 && !has_job)
      polls_.emplace(Clock::now() + std::chrono::milliseconds{setting_.poll_ms}, number);
    else
      ask(number);
  }

  using Poll = std::pair<Clock::time_point, unsigned>;
  Setting setting_;
  Connection producer_;
  std::vector<std::unique_ptr<Connection>> workers_;
  int epoll_;
  std::priority_queue<Poll, std::vector<Poll>, std::greater<>> polls_;
  std::optional<Clock::time_point> enqueued_;
  std::optional<Clock::time_point> woken_;
};

double quantile(std::vector<double>& values, double of) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(of * static_cast<double>(values.size())))];
}

unsigned number(int argc, char** argv, int place, unsigned otherwise) {
  return argc > place ? static_cast<unsigned>(std::strtoul(argv[place], nullptr, 10)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned port = number(argc, argv, 1, 0);
  const Setting setting{static_cast<std::uint16_t>(port), number(argc, argv, 2, 100), number(argc, argv, 3, 500),
                        number(argc, argv, 4, 0)};
  if (port == 0 || port > 65'535 || setting.waiters == 0 || setting.jobs == 0 || argc > 5) {
    fmt::print(stderr, "usage: wake_bench PORT [WAITERS [JOBS [POLL_MS]]]\n");
    return 2;
  }
  try {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
      files.rlim_cur = files.rlim_max;
      (void)setrlimit(RLIMIT_NOFILE, &files);  // too few of them show at the first connection too many
    }
    Bench bench{setting};
    std::vector<double> requests;
    std::vector<double> answers;
    for (unsigned i = 0; i < setting.jobs; ++i) {
      const Bench::Wake wake = bench.wake_one();
      requests.push_back(wake.from_request_ms);
      answers.push_back(wake.from_answer_ms);
    }
    fmt::print(
        "{{\"mode\":\"wake\",\"connections\":{},\"poll_ms\":{},\"jobs\":{},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},"
        "\"after_commit_p50_ms\":{:.3f},\"after_commit_p99_ms\":{:.3f}}}\n",
        setting.waiters, setting.poll_ms, setting.jobs, quantile(requests, 0.5), quantile(requests, 0.99),
        quantile(answers, 0.5), quantile(answers, 0.99));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "wake_bench: {}\n", error.what());
    return 1;
  }
}
