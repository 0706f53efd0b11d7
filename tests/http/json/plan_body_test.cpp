// Plans, with their canaries and ramps, and filters of parked jobs, as bodies say them.

#include <breakerd/http/json/plan_body.hpp>

#include <optional>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/json/parked_jobs_body.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;

namespace {

constexpr BodyRules rules{10'000, 0x6A09E667F3BCC908};
const std::string spring = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

BodyErrors read_into(std::optional<Plan>& plan, const std::string& text) {
  FieldSet fields;
  fields.optional("plan", NestedObject{&plan, read_plan});
  return read_object(R"({"plan":)" + text + "}", fields, rules);
}

std::optional<Plan> read(const std::string& text) {
  std::optional<Plan> plan;
  INFO(text);
  CHECK(read_into(plan, text).ok());
  return plan;
}

/// Which fields are refused, and what was expected in the first of them.
std::string refused(const std::string& text) {
  std::optional<Plan> plan;
  INFO(text);
  const BodyErrors errors = read_into(plan, text);
  CHECK(errors.status == 422);
  CHECK(errors.code == "invalid");
  std::string fields;
  for (const FieldError& error : errors.fields) fields += error.field + " ";
  return fields + "- " + errors.fields.at(0).expected;
}

std::string refused_ramp(const std::string& members) { return refused(R"({"ramp":{)" + members + "}}"); }

std::string refused_action(const std::string& members) { return refused(R"({"actions":[{)" + members + "}]}"); }

std::string actions(std::size_t count) {
  std::string text = R"({"actions":[)";
  for (std::size_t i = 0; i < count; ++i) text += std::string{i == 0 ? "" : ","} + R"({"do":"park"})";
  return text + "]}";
}

}  // namespace

TEST_CASE("a plan is a list of actions, in their order") {
  const auto plan = read(R"({"actions":[{"do":"cancel","older_than_ms":7200000,"job_type":"mail","service":"smtp"},)"
                         R"({"do":"park","campaign_id":")" +
                         spring + R"("},{"do":"release","older_than_ms":0}]})");
  REQUIRE(plan);
  REQUIRE(plan->actions.size() == 3);
  CHECK(plan->actions[0] == PlanAction{PlanVerb::cancel, 7'200'000, no_time, {}, "mail", "smtp"});
  CHECK(plan->actions[1] == PlanAction{PlanVerb::park, {}, no_time, *Uuid::parse(spring), {}, {}});
  CHECK(plan->actions[2].older_than_ms == 0);
}

TEST_CASE("null in a plan is not given, and so is a plan that is null") {
  CHECK_FALSE(read("null"));
  const auto plan =
      read(R"({"actions":[{"do":"park","older_than_ms":null,"campaign_id":null,"job_type":null,"service":null}]})");
  REQUIRE(plan);
  CHECK(plan->actions.at(0) == PlanAction{PlanVerb::park});
}

TEST_CASE("a plan may have no action, and up to the bound of them") {
  REQUIRE(read(R"({"actions":[]})"));
  CHECK(read(actions(limits::plan_actions_max))->actions.size() == limits::plan_actions_max);
  CHECK(refused(actions(limits::plan_actions_max + 1)) == "plan.actions - at most 100 of them");
}

TEST_CASE("what is wrong with a plan is named with its place") {
  CHECK(refused("[]") == "plan - an object");
  CHECK(refused("true") == "plan - an object");
  CHECK(refused(R"({"actions":{}})") == "plan.actions - an array of objects");
  CHECK(refused(R"({"actions":["park"]})") == "plan.actions[0] - an object");
  CHECK(refused(R"({"rampe":{}})") == "plan.rampe - one of the fields actions, canary, ramp");
}

TEST_CASE("nothing of a plan has to be given") {
  for (const char* text : {"{}", R"({"actions":null})", R"({"canary":null})", R"({"ramp":null})"}) {
    const auto plan = read(text);
    REQUIRE(plan);
    CHECK(*plan == Plan{});
  }
}

TEST_CASE("a plan has a canary, a ramp or both, with actions or without") {
  CHECK(read(R"({"canary":10})")->canary == 10);
  CHECK_FALSE(read(R"({"canary":10})")->ramp);
  CHECK(read(R"({"canary":0})")->canary == 0);  // which validate() refuses
  const auto plan = read(
      R"({"ramp":{"over_ms":60000,"from_per_second":0.5,"to_per_second":50},"canary":3,"actions":[{"do":"park"}]})");
  REQUIRE(plan);
  CHECK(plan->canary == 3);
  CHECK(plan->ramp == Ramp{500, 50'000, 60'000});
  CHECK(plan->actions.size() == 1);
}

TEST_CASE("a ramp without a rate at its end keeps the one of its begin") {
  const Ramp even{2'125, 2'125, 1'000};
  CHECK(read(R"({"ramp":{"from_per_second":2.125,"over_ms":1000}})")->ramp == even);
  CHECK(read(R"({"ramp":{"from_per_second":2.125,"to_per_second":null,"over_ms":1000}})")->ramp == even);
}

TEST_CASE("a refused rate at the begin of a ramp does not refuse the one at its end, which was not given") {
  CHECK(read(R"({"ramp":{"from_per_second":0,"over_ms":1}})")->ramp == Ramp{0, 1, 1});
  CHECK(read(R"({"ramp":{"from_per_second":1000001,"over_ms":1}})")->ramp == Ramp{1'000'001'000, 1'000'000'000, 1});
  CHECK(read(R"({"ramp":{"from_per_second":5,"to_per_second":0,"over_ms":1}})")->ramp == Ramp{5'000, 0, 1});
}

TEST_CASE("what is wrong with a canary or a ramp is named with its place") {
  const std::string whole = "a whole number from 0 to 4294967295";
  for (const char* canary : {"true", R"("10")", "1.5", "-1", "4294967296", "[]", "{}"})
    CHECK(refused(R"({"canary":)" + std::string{canary} + "}") == "plan.canary - " + whole);
  for (const char* ramp : {"1", "true", R"("1")", "[]"})
    CHECK(refused(R"({"ramp":)" + std::string{ramp} + "}") == "plan.ramp - an object");
  const std::string decimals = " - a number with at most three decimals";
  const std::string both = "plan.ramp.from_per_second plan.ramp.over_ms" + decimals + " (required)";
  CHECK(refused_ramp("") == both);
  CHECK(refused_ramp(R"("from_per_second":null,"over_ms":null)") == both);
  CHECK(refused_ramp(R"("from_per_second":1)") == "plan.ramp.over_ms - a whole number (required)");
  CHECK(refused_ramp(R"("over_ms":1)") == "plan.ramp.from_per_second" + decimals + " (required)");
  const std::string over = R"("over_ms":1,"from_per_second":)";
  for (const char* rate : {R"("1")", "1.0001", "1e3", "-1", "{}"})
    CHECK(refused_ramp(over + rate) == "plan.ramp.from_per_second" + decimals);
  CHECK(refused_ramp(over + R"(1,"to_per_second":"2")") == "plan.ramp.to_per_second" + decimals + ", or null");
  CHECK(refused_ramp(R"("from_per_second":1,"over_ms":0.5)") == "plan.ramp.over_ms - a whole number");
  CHECK(refused_ramp(R"("from_per_second":1,"over_ms":"1m")") == "plan.ramp.over_ms - a whole number");
  CHECK(refused_ramp(over + R"(1,"until":2)") ==
        "plan.ramp.until - one of the fields from_per_second, to_per_second, over_ms");
}

TEST_CASE("a key that stands twice in a ramp is refused as in any object") {
  std::optional<Plan> plan;
  CHECK(read_into(plan, R"({"ramp":{"over_ms":1,"from_per_second":1,"over_ms":2}})").status == 400);
}

TEST_CASE("what is wrong with an action is named with its place") {
  const std::string verbs = R"( - "release", "park" or "cancel")";
  CHECK(refused_action("") == "plan.actions[0].do - text (required)");
  CHECK(refused_action(R"("do":null)") == "plan.actions[0].do - text (required)");
  CHECK(refused_action(R"("do":7)") == "plan.actions[0].do - text");
  CHECK(refused_action(R"("do":"")") == "plan.actions[0].do" + verbs);
  CHECK(refused_action(R"("do":"PARK")") == "plan.actions[0].do" + verbs);
  CHECK(refused(R"({"actions":[{"do":"park"},{"do":"park"},{"do":"hold"}]})") == "plan.actions[2].do" + verbs);
  CHECK(refused_action(R"("do":"park","older_than_ms":-1)").starts_with("plan.actions[0].older_than_ms - a whole"));
  CHECK(refused_action(R"("do":"park","older_than_ms":"2h")").starts_with("plan.actions[0].older_than_ms - a whole"));
  CHECK(refused_action(R"("do":"park","campaign_id":"spring")") == "plan.actions[0].campaign_id - a UUID");
  CHECK(refused_action(R"("do":"park","job_type":"")") == "plan.actions[0].job_type - text that is not empty");
  CHECK(refused_action(R"("do":"park","service":"")") == "plan.actions[0].service - text that is not empty");
  CHECK(refused_action(R"("do":"park","service":["a"])") == "plan.actions[0].service - text that is not empty");
  CHECK(refused_action(R"("do":"park","older_than":1)").starts_with("plan.actions[0].older_than - one of the fields"));
  CHECK(refused_action(R"("do":1,"service":2)") == "plan.actions[0].do plan.actions[0].service - text");
}

TEST_CASE("a key that stands twice in an action is refused as in any object") {
  std::optional<Plan> plan;
  CHECK(read_into(plan, R"({"actions":[{"do":"park","do":"cancel"}]})").status == 400);
}

TEST_CASE("a filter of parked jobs has no status and no error") {
  const auto read_filter = [](const std::string& text, StartJobCommand& command) {
    FieldSet fields;
    fields.required("filter", NestedObject{&command, read_parked_jobs});
    return read_object(R"({"filter":)" + text + "}", fields, rules);
  };
  StartJobCommand command;
  const std::string all =
      R"({"campaign_id":")" + spring + R"(","job_type":"mail","service":"smtp","older_than_ms":5,"ids":[3,1]})";
  CHECK(read_filter(all, command).ok());
  CHECK(command.filter.campaign == *Uuid::parse(spring));
  CHECK(command.filter.job_type == "mail");
  CHECK(command.filter.service == "smtp");
  CHECK(command.older_than_ms == 5);
  CHECK(command.filter.ids == std::vector<JobId>{3, 1});
  for (const char* field : {"status", "error_contains", "ended_by", "do"}) {
    const BodyErrors errors = read_filter(std::string{R"({")"} + field + R"(":"x"})", command);
    CHECK(errors.status == 422);
    CHECK(errors.fields.at(0).field == std::string{"filter."} + field);
  }
}
