#pragma once
// Cuts a JSON text (RFC 8259) into tokens. Strict: no comments, no byte order mark, no NUL; strings are well-formed
// UTF-8 without lone surrogates. Copies nothing unless asked for a string that has escapes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace breakerd {

enum class JsonToken : std::uint8_t {
  begin_object,
  end_object,
  begin_array,
  end_array,
  colon,
  comma,
  string,
  number,
  true_literal,
  false_literal,
  null_literal,
  end_of_input,
  malformed,  ///< see problem()
};

/// "'['", "string literal": as it is called in what a person reads.
[[nodiscard]] std::string_view name_of(JsonToken token);

class JsonLexer {
 public:
  /// `text` outlives this.
  explicit JsonLexer(std::string_view text) : at_{text.data()}, end_{at_ + text.size()}, token_begin_{at_} {}

  /// The next token. Not to be called again after `malformed`.
  [[nodiscard]] JsonToken next();

  /// The token's first byte, and the one behind its last. After `malformed`, token_end() is the byte that is wrong, or
  /// the end of the text where more was wanted.
  [[nodiscard]] const char* token_begin() const { return token_begin_; }
  [[nodiscard]] const char* token_end() const { return at_; }

  /// What is wrong, after `malformed`.
  [[nodiscard]] std::string_view problem() const { return problem_; }

  /// After `string`: what it says, escapes resolved. Good until the next string is asked for.
  [[nodiscard]] std::string_view string();

  /// After `number`: its value when it is a whole number, without fraction and exponent, from 0 to 2^64-1.
  [[nodiscard]] std::optional<std::uint64_t> whole_number() const;

  /// The same, from -2^63 to 2^63-1.
  [[nodiscard]] std::optional<std::int64_t> signed_number() const;

  /// After `number`: 1,000 times its value, when it has no exponent and no more than three digits behind the point,
  /// from 0 to 2^64-1.
  [[nodiscard]] std::optional<std::uint64_t> thousandths() const;

  /// After `number`: whether a double can hold it, however roughly.
  [[nodiscard]] bool number_is_finite() const;

 private:
  [[nodiscard]] JsonToken literal(std::string_view word, JsonToken token);
  [[nodiscard]] JsonToken number();
  [[nodiscard]] JsonToken quoted();
  [[nodiscard]] bool skip_escape();
  [[nodiscard]] bool skip_unicode_escape();
  [[nodiscard]] bool skip_low_surrogate();
  [[nodiscard]] bool skip_hex(unsigned& unit);
  [[nodiscard]] bool skip_utf8();
  [[nodiscard]] bool skip_digits(std::string_view problem);
  [[nodiscard]] bool is_next(char c) const { return at_ != end_ && *at_ == c; }
  [[nodiscard]] std::string_view text() const { return {token_begin_, static_cast<std::size_t>(at_ - token_begin_)}; }
  bool wrong(std::string_view problem) { return problem_ = problem, false; }

  const char* at_;  ///< behind what has been read
  const char* end_;
  const char* token_begin_;
  bool has_escapes_ = false;  ///< of the string
  bool is_whole_ = false;     ///< of the number
  std::string_view problem_;
  std::string resolved_;
};

}  // namespace breakerd
