// The path of one operation, from the request's bytes to the answer's, on one thread: for a profiler that counts
// instructions (steps/guard.sh). By itself it measures nothing.
//   guard_bench OPERATION CONNECTIONS OPERATIONS DIR   OPERATION: enqueue, lease, complete, allow; DIR: an empty
//   directory guard_bench --versions                             what it is made with
// OPERATIONS and 256 must be multiples of CONNECTIONS. Exit: 0 done; 1 an answer was wrong or missing; 2 usage.
#include <fmt/core.h>
#include <gnu/libc-version.h>

#include <array>
#include <boost/version.hpp>
#include <caf/config.hpp>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>

#include "guard/measured.hpp"

namespace {

using namespace breakerd;

constexpr std::size_t connections_max = 256;

std::optional<load::Call> call_of(std::string_view operation) {
  for (const load::Call call : {load::Call::enqueue, load::Call::lease, load::Call::complete, load::Call::allow})
    if (load::name(call) == operation) return call;
  return std::nullopt;
}

/// 0 for what is no number.
std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? value : 0;
}

int usage() {
  fmt::print(stderr, "usage: guard_bench OPERATION CONNECTIONS OPERATIONS DIR | guard_bench --versions\n");
  return 2;
}

int tell_versions() {
#ifdef __clang__
  constexpr std::string_view compiler = "clang";
#else
  constexpr std::string_view compiler = "gcc";
#endif
  fmt::print("{} {}, Boost {}, glibc {}\n", compiler, __VERSION__, BOOST_LIB_VERSION, gnu_get_libc_version());
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view{argv[1]} == "--versions") return tell_versions();
  if (argc != 5) return usage();
  const auto call = call_of(argv[1]);
  const std::size_t connections = number(argv[2]);
  const std::size_t operations = number(argv[3]);
  const bool fits =
      connections > 0 && operations > 0 && connections_max % connections == 0 && operations % connections == 0;
  if (!call || !fits) return usage();
  guard::run({*call, connections, operations}, argv[4]);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "guard_bench: {}\n", error.what());
  return 1;
}
