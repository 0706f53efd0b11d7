#pragma once
// The daemon's settings: flags win over BREAKERD_* variables, those over the TOML file named with --config, that over
// the defaults. --body-bytes-max is BREAKERD_BODY_BYTES_MAX and `body-bytes-max = ...` (or body_bytes_max).

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include <breakerd/events/model/status.hpp>
#include <breakerd/http/daemon/scheduling.hpp>
#include <breakerd/http/daemon/server.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd::http {

struct Config {
  std::filesystem::path data_dir;
  ServerOptions server;
  std::filesystem::path socket;  ///< the Unix socket; empty: none
  HeadMode head = HeadMode::async;
  std::chrono::milliseconds storage_stall{5'000};  ///< a commit older than this shuts the gate; 0: none does
  InFlight in_flight = InFlight::stop;             ///< what becomes of runs at an opening that does not choose
  unsigned threads = 1;                            ///< of the actors' scheduler
  unsigned io_threads = 2;
  CpuScheduling cpu_scheduling = CpuScheduling::batch;
  std::string log_level = "info";
};

/// What to do instead of running: print `text` (to stderr when code is not 0) and exit. --help and --version are this,
/// and so is every mistake.
struct Exit {
  int code = 0;
  std::string text;
};

/// Reads the command line, the environment and the file.
[[nodiscard]] std::variant<Config, Exit> read_config(int argc, const char* const* argv);

/// The version of this build.
[[nodiscard]] std::string_view version();

}  // namespace breakerd::http
