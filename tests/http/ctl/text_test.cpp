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
