#include "http/daemon.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "actors/core.hpp"
#include "http/config.hpp"
#include "http/descriptors.hpp"
#include "http/front.hpp"
#include "http/scheduling.hpp"
#include "http/stop_limit.hpp"
#include "storage/rocks_log.hpp"

namespace breakerd::http {
namespace {

constexpr int exit_well = 0;
constexpr int exit_failed = 1;       ///< could not start; what stands in the way was said
constexpr int exit_broken = 70;      ///< ended by a defect (EX_SOFTWARE): to be started again
constexpr int exit_unrecorded = 74;  ///< stopped, but the disk did not take what was to be written (EX_IOERR)

/// What the core may take to end, after the connections.
constexpr std::chrono::milliseconds stop_grace{1'500};

void warn(const std::string& line) { spdlog::warn("{}", line); }

void log_line(LineLevel level, const std::string& line) {
  spdlog::log(level == LineLevel::info ? spdlog::level::info : spdlog::level::warn, "{}", line);
}

int fail(const Error& error) {
  spdlog::critical("{}", error.detail);
  return exit_failed;
}

/// What was asked for, with no more connections than the limit of open files has room for.
Result<ServerOptions> within_descriptor_limit(ServerOptions options) {
  const auto descriptors = raise_descriptor_limit();
  if (!descriptors) return descriptors.error();
  std::size_t& connections = options.limits.connections_max;
  const auto room = connections_within(*descriptors, connections);
  if (!room) return room.error();
  if (*room < connections) {
    spdlog::warn(
        "connections-max is lowered from {} to {}: the limit of open files is {}, and {} of them are kept for "
        "storage and the daemon itself",
        connections, *room, *descriptors, descriptors_reserved());
    connections = *room;
  }
  return options;
}

/// Serves until it is told to stop; gives the exit code.
int serve(const Config& config, const OnStarted& on_started) {
  // Before there is any thread: they inherit it.
  BatchScheduling scheduling;
  if (config.cpu_scheduling == CpuScheduling::batch)
    if (auto ok = scheduling.start(); !ok) spdlog::warn("{}: going on without", ok.error().detail);
  const auto options_of_server = within_descriptor_limit(config.server);
  if (!options_of_server) return fail(options_of_server.error());
  boost::asio::io_context signals_io;
  boost::asio::signal_set signals{signals_io, SIGINT, SIGTERM};
  int exit_code = exit_well;
  std::optional<StopLimit> limit;  // the last to go

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
  options.on_fatal = [&](const std::string& which) {
    spdlog::critical("the {} actor has ended: stopping, everything is held", which);
    boost::asio::post(signals_io, [&] {
      exit_code = exit_broken;
      signals_io.stop();
    });
  };
  auto core = Core::start(system, **log, std::move(options));
  if (!core) return fail(core.error());
  front.attach(**core);
  if (on_started) on_started(**core);
  const auto gate = (*core)->gate().view();
  const bool is_ipv6 = config.server.bind.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + config.server.bind + "]" : config.server.bind;
  spdlog::info("serving {} on http://{}:{}, the circuit is {} (epoch {})", config.data_dir.string(), host, front.port(),
               gate.allowed ? "closed" : "OPEN", gate.epoch);

  signals.async_wait([&](const boost::system::error_code&, int signal) {
    spdlog::info("signal {}: finishing what is in flight", signal);
    signals_io.stop();
  });
  signals_io.run();
  limit.emplace(options_of_server->limits.shutdown_timeout + stop_grace,
                exit_code == exit_well ? exit_unrecorded : exit_code);
  front.stop();
  if ((*core)->stop() > 0 && exit_code == exit_well) exit_code = exit_unrecorded;
  core->reset();
  spdlog::info("stopped");
  return exit_code;
}

}  // namespace

int run_daemon(int argc, const char* const* argv, const OnStarted& on_started) {
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
