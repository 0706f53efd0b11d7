#include <breakerd/http/edge/answer.hpp>

#include <algorithm>
#include <charconv>

#include <breakerd/events/json/json_writer.hpp>

namespace breakerd::http {
namespace {

std::string_view status_line(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 201:
      return "HTTP/1.1 201 Created\r\n";
    case 202:
      return "HTTP/1.1 202 Accepted\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408:
      return "HTTP/1.1 408 Request Timeout\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 415:
      return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 417:
      return "HTTP/1.1 417 Expectation Failed\r\n";
    case 422:
      return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    case 505:
      return "HTTP/1.1 505 HTTP Version Not Supported\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

/// All of these fields that is known before the answer is.
std::string_view type_and_length(BodyType type) {
  return type == BodyType::json ? "Content-Type: application/json\r\nContent-Length: "
                                : "Content-Type: application/problem+json\r\nContent-Length: ";
}

std::string_view connection_field(Connection connection) {
  switch (connection) {
    case Connection::unsaid:
      return {};
    case Connection::keep_alive:
      return "Connection: keep-alive\r\n";
    case Connection::close:
      return "Connection: close\r\n";
  }
  return {};
}

}  // namespace

void append_answer(std::string& out, const Answer& answer, std::string_view date_field, Connection connection,
                   bool head_only) {
  constexpr std::string_view line_end = "\r\n";
  char length[20 + 2 * line_end.size()];
  char* end = std::to_chars(length, length + 20, answer.body.size()).ptr;
  end = std::copy(line_end.begin(), line_end.end(), end);
  const bool is_last = connection == Connection::unsaid && answer.fields.empty();
  if (is_last) end = std::copy(line_end.begin(), line_end.end(), end);
  out.append(status_line(answer.status)).append(date_field).append(type_and_length(answer.type)).append(length, end);
  if (!is_last) out.append(connection_field(connection)).append(answer.fields).append(line_end);
  if (!head_only) out.append(answer.body);
}

std::string_view reason_phrase(int status) {
  constexpr std::size_t before = std::string_view{"HTTP/1.1 200 "}.size();
  std::string_view line = status_line(status);
  line.remove_prefix(before);
  line.remove_suffix(2);
  return line;
}

void append_problem(std::string& out, const Problem& problem) {
  JsonWriter json{out};
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", reason_phrase(problem.status));
  json.member("status", problem.status);
  json.member("detail", problem.detail);
  json.member("code", problem.code);
  if (!problem.job_status.empty()) json.member("job_status", problem.job_status);
  if (problem.job_id != 0) json.member("job_id", problem.job_id);
  if (!problem.errors.empty()) {
    json.key("errors").begin_array();
    for (const FieldError& error : problem.errors) {
      json.begin_object().member("field", error.field).member("expected", error.expected).end_object();
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace breakerd::http
