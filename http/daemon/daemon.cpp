#include <breakerd/http/daemon/daemon.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/http/base/standard_streams.hpp>
#include <breakerd/http/daemon/config.hpp>
#include <breakerd/http/daemon/descriptors.hpp>
#include <breakerd/http/daemon/front.hpp>
#include <breakerd/http/daemon/loopback.hpp>
#include <breakerd/http/daemon/scheduling.hpp>
#include <breakerd/http/daemon/signals.hpp>
#include <breakerd/http/daemon/stop_limit.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd::http {
namespace {

constexpr int exit_failed = 1;       ///< could not start; what stands in the way was said
constexpr int exit_broken = 70;      ///< ended by a defect (EX_SOFTWARE): to be started again
constexpr int exit_unrecorded = 74;  ///< stopped, but the disk did not take what was to be written (EX_IOERR)

/// Of a stop, beyond shutdown-timeout-ms: for the core to end, and the log to be closed.
constexpr std::chrono::milliseconds stop_extra{10'000};
constexpr std::chrono::milliseconds stop_extra_when_broken{1'500};

void warn(const std::string& line) { spdlog::warn("{}", line); }

void log_line(LineLevel level, const std::string& line) {
  spdlog::log(level == LineLevel::info ? spdlog::level::info : spdlog::level::warn, "{}", line);
}

int fail(const Error& error) {
  spdlog::critical("{}", error.detail);
  return exit_failed;
}

void warn_of_lowering(const char* name, std::size_t from, std::size_t to, std::size_t limit, std::size_t reserved) {
  if (from == to) return;
  spdlog::warn(
      "{} is lowered from {} to {}: the limit of open files is {}, and {} of them are kept for operators, storage and "
      "the daemon itself",
      name, from, to, limit, reserved);
}

/// What was asked for, with no more connections than the limit of open files has room for.
Result<ServerOptions> within_descriptor_limit(ServerOptions options, bool has_socket) {
  const auto descriptors = raise_descriptor_limit();
  if (!descriptors) return descriptors.error();
  HttpLimits& limits = options.limits;
  const std::size_t reserved = descriptors_reserved(has_socket ? limits.socket_connections_max : 0);
  const auto room = connections_within(*descriptors, reserved, {limits.connections_max, limits.waiters_max});
  if (!room) return room.error();
  warn_of_lowering("connections-max", limits.connections_max, room->connections, *descriptors, reserved);
  warn_of_lowering("waiters-max", limits.waiters_max, room->waiters, *descriptors, reserved);
  limits.connections_max = room->connections;
  limits.waiters_max = room->waiters;
  return options;
}

void warn_of_open_door(const std::string& bind) {
  if (is_loopback(bind)) return;
  spdlog::warn(
      "LISTENING BEYOND THIS MACHINE, on {}: there is no authentication and no TLS, so whoever reaches this address "
      "can close the circuit, and read and change every job; keep it on 127.0.0.1 behind a proxy that authenticates",
      bind);
}

void say_what_is_served(const Config& config, std::uint16_t port, const breakerd::Gate::View& gate) {
  if (!config.socket.empty()) spdlog::info("the users of this machine are served on {}", config.socket.string());
  const bool is_ipv6 = config.server.bind.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + config.server.bind + "]" : config.server.bind;
  spdlog::info("serving {} on http://{}:{}, the circuit is {} (epoch {})", config.data_dir.string(), host, port,
               gate.allowed ? "closed" : "OPEN", gate.epoch);
}

/// Serves until it is told to stop; gives the exit code.
int serve(const Config& config, const OnStarted& on_started) {
  // Before there is any thread: they inherit it.
  BatchScheduling scheduling;
  if (config.cpu_scheduling == CpuScheduling::batch)
    if (auto ok = scheduling.start(); !ok) spdlog::warn("{}: going on without", ok.error().detail);
  const auto options_of_server = within_descriptor_limit(config.server, !config.socket.empty());
  if (!options_of_server) return fail(options_of_server.error());
  Signals signals;
  std::optional<StopLimit> stop_limit;  // ends after all that may take its time to end
  warn_of_open_door(config.server.bind);
  Front front{config.io_threads, *options_of_server};
  if (auto ok = front.start(); !ok) return fail(ok.error());
  auto log = open_rocks_log({config.data_dir, config.head, false, warn});
  if (!log) return fail(log.error());

  CoreConfig actors_config;
  actors_config.set("scheduler.max-threads", config.threads);
  caf::actor_system system{actors_config};
  CoreOptions options;
  options.log_line = log_line;
  options.stall_after = config.storage_stall;
  options.in_flight = config.in_flight;
  options.waiters_max = options_of_server->limits.waiters_max;
  options.on_fatal = [&](const std::string& which) {
    spdlog::critical("the {} actor has ended: stopping, everything is held", which);
    signals.ask_for_stop(exit_broken);
  };
  auto core = Core::start(system, **log, std::move(options));
  if (!core) return fail(core.error());
  if (!config.socket.empty())
    if (auto ok = front.listen_locally(config.socket); !ok) return fail(ok.error());
  front.attach(**core);
  if (on_started) on_started(**core);
  say_what_is_served(config, front.port(), (*core)->gate().view());

  const int asked = signals.wait_for_stop();
  const bool is_broken = asked == exit_broken;
  stop_limit.emplace(config.server.limits.shutdown_timeout + (is_broken ? stop_extra_when_broken : stop_extra),
                     is_broken ? exit_broken : exit_unrecorded);
  (*core)->end_waits();
  front.stop();
  const bool owes = (*core)->stop() > 0;
  core->reset();
  spdlog::info("stopped");
  return owes && !is_broken ? exit_unrecorded : asked;
}

}  // namespace

int run_daemon(int argc, const char* const* argv, const OnStarted& on_started) {
  occupy_closed_streams();
  const auto parsed = read_config(argc, argv);
  if (const auto* exit = std::get_if<Exit>(&parsed)) {
    std::FILE* const where = exit->code == 0 ? stdout : stderr;
    const bool said = std::fputs(exit->text.c_str(), where) >= 0 && std::fflush(where) == 0;
    return said ? exit->code : EXIT_FAILURE;
  }
  const auto& config = std::get<Config>(parsed);
  spdlog::set_default_logger(spdlog::stderr_logger_mt("breakerd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  spdlog::set_level(spdlog::level::from_str(config.log_level));
  try {
    return serve(config, on_started);
  } catch (const std::exception& error) {
    spdlog::critical("{}", error.what());
    return exit_failed;
  }
}

}  // namespace breakerd::http
