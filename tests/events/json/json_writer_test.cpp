#include <breakerd/events/json/json_writer.hpp>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("what JSON wants escaped is escaped, and nothing else") {
  CHECK(as_json("") == R"("")");
  CHECK(as_json("plain text") == R"("plain text")");
  CHECK(as_json("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(as_json("\n\r\t\b\f") == R"("\n\r\t\b\f")");
  CHECK(as_json(std::string("\0\x01\x1f\x7f", 4)) == "\"\\u0000\\u0001\\u001f\x7f\"");
  CHECK(as_json("Zoë €\U0001F600") == "\"Zoë €\U0001F600\"");
}

TEST_CASE("every byte of ASCII comes back through a parser") {
  std::string text;
  for (char c = 0; c < 127; ++c) text += c;
  CHECK(nlohmann::json::parse(as_json(text)).get<std::string>() == text);
}

TEST_CASE("commas come where they belong") {
  std::string out;
  JsonWriter json{out};
  json.begin_object()
      .key("a")
      .begin_array()
      .end_array()
      .key("b")
      .begin_array()
      .value(1)
      .value("x")
      .begin_object()
      .end_object();
  json.null().end_array().member("c", true).key("d").begin_object().member("e", false).end_object().end_object();
  CHECK(out == R"({"a":[],"b":[1,"x",{},null],"c":true,"d":{"e":false}})");
}

TEST_CASE("numbers are written whole") {
  std::string out;
  JsonWriter json{out};
  json.begin_array().value(std::uint64_t{0}).value(std::numeric_limits<std::uint64_t>::max());
  json.value(std::numeric_limits<std::int64_t>::min()).value(std::uint32_t{7}).end_array();
  CHECK(out == "[0,18446744073709551615,-9223372036854775808,7]");
}

TEST_CASE("what means none is null") {
  std::string out;
  JsonWriter json{out};
  json.begin_array().value_or_null("").value_or_null("x").value_or_null(no_time).value_or_null(Time{Duration{1}});
  json.value_or_null(Uuid{}).number_or_null(0).number_or_null(5).raw_or_null("").raw_or_null("{}").end_array();
  CHECK(out == R"([null,"x",null,"1970-01-01T00:00:00.000001Z",null,null,5,null,{}])");
}

TEST_CASE("a writer goes on behind what is there") {
  std::string out = "data: ";
  JsonWriter{out}.begin_object().text_key("\"").raw("[1, 2]").end_object();
  CHECK(out == R"(data: {"\"":[1, 2]})");
}
