#include <breakerd/events/json/json_lexer.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <breakerd/events/json/json_bytes.hpp>
#include <breakerd/events/model/hex.hpp>
#include <breakerd/events/model/utf8.hpp>

namespace breakerd {
namespace {

constexpr std::string_view not_hex = "invalid string: '\\u' must be followed by 4 hex digits";
constexpr std::string_view no_low_surrogate =
    "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";

constexpr bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// Of four digits that have been checked.
unsigned hex_unit(const char* digits) {
  unsigned unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit << 4 | static_cast<unsigned>(hex_value(digits[i]));
  return unit;
}

void append_utf8(std::string& out, unsigned point) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

/// What the one-letter escape stands for.
char escaped_by(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

/// Appends what the escape at `at`, a backslash, stands for, and gives the byte behind it.
const char* append_escape(std::string& out, const char* at) {
  const char letter = at[1];
  if (letter != 'u') {
    out += escaped_by(letter);
    return at + 2;
  }
  const unsigned unit = hex_unit(at + 2);
  if (!is_high_surrogate(unit)) {
    append_utf8(out, unit);
    return at + 6;
  }
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (hex_unit(at + 8) - 0xDC00));
  return at + 12;
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// Of a number's exponent, which may be longer than any integer. The bound is beyond what a text in memory makes up
/// for.
std::int64_t exponent_of(std::string_view digits) {
  constexpr std::int64_t bound = 1'000'000'000'000'000;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t exponent = 0;
  for (const char c : digits) exponent = std::min(bound, exponent * 10 + (c - '0'));
  return negative ? -exponent : exponent;
}

/// The m of a number with 10^(m-1) <= |number| < 10^m; nothing for zero.
std::optional<std::int64_t> magnitude(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  const std::size_t mantissa_size = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, mantissa_size);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return std::nullopt;
  const auto whole_digits = static_cast<std::int64_t>(count_digits(mantissa));
  const auto place = static_cast<std::int64_t>(first);
  const std::int64_t exponent = mantissa_size == number.size() ? 0 : exponent_of(number.substr(mantissa_size + 1));
  return exponent + (place < whole_digits ? whole_digits - place : whole_digits + 1 - place);
}

}  // namespace

std::string_view name_of(JsonToken token) {
  static constexpr std::array<std::string_view, 13> names = {"'{'",
                                                             "'}'",
                                                             "'['",
                                                             "']'",
                                                             "':'",
                                                             "','",
                                                             "string literal",
                                                             "number literal",
                                                             "true literal",
                                                             "false literal",
                                                             "null literal",
                                                             "end of input",
                                                             "malformed"};
  return names[static_cast<std::size_t>(token)];
}

JsonToken JsonLexer::next() {
  while (at_ != end_ && is_blank(*at_)) ++at_;
  token_begin_ = at_;
  if (at_ == end_) return JsonToken::end_of_input;
  switch (*at_) {
    case '{':
      return ++at_, JsonToken::begin_object;
    case '}':
      return ++at_, JsonToken::end_object;
    case '[':
      return ++at_, JsonToken::begin_array;
    case ']':
      return ++at_, JsonToken::end_array;
    case ':':
      return ++at_, JsonToken::colon;
    case ',':
      return ++at_, JsonToken::comma;
    case '"':
      return quoted();
    case 't':
      return literal("true", JsonToken::true_literal);
    case 'f':
      return literal("false", JsonToken::false_literal);
    case 'n':
      return literal("null", JsonToken::null_literal);
    default:
      return number();
  }
}

JsonToken JsonLexer::literal(std::string_view word, JsonToken token) {
  const std::string_view rest{at_, static_cast<std::size_t>(end_ - at_)};
  at_ = std::mismatch(word.begin(), word.end(), rest.begin(), rest.end()).second;
  if (text() == word) return token;
  wrong("invalid literal");
  return JsonToken::malformed;
}

// --- numbers ---

JsonToken JsonLexer::number() {
  const bool negative = *at_ == '-';
  if (!negative && !is_digit(*at_)) return wrong("invalid literal"), JsonToken::malformed;
  if (negative) ++at_;
  is_whole_ = true;
  if (is_next('0')) {
    ++at_;  // another digit would be a token of its own, in a place where none can be
  } else if (!skip_digits("invalid number; expected digit after '-'")) {
    return JsonToken::malformed;
  }
  if (is_next('.')) {
    is_whole_ = false;
    ++at_;
    if (!skip_digits("invalid number; expected digit after '.'")) return JsonToken::malformed;
  }
  if (is_next('e') || is_next('E')) {
    is_whole_ = false;
    ++at_;
    const bool has_sign = is_next('+') || is_next('-');
    if (has_sign) ++at_;
    if (!skip_digits(has_sign ? "invalid number; expected digit after exponent sign"
                              : "invalid number; expected '+', '-', or digit after exponent")) {
      return JsonToken::malformed;
    }
  }
  return JsonToken::number;
}

bool JsonLexer::skip_digits(std::string_view problem) {
  const char* const first = at_;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return at_ != first || wrong(problem);
}

std::optional<std::uint64_t> JsonLexer::whole_number() const {
  if (!is_whole_) return std::nullopt;
  if (*token_begin_ == '-') return text() == "-0" ? std::optional<std::uint64_t>{0} : std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(token_begin_, at_, number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

std::optional<std::int64_t> JsonLexer::signed_number() const {
  if (!is_whole_) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(token_begin_, at_, number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

std::optional<std::uint64_t> JsonLexer::thousandths() const {
  const std::string_view number = text();
  const std::size_t point = std::min(number.find('.'), number.size());
  std::string digits{number.substr(0, point)};
  const std::string_view behind = number.substr(std::min(point + 1, number.size()));
  if (behind.size() > 3) return std::nullopt;
  digits.append(behind).append(3 - behind.size(), '0');
  std::uint64_t value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  return error == std::errc{} && end == last ? std::optional{value} : std::nullopt;
}

bool JsonLexer::number_is_finite() const {
  constexpr std::int64_t always_finite = 308;  // the largest double is 1.8e308
  if (is_whole_ && at_ - token_begin_ <= always_finite) return true;
  const auto size = magnitude(text());
  if (!size || *size <= always_finite) return true;
  if (*size > always_finite + 1) return false;
  double number = 0;
  const auto [end, error] = std::from_chars(token_begin_, at_, number);
  return error == std::errc{} && std::isfinite(number);
}

// --- strings ---

JsonToken JsonLexer::quoted() {
  has_escapes_ = false;
  ++at_;
  for (;;) {
    at_ = find_json_escape_or_utf8(at_, end_);
    if (at_ == end_) return wrong("invalid string: missing closing quote"), JsonToken::malformed;
    if (*at_ == '"') return ++at_, JsonToken::string;
    if (*at_ == '\\') {
      has_escapes_ = true;
      if (!skip_escape()) return JsonToken::malformed;
    } else if (static_cast<unsigned char>(*at_) < 0x20) {
      return wrong("invalid string: a control character must be escaped"), JsonToken::malformed;
    } else if (!skip_utf8()) {
      return JsonToken::malformed;
    }
  }
}

bool JsonLexer::skip_escape() {
  ++at_;
  if (is_next('u')) return ++at_, skip_unicode_escape();
  constexpr std::string_view letters = "\"\\/bfnrt";
  if (at_ == end_ || letters.find(*at_) == std::string_view::npos) {
    return wrong("invalid string: forbidden character after backslash");
  }
  ++at_;
  return true;
}

bool JsonLexer::skip_unicode_escape() {
  unsigned unit = 0;
  if (!skip_hex(unit)) return false;
  if (is_high_surrogate(unit)) return skip_low_surrogate();
  if (!is_low_surrogate(unit)) return true;
  --at_;
  return wrong("invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF");
}

bool JsonLexer::skip_low_surrogate() {
  for (const char c : {'\\', 'u'}) {
    if (!is_next(c)) return wrong(no_low_surrogate);
    ++at_;
  }
  unsigned unit = 0;
  if (!skip_hex(unit)) return false;
  if (is_low_surrogate(unit)) return true;
  --at_;
  return wrong(no_low_surrogate);
}

bool JsonLexer::skip_hex(unsigned& unit) {
  for (int i = 0; i < 4; ++i, ++at_) {
    if (at_ == end_ || hex_value(*at_) < 0) return wrong(not_hex);
  }
  unit = hex_unit(at_ - 4);
  return true;
}

bool JsonLexer::skip_utf8() {
  const auto [size, well_formed] = utf8_sequence(at_, end_);
  at_ += size;
  return well_formed || wrong("invalid string: ill-formed UTF-8 byte");
}

std::string_view JsonLexer::string() {
  const char* at = token_begin_ + 1;
  const char* const quote = at_ - 1;
  if (!has_escapes_) return {at, static_cast<std::size_t>(quote - at)};
  resolved_.clear();
  while (at != quote) {
    const char* const escape = std::find(at, quote, '\\');
    resolved_.append(at, escape);
    at = escape == quote ? quote : append_escape(resolved_, escape);
  }
  return resolved_;
}

}  // namespace breakerd
