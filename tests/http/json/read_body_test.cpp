// JSON bodies into fields: what is taken, what is refused, and how that is said.

#include <breakerd/http/json/read_body.hpp>

#include <nlohmann/json.hpp>

#include <breakerd/events/model/limits.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr BodyRules rules{1'000, 0x6A09E667F3BCC908};
constexpr BodyRules rules_of_many{1'000'000, rules.hash_secret};

/// One field of each kind.
struct Everything {
  std::string text;
  std::optional<std::string> maybe;
  std::uint32_t small = 7;
  std::uint64_t large = 0;
  std::optional<std::uint64_t> maybe_number;
  Uuid id;
  std::vector<std::string> list;
  std::string raw;
  std::optional<std::string> object;

  BodyErrors read(std::string_view body) {
    FieldSet fields;
    fields.optional("text", &text).optional("maybe", &maybe).optional("small", &small).optional("large", &large);
    fields.optional("maybe_number", &maybe_number).optional("id", &id).optional("list", &list);
    fields.optional("raw", RawJson{&raw, 1'000}).optional("object", OptionalRawJson{&object, 1'000, true});
    return read_object(body, fields, rules);
  }
};

std::string names(const BodyErrors& errors) {
  std::string text;
  for (const FieldError& error : errors.fields) text += (text.empty() ? "" : " ") + error.field;
  return text;
}

/// What is refused as not being JSON at all.
void not_json(std::string_view body, const std::string& place = {}) {
  INFO(body);
  Everything e;
  const BodyErrors errors = e.read(body);
  CHECK(errors.status == 400);
  CHECK(errors.code == "invalid_json");
  CHECK_THAT(errors.detail, ContainsSubstring(place));
}

void wrong_field(std::string_view body, const std::string& fields) {
  INFO(body);
  Everything e;
  const BodyErrors errors = e.read(body);
  CHECK(errors.status == 422);
  CHECK(names(errors) == fields);
}

std::string raw_of(std::string_view value, std::string_view before = "", std::string_view after = "") {
  Everything e;
  std::string body = "{\"raw\":";
  body.append(before).append(value).append(after).append("}");
  INFO(body);
  const BodyErrors errors = e.read(body);
  CHECK(errors.ok());
  return e.raw;
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

}  // namespace

TEST_CASE("values go where their fields say") {
  Everything e;
  const auto errors = e.read(R"( {"text":"a\u00e9\n","maybe":"m","small":4294967295,"large":18446744073709551615,
    "maybe_number":0,"id":"0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","list":["x","y"],"raw":[1, {"a":null}],"object":{"k": 1}} )");
  REQUIRE(errors.ok());
  CHECK(e.text == "a\xC3\xA9\n");
  CHECK(e.maybe == "m");
  CHECK(e.small == 4294967295);
  CHECK(e.large == 18446744073709551615ULL);
  CHECK(e.maybe_number == 0);
  CHECK(e.id.to_string() == "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  CHECK(e.list == std::vector<std::string>{"x", "y"});
  CHECK(e.raw == R"([1, {"a":null}])");
  CHECK(e.object == R"({"k": 1})");
}

TEST_CASE("an empty body and an empty object are the same") {
  for (const char* body : {"", " \r\n", "{}", " { } "}) {
    Everything e;
    CHECK(e.read(body).ok());
    CHECK(e.small == 7);
    CHECK_FALSE(e.maybe);
  }
}

TEST_CASE("null is not given, and empties what tells the two apart") {
  Everything e;
  REQUIRE(
      e.read(
           R"({"text":null,"maybe":null,"small":null,"large":null,"maybe_number":null,"id":null,"list":null,"raw":null,"object":null})")
          .ok());
  CHECK(e.small == 7);
  CHECK(e.maybe == "");
  CHECK(e.object == "");
  CHECK(e.raw.empty());
  CHECK_FALSE(e.maybe_number);
}

TEST_CASE("raw values are kept byte for byte") {
  for (const char* value :
       {"0", "-1.5e+3", "true", "false", "\"a\\u0000\\\"b\"", "{}", "[]", "[ ]", "{\"a\" : [1,2 , 3]}",
        "{\"a\":{\"raw\":{\"text\":1}}}", "\"\xC3\xA9\"", "12345678901234567890123", "-0", "1e-400",
        "0E+99999999999999999999", "1.7976931348623158e308"}) {
    CHECK(raw_of(value) == value);
    CHECK(raw_of(value, " \n\t", " \r\n") == value);
    CHECK(raw_of(value, " ", ",\"text\":\"t\"") == value);
  }
}

TEST_CASE("fields named inside a raw value are not fields") {
  Everything e;
  REQUIRE(e.read(R"({"raw":{"text":"inner","list":[1],"nope":2},"text":"outer"})").ok());
  CHECK(e.text == "outer");
  CHECK(e.list.empty());
}

TEST_CASE("what is not JSON is 400 with its place") {
  not_json("{", "line 1, column 2 (byte 1)");
  not_json("{\"text\":}", "line 1, column 9 (byte 8)");
  not_json("{\n  \"text\": tru\n}", "line 2, column 14 (byte 15)");
  not_json("{\"text\":\"a\"} x", "line 1, column 14 (byte 13)");
  not_json("{} {}", "byte 3");
  not_json("{'text':1}", "byte 1");
  not_json("{\"text\":\"a\",}", "byte 12");
  not_json("{\"small\":01}", "byte 10");
  not_json("{\"small\":+1}");
  not_json("{\"small\":NaN}");
  not_json("{\"small\":1e999}", "line 1, column 10 (byte 9): a number is out of range");
  not_json("{\"small\":1,\n \"raw\":[-1e400]}", "line 2, column 9 (byte 20): a number is out of range");
  not_json("{\"text\":\"a\nb\"}");
  not_json("{\"text\":\"\\x\"}");
  not_json("{\"text\":\"a\x1F\"}", "byte 10");
  not_json("{\"text\":\"\\u12g4\"}", "byte 13");
  not_json("{\"text\":\"ab", "byte 11");
  not_json("{\"small\":-}", "byte 10");
  not_json("{\"small\":1.}", "byte 11");
  not_json("{\"small\":1e+}", "byte 12");
  not_json("{\"list\":[1 2]}", "byte 11");
  not_json("{\"list\":[\"a\",]}", "byte 13");
  not_json("{\"text\" \"a\"}", "byte 10");
  not_json("{\"text\":\"a\" \"small\":1}", "byte 18");
  not_json("{1:2}", "byte 1");
  not_json("// hi\n{}");
  not_json("<xml/>", "byte 0");
}

TEST_CASE("what the JSON library alone would take is refused") {
  not_json("\xEF\xBB\xBF{}", "byte order mark");
  not_json(std::string_view{"{}\0{\"x\"", 7}, "NUL");
  not_json(std::string_view{"{}\0", 3}, "NUL");
  not_json("{\"text\":\"\xFF\"}", "byte 9");
  not_json("{\"text\":\"\xC0\xAF\"}");
  not_json("{\"text\":\"\xED\xA0\x80\"}");
  not_json("{\"text\":\"\xF4\x90\x80\x80\"}", "byte 10");
  not_json("{\"text\":\"\\ud800\"}", "byte 15");
  not_json("{\"text\":\"\\ud800\\u0041\"}", "byte 20");
  not_json("{\"text\":\"\\udc00\"}", "byte 14");
  not_json("{\"small\":1.7976931348623159e308}", "out of range");
  not_json("{\"text\":\"a\",\"text\":\"b\"}", "same key twice");
  not_json("{\"text\":null,\"text\":\"b\"}", "same key twice");
  not_json("{\"t\\u0065xt\":\"a\",\"text\":\"b\"}", "same key twice");
  not_json("{\"raw\":{\"a\":1,\"b\":2,\"a\":3}}", "same key twice");
  not_json("{\"raw\":[{\"a\":{\"a\":1}},{\"b\":{\"c\":1,\"c\":2}}]}", "same key twice");
  not_json("{\"nope\":1,\"nope\":2}", "same key twice");
}

TEST_CASE("duplicate keys are found in large objects too") {
  const auto object = [](int keys, const std::string& last) {
    std::string text = "{\"raw\":{";
    for (int i = 0; i < keys; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    return text + "\"" + last + "\":1}}";
  };
  for (const int keys : {1, 15, 16, 17, 18, 100}) {
    Everything e;
    CHECK(read_object(object(keys, "other"), {}, rules).status == 422);  // only for the unknown field
    CHECK(e.read(object(keys, "k0")).status == 400);
    CHECK(e.read(object(keys, "k" + std::to_string(keys - 1))).status == 400);
  }
}

TEST_CASE("the same key in different objects is no duplicate") {
  Everything e;
  std::string list = "[";
  for (int i = 0; i < 40; ++i) list += "{\"a\":1,\"b\":{\"a\":2}},";
  CHECK(e.read("{\"raw\":" + list + "{}]}").ok());
}

TEST_CASE("nesting has a limit") {
  Everything e;
  CHECK(e.read("{\"raw\":" + nested(31) + "}").ok());
  CHECK(e.raw == nested(31));
  not_json("{\"raw\":" + nested(32) + "}", "nested deeper than 32");
  not_json(std::string(100'000, '['), "nested deeper than 32");
  not_json("{\"nope\":" + nested(100'000) + "}", "nested deeper than 32");
}

TEST_CASE("the number of values has a limit") {
  std::string many = "[0";
  for (std::size_t i = 0; i < rules.values_max; ++i) many += ",0";
  Everything e;
  CHECK(e.read("{\"raw\":" + many + "]}").status == 413);
}

TEST_CASE("values of the wrong type are named, all of them") {
  wrong_field(R"({"text":1})", "text");
  wrong_field(R"({"text":["a"]})", "text");
  wrong_field(R"({"text":{"a":"b"}})", "text");
  wrong_field(R"({"text":true,"small":"1","id":5,"list":"x","object":[1]})", "text small id list object");
  wrong_field(R"({"small":true})", "small");
  wrong_field(R"({"small":-1})", "small");
  wrong_field(R"({"small":1.5})", "small");
  wrong_field(R"({"small":1.0})", "small");
  wrong_field(R"({"small":1e2})", "small");
  wrong_field(R"({"small":-0.0})", "small");
  wrong_field(R"({"small":4294967296})", "small");
  wrong_field(R"({"large":18446744073709551616})", "large");
  wrong_field(R"({"large":-9223372036854775808})", "large");
  wrong_field(R"({"id":"0190a1b2"})", "id");
  wrong_field(R"({"id":"00000000-0000-0000-0000-000000000000"})", "id");
  wrong_field(R"({"list":["a",1]})", "list[]");
  wrong_field(R"({"list":["a",["b"]]})", "list[]");
  wrong_field(R"({"object":1})", "object");
  wrong_field(R"([])", "body");
  wrong_field(R"([{"text":"a"}])", "body");
  wrong_field(R"("text")", "body");
  wrong_field(R"(null)", "body");
}

TEST_CASE("a zero with a sign is a zero") {
  Everything e;
  REQUIRE(e.read(R"({"small":-0,"large":-0,"maybe_number":-0})").ok());
  CHECK(e.small == 0);
  CHECK(e.maybe_number == 0);
}

TEST_CASE("unknown fields are named with what is known") {
  Everything e;
  const BodyErrors errors = e.read(R"({"texts":"a","small":1,"Text":{"small":"x"}})");
  CHECK(names(errors) == "texts Text");
  CHECK_THAT(errors.fields.at(0).expected, ContainsSubstring("one of the fields text, maybe, small"));
  CHECK(e.small == 1);
}

TEST_CASE("an unknown field's name is not echoed at any length") {
  Everything e;
  CHECK(e.read("{\"" + std::string(100'000, 'x') + "\":1}").fields.at(0).field.size() < 200);
}

TEST_CASE("missing required fields are named") {
  std::string a;
  std::string b;
  FieldSet fields;
  fields.required("a", &a).required("b", &b);
  CHECK(names(read_object("{}", fields, rules)) == "a b");
  CHECK(names(read_object(R"({"b":null})", fields, rules)) == "a b");
  CHECK(names(read_object(R"({"a":5})", fields, rules)) == "a b");
  CHECK(read_object(R"({"a":"","b":""})", fields, rules).ok());
}

TEST_CASE("a raw value over its bytes is 413 by name") {
  Everything e;
  const auto errors = e.read("{\"raw\":\"" + std::string(1'000, 'x') + "\"}");
  CHECK(errors.status == 413);
  CHECK(errors.code == "payload_too_large");
  CHECK(names(errors) == "raw");
  CHECK(e.read("{\"raw\":\"" + std::string(998, 'x') + "\"}").ok());
}

TEST_CASE("a batch is an array or lines") {
  for (const bool lines : {false, true}) {
    std::vector<JobSpec> specs;
    const char* body = lines ? "{\"job_type\":\"a\",\"payload\":{\"n\":1}}\r\n\n  {\"job_type\":\"b\"}\n"
                             : R"([{"job_type":"a","payload":{"n":1}}, {"job_type":"b"}])";
    REQUIRE(read_batch(body, lines, items_of(specs), rules).ok());
    REQUIRE(specs.size() == 2);
    CHECK(specs[0].payload == "{\"n\":1}");
    CHECK(specs[1].job_type == "b");
    CHECK(specs[1].payload.empty());
    CHECK_FALSE(specs[1].max_attempts);
  }
}

TEST_CASE("a batch names fields by the job's index") {
  std::vector<JobSpec> specs;
  const auto array =
      read_batch(R"([{"job_type":"a"},{"name":"x"},7,[],{"job_type":1,"nope":2},null])", false, items_of(specs), rules);
  CHECK(array.status == 422);
  CHECK(names(array) == "[1].job_type [2] [3] [4].job_type [4].nope [5]");
  specs.clear();
  const auto lines = read_batch("{\"job_type\":\"a\"}\n{\"name\":\"x\"}\n7\n[]\n", true, items_of(specs), rules);
  CHECK(names(lines) == "[1].job_type [2] [3]");
  specs.clear();
  CHECK(names(read_batch("{}", false, items_of(specs), rules)) == "body");
  CHECK(names(read_batch("7", false, items_of(specs), rules)) == "body");
}

TEST_CASE("bad JSON in a line is placed in the whole body") {
  std::vector<JobSpec> specs;
  const auto errors = read_batch("{\"job_type\":\"a\"}\n{\"job_type\":}\n", true, items_of(specs), rules);
  CHECK(errors.status == 400);
  CHECK_THAT(errors.detail, ContainsSubstring("line 2, column 13 (byte 29)"));
}

TEST_CASE("a batch has a limit") {
  std::string array = "[{\"job_type\":\"a\"}";
  for (std::uint32_t i = 1; i < limits::batch_jobs_max; ++i) array += ",{\"job_type\":\"a\"}";
  std::vector<JobSpec> specs;
  CHECK(read_batch(array + "]", false, items_of(specs), rules_of_many).ok());
  CHECK(specs.size() == limits::batch_jobs_max);
  specs.clear();
  const auto errors = read_batch(array + ",{\"job_type\":\"a\"}]", false, items_of(specs), rules_of_many);
  CHECK(errors.status == 413);
  CHECK(errors.code == "batch_too_large");
}

TEST_CASE("a batch of completes has fields of its own") {
  for (const bool lines : {false, true}) {
    std::vector<CompleteJob> commands;
    const char* body =
        lines ? "{\"id\":1,\"token\":\"t\"}\n\n{\"id\":18446744073709551615,\"token\":\"\",\"result\":{\"n\": 1}}"
              : R"([{"id":1,"token":"t"},{"result":{"n": 1},"token":"","id":18446744073709551615}])";
    REQUIRE(read_batch(body, lines, items_of(commands), rules).ok());
    REQUIRE(commands.size() == 2);
    CHECK(commands[0].job == 1);
    CHECK(commands[0].token == "t");
    CHECK(commands[0].result.empty());
    CHECK(commands[1].job == 18446744073709551615ULL);
    CHECK(commands[1].result == R"({"n": 1})");
  }
  std::vector<CompleteJob> commands;
  const auto errors =
      read_batch(R"([{"id":1,"token":"t"},{"id":-1},{"id":"2","token":3,"job_type":"a"},4,{"id":5,"token":null}])",
                 false, items_of(commands), rules);
  CHECK(errors.status == 422);
  CHECK(names(errors) == "[1].id [1].token [2].id [2].token [2].job_type [3] [4].token");
}

TEST_CASE("a batch of completes has a limit, and so has each result") {
  std::string array = "[";
  for (std::uint32_t i = 1; i <= limits::complete_batch_max; ++i)
    array += R"({"id":)" + std::to_string(i) + R"(,"token":"t"},)";
  std::vector<CompleteJob> commands;
  CHECK(read_batch(array + R"({"id":1001,"token":"t"}])", false, items_of(commands), rules_of_many).code ==
        "batch_too_large");
  commands.clear();
  array.back() = ']';
  CHECK(read_batch(array, false, items_of(commands), rules_of_many).ok());
  CHECK(commands.size() == limits::complete_batch_max);
  commands.clear();
  const auto large = read_batch(
      R"([{"id":1,"token":"t"},{"id":2,"token":"t","result":")" + std::string(limits::result_bytes_max, 'x') + "\"}]",
      false, items_of(commands), rules);
  CHECK(large.status == 413);
  CHECK(names(large) == "[1].result");
}

TEST_CASE("errors named in one answer have a limit") {
  std::string array = "[{}";
  for (int i = 1; i < 1'000; ++i) array += ",{}";
  std::vector<JobSpec> specs;
  const auto errors = read_batch(array + "]", false, items_of(specs), rules_of_many);
  CHECK(errors.fields.size() == 100);
  CHECK(errors.field_count == 1'000);
}

TEST_CASE("no cut of a body is taken for another") {
  const std::string whole = R"({"text":"a\u00e9","small":12,"raw":{"x":[1,2.5e1,"y"]},"list":["p","q"]})";
  for (std::size_t end = 1; end < whole.size(); ++end) {
    Everything e;
    REQUIRE(e.read(whole.substr(0, end)).status == 400);
  }
}

TEST_CASE("no change of one byte makes a raw value that is not JSON") {
  const std::string whole = R"({"raw":{"x":[1,2.5e1,"y\n"],"z":{"n":null}}})";
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = whole;
      changed[at] = static_cast<char>(byte);
      Everything e;
      if (!e.read(changed).ok() || e.raw.empty()) continue;
      REQUIRE(nlohmann::json::accept(e.raw));
    }
  }
}
