// What is JSON, and which fields of a command must be.

#include <breakerd/events/json/json_check.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

/// The names of the refused fields.
std::string refused(const Command& command) {
  const auto result = check_json(command);
  if (result) return {};
  CHECK(result.error().code == ErrorCode::invalid);
  std::string names;
  for (const FieldError& error : result.error().fields) names += (names.empty() ? "" : " ") + error.field;
  return names;
}

JobSpec with_payload(std::string payload) {
  JobSpec spec;
  spec.payload = std::move(payload);
  return spec;
}

}  // namespace

TEST_CASE("nesting is bounded before anything recurses") {
  CHECK(is_json(std::string(32, '[') + std::string(32, ']')));
  CHECK_FALSE(is_json(std::string(33, '[') + std::string(33, ']')));
  CHECK_FALSE(is_json(std::string(200'000, '[')));
}

TEST_CASE("one value in UTF-8 is JSON, and nothing else") {
  for (const char* text : {"{}", " [1, \"z\u00eb\"] ", "null", "-1.5e3"}) CHECK(is_json(text));
  for (const char* text : {"", " ", "\xef\xbb\xbf{}", "{} {}", "{not json", "\"\xff\"", "NaN"})
    CHECK_FALSE(is_json(text));
  CHECK_FALSE(is_json(std::string_view{"{}\0", 3}));
  CHECK_FALSE(is_json(std::string_view{"{}\0}", 4}));
}

TEST_CASE("a payload and a result are JSON or nothing") {
  CHECK(refused(EnqueueJob{with_payload({})}).empty());
  CHECK(refused(EnqueueJob{with_payload("[1]")}).empty());
  CHECK(refused(EnqueueJob{with_payload("one")}) == "payload");
  CHECK(refused(EnqueueJobs{{with_payload("1"), with_payload("{"), with_payload("}")}}) == "[1].payload [2].payload");
  CHECK(refused(CompleteJob{1, {}, "done"}) == "result");
  CHECK(refused(CompleteJob{1, {}, "\"done\""}).empty());
}

TEST_CASE("metadata is a JSON object or nothing") {
  CHECK(refused(CreateCampaign{"n", {}, {}}).empty());
  CHECK(refused(CreateCampaign{"n", {}, " {\"a\":1}"}).empty());
  CHECK(refused(CreateCampaign{"n", {}, "[]"}) == "metadata");
  CHECK(refused(CreateCampaign{"n", {}, " "}) == "metadata");
  CHECK(refused(ChangeCampaign{{}, UpdateCampaign{{}, {}, "{"}}) == "metadata");
  CHECK(refused(ChangeCampaign{{}, UpdateCampaign{{}, {}, {}}}).empty());
}
