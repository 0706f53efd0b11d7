// From arguments to a command's runner. See commands.hpp.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "http/cli/commands.hpp"

namespace breakerd::cli {
namespace {

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(seconds * 1000)};
}

/// A parser with every command of the table under it.
class Parser {
 public:
  explicit Parser(std::vector<Command> table) : table_{std::move(table)} {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--address", globals_.address, "Where the daemon is")
        ->envname("BREAKERD_ADDRESS")
        ->capture_default_str();
    app_.add_flag("--json", globals_.json, "Print data as JSON for scripts");
    app_.add_option("--timeout", globals_.timeout_s, "Seconds for one exchange with the daemon")
        ->check(CLI::Range(0.05, 3600.0))
        ->capture_default_str();
    app_.add_option("--wait", globals_.wait_s, "Seconds to go on trying while the daemon cannot be reached")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    app_.footer(
        "Exit codes: 0 done, 1 refused, 2 usage, 3 unreachable, 4 not found, 5 conflict, 6 local trouble, "
        "7 a broken data directory.");
    for (const auto& command : table_) add(command);
  }

  CLI::App& app() { return app_; }
  [[nodiscard]] const GlobalOptions& globals() const { return globals_; }

  struct Chosen {
    const Command* command = nullptr;
    Runner runner;
  };
  [[nodiscard]] Chosen chosen() const {
    for (const auto& entry : bound_) {
      if (entry.parser->parsed()) return {entry.command, entry.runner};
    }
    return {};
  }

 private:
  struct Bound {
    const Command* command;
    CLI::App* parser;
    Runner runner;
  };

  void add(const Command& command) {
    const auto space = command.path.find(' ');
    CLI::App* parent = &app_;
    if (space != std::string::npos) parent = group(command.path.substr(0, space));
    auto* parser = parent->add_subcommand(space == std::string::npos ? command.path : command.path.substr(space + 1),
                                          command.summary);
    parser->fallthrough();
    bound_.push_back({&command, parser, command.bind(*parser)});
  }

  CLI::App* group(const std::string& name) {
    auto& made = groups_[name];
    if (made == nullptr) {
      made = app_.add_subcommand(name, group_summary(name));
      made->require_subcommand(1);
      made->fallthrough();
    }
    return made;
  }

  std::vector<Command> table_;
  CLI::App app_{"breakerctl: the command line of breakerd", "breakerctl"};
  GlobalOptions globals_;
  std::map<std::string, CLI::App*> groups_;
  std::vector<Bound> bound_;
};

}  // namespace

ClientOptions Context::client_options() const {
  return ClientOptions{address_, to_milliseconds(options_.timeout_s), to_milliseconds(options_.wait_s)};
}

int Context::fail(const CliError& error) const {
  err() << (json() ? to_json(error) + "\n" : to_text(error)) << std::flush;
  return static_cast<int>(exit_code(error));
}

void Context::print_json(std::string_view text) const { out() << compact(text) << '\n' << std::flush; }

int run(const std::vector<std::string>& arguments, Streams streams) {
  // What stands behind "--" is another program's command line: it never reaches our parser.
  const auto mark = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> own{arguments.begin(), mark};
  std::vector<std::string> trailing{mark == arguments.end() ? mark : mark + 1, arguments.end()};
  std::reverse(own.begin(), own.end());  // as CLI11 takes a vector

  Parser parser{command_table()};
  try {
    parser.app().parse(std::move(own));
  } catch (const CLI::ParseError& error) {
    const bool help = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    parser.app().exit(error, streams.out, streams.err);
    return static_cast<int>(help ? ExitCode::ok : ExitCode::usage);
  }
  const auto address = parse_address(parser.globals().address);
  const auto [command, runner] = parser.chosen();
  const auto where = address ? *address : Address{};
  Context context{streams, parser.globals(), where, std::move(trailing)};
  if (!address) return context.fail(address.error());
  if (!context.trailing().empty() && !command->takes_trailing) {
    return context.fail(usage_error(fmt::format("{} takes no words behind \"--\"", command->path)));
  }
  return runner(context);
}

}  // namespace breakerd::cli
