#pragma once
// Answers as bytes: heads and RFC 9457 problems. No allocation beyond the growth of the string written to.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/error.hpp>

namespace breakerd::http {

/// What the body is.
enum class BodyType : std::uint8_t { json, problem };

/// One answer; the views need to live only through the call that takes it.
struct Answer {
  int status = 200;
  BodyType type = BodyType::json;
  std::string_view fields{};  ///< further header lines, each with its CRLF
  std::string_view body{};
};

/// What the answer says of the connection.
enum class Connection : std::uint8_t {
  unsaid,      ///< HTTP/1.1 and it stays
  keep_alive,  ///< HTTP/1.0 and it stays
  close,
};

/// Appends head and body. `date_field` is a whole line; `head_only` leaves the body out (HEAD).
void append_answer(std::string& out, const Answer& answer, std::string_view date_field, Connection connection,
                   bool head_only);

/// "Not Found" for 404.
[[nodiscard]] std::string_view reason_phrase(int status);

/// A refusal as a client sees it.
struct Problem {
  int status = 500;
  std::string code;
  std::string detail;
  std::vector<FieldError> errors{};
  std::string job_status{};
  std::uint64_t job_id = 0;  ///< the job that is in the way; 0: none is
};

/// Appends the problem's JSON object.
void append_problem(std::string& out, const Problem& problem);

}  // namespace breakerd::http
