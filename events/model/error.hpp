#pragma once
// What can go wrong with a command or a read, and how it is said. Every fallible call gives a Result<T>.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/result.hpp>

namespace breakerd {

/// The kinds of refusal. The comment names what the asker can do about it.
enum class ErrorCode {
  invalid,          ///< a field has the wrong type or value: correct the named fields
  not_found,        ///< no such job, campaign or event
  circuit_open,     ///< the circuit is OPEN: close it first
  circuit_changed,  ///< `close` named an epoch that is not the current opening: look again
  stale_lease,      ///< the token is not the living lease's; `job_status` tells what became of the job
  wrong_state,      ///< the job or campaign is not in a state that allows this
  held,             ///< the campaign is under a hold that only resume-queue (or its service) lifts
  duplicate,        ///< another job, `job`, holds the unique key
  sealed,           ///< the campaign takes no more jobs
  limit,            ///< a named limit would be passed
  unavailable,      ///< storage is down or the daemon is starting or stopping: nothing was done
  outcome_unknown,  ///< the append failed: what was asked may or may not have been kept
  conflict,         ///< a concurrent change won: ask again
  misfit,           ///< an event that cannot follow what went before: it was decided on a state that is not the log's
  corrupt,          ///< the data directory contradicts itself
  storage,          ///< the operating system refused a read or a write
};

/// Stable snake_case name, the `code` of a problem answer.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// A field that was refused, and what was expected of it.
struct FieldError {
  std::string field;
  std::string expected;
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string detail;                ///< one sentence for a person
  std::vector<FieldError> fields{};  ///< for `invalid`
  std::string job_status{};          ///< for refusals that concern a job: its shown status, e.g. "COMPLETED"
  std::uint64_t job = 0;             ///< for `duplicate`: the job that holds the unique key
};

template <class T>
using Result = ResultOf<T, Error>;

[[nodiscard]] inline Error make_error(ErrorCode code, std::string detail) {
  return Error{code, std::move(detail), {}, {}};
}

/// A `not_found` error. `what` names it, e.g. "job 7"; the detail says "job 7 not found".
[[nodiscard]] Error not_found(std::string_view what);

/// An `invalid` error about one field.
[[nodiscard]] Error invalid_field(std::string field, std::string expected);

}  // namespace breakerd
