// Bodies that are nearly JSON: the same ones are taken as by the JSON library with our rules added, the place of a
// fault is the same, and what is kept of a raw value is what was sent.

#include <breakerd/http/json/limits.hpp>
#include <breakerd/http/json/read_body.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/nearly_json.hpp"

using namespace breakerd;
using namespace breakerd::http;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr BodyRules rules{10'000, 0x6A09E667F3BCC908};
constexpr std::size_t count = 20'000;

struct Target {
  std::string text;
  std::string raw;
  std::vector<std::string> list;
  std::uint32_t small = 0;

  BodyErrors read(std::string_view body) {
    FieldSet fields;
    fields.optional("text", &text).optional("raw", RawJson{&raw, 100'000}).optional("list", &list);
    fields.optional("small", &small);
    return read_object(body, fields, rules);
  }
};

/// Whether it was read as JSON. A refusal must be one for being no JSON, at the right place.
bool agrees(const BodyErrors& errors, std::string_view text, std::size_t text_offset = 0) {
  const JsonVerdict expected = JsonReference::judge(text, json_depth_max, true);
  REQUIRE((errors.status != 400) == expected.accepted);
  if (expected.accepted) return true;
  CHECK(errors.code == "invalid_json");
  CHECK(errors.fields.empty());
  if (expected.offset)
    REQUIRE_THAT(errors.detail, ContainsSubstring("(byte " + std::to_string(text_offset + *expected.offset) + ")"));
  return false;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

TEST_CASE("the bodies taken are those the JSON library takes, less what our rules refuse") {
  NearlyJson texts{4'711};
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string body = texts.changed(texts.object(4));
    if (is_blank(body)) continue;
    INFO(body);
    Target target;
    if (!agrees(target.read(body), body)) continue;
    ++accepted;
    const auto tree = nlohmann::json::parse(body);
    const bool has_raw = tree.is_object() && tree.contains("raw") && !tree["raw"].is_null();
    REQUIRE(target.raw.empty() == !has_raw);
    if (has_raw) {
      REQUIRE(body.find(target.raw) != std::string::npos);
      REQUIRE(nlohmann::json::parse(target.raw) == tree["raw"]);
    }
    if (tree.is_object() && tree.contains("text") && tree["text"].is_string())
      REQUIRE(target.text == tree["text"].get<std::string>());
  }
  CHECK(accepted > count / 10);
  CHECK(accepted < count - count / 10);
}

TEST_CASE("a line of a batch is judged by itself and placed in the whole") {
  NearlyJson texts{815};
  const std::string first = "{\"job_type\":\"a\"}\n";
  for (std::size_t i = 0; i < count; ++i) {
    std::string line = texts.changed(texts.object(3));
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (is_blank(line) || line.starts_with("\xEF\xBB\xBF")) continue;
    INFO(line);
    std::vector<JobSpec> specs;
    agrees(read_batch(first + line, true, items_of(specs), rules), line, first.size());
  }
}

TEST_CASE("an array of jobs is judged as a whole") {
  NearlyJson texts{1};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string body = texts.changed(texts.array(4));
    if (is_blank(body)) continue;
    INFO(body);
    std::vector<JobSpec> specs;
    agrees(read_batch(body, false, items_of(specs), rules), body);
  }
}

TEST_CASE("every text of two bytes is judged as the JSON library does") {
  for (int high = 0; high < 256; ++high) {
    for (int low = 0; low < 256; ++low) {
      const std::string value{static_cast<char>(high), static_cast<char>(low)};
      for (const std::string& body : {"{\"raw\":" + value + "}", "{\"raw\":\"" + value + "\"}", value}) {
        if (is_blank(body)) continue;
        Target target;
        agrees(target.read(body), body);
      }
    }
  }
}
