// The generator's command line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "protocol.hpp"
#include "scripts.hpp"

namespace breakerd::load {

enum class Mode : std::uint8_t {
  enqueue,
  batch,
  cycle,
  drain,
  allow,
  status,
  campaigns,
  operate,
  race,
  ready,
  stat,
  disk,
  ceiling,
};

struct Options {
  Mode mode = Mode::enqueue;
  ProtocolKind protocol = ProtocolKind::http;
  RequestShape shape;
  std::string label;
  std::uint16_t port = 8080;
  std::size_t connections = 1;
  std::size_t background = 0;  // connections that run full cycles beside the measured ones
  double seconds = 5;
  std::uint64_t count = UINT64_MAX;
  double rate = 0;
  DrainScript::Completes completes = DrainScript::Completes::one_by_one;
  std::uint64_t jobs_each = 0;  // jobs enqueued into each created campaign
  std::uint64_t tries = 1'000;
  std::uint64_t seed = 1;
  pid_t server_pid = 0;
  std::filesystem::path probe_directory;
  std::int64_t since_ns = 0;

  static constexpr std::size_t connections_max = 4'096;
  static constexpr double seconds_max = 3'600;
  static constexpr std::size_t batch_jobs_max = 10'000;
};

struct ParsedOptions {
  std::optional<Options> options;  // nothing when help or an explanation was printed instead
  int exit_code = 0;
};

[[nodiscard]] ParsedOptions parse_options(int argc, char** argv);

/// "enqueue", "cycle", ...
[[nodiscard]] std::string name(Mode mode);
[[nodiscard]] std::string name(ProtocolKind kind);

}  // namespace breakerd::load
