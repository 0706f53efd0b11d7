#pragma once
// Texts that are JSON or nearly so, from a seed; and what the JSON library says of a text, with breakerd's own rules
// added. Together they show that our reader takes the same texts and finds the same fault in the others.

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace breakerd {

class NearlyJson {
 public:
  explicit NearlyJson(std::uint64_t seed) : random_{seed} {}

  /// Below `bound`.
  std::size_t number(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  /// Any value, with at most `depth` levels of its own; seldom many more.
  std::string value(int depth) {
    if (depth > 0 && number(3) == 0) return object(depth);
    if (depth > 0 && number(3) == 0) return array(depth);
    if (depth > 0 && number(60) == 0) return deep(25 + number(14));
    return number(6) == 0 ? pick(hard) : pick(plain);
  }

  std::string object(int depth) {
    return list('{', '}',
                [&] { return '"' + pick(keys) + '"' + pick(blanks) + ':' + pick(blanks) + value(depth - 1); });
  }

  std::string array(int depth) {
    return list('[', ']', [&] { return value(depth - 1); });
  }

  /// `text` with up to three changes of a byte or a few.
  std::string changed(std::string text) {
    for (std::size_t left = number(4); left > 0 && !text.empty(); --left) {
      const std::size_t at = number(text.size());
      const char byte = number(2) == 0 ? static_cast<char>(number(256)) : marks[number(marks.size())];
      switch (number(5)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.erase(at, 1 + number(3));
          break;
        case 2:
          text.insert(at, 1, byte);
          break;
        case 3:
          text.resize(at);
          break;
        default:
          text += text.substr(at, 1 + number(8));
      }
    }
    return text;
  }

 private:
  using Texts = std::vector<std::string>;

  const std::string& pick(const Texts& texts) { return texts[number(texts.size())]; }

  template <class Item>
  std::string list(char open, char close, const Item& item) {
    std::string text{open};
    for (std::size_t i = 0, count = number(5); i < count; ++i) {
      if (i > 0) text += ',';
      text += pick(blanks);
      text += item();
      text += pick(blanks);
    }
    return text + close;
  }

  static std::string deep(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

  inline static const Texts plain = {"null",    "true", "false", "0",        "-0",           "12",
                                     "1.5",     "1e5",  "\"\"",  "\"text\"", "\"\xC3\xA9\"", "\"\\u00e9\\n\"",
                                     "\"\\\"\""};
  inline static const Texts hard = {
      "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-01", "0x1", "NaN", "tru", "nul", "truex", "'a'", "//",
      // the ends of the numbers
      "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e400", "-1E+400", "1e-400",
      "0e99999999999999999999", "1e99999999999999999999", "1e-99999999999999999999", "1e308", "1e309", "17.9e307",
      "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "0.00000017976931348623159e315",
      std::string(308, '9'), std::string(309, '9'), "1" + std::string(308, '0'), "0." + std::string(400, '0') + "1e709",
      // the ends of the strings
      "\"open", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"",
      "\"\\udc00\"", "\"\\u12g4\"", "\"\\x\"", "\"\t\"", "\"\x01\"", "\"\x7F\"", "\"\xE2\x82\xAC\"",
      "\"\xF0\x9F\x98\x80\"", "\"\xC0\xAF\"", "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"", "\"\xF0\x80\x80\x80\"",
      "\"\xF4\x90\x80\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xC3\"", "\"\xE2\x82\"", "\"\x80\"",
      "\"longer than a word of eight bytes\"", "\"longer, with \\u20ac and \xE2\x82\xAC in it\""};
  inline static const Texts keys = {"a", "b", "\\u0061", "text", "te\\u0078t", "raw", "list", "small", "\xC3\xA9", ""};
  inline static const Texts blanks = {"", "", "", "", " ", "\n", "\t", "\r\n"};
  static constexpr std::string_view marks = "{}[]:,\"\\ \n0123456789+-.eEtrufalsn/'\x01\x80\xBF\xC2\xE0\xED\xF4\xFF";

  std::mt19937_64 random_;
};

/// What is wrong with a text, if anything.
struct JsonVerdict {
  bool accepted = false;
  std::optional<std::size_t> offset;  ///< where, when the library says
};

/// The library's view, with the depth bounded, keys unique, and no byte order mark or NUL.
class JsonReference : public nlohmann::json_sax<nlohmann::json> {
 public:
  static JsonVerdict judge(std::string_view text, std::size_t depth_max, bool unique_keys) {
    if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) return {};
    JsonReference reference{depth_max, unique_keys};
    reference.verdict_.accepted = nlohmann::json::sax_parse(text, &reference);
    if (text.starts_with("\xEF")) reference.verdict_.offset.reset();  // the library looks for the rest of the mark
    return reference.verdict_;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(); }
  bool key(string_t& name) override { return open_.back().insert(name).second || !unique_keys_; }
  bool end_object() override { return open_.pop_back(), true; }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return open_.pop_back(), true; }
  bool parse_error(std::size_t read, const std::string& token, const nlohmann::detail::exception& error) override {
    constexpr int number_overflow = 406;
    verdict_.offset = error.id == number_overflow ? read - token.size() : read - 1;
    return false;
  }

 private:
  JsonReference(std::size_t depth_max, bool unique_keys) : depth_max_{depth_max}, unique_keys_{unique_keys} {}
  bool open() { return open_.emplace_back(), open_.size() <= depth_max_; }

  std::size_t depth_max_;
  bool unique_keys_;
  std::vector<std::set<std::string>> open_;
  JsonVerdict verdict_;
};

}  // namespace breakerd
