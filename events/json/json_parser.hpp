#pragma once
// Follows the grammar of one JSON value over JsonLexer's tokens and tells a handler what comes by; keeps nothing and
// never recurses. What must be bounded or kept is the handler's business.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <breakerd/events/json/json_lexer.hpp>

namespace breakerd {

/// Levels of nesting that a parser can follow at most.
inline constexpr std::size_t json_parser_depth_max = 64;

/// A Handler has these functions, each false to stop the parser:
///
///     bool scalar(JsonToken, JsonLexer&);    // string, number, true_literal, false_literal, null_literal
///     bool start_object(const JsonLexer&);   // token_begin() and token_end() are those of the bracket
///     bool start_array(const JsonLexer&);
///     bool key(JsonLexer&);                  // string() is the member's name
///     bool end_object(const JsonLexer&);
///     bool end_array(const JsonLexer&);
///
/// and these for what ends the parsing:
///
///     void syntax_error(std::size_t offset, std::string reason);  // of the byte where it shows
///     void number_out_of_range(std::size_t offset, const JsonLexer&);
///     void too_deep(const JsonLexer&);
template <class Handler>
class JsonParser {
 public:
  /// `text` and `handler` outlive this. A value nested deeper than `depth_max` (at most json_parser_depth_max) is
  /// too_deep, once its start_object or start_array has been told.
  JsonParser(std::string_view text, Handler& handler, std::size_t depth_max)
      : text_{text}, lexer_{text}, handler_{handler}, depth_max_{std::min(depth_max, json_parser_depth_max)} {}

  /// True when the text is one JSON value and the handler has said yes to all of it.
  [[nodiscard]] bool parse() {
    advance();
    do {
      if (token_ == JsonToken::begin_object || token_ == JsonToken::begin_array) {
        if (!open()) return false;
        advance();
        if (token_ != closing()) {
          if (in_object() && !take_key()) return false;
          continue;
        }
        if (!close()) return false;
      } else if (!take_scalar()) {
        return false;
      }
      if (!go_on()) return false;
    } while (depth_ > 0);
    advance();
    return token_ == JsonToken::end_of_input || unexpected(name_of(JsonToken::end_of_input));
  }

 private:
  void advance() { token_ = lexer_.next(); }
  [[nodiscard]] bool in_object() const { return (objects_ & 1) != 0; }
  [[nodiscard]] JsonToken closing() const { return in_object() ? JsonToken::end_object : JsonToken::end_array; }

  [[nodiscard]] bool open() {
    const bool is_object = token_ == JsonToken::begin_object;
    if (!(is_object ? handler_.start_object(lexer_) : handler_.start_array(lexer_))) return false;
    if (depth_ == depth_max_) return handler_.too_deep(lexer_), false;
    ++depth_;
    objects_ = objects_ << 1 | (is_object ? 1 : 0);
    return true;
  }

  [[nodiscard]] bool close() {
    const bool was_object = in_object();
    --depth_;
    objects_ >>= 1;
    return was_object ? handler_.end_object(lexer_) : handler_.end_array(lexer_);
  }

  /// Behind a value: closes what ends there, and gets to the next value of what does not.
  [[nodiscard]] bool go_on() {
    while (depth_ > 0) {
      advance();
      if (token_ == JsonToken::comma) {
        advance();
        return !in_object() || take_key();
      }
      if (token_ != closing()) return unexpected(name_of(closing()));
      if (!close()) return false;
    }
    return true;
  }

  [[nodiscard]] bool take_key() {
    if (token_ != JsonToken::string) return unexpected(name_of(JsonToken::string));
    if (!handler_.key(lexer_)) return false;
    advance();
    if (token_ != JsonToken::colon) return unexpected(name_of(JsonToken::colon));
    advance();
    return true;
  }

  [[nodiscard]] bool take_scalar() {
    switch (token_) {
      case JsonToken::number:
        if (lexer_.number_is_finite()) return handler_.scalar(token_, lexer_);
        handler_.number_out_of_range(offset(lexer_.token_begin()), lexer_);
        return false;
      case JsonToken::string:
      case JsonToken::true_literal:
      case JsonToken::false_literal:
      case JsonToken::null_literal:
        return handler_.scalar(token_, lexer_);
      default:
        return unexpected("'[', '{', or a literal");
    }
  }

  [[nodiscard]] std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - text_.data()); }

  [[nodiscard]] bool unexpected(std::string_view expected) {
    const std::size_t read = offset(lexer_.token_end());
    if (token_ == JsonToken::malformed) return handler_.syntax_error(read, std::string{lexer_.problem()}), false;
    std::string reason{"unexpected "};
    reason.append(name_of(token_)).append("; expected ").append(expected);
    handler_.syntax_error(token_ == JsonToken::end_of_input ? read : read - 1, std::move(reason));
    return false;
  }

  std::string_view text_;
  JsonLexer lexer_;
  Handler& handler_;
  std::size_t depth_max_;
  JsonToken token_ = JsonToken::end_of_input;
  std::size_t depth_ = 0;
  std::uint64_t objects_ = 0;  ///< a bit for each level, the innermost lowest: whether it is an object
};

}  // namespace breakerd
