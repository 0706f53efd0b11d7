#include <breakerd/http/ctl/text/table.hpp>
#include <breakerd/http/ctl/text/text.hpp>

#include <breakerd/http/ctl/text/json_text.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd::ctl;

TEST_CASE("control characters never reach a terminal", "[cli][text]") {
  CHECK(printable("a\x1b[2Jb\n\t\x7f") == "a\\x1b[2Jb\\n\\t\\x7f");
  CHECK(printable("\xc2\x9b") == "\\x9b");
  CHECK(printable("Zürich") == "Zürich");
}

TEST_CASE("lists are split at commas without empty parts", "[cli][text]") {
  CHECK(split_list("a, b,,c ") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list(" , ").empty());
}

TEST_CASE("a table's columns line up by characters, not bytes", "[cli][text]") {
  Table table{{"A", "B"}};
  table.add({"é", "x"});
  table.add({"long", "y"});
  CHECK(table.to_string() == "A     B\né     x\nlong  y\n");
}

TEST_CASE("JSON text keeps digits and order", "[cli][json]") {
  const std::string text =
      R"( { "a" : {"z":1, "y":123456789012345678901234567890}, "b\"": "]}", "c":[1, [2],"x,y" ] } )";
  REQUIRE(breakerd::is_json(text));
  CHECK(raw_member(text, "a") == R"({"z":1, "y":123456789012345678901234567890})");
  CHECK(raw_member(text, "c") == R"([1, [2],"x,y" ])");
  CHECK_FALSE(raw_member(text, "z"));
  CHECK_FALSE(raw_member("[1]", "a"));
  CHECK(raw_elements(R"([1, [2],"x,y" ])") == std::vector<std::string_view>{"1", "[2]", "\"x,y\""});
  CHECK(raw_elements("[ ]").empty());
  CHECK(compact(R"( { "a b" : [ 1 , "c \" d" ] } )") == R"({"a b":[1,"c \" d"]})");
}

TEST_CASE("a member is found by its name, however that is written, and the first of two is taken", "[cli][json]") {
  CHECK(raw_member(R"({"a":{"k":1},"\u006b":2,"k":3})", "k") == "2");
  CHECK(raw_member(R"({"quote\"":true})", "quote\"") == "true");
  CHECK_FALSE(raw_member(R"({"a":"k","b":["k"]})", "k"));
  CHECK_FALSE(raw_member("{}", "k"));
  CHECK_FALSE(raw_member("\"k\"", "k"));
}

TEST_CASE("a slice of JSON is the value as it stands there", "[cli][json]") {
  for (const char* value : {"null", "true", "-1.50e+2", R"("a \"} ] b")", "{ }", "[ ]", R"([[{"a":[]}, {}],"]"])"}) {
    const std::string object = R"({"x":0, "v" : )" + std::string{value} + R"( , "y":{}})";
    const std::string array = "[0, " + std::string{value} + " ,[1]]";
    INFO(value);
    REQUIRE(breakerd::is_json(object));
    CHECK(raw_member(object, "v") == value);
    CHECK(raw_elements(array) == std::vector<std::string_view>{"0", value, "[1]"});
  }
}

TEST_CASE("JSON on one line has every byte but the white space between its tokens", "[cli][json]") {
  CHECK(compact(" 12345678901234567890.0 ") == "12345678901234567890.0");
  CHECK(compact("{\n\t\"a\" :\r\n[ ] , \"b c\": 0.10 }") == R"({"a":[],"b c":0.10})");
  CHECK(compact("[1, \"\xff\", 2]") == "[1,\"\xff\", 2]");
}
