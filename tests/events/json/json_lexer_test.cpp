// Tokens of JSON texts, and that the grammar over them is the one the JSON library has.

#include <breakerd/events/json/json_lexer.hpp>

#include <breakerd/events/json/json_check.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/nearly_json.hpp"

using namespace breakerd;

namespace {

/// What the string `text`, with its quotes, says.
std::string said_by(std::string_view text) {
  INFO(text);
  JsonLexer lexer{text};
  REQUIRE(lexer.next() == JsonToken::string);
  CHECK(lexer.token_end() == text.data() + text.size());
  return std::string{lexer.string()};
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::optional<std::uint64_t> whole(std::string_view text) {
  INFO(text);
  JsonLexer lexer{text};
  REQUIRE(lexer.next() == JsonToken::number);
  CHECK(lexer.token_end() == text.data() + text.size());
  return lexer.whole_number();
}

bool is_finite(std::string_view text) {
  INFO(text);
  JsonLexer lexer{text};
  REQUIRE(lexer.next() == JsonToken::number);
  return lexer.number_is_finite();
}

}  // namespace

TEST_CASE("a text is cut into tokens") {
  const std::string_view text = " {\"a\":[1,true,false,null]}\n";
  JsonLexer lexer{text};
  for (const JsonToken token :
       {JsonToken::begin_object, JsonToken::string, JsonToken::colon, JsonToken::begin_array, JsonToken::number,
        JsonToken::comma, JsonToken::true_literal, JsonToken::comma, JsonToken::false_literal, JsonToken::comma,
        JsonToken::null_literal, JsonToken::end_array, JsonToken::end_object, JsonToken::end_of_input})
    CHECK(lexer.next() == token);
  CHECK(lexer.token_end() == text.data() + text.size());
  CHECK(lexer.next() == JsonToken::end_of_input);
}

TEST_CASE("a string says what its escapes stand for") {
  CHECK(said_by("\"\"").empty());
  CHECK(said_by("\"plain, and longer than eight bytes\"") == "plain, and longer than eight bytes");
  CHECK(said_by(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(said_by(R"("a\u0041b")") == "aAb");
  CHECK(said_by(R"("\u007f\u0080\u07ff\u0800\uFFFD\uffff")") ==
        "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBD\xEF\xBF\xBF");
  CHECK(said_by(R"("\ud800\udc00 \uD83D\uDE00 \udbff\udfff")") == "\xF0\x90\x80\x80 \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF");
  CHECK(said_by(R"("\u0000")") == std::string(1, '\0'));
}

TEST_CASE("a quote, a backslash or a control character is seen wherever it stands") {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const auto within = [&](std::string_view middle) {
        return std::string(before, 'x').append(middle).append(after, 'y');
      };
      CHECK(said_by(quoted(within("\\n"))) == within("\n"));
      CHECK(said_by(quoted(within("\xC3\xA9"))) == within("\xC3\xA9"));
      for (const char bad : {'\n', '\x1F', '\0', '\x80', '\xFF'}) {
        const std::string text = quoted(within({&bad, 1}));
        JsonLexer lexer{text};
        CHECK(lexer.next() == JsonToken::malformed);
        CHECK(lexer.token_end() == text.data() + 1 + before);
      }
    }
  }
}

TEST_CASE("a whole number has a value up to 2^64-1") {
  CHECK(whole("0") == 0);
  CHECK(whole("-0") == 0);
  CHECK(whole("18446744073709551615") == 18446744073709551615ULL);
  for (const char* text : {"18446744073709551616", "-1", "-0.0", "0.0", "1.0", "1e2", "0e0", "99999999999999999999999"})
    CHECK_FALSE(whole(text));
}

TEST_CASE("a number is out of range when no double comes near it") {
  const std::string nines(308, '9');
  for (const std::string& text : {std::string{"0"}, std::string{"1.7976931348623158e308"}, std::string{"1e-999"}, nines,
                                  "-" + nines, std::string{"0e9999999999999999999999"}, "0." + nines + "e308"})
    CHECK(is_finite(text));
  for (const std::string& text : {std::string{"1.7976931348623159e308"}, std::string{"-1e309"}, nines + "9",
                                  std::string{"1e9999999999999999999999"}, "0.0" + nines + "e310"})
    CHECK_FALSE(is_finite(text));
}

TEST_CASE("what is JSON is what the JSON library takes, and a fault is where it says") {
  NearlyJson texts{20'261'125};
  std::size_t accepted = 0;
  constexpr std::size_t count = 20'000;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = texts.changed(texts.value(4));
    INFO(text);
    const JsonVerdict expected = JsonReference::judge(text, json_depth_max, false);
    const std::string problem = json_problem(text);
    REQUIRE(problem.empty() == expected.accepted);
    accepted += expected.accepted ? 1 : 0;
    if (!expected.offset || problem.starts_with("a number")) continue;  // which is told by its end
    REQUIRE(problem == "not a JSON value (at byte " + std::to_string(*expected.offset + 1) + ")");
  }
  CHECK(accepted > count / 10);
  CHECK(accepted < count - count / 10);
}

TEST_CASE("a number with up to three decimals is read exactly") {
  const auto thousandths = [](std::string_view text) {
    JsonLexer lexer{text};
    REQUIRE(lexer.next() == JsonToken::number);
    return lexer.thousandths();
  };
  CHECK(thousandths("0") == 0);
  CHECK(thousandths("7") == 7'000);
  CHECK(thousandths("0.5") == 500);
  CHECK(thousandths("2.50") == 2'500);
  CHECK(thousandths("0.001") == 1);
  CHECK(thousandths("18446744073709551.615") == UINT64_MAX);
  CHECK(!thousandths("18446744073709551.616"));
  CHECK(!thousandths("0.0001"));
  CHECK(!thousandths("0.0000"));
  CHECK(!thousandths("-1"));
  CHECK(!thousandths("1e3"));
  CHECK(!thousandths("1.5E1"));
}
