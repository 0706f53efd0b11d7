// What one should_allow_request() costs in process: prints one JSON line. Usage: gate_bench DIR (an empty directory)
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <utility>

#include <breakerd/client.hpp>

namespace {

constexpr std::uint64_t calls_per_round = 50'000'000;
constexpr std::size_t rounds = 5;  // the median of them is told

// Nanoseconds per call; `allowed` counts the answers, so that none can be left out.
double one_round(const breakerd::Client& client, std::uint64_t& allowed) {
  const auto before = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < calls_per_round; ++i) allowed += client.should_allow_request() ? 1 : 0;
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - before;
  return spent.count() / static_cast<double>(calls_per_round);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: gate_bench DIR\n");
    return 2;
  }
  breakerd::ClientOptions options;
  options.directory = argv[1];
  auto client = breakerd::Client::open(std::move(options));
  if (!client) {
    fmt::print(stderr, "gate_bench: cannot open a log in {}\n", argv[1]);
    return 2;
  }
  std::uint64_t allowed = 0;
  std::array<double, rounds> nanoseconds{};
  for (double& round : nanoseconds) round = one_round(**client, allowed);
  std::sort(nanoseconds.begin(), nanoseconds.end());
  fmt::print("{{\"mode\":\"gate\",\"calls\":{},\"ns_per_call\":{:.3f}}}\n", calls_per_round * rounds,
             nanoseconds[rounds / 2]);
  // A new log's circuit is closed: every call must have been allowed.
  return allowed == calls_per_round * rounds ? 0 : 1;
}
