#include <breakerd/http/ctl/text/json_text.hpp>

#include <algorithm>

#include <breakerd/events/json/json_lexer.hpp>
#include <breakerd/events/model/utf8.hpp>

namespace breakerd::ctl {
namespace {

const Json nothing;

/// How many bytes a character of ASCII takes in a JSON string.
std::size_t escaped_bytes(char c) noexcept {
  constexpr std::size_t plain = 1, short_form = 2, code_form = 6;  // a, \n, \u0001
  if (std::string_view{"\"\\\b\f\n\r\t"}.find(c) != std::string_view::npos) return short_form;
  return static_cast<unsigned char>(c) < 0x20 ? code_form : plain;
}

bool opens(JsonToken token) { return token == JsonToken::begin_object || token == JsonToken::begin_array; }
bool closes(JsonToken token) { return token == JsonToken::end_object || token == JsonToken::end_array; }
bool goes_on(JsonToken token) { return token != JsonToken::end_of_input && token != JsonToken::malformed; }

/// The value that begins with `first`, the token that `lexer` has read last, as it is written.
std::string_view rest_of_value(JsonLexer& lexer, JsonToken first) {
  const char* const begin = lexer.token_begin();
  std::size_t depth = 0;
  for (JsonToken token = first; goes_on(token); token = lexer.next()) {
    if (opens(token)) ++depth;
    if (closes(token) && depth > 0) --depth;
    if (depth == 0) break;
  }
  return {begin, lexer.token_end()};
}

}  // namespace

std::optional<std::string_view> raw_member(std::string_view object, std::string_view key) {
  JsonLexer lexer{object};
  JsonToken token = lexer.next();
  if (token != JsonToken::begin_object) return std::nullopt;
  do {
    if (lexer.next() != JsonToken::string) return std::nullopt;
    const bool is_wanted = lexer.string() == key;
    if (lexer.next() != JsonToken::colon) return std::nullopt;
    const auto value = rest_of_value(lexer, lexer.next());
    if (is_wanted) return value;
    token = lexer.next();
  } while (token == JsonToken::comma);
  return std::nullopt;
}

std::vector<std::string_view> raw_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  JsonLexer lexer{array};
  if (lexer.next() != JsonToken::begin_array) return elements;
  JsonToken token = lexer.next();
  while (goes_on(token) && !closes(token)) {
    elements.push_back(rest_of_value(lexer, token));
    if (lexer.next() != JsonToken::comma) break;
    token = lexer.next();
  }
  return elements;
}

std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  JsonLexer lexer{json};
  while (goes_on(lexer.next())) out.append(lexer.token_begin(), lexer.token_end());
  out.append(lexer.token_begin(), json.data() + json.size());  // nothing, of valid JSON
  return out;
}

std::string json_string(std::string_view text) { return Json(to_utf8(text)).dump(); }

std::size_t json_string_prefix(std::string_view text, std::size_t json_bytes_max) noexcept {
  constexpr std::size_t quotes = 2;
  constexpr std::size_t replacement = 3;  // U+FFFD
  std::size_t room = json_bytes_max - quotes;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = utf8_length(text.substr(at));
    const auto written = length == 0 ? replacement : length == 1 ? escaped_bytes(text[at]) : length;
    if (written > room) break;
    room -= written;
    at += std::max<std::size_t>(length, 1);
  }
  return at;
}

const Json& member_at(const Json& object, std::string_view key) {
  if (!object.is_object()) return nothing;
  const auto found = object.find(std::string{key});
  return found == object.end() ? nothing : *found;
}

const Json& element_at(const Json& array, std::size_t index) {
  return array.is_array() && index < array.size() ? array[index] : nothing;
}

std::string text_at(const Json& object, std::string_view key) {
  const auto& value = member_at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

std::uint64_t number_at(const Json& object, std::string_view key) {
  const auto& value = member_at(object, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

bool flag_at(const Json& object, std::string_view key) {
  const auto& value = member_at(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::string cell_at(const Json& object, std::string_view key) {
  const auto& value = member_at(object, key);
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>().empty() ? "-" : value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace breakerd::ctl
