// From arguments to a command's runner. See commands.hpp.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include <breakerd/http/ctl/commands/commands.hpp>
#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

std::chrono::milliseconds to_milliseconds(double seconds) {
  return std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(seconds * 1000)};
}

/// Where the daemon is looked for, as things are now; and the exit codes.
std::string address_help() {
  const auto socket = guessed_socket();
  const auto chosen = default_address();
  auto text =
      fmt::format("Without --address and BREAKERD_ADDRESS the daemon is looked for at {}:\n", chosen.to_string());
  if (socket.empty())
    text += "  BREAKERD_SOCKET is empty, so there is no socket to look at.\n";
  else if (chosen.is_local())
    text += "  a daemon answers on that socket.\n";
  else
    text += fmt::format("  no daemon answers on the socket {}.\n", printable(socket));
  return text + "  The socket is BREAKERD_SOCKET, else breakerd.sock in BREAKERD_DATA_DIR, else in " +
         std::string{default_data_dir} +
         ".\n\n"
         "Exit codes: 0 done, 1 refused, 2 usage, 3 unreachable, 4 not found, 5 conflict, 6 local trouble, "
         "7 a broken data directory, 10 OPEN (status --exit-code).";
}

/// A parser with every command of the table under it.
class Parser {
 public:
  explicit Parser(std::vector<Command> table) : table_{std::move(table)} {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--address", globals_.address, "Where the daemon is: http://HOST:PORT or unix:PATH; see below")
        ->envname("BREAKERD_ADDRESS");
    app_.add_flag("--json", globals_.json, "Print data as JSON for scripts");
    app_.add_option("--timeout", globals_.timeout_s, "Seconds for one exchange with the daemon")
        ->check(CLI::Range(0.05, 3600.0))
        ->capture_default_str();
    app_.add_option("--wait", globals_.wait_s, "Seconds to go on trying while the daemon cannot be reached")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    app_.footer(address_help);
    app_.set_version_flag("--version", "breakerctl " BREAKERD_VERSION, "Print the version and end");
    for (const auto& command : table_) add(command);
    app_.add_subcommand("help", "Show the commands, or help COMMAND: one of them");  // run_words turns it into --help
  }

  /// The parser that missed a command behind its own words, when nothing else is wrong with them.
  [[nodiscard]] CLI::App* without_command(const CLI::ParseError& error) {
    const bool missed = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
    if (!missed || !app_.remaining(true).empty() || chosen().command != nullptr) return nullptr;
    const auto groups = app_.get_subcommands();
    return groups.empty() ? &app_ : groups.front();
  }

  /// What is wrong with the words, in one sentence.
  [[nodiscard]] CliError describe(const CLI::ParseError& error) const {
    // CLI11 misses the command before it looks at the words that are none.
    const auto words = app_.remaining(true);
    const bool no_command = std::string_view{error.what()}.find("subcommand") != std::string_view::npos;
    if (no_command && !words.empty()) {
      const auto* what = words.front().starts_with('-') ? "option" : "command";
      return usage_error(fmt::format("\"{}\" is no {}; breakerctl --help lists them", words.front(), what));
    }
    return usage_error(error.what());
  }

  CLI::App& app() { return app_; }
  [[nodiscard]] const GlobalOptions& globals() const { return globals_; }

  struct Chosen {
    const Command* command = nullptr;
    Runner runner;
  };
  [[nodiscard]] Chosen chosen() const {
    // From behind: "ramp stop" is "ramp", too, and comes after it.
    const auto entry =
        std::find_if(bound_.rbegin(), bound_.rend(), [](const Bound& one) { return one.parser->parsed(); });
    if (entry == bound_.rend()) return {};
    return {entry->command, entry->runner};
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
    if (space == std::string::npos) groups_[command.path] = parser;  // for those under it, if there are any
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

/// Runs the command that was chosen.
int run_chosen(const Parser& parser, const Streams& streams, TimeAndChance time_and_chance,
               std::vector<std::string> trailing) {
  const auto [command, runner] = parser.chosen();
  const auto& named = parser.globals().address;
  const auto address =
      named.empty() && !command->offline ? CliResult<Address>{default_address()} : parse_address(named);
  const auto where = address ? *address : Address{};
  const Context context{streams, time_and_chance, parser.globals(), where, std::move(trailing)};
  if (!address && !command->offline) return context.fail(address.error());
  if (!context.trailing().empty() && !command->takes_trailing) {
    return context.fail(usage_error(fmt::format("{} takes no words behind \"--\"", command->path)));
  }
  try {
    return runner(context);
  } catch (const std::exception& error) {  // the libraries below may throw; a script still gets its JSON
    return context.fail(local_error(error.what()));
  }
}

/// Parses and runs; everything but the check of what became of the output.
int run_words(const std::vector<std::string>& arguments, const Streams& streams, TimeAndChance time_and_chance) {
  // What stands behind "--" is another program's command line: it never reaches our parser.
  const auto mark = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> own{arguments.begin(), mark};
  std::vector<std::string> trailing{mark == arguments.end() ? mark : mark + 1, arguments.end()};
  GlobalOptions globals;  // should the words not be parsed to their end
  globals.json = std::find(own.begin(), own.end(), "--json") != own.end();
  if (!own.empty() && own.front() == "help") {
    own.erase(own.begin());
    own.emplace_back("--help");
  }
  std::reverse(own.begin(), own.end());  // as CLI11 takes a vector

  Parser parser{command_table()};
  try {
    parser.app().parse(std::move(own));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
      parser.app().exit(error, streams.out, streams.err);
      return static_cast<int>(ExitCode::ok);
    }
    if (auto* app = parser.without_command(error); app != nullptr && !globals.json) {
      streams.err << app->help() << std::flush;
      return static_cast<int>(ExitCode::usage);
    }
    return Context{streams, time_and_chance, globals, Address{}, {}}.fail(parser.describe(error));
  }
  if (parser.chosen().command == nullptr) {  // "help" behind options
    parser.app().clear();                    // or it would be the help of "help"
    streams.out << parser.app().help() << std::flush;
    return static_cast<int>(ExitCode::ok);
  }
  return run_chosen(parser, streams, time_and_chance, std::move(trailing));
}

}  // namespace

ClientOptions Context::client_options() const {
  return ClientOptions{address_, to_milliseconds(options_.timeout_s), to_milliseconds(options_.wait_s),
                       time_and_chance_};
}

int Context::fail(const CliError& error) const {
  err() << (json() ? to_json(error) + "\n" : to_text(error)) << std::flush;
  return static_cast<int>(exit_code(error));
}

void Context::print_json(std::string_view text) const { out() << compact(text) << '\n' << std::flush; }

int run(const std::vector<std::string>& arguments, Streams streams, TimeAndChance time_and_chance) {
  const int code = run_words(arguments, streams, time_and_chance);
  streams.out.flush();
  if (streams.out || code != static_cast<int>(ExitCode::ok)) return code;
  GlobalOptions globals;
  globals.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  return Context{streams, time_and_chance, globals, Address{}, {}}.fail(
      local_error("standard output cannot be written"));
}

}  // namespace breakerd::ctl
