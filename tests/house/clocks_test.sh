#!/usr/bin/env bash
# Nobody reads a clock or draws chance by himself. Usage: clocks_test.sh ROOT
# First the check is checked: faults planted in a tree of its own must be found, and only they.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/clocks_lib.sh"
source "$here/planting_lib.sh"

plant() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{actors,events,storage,http} "$tree/$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}
refuses() {
  plant "$@"
  must_refuse check_clocks "$*"
}
accepts() {
  plant "$@"
  must_accept check_clocks "$*"
}

refuses actors/a.cpp 'const auto began = std::chrono::steady_clock::now();'
refuses storage/a.cpp 'return floor<seconds>(system_clock::now());'
refuses http/ctl/a.hpp '  Clock::time_point begun_ = Clock::now();'
refuses http/a.cpp 'timer.expires_at(boost::asio::steady_timer::clock_type::now() + limit);'
refuses http/a.cpp 'using Clock = std::chrono::high_resolution_clock;'
refuses http/a.cpp 'const std::time_t seconds = std::time(nullptr);'
refuses http/a.cpp '  auto t = time(NULL);'
refuses http/a.cpp '  ::time(&seconds);'
refuses events/a.cpp '::clock_gettime(CLOCK_MONOTONIC, &time);'
refuses events/a.cpp 'gettimeofday(&time, nullptr);'
refuses actors/a.cpp 'if (RAND_bytes(block.data(), 16) != 1) throw 1;'
refuses http/json/a.cpp 'static const auto secret = std::random_device{}();'
refuses http/a.cpp 'const int pause = std::rand() % 100;'
refuses http/a.cpp 'srand(1);'
refuses http/a.cpp '#include <random>'
refuses http/a.hpp '  std::minstd_rand random_;'
refuses http/a.cpp '::getrandom(bytes.data(), bytes.size(), 0);'
refuses http/a.cpp 'std::ifstream chance{"/dev/urandom"};'
refuses http/a.cpp 'return machine_clock().wall();'
refuses http/a.cpp 'const Clock& clock = machine_clock();'
refuses actors/a.cpp 'machine_randomness().fill(bytes);'
refuses actors/a.hpp '  [[nodiscard]] Time now() const { return machine_clock().wall(); }'
refuses http/a.hpp '  const Time begun_{machine_clock().wall()};'

accepts events/model/clock.cpp 'return std::chrono::steady_clock::now();'
accepts events/model/randomness.cpp 'RAND_bytes(bytes.data(), 16);'
accepts actors/a.cpp 'return {wall_clock_.wall(), clock().now()};  // clock() is handed in by the scheduler'
accepts actors/a.hpp '  const Clock* clock = &machine_clock();'
accepts http/a.hpp '  explicit A(const Clock& clock = machine_clock());'
accepts http/a.hpp '  std::uint64_t secret = draw_number(machine_randomness());'
accepts http/breakerctl_main.cpp 'const Clock& clock = machine_clock();'
accepts events/model/clock.hpp '[[nodiscard]] const Clock& machine_clock();'
accepts events/model/randomness.hpp '[[nodiscard]] Randomness& machine_randomness();'
accepts http/a.hpp 'std::chrono::steady_clock::time_point deadline{};'
accepts http/a.cpp 'std::string time(Time moment);' 'text += terminal.time(at);' 'auto time = read_time(text, now);'

check_clocks "$1" || failed=1
exit $failed
