// work -- CMD ARGS...

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/text.hpp>
#include <breakerd/http/ctl/work/worker.hpp>

namespace breakerd::ctl {
namespace {

/// As the command line has them.
struct WorkArguments {
  WorkOptions options;
  std::string types;
  std::string codes;
  std::uint64_t poll_ms = 1'000;
  std::uint64_t wait_ms = 20'000;
  std::uint64_t term_grace_ms = 5'000;
  double stop_grace_s = 30;
};

std::string default_worker_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{}:{}", host.data(), ::getpid());
}

CliResult<std::set<int>> parse_codes(const std::string& text) {
  std::set<int> codes{temporary_failure};
  for (const auto& part : split_list(text)) {
    int code = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), code);
    if (error != std::errc{} || end != part.data() + part.size() || code < 1 || code > 255) {
      return usage_error("--service-failure-codes: \"" + part + "\" is not an exit code from 1 to 255");
    }
    codes.insert(code);
  }
  return codes;
}

/// What the daemon would refuse: a lease at once, but a service only with the first failure, when it is too late.
std::optional<CliError> check_names(WorkOptions& options) {
  fold_case(options.service);
  if (!options.service.empty() && !is_service_name(options.service))
    return usage_error("--service wants " + std::string{service_expected});
  LeaseJobs ask;
  ask.worker = options.ask.worker;
  ask.job_types = options.ask.types;
  breakerd::Command command{std::move(ask)};
  const auto ok = validate(command);
  if (ok) return std::nullopt;
  auto error = usage_error("work cannot lease with these names");
  for (const auto& field : ok.error().fields)
    error.fields.push_back({field.field.starts_with("worker") ? "--worker" : "--types", field.expected});
  return error;
}

CliResult<WorkOptions> to_options(const WorkArguments& arguments, const std::vector<std::string>& words) {
  auto options = arguments.options;
  if (words.empty()) return usage_error("work needs a command: breakerctl work [OPTIONS] -- CMD ARGS...");
  if (!arguments.codes.empty() && options.service.empty())
    return usage_error("--service-failure-codes needs --service");
  auto codes = parse_codes(arguments.codes);
  if (!codes) return codes.error();
  options.service_failure_codes = *codes;
  options.ask.types = split_list(arguments.types);
  if (!arguments.types.empty() && options.ask.types.empty()) return usage_error("--types names no type");
  if (options.ask.worker.empty()) options.ask.worker = default_worker_name();
  if (auto wrong = check_names(options)) return *wrong;
  options.poll_most = std::chrono::milliseconds{arguments.poll_ms};
  options.wait_most = std::chrono::milliseconds{arguments.wait_ms};
  options.term_grace = std::chrono::milliseconds{arguments.term_grace_ms};
  options.stop_grace =
      std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(arguments.stop_grace_s * 1000)};
  auto program = find_program(words.front());
  if (!program) return program.error();
  options.program = *program;
  options.words = words;
  return options;
}

int run_work(const Context& context, const WorkArguments& arguments) {
  const auto options = to_options(arguments, context.trailing());
  if (!options) return context.fail(options.error());
  WorkLog log{context.out(), context.err(), context.json(), options->quiet,
              Terminal::of_environment(context.err_is_terminal(), context.clock().wall()).without_colour()};
  StopRequest stop{context.clock()};
  ChildGroups groups;
  const SignalWatch signals{stop, groups, options->stop_grace};
  Worker worker{*options, context.client_options(), log, stop, groups};
  return static_cast<int>(worker.run());
}

}  // namespace

std::vector<Command> work_commands() {
  return {{"work", "Lease jobs and run CMD for each, with the payload on its standard input",
           [](CLI::App& app) -> Runner {
             auto arguments = std::make_shared<WorkArguments>();  // shared: the parser writes it, the runner reads it
             auto& options = arguments->options;
             app.add_option("--types", arguments->types, "Only jobs of these types: a,b")->check(not_empty());
             app.add_option("--service", options.service,
                            "The outside dependency that CMD calls; exit code 75 then opens the circuit")
                 ->check(not_empty());
             app.add_option("--service-failure-codes", arguments->codes,
                            "Further exit codes that open the circuit: 69,111");
             app.add_option("--concurrency", options.concurrency, "Jobs at a time")
                 ->check(CLI::Range(std::uint64_t{1}, concurrency_max))
                 ->capture_default_str();
             app.add_option("--lease-ms", options.ask.lease_ms, "Length of a lease; heartbeats go out at a third of it")
                 ->check(CLI::Range(std::uint64_t{limits::lease_ms_min}, std::uint64_t{limits::lease_ms_max}))
                 ->capture_default_str();
             app.add_option("--worker", options.ask.worker, "Name of this worker; HOST:PID without it");
             app.add_option("--wait-ms", arguments->wait_ms,
                            "How long one call waits for a job at the daemon; 0: look again after a pause")
                 ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{limits::lease_wait_ms_max}))
                 ->capture_default_str();
             app.add_option("--poll-ms", arguments->poll_ms,
                            "Longest pause between looks that do not wait, as with --drain")
                 ->check(CLI::Range(std::uint64_t{10}, std::uint64_t{60'000}))
                 ->capture_default_str();
             app.add_option("--term-grace-ms", arguments->term_grace_ms,
                            "From SIGTERM to SIGKILL when a job is stopped")
                 ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{600'000}))
                 ->capture_default_str();
             app.add_option("--stop-grace", arguments->stop_grace_s,
                            "Seconds that running jobs get after SIGINT or SIGTERM")
                 ->check(CLI::Range(0.0, 86'400.0))
                 ->capture_default_str();
             app.add_flag("--drain", options.drain, "End when nothing is left to lease and nothing is held");
             app.add_flag("--quiet", options.quiet, "Do not report jobs that completed");
             app.footer("Write the command behind \"--\": breakerctl work --types mail -- ./send --fast");
             return [arguments](const Context& context) { return run_work(context, *arguments); };
           },
           true}};
}

}  // namespace breakerd::ctl
