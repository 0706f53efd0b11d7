#pragma once
// The table of commands. A file of commands offers one function that gives its rows; commands.cpp joins them.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <functional>
#include <string>
#include <vector>

#include <breakerd/http/ctl/commands/context.hpp>

namespace breakerd::ctl {

/// Does what a command is for, after its options were read; gives the exit code.
using Runner = std::function<int(const Context&)>;

struct Command {
  std::string path;     ///< "status", "campaign create"
  std::string summary;  ///< one line of the help
  /// Declares the options on the command's parser and gives the runner that has read them. The runner owns the options.
  std::function<Runner(CLI::App&)> bind;
  bool takes_trailing = false;  ///< whether words behind "--" are for this command
  bool offline = false;         ///< asks no daemon: the address does not matter
};

[[nodiscard]] std::vector<Command> circuit_commands();
[[nodiscard]] std::vector<Command> dependency_commands();
[[nodiscard]] std::vector<Command> ramp_commands();
[[nodiscard]] std::vector<Command> campaign_commands();
[[nodiscard]] std::vector<Command> enqueue_commands();
[[nodiscard]] std::vector<Command> job_commands();
[[nodiscard]] std::vector<Command> why_commands();
[[nodiscard]] std::vector<Command> hold_commands();
[[nodiscard]] std::vector<Command> limit_commands();
[[nodiscard]] std::vector<Command> job_type_commands();
[[nodiscard]] std::vector<Command> schedule_commands();
[[nodiscard]] std::vector<Command> failed_job_commands();
[[nodiscard]] std::vector<Command> parked_commands();
[[nodiscard]] std::vector<Command> event_commands();
[[nodiscard]] std::vector<Command> offline_commands();
[[nodiscard]] std::vector<Command> work_commands();

/// All of them, in the order of the help.
[[nodiscard]] std::vector<Command> command_table();

/// Headings of commands that have a second word, e.g. {"campaign", "..."}.
[[nodiscard]] std::string group_summary(const std::string& group);

/// A whole number from `least` to `most`, in digits: CLI11 reads "-1" and "010" as other numbers than they say.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);

/// The name of a service, as the daemon takes it; upper case is folded.
[[nodiscard]] CLI::Validator service_name();

/// An empty word, of a variable that is not set, would mean "not given".
[[nodiscard]] CLI::Validator not_empty();
/// A time with its zone.
[[nodiscard]] CLI::Validator rfc3339_time();

/// A word of a list, in any case; becomes the word of the list.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

/// breakerctl: parses `arguments` (without the program's name), runs the command, gives the exit code; ExitCode::local
/// when all went well but streams.out took no more.
[[nodiscard]] int run(const std::vector<std::string>& arguments, Streams streams, TimeAndChance time_and_chance = {});

}  // namespace breakerd::ctl
