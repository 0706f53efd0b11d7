#pragma once
// What can go wrong with a command of breakerctl, and the exit code it ends with. Exit codes are a contract with
// scripts: docs/breakerctl.md lists them.

#include <string>
#include <vector>

#include <breakerd/events/model/result.hpp>

namespace breakerd::ctl {

enum class ExitCode : int {
  ok = 0,
  refused = 1,      ///< the daemon understood and said no, or answered with something unexpected
  usage = 2,        ///< the command line is wrong; nothing was sent
  unreachable = 3,  ///< no daemon, no answer in time, or a daemon whose storage is down
  not_found = 4,    ///< no such job, campaign or path
  conflict = 5,     ///< the state does not allow it now: circuit open, held, sealed, already ended
  local = 6,        ///< a file, a row of input or the worker's own command is at fault
  broken = 7,       ///< `verify`: the data directory breaks a promise of the log
  open = 10,        ///< `status --exit-code`: the circuit is OPEN
};

enum class ErrorKind {
  usage,           ///< found before anything was sent
  local,           ///< this machine's fault: a file, a row, a command
  unreachable,     ///< no connection: the daemon has not seen the request
  no_answer,       ///< sent, and then nothing: the daemon may or may not have done it
  refused,         ///< an HTTP status of 400 and up
  unintelligible,  ///< an answer that is not breakerd's
};

/// A field of the request that was refused, and why, in the daemon's words.
struct FieldProblem {
  std::string field;
  std::string problem;
};

struct CliError {
  ErrorKind kind = ErrorKind::local;
  std::string detail;        ///< one sentence for a person
  unsigned status = 0;       ///< HTTP status of a refusal, 0 otherwise
  std::string code{};        ///< the problem's `code`, e.g. "circuit_open"; may be empty
  std::string job_status{};  ///< of a refusal about a job, e.g. "COMPLETED"; may be empty
  std::vector<FieldProblem> fields{};
};

template <class T>
using CliResult = ResultOf<T, CliError>;

[[nodiscard]] CliError usage_error(std::string detail);
[[nodiscard]] CliError local_error(std::string detail);

[[nodiscard]] ExitCode exit_code(const CliError& error);

/// The error as lines for a person, each ending in a newline. Control characters of the daemon's words are escaped.
[[nodiscard]] std::string to_text(const CliError& error);

/// The error as one JSON object: {"error":{"kind","detail","status","code","job_status","errors":[]}}.
[[nodiscard]] std::string to_json(const CliError& error);

}  // namespace breakerd::ctl
