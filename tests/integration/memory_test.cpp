// The memory of a real daemon stays within its documented bound (docs/limits.md, "Memory"), whatever clients send and
// do not read; and whoever asks for the circuit is answered beside them. How soon is printed.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "support/client.hpp"
#include "support/daemon.hpp"

namespace {

using namespace breakerd::integration;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t mebi = 1 << 20;

/// As documented, for the settings there are by default and `connections`.
std::uint64_t bound(std::uint64_t connections) {
  constexpr std::uint64_t memory_bytes_max = 192 * mebi;
  constexpr std::uint64_t of_each = 160 << 10;
  constexpr std::uint64_t itself = 256 * mebi;
  return itself + memory_bytes_max + of_each * connections;
}

/// A client that sends, and reads no more than it says. It takes as little as the kernel lets it.
class Hostile {
 public:
  explicit Hostile(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int little = 4'096;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "cannot connect");
  }
  /// Sends of `bytes` what the kernel takes at once.
  Hostile(std::uint16_t port, const std::string& bytes) : Hostile{port} {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    require(sent > 0, "cannot send");
  }
  Hostile(Hostile&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}
  Hostile(const Hostile&) = delete;
  Hostile& operator=(const Hostile&) = delete;
  ~Hostile() {
    if (socket_ >= 0) ::close(socket_);
  }

  void send_all(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      require(n > 0, "cannot send");
      sent += static_cast<std::size_t>(n);
    }
  }
  /// The first bytes of an answer.
  [[nodiscard]] std::string receive_some() {
    char bytes[64];
    const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
    require(n > 0, "there is no answer");
    return {bytes, static_cast<std::size_t>(n)};
  }

 private:
  int socket_ = -1;
};

std::string pipeline(const std::string& target, int requests) {
  std::string bytes;
  for (int i = 0; i < requests; ++i) bytes += "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  return bytes;
}

Json jobs(std::size_t count, std::size_t payload_bytes) {
  const Json job = {{"job_type", "a"}, {"payload", {{"text", std::string(payload_bytes, 'x')}}}};
  return std::vector<Json>(count, job);
}

/// Asks for the circuit `times` times, and says how long that took at worst.
void ask_beside(Daemon& daemon, const std::string& what, int times) {
  std::chrono::microseconds worst_allow{0};
  std::chrono::microseconds worst_breaker{0};
  const auto ask = [&](const char* target, std::chrono::microseconds& worst) {
    Client client{daemon.port(), std::chrono::minutes{5}};
    const auto begin = Clock::now();
    const Answer answer = client.get(target);
    require(answer.status == 200, std::string{target} + ": " + answer.text());
    worst = std::max(worst, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin));
  };
  for (int i = 0; i < times; ++i) {
    ask("/api/v1/breaker/allow", worst_allow);
    ask("/api/v1/breaker", worst_breaker);
  }
  std::cout << what << ": peak " << daemon.memory_peak() / mebi << " MiB; at worst, allow after "
            << static_cast<double>(worst_allow.count()) / 1'000.0 << " ms and breaker after "
            << static_cast<double>(worst_breaker.count()) / 1'000.0 << " ms" << std::endl;
}

void check_bound(Daemon& daemon, const std::string& what, std::uint64_t connections) {
  daemon.check_alive();
  const std::uint64_t peak = daemon.memory_peak();
  require(peak <= bound(connections), what + ": " + std::to_string(peak / mebi) + " MiB, the bound is " +
                                          std::to_string(bound(connections) / mebi));
}

/// `count` clients that each ask for `requests` pages of `target`, and read nothing.
void read_nothing(Daemon& daemon, const std::string& target, int count, int requests) {
  {
    std::vector<Hostile> hostile;
    for (int i = 0; i < count; ++i) hostile.emplace_back(daemon.port(), pipeline(target, requests));
    ask_beside(daemon, std::to_string(count) + " clients that do not read " + target, 100);
  }
  Client honest{daemon.port(), std::chrono::minutes{5}};
  const Answer page = honest.get(target);
  require(page.status == 200, "a page after all have hung up: " + page.text());
  check_bound(daemon, target, static_cast<std::uint64_t>(count));
}

void hang_up_at_once(Daemon& daemon, int count) {
  for (int i = 0; i < count; ++i) Hostile{daemon.port(), pipeline("/api/v1/jobs?limit=1000", 1)};
  ask_beside(daemon, std::to_string(count) + " clients that ask for a page and hang up", 100);
  check_bound(daemon, "clients that hang up", 1'024);
}

/// A body that is refused half-way is dropped, though its client stays.
void break_bodies(Daemon& daemon, int count) {
  const std::string chunk_size = "f00000";
  const std::string body = "POST /api/v1/jobs/batch HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                           chunk_size + "\r\n" + std::string(std::stoul(chunk_size, nullptr, 16), ' ') +
                           "\r\nno size\r\n";
  std::vector<Hostile> hostile;
  for (int i = 0; i < count; ++i) {
    hostile.emplace_back(daemon.port()).send_all(body);
    const std::string answer = hostile.back().receive_some();
    require(answer.starts_with("HTTP/1.1 400"), "a broken body is answered " + answer);
  }
  const std::string what = std::to_string(count) + " clients whose bodies of 15 MiB are refused";
  ask_beside(daemon, what, 10);
  check_bound(daemon, what, static_cast<std::uint64_t>(count));
}

void produce(Daemon& daemon, const std::string& what, const Json& batch, int producers, int rounds) {
  std::atomic<int> kept{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < producers; ++i)
    threads.emplace_back([&] {
      Client client{daemon.port(), std::chrono::minutes{5}};
      for (int round = 0; round < rounds; ++round)
        if (client.post("/api/v1/jobs/batch", batch).status == 201) ++kept;
    });
  ask_beside(daemon, what, 50);
  for (std::thread& thread : threads) thread.join();
  require(kept == producers * rounds, what + ": only " + std::to_string(kept) + " batches were kept");
  check_bound(daemon, what, static_cast<std::uint64_t>(producers));
}

void play(const fs::path& workshop) {
  Daemon daemon{workshop, workshop / "data"};
  daemon.start();
  daemon.wait_ready();
  produce(daemon, "3 producers of bodies of 16 MiB", jobs(10'000, 1'600), 3, 3);
  produce(daemon, "8 producers of many small jobs", jobs(10'000, 1), 8, 3);
  Client client{daemon.port(), std::chrono::minutes{5}};
  for (int i = 0; i < 10; ++i)
    require(client.post("/api/v1/jobs/batch", jobs(100, 60'000)).status == 201, "the daemon takes no jobs");
  read_nothing(daemon, "/api/v1/jobs?limit=1000", 2, 64);
  read_nothing(daemon, "/api/v1/jobs?limit=1000&cursor=330000", 100, 64);
  read_nothing(daemon, "/api/v1/events?limit=1000&from=330000", 100, 64);
  hang_up_at_once(daemon, 900);
  daemon.stop();
}

void refuse(const fs::path& workshop) {
  Daemon daemon{workshop, workshop / "refusals", {"BREAKERD_DRAIN_TIMEOUT_MS=60000"}};
  daemon.start();
  daemon.wait_ready();
  break_bodies(daemon, 60);
  daemon.stop();
}

}  // namespace

int main() {
  return run_in_workshop("memory", [](const fs::path& workshop) {
    play(workshop);
    refuse(workshop);
  });
}
