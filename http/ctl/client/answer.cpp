// Reading of the daemon's answers: the success envelope and RFC 9457 problems. See http_client.hpp.

#include <fmt/format.h>

#include <breakerd/events/model/utf8.hpp>
#include <breakerd/http/ctl/client/http_client.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::size_t quoted_body_bytes_max = 200;

CliError not_breakerd(unsigned status, std::string_view body, std::string_view why) {
  const auto begin = utf8_prefix(body, quoted_body_bytes_max);
  return CliError{ErrorKind::unintelligible,
                  fmt::format("the answer (HTTP {}) {}: is this address breakerd's? It begins: {}", status, why, begin),
                  status};
}

/// Members of errors[] by any of the names in use for the field and for what is wrong with it.
FieldProblem field_problem(const Json& entry) {
  if (entry.is_string()) return {"", entry.get<std::string>()};
  const auto first_of = [&](std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
      if (auto text = text_at(entry, name); !text.empty()) return text;
    }
    return std::string{};
  };
  return {first_of({"field", "name", "pointer"}), first_of({"expected", "detail", "message", "reason"})};
}

CliError problem(unsigned status, const Json& body) {
  CliError error{ErrorKind::refused, text_at(body, "detail"), status, text_at(body, "code"),
                 text_at(body, "job_status")};
  if (error.detail.empty()) error.detail = text_at(body, "title");
  if (error.detail.empty()) error.detail = fmt::format("refused with HTTP status {}", status);
  const auto& fields = member_at(body, "errors");
  if (fields.is_array()) {
    for (const auto& entry : fields) error.fields.push_back(field_problem(entry));
  }
  return error;
}

}  // namespace

CliResult<Reply> read_answer(unsigned status, std::string body) {
  const bool readable = is_json(body, json_depth_max + 8);  // the envelope lies around what was taken
  auto tree = readable ? Json::parse(body, nullptr, false) : Json(Json::value_t::discarded);
  if (status >= 400) {
    if (tree.is_object()) return problem(status, tree);
    return CliError{ErrorKind::refused, fmt::format("refused with HTTP status {}", status), status};
  }
  if (status >= 300) return not_breakerd(status, body, "is a redirect");
  if (!tree.is_object()) return not_breakerd(status, body, "is not a JSON object");
  const auto data = tree.find("data");
  if (data == tree.end()) return not_breakerd(status, body, "has no data");
  Json taken = std::move(*data);
  return Reply{status, std::move(body), std::move(taken)};
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void add_query(std::string& target, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += key;
  target += '=';
  target += url_encode(value);
}

}  // namespace breakerd::ctl
