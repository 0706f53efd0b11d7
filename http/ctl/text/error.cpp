#include <breakerd/http/ctl/text/error.hpp>

#include <nlohmann/json.hpp>
#include <string_view>

#include <breakerd/http/ctl/text/text.hpp>

namespace breakerd::ctl {
namespace {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::local:
      return "local";
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::no_answer:
      return "no_answer";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::unintelligible:
      return "unintelligible";
  }
  return "unknown";
}

ExitCode exit_code_of_refusal(const CliError& error) {
  // resume-queue says 400 while the circuit is open; it is a conflict all the same.
  if (error.status == 409 || error.code == "circuit_open") return ExitCode::conflict;
  if (error.status == 404) return ExitCode::not_found;
  if (error.status == 503) return ExitCode::unreachable;
  return ExitCode::refused;
}

}  // namespace

CliError usage_error(std::string detail) { return CliError{ErrorKind::usage, std::move(detail)}; }
CliError local_error(std::string detail) { return CliError{ErrorKind::local, std::move(detail)}; }

ExitCode exit_code(const CliError& error) {
  switch (error.kind) {
    case ErrorKind::usage:
      return ExitCode::usage;
    case ErrorKind::local:
      return ExitCode::local;
    case ErrorKind::unreachable:
    case ErrorKind::no_answer:
      return ExitCode::unreachable;
    case ErrorKind::refused:
      return exit_code_of_refusal(error);
    case ErrorKind::unintelligible:
      return ExitCode::refused;
  }
  return ExitCode::refused;
}

std::string to_text(const CliError& error) {
  std::string out = "breakerctl: " + printable(error.detail);
  if (!error.code.empty()) out += " [" + printable(error.code) + "]";
  out += '\n';
  for (const auto& field : error.fields) out += "  " + printable(field.field) + ": " + printable(field.problem) + "\n";
  if (!error.job_status.empty()) out += "  the job is " + printable(error.job_status) + "\n";
  return out;
}

std::string to_json(const CliError& error) {
  nlohmann::ordered_json body{{"kind", to_string(error.kind)}, {"detail", error.detail}};
  if (error.status != 0) body["status"] = error.status;
  if (!error.code.empty()) body["code"] = error.code;
  if (!error.job_status.empty()) body["job_status"] = error.job_status;
  if (!error.fields.empty()) {
    auto& list = body["errors"] = nlohmann::ordered_json::array();
    for (const auto& field : error.fields) list.push_back({{"field", field.field}, {"detail", field.problem}});
  }
  return nlohmann::ordered_json{{"error", std::move(body)}}.dump(-1, ' ', false,
                                                                 nlohmann::json::error_handler_t::replace);
}

}  // namespace breakerd::ctl
