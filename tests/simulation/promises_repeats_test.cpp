#include "tests/simulation/promises/repeats.hpp"

#include <vector>

#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

constexpr std::int64_t hour_us = std::int64_t{3'600} * 1'000'000;

/// Callers with keys, one call after the other unless it is said otherwise.
struct Callers {
  std::vector<std::string> sentences;
  Repeats repeats{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, {}};
  std::int64_t wall_us = 0;
  std::uint64_t seq = 0;

  static Call create(const std::string& name = "spring", const std::string& key = "k") {
    Call call{"POST", "/api/v1/campaigns", json{{"name", name}}.dump(), {}};
    if (!key.empty()) call.headers.emplace_back("Idempotency-Key", key);
    return call;
  }
  static Response created(const std::string& id) { return success(campaign_row(id), 201); }
  static Response replayed(Response response) {
    response.headers["idempotent-replayed"] = "true";
    return response;
  }
  static Response brief() { return replayed(success({{"done", true}})); }

  void begin(const Call& call) { repeats.begun("u", call, parse(call)); }
  void end(const Call& call, const std::optional<Response>& response) {
    repeats.ended("u", call, parse(call), response, wall_us);
  }
  void ask(const Call& call, const std::optional<Response>& response) {
    begin(call);
    end(call, response);
  }
  void take(const std::string& type, const json& data) {
    repeats.take({{"seq", ++seq}, {"type", type}, {"data", data}});
  }
  bool kept() const { return sentences.empty(); }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a request that is sent again has the same answer, which says so") {
  Callers callers;
  callers.ask(Callers::create(), Callers::created("a"));
  SECTION("it has") {
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
    callers.ask(Callers::create(), std::nullopt);
    CHECK(callers.kept());
  }
  SECTION("another one") {
    callers.ask(Callers::create(), Callers::replayed(Callers::created("b")));
    CHECK(callers.broke("is a replayed one, and is 201"));
  }
  SECTION("it is done again") {
    callers.ask(Callers::create(), Callers::created("b"));
    CHECK(callers.broke("says nothing of a repeat"));
  }
  SECTION("it is refused") {
    callers.ask(Callers::create(), refusal(409, "limit"));
    CHECK(callers.broke("is 409 and says nothing of a repeat"));
  }
  SECTION("it is said not to be kept") {
    callers.ask(Callers::create(), Callers::brief());
    CHECK(callers.broke("it was given before"));
  }
  SECTION("it is given to another request") {
    callers.ask(Callers::create("autumn"), Callers::replayed(Callers::created("a")));
    CHECK(callers.broke("it is another request's"));
  }
  SECTION("a day later it is a new one") {
    callers.wall_us = 24 * hour_us;
    callers.ask(Callers::create(), Callers::created("b"));
    CHECK(callers.kept());
  }
}

TEST_CASE("nobody is told of a repeat who has sent nothing before, or has no key") {
  Callers callers;
  callers.ask(Callers::create("spring", ""), Callers::created("a"));
  SECTION("it is the first with its key") {
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
    CHECK(callers.broke("nobody has sent the request before"));
  }
  SECTION("it has no key") {
    callers.ask(Callers::create("spring", ""), Callers::replayed(Callers::created("a")));
    CHECK(callers.broke("there was no key"));
  }
}

TEST_CASE("a request whose answer was lost is done, or was done, and that stays so") {
  Callers callers;
  callers.ask(Callers::create(), std::nullopt);
  SECTION("it was not done") { callers.ask(Callers::create(), Callers::created("a")); }
  SECTION("it was refused") { callers.ask(Callers::create(), refusal(409, "limit")); }
  SECTION("its answer was kept") {
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
  }
  SECTION("its answer was not kept") {
    callers.ask(Callers::create(), Callers::brief());
    callers.ask(Callers::create(), Callers::brief());
    CHECK(callers.kept());
    callers.ask(Callers::create(), Callers::created("a"));
    CHECK(callers.broke("was done before"));
    return;
  }
  SECTION("its answer seemed not to be kept, and was") {
    callers.ask(Callers::create(), Callers::brief());
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
    callers.ask(Callers::create(), Callers::replayed(Callers::created("a")));
    CHECK(callers.kept());
    callers.ask(Callers::create(), Callers::brief());
    CHECK(callers.broke("it was given before"));
    return;
  }
  CHECK(callers.kept());
}

TEST_CASE("a key is in progress while a request has it, and is refused when another one had it") {
  Callers callers;
  Response other = refusal(422, "invalid");
  other.body = json{{"code", "invalid"}, {"errors", {{{"field", "Idempotency-Key"}}}}}.dump();
  SECTION("one is under way") {
    callers.begin(Callers::create());
    callers.ask(Callers::create(), refusal(409, "in_progress"));
  }
  SECTION("one was lost") {
    callers.ask(Callers::create(), std::nullopt);
    callers.ask(Callers::create(), refusal(409, "in_progress"));
  }
  SECTION("there was none") {
    callers.ask(Callers::create(), refusal(409, "in_progress"));
    CHECK(callers.broke("there is none"));
    return;
  }
  SECTION("another one had it") {
    callers.ask(Callers::create(), Callers::created("a"));
    callers.ask(Callers::create("autumn"), other);
  }
  SECTION("no other one had it") {
    callers.ask(Callers::create(), other);
    CHECK(callers.broke("refuses a key that no other request had"));
    return;
  }
  CHECK(callers.kept());
}

TEST_CASE("what requests with keys ask for stands in the log once") {
  Callers callers;
  callers.ask(Callers::create(), std::nullopt);
  callers.ask(Callers::create(), Callers::created("a"));
  callers.take("CampaignCreated", {{"name", "spring"}});
  callers.take("CampaignCreated", {{"name", "another"}});
  CHECK(callers.kept());
  SECTION("twice") {
    callers.take("CampaignCreated", {{"name", "spring"}});
    CHECK(callers.broke("is there 2 times"));
  }
  SECTION("once more without a key") {
    callers.ask(Callers::create("spring", ""), Callers::created("b"));
    callers.take("CampaignCreated", {{"name", "spring"}});
    CHECK(callers.kept());
  }
  SECTION("its answer is kept twice") {
    callers.take("RequestAnswered", {{"request", "1"}});
    callers.take("RequestAnswered", {{"request", "1"}});
    CHECK(callers.broke("for a second time"));
  }
}

TEST_CASE("the parts of a settle have its key") {
  const Call call{"POST",
                  "/api/v1/jobs/settle",
                  R"([{"job_id":1,"token":"t","outcome":"complete"},{"job_id":2,"token":"t","outcome":"release"}])",
                  {{"Idempotency-Key", "k"}}};
  const std::vector<Request> parts = settled_by(parse(call));
  REQUIRE(parts.size() == 2);
  for (const Request& part : parts) {
    CHECK(part.takes_key());
    CHECK(part.key == "k");
  }
}

TEST_CASE("many changes are not said to be done when nothing but a part of them is known") {
  Callers callers;
  const Call settle{
      "POST", "/api/v1/jobs/settle", R"([{"job_id":1,"token":"t","outcome":"complete"}])", {{"Idempotency-Key", "k"}}};
  callers.ask(settle, std::nullopt);
  SECTION("they are") {
    callers.ask(settle, Callers::brief());
    CHECK(callers.broke("of which nobody has heard"));
  }
  SECTION("they were, and their answer was too large") {
    callers.ask(settle, Callers::replayed(success({{"done", true}, {"ended", 1}, {"refused", 0}})));
    CHECK(callers.kept());
  }
}
