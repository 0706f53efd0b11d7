#include <breakerd/http/daemon/config.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/daemon/settings_file.hpp>

#ifndef BREAKERD_VERSION
#define BREAKERD_VERSION "0.0.0"
#endif

namespace breakerd::http {
namespace {

constexpr std::uint64_t kibi = 1024;
constexpr std::uint64_t gibi = kibi * kibi * kibi;

std::string env_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return "BREAKERD_" + name;
}

/// Where a limit is kept, and its range.
template <class T>
struct LimitFlag {
  const char* name;
  T HttpLimits::*member;
  std::uint64_t low;
  std::uint64_t high;
  const char* help;
};

constexpr LimitFlag<std::size_t> size_flags[] = {
    {"connections-max", &HttpLimits::connections_max, 1, 1'000'000, "connections over TCP; more get 503"},
    {"socket-connections-max", &HttpLimits::socket_connections_max, 1, 1'000'000,
     "connections over the Unix socket; more get 503"},
    {"waiters-max", &HttpLimits::waiters_max, 1, 1'000'000, "leases that wait for jobs; more get 503"},
    {"header-bytes-max", &HttpLimits::header_bytes_max, kibi, kibi* kibi, "bytes of a request's header; more get 431"},
    {"header-fields-max", &HttpLimits::header_fields_max, 8, 10'000, "fields of a request's header; more get 431"},
    {"body-bytes-max", &HttpLimits::body_bytes_max, kibi, gibi, "bytes of a request's body; more get 413"},
    {"chunk-line-bytes-max", &HttpLimits::chunk_line_bytes_max, 16, kibi* kibi, "bytes of a chunk's size line"},
    {"pipeline-requests-max", &HttpLimits::pipeline_requests_max, 1, 65'536, "unanswered requests of one connection"},
    {"requests-in-flight-max", &HttpLimits::requests_in_flight_max, 1, 1'000'000, "unanswered requests; more get 503"},
    {"memory-bytes-max", &HttpLimits::memory_bytes_max, kibi* kibi, 64 * gibi,
     "bytes of memory for requests and answers; more wait"},
    {"connection-bytes-max", &HttpLimits::connection_bytes_max, kibi, 64 * gibi, "of these, for one connection"},
    {"json-values-max", &HttpLimits::json_values_max, 100, 100'000'000, "values in one body; more get 413"},
};

constexpr LimitFlag<std::chrono::milliseconds> time_flags[] = {
    {"header-timeout-ms", &HttpLimits::header_timeout, 10, 3'600'000, "for a whole header to arrive"},
    {"body-timeout-ms", &HttpLimits::body_timeout, 10, 3'600'000, "for a whole body to arrive"},
    {"idle-timeout-ms", &HttpLimits::idle_timeout, 10, 86'400'000, "between requests"},
    {"write-timeout-ms", &HttpLimits::write_timeout, 10, 3'600'000, "for a client to take its answers"},
    {"room-timeout-ms", &HttpLimits::room_timeout, 10, 3'600'000, "for room in memory; then 503"},
    {"slow-timeout-ms", &HttpLimits::slow_timeout, 10, 3'600'000, "for slow clients while others wait for room"},
    {"drain-timeout-ms", &HttpLimits::drain_timeout, 10, 60'000, "for a client to hang up after its last answer"},
    {"shutdown-timeout-ms", &HttpLimits::shutdown_timeout, 10, 3'600'000, "for requests in flight at a stop"},
};

/// Adds options so that each has its variable.
class Options {
 public:
  explicit Options(CLI::App& app) : app_{app} {}

  template <class T>
  CLI::Option* add(const std::string& name, T& to, const std::string& help) {
    return app_.add_option("--" + name, to, help)->envname(env_name(name))->capture_default_str();
  }

  /// One of a few names.
  template <class T>
  void add_choice(const std::string& name, T& to, const std::map<std::string, T>& names, const std::string& help) {
    std::vector<std::string> texts;
    std::string default_text;
    for (const auto& [text, value] : names) {
      texts.push_back(text);
      if (value == to) default_text = text;
    }
    const auto take = [&to, names](std::string text) {
      fold_case(text);
      to = names.at(text);
    };
    app_.add_option_function<std::string>("--" + name, take, help)
        ->envname(env_name(name))
        ->default_str(default_text)
        ->check(CLI::IsMember(texts, CLI::ignore_case));
  }

  template <class T>
  void add_limit(HttpLimits& limits, const LimitFlag<T>& flag) {
    if constexpr (std::is_same_v<T, std::size_t>) {
      add(flag.name, limits.*flag.member, flag.help)->check(CLI::Range(flag.low, flag.high));
    } else {
      add_time(flag.name, limits.*flag.member, flag.low, flag.high, flag.help);
    }
  }

  /// In milliseconds.
  void add_time(const std::string& name, std::chrono::milliseconds& to, std::uint64_t low, std::uint64_t high,
                const std::string& help) {
    const auto take = [&to](const std::uint64_t& value) { to = std::chrono::milliseconds{value}; };
    app_.add_option_function<std::uint64_t>("--" + name, take, help)
        ->envname(env_name(name))
        ->default_str(std::to_string(to.count()))
        ->check(CLI::Range(low, high));
  }

 private:
  CLI::App& app_;
};

std::string fold_service(std::string name) {
  fold_case(name);
  return name;
}

std::string check_service(const std::string& name) {
  return is_service_name(fold_service(name)) ? std::string{} : "'" + name + "' is not " + std::string{service_expected};
}

/// Applies what the file says to options that neither the command line nor the environment has set.
void apply_file(CLI::App& app, const std::string& path) {
  for (const FileSetting& setting : read_settings_file(path)) {
    std::string name = setting.name;
    std::replace(name.begin(), name.end(), '_', '-');
    std::replace(name.begin(), name.end(), '.', '-');  // [storage] stall_ms
    CLI::Option* option = app.get_option_no_throw("--" + name);
    const bool settable = option != nullptr && !option->get_envname().empty() && name != "config";
    if (!settable) throw CLI::ConfigError(setting.where + ": there is no setting '" + setting.name + "'");
    if (option->count() > 0) continue;
    option->add_result(setting.values);
    try {
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      throw CLI::ConfigError(setting.where + ": " + error.what());
    }
  }
}

/// An empty BREAKERD_SOCKET says that there is to be none, and CLI11 takes an empty variable for one that is not set.
void apply_empty_variable(CLI::Option& option) {
  const char* const value = std::getenv(option.get_envname().c_str());
  if (option.count() > 0 || value == nullptr || *value != '\0') return;
  option.add_result("");
  option.run_callback();
}

/// Gives the option of the socket.
CLI::Option& describe(CLI::App& app, Config& config, std::string& file) {
  app.set_version_flag("--version", std::string{"breakerd "} + BREAKERD_VERSION);
  Options options{app};
  options.add("config", file, "TOML file with settings");
  options.add("data-dir", config.data_dir, "directory of the log (required)");
  options.add("bind", config.server.bind, "address to listen on");
  options.add("port", config.server.port, "port to listen on; 0 takes a free one")->check(CLI::Range(0, 65535));
  const auto take_socket = [&config](const std::string& path) { config.socket = path; };
  CLI::Option* const socket = app.add_option_function<std::string>(
                                     "--socket", take_socket,
                                     "Unix socket to listen on, too; \"\" for none; default: breakerd.sock in data-dir")
                                  ->envname("BREAKERD_SOCKET");
  options.add("services", config.server.services, "names of services that are valid, comma-separated; default: any")
      ->delimiter(',')
      ->check(CLI::Validator{check_service, "NAME"});
  options.add_choice("head", config.head, {{"async", HeadMode::async}, {"sync", HeadMode::sync}},
                     "whether HEAD is part of every commit (sync) or trails it (async)");
  options.add_time("storage-stall-ms", config.storage_stall, 0, 3'600'000,
                   "a commit that waits for the disk for longer shuts the gate until it comes through; 0: none does");
  options.add_choice("in-flight", config.in_flight, {{"finish", InFlight::finish}, {"stop", InFlight::stop}},
                     "at an opening that does not say, whether jobs that workers hold may finish or are told to stop");
  options.add("threads", config.threads, "scheduler threads for the actors")->check(CLI::Range(1, 256));
  options.add("io-threads", config.io_threads, "threads that connections are spread over")->check(CLI::Range(1, 256));
  options.add_choice("cpu-scheduling", config.cpu_scheduling,
                     {{"batch", CpuScheduling::batch}, {"inherit", CpuScheduling::inherit}},
                     "scheduling policy of all threads: SCHED_BATCH, or what the process was started with");
  options.add("log-level", config.log_level, "how much to log")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  for (const auto& flag : size_flags) options.add_limit(config.server.limits, flag);
  for (const auto& flag : time_flags) options.add_limit(config.server.limits, flag);
  return *socket;
}

}  // namespace

std::variant<Config, Exit> read_config(int argc, const char* const* argv) {
  CLI::App app{"breakerd: a job queue behind one global circuit breaker", "breakerd"};
  Config config;
  std::string file;
  CLI::Option& socket = describe(app, config, file);
  try {
    app.parse(argc, argv);
    apply_empty_variable(socket);
    if (!file.empty()) apply_file(app, file);
    if (config.data_dir.empty()) throw CLI::RequiredError("--data-dir");
    if (socket.count() == 0) config.socket = config.data_dir / "breakerd.sock";
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    const int code = app.exit(error, out, out);
    return Exit{code == 0 ? 0 : 2, out.str()};
  }
  for (std::string& name : config.server.services) fold_case(name);
  return config;
}

std::string_view version() { return BREAKERD_VERSION; }

}  // namespace breakerd::http
