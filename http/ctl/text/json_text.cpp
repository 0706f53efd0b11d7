#include <breakerd/http/ctl/text/json_text.hpp>

#include <algorithm>

#include <breakerd/events/model/utf8.hpp>

namespace breakerd::ctl {
namespace {

const Json nothing;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// How many bytes a character of ASCII takes in a JSON string.
std::size_t escaped_bytes(char c) noexcept {
  constexpr std::size_t plain = 1, short_form = 2, code_form = 6;  // a, \n, \u0001
  if (std::string_view{"\"\\\b\f\n\r\t"}.find(c) != std::string_view::npos) return short_form;
  return static_cast<unsigned char>(c) < 0x20 ? code_form : plain;
}

/// Walks over valid JSON.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_{text} {}

  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  /// The value that comes next, from its first to its last character.
  std::string_view value() {
    const char first = peek();
    const auto begin = at_;
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      while (at_ < text_.size() && !is_space(text_[at_]) &&
             std::string_view{",:]}"}.find(text_[at_]) == std::string_view::npos)
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ < text_.size()) ++at_;
  }

  void skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> raw_member(std::string_view object, std::string_view key) {
  Cursor cursor{object};
  if (!cursor.take('{')) return std::nullopt;
  while (cursor.peek() == '"') {
    const auto name = cursor.value();
    if (!cursor.take(':')) return std::nullopt;
    const auto value = cursor.value();
    if (name.size() >= 2 && name.substr(1, name.size() - 2) == key) return value;
    if (!cursor.take(',')) return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string_view> raw_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  Cursor cursor{array};
  if (!cursor.take('[') || cursor.peek() == ']') return elements;
  do {
    const auto value = cursor.value();
    if (value.empty()) break;
    elements.push_back(value);
  } while (cursor.take(','));
  return elements;
}

std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && is_space(c)) continue;
    out += c;
    if (in_string && c == '\\' && i + 1 < json.size()) out += json[++i];
    if (c == '"') in_string = !in_string;
  }
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
