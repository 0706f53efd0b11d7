// Every rule of docs/event-log.md, "What holds in every log", has logs that break it, and the fold refuses them.

#include <fstream>
#include <set>

#include "tests/support/broken_logs.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The list under that heading, one rule a point.
std::set<std::string> documented_rules() {
  std::ifstream in{std::string{BREAKERD_TESTS_DIR} + "/../docs/event-log.md"};
  std::set<std::string> rules;
  std::string rule;
  const auto keep = [&] {
    if (!rule.empty()) rules.insert(std::exchange(rule, {}));
  };
  bool in_section = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) in_section = line == "## What holds in every log";
    if (!in_section) continue;
    if (line.starts_with("- ")) {
      keep();
      rule = line.substr(2);
    } else if (line.starts_with("  ") && !rule.empty()) {
      rule += line.substr(1);
    } else {
      keep();
    }
  }
  keep();
  return rules;
}

Result<void> tell_all(World& world, const std::vector<EventData>& append) {
  for (const EventData& data : append)
    if (auto ok = world.try_tell(data); !ok) return ok;
  return check_end(world.expected, world.last_seq());
}

}  // namespace

TEST_CASE("every rule that is documented has a log that breaks it, and every broken log a rule") {
  std::set<std::string> broken;
  for (const BrokenLog& log : BrokenLogs::all()) broken.insert(log.rule);
  CHECK(broken == documented_rules());
}

TEST_CASE("a log that breaks a rule is refused at the event that breaks it, which is named") {
  for (const BrokenLog& log : BrokenLogs::all()) {
    INFO(log.rule << " " << type_name(log.append.back()) << " at " << log.refused_at());
    World world = log.before;
    const auto outcome = tell_all(world, log.append);
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code == ErrorCode::misfit);
    const std::string place = "event " + std::to_string(log.refused_at());
    if (log.ends_too_early)
      CHECK_THAT(outcome.error().detail, ContainsSubstring("behind " + place + " must come"));
    else
      CHECK_THAT(outcome.error().detail, ContainsSubstring(place + ", " + std::string{type_name(log.append.back())} +
                                                           " of " + stream_of(log.append.back()).to_string()));
  }
}

TEST_CASE("what is refused for where it stands names what must stand there") {
  World world;
  world.tell(opened(1));
  CHECK_THAT(error_of(world.try_tell(enqueued(1))).detail, ContainsSubstring("behind which comes QueuePaused"));
  CHECK_THAT(error_of(World{}.try_tell(QueuePaused{1, 0})).detail, ContainsSubstring("any event but those"));
  World sealed;
  sealed.add(campaign_id(1)).tell(CampaignSealed{campaign_id(1)});
  CHECK_THAT(error_of(check_end(sealed.expected, 2)).detail,
             ContainsSubstring("CampaignCompleted of campaign-" + campaign_id(1).to_string()));
}

TEST_CASE("a campaign that has ended can still be renamed") {
  const CampaignId spring = campaign_id(1);
  World world;
  world.add(spring).tell(CampaignFailed{spring, "x", 0}).tell(CampaignUpdated{spring, "summer", {}, {}});
  CHECK(world.campaigns[spring].name == "summer");
}

TEST_CASE("an outage is told as the breaker and the queue have it, with the job that was reported") {
  World world;
  world.add(campaign_id(1)).start(campaign_id(1)).enqueue(campaign_id(1)).enqueue().lease(1).lease(2);
  world.report(1).report(2).close_circuit().lease(2);
  CHECK(world.circuit.failures == 2);
  CHECK(world.jobs[1].status == JobStatus::pending);
}
