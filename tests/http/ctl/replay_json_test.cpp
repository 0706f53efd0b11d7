#include <breakerd/http/ctl/commands/replay_json.hpp>

#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/ctl/text/json_text.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using ctl::Json;

namespace {

/// A circuit that was opened by hand, a hold of it, a paused campaign, and the event that paused it all.
ReplayReport outage() {
  ReplayReport report;
  report.status.breaker.state = CircuitState::open;
  report.status.breaker.epoch = 3;
  report.status.breaker.opened_reason = "apollo is slow";
  report.status.breaker.opened_at = at(7);
  report.status.jobs.paused = 4;
  report.status.in_flight = 1;
  report.status.campaigns.paused = 1;
  report.status.queue_paused = true;
  report.status.last_seq = 12;
  report.status.last_job = 4;
  Hold hold;
  hold.ordinal = 5;
  hold.cause = "circuit breaker opened";
  hold.placed_at = at(7);
  report.status.holds.push_back(hold);

  CampaignView campaign;
  campaign.id = campaign_id(1);
  campaign.row.name = "spring";
  campaign.row.metadata = R"({"z": 1, "a": 123456789012345678901234567890})";
  campaign.row.created_at = at(1);
  campaign.status = CampaignStatus::paused;
  campaign.status_message = "held by the circuit";
  campaign.job_counts.paused = 4;
  report.campaigns.push_back(campaign);

  EventView event;
  event.seq = 12;
  event.time = at(7);
  event.type = "HoldPlaced";
  event.stream = "queue";
  event.data = R"({"ordinal":5})";
  event.hash = std::string(64, 'a');
  report.last = event;
  return report;
}

/// What an answer of the API has for it.
template <class... What>
std::string as_answered(void (*write)(JsonWriter&, What...), std::type_identity_t<What>... what) {
  std::string text;
  JsonWriter json{text};
  write(json, what...);
  return text;
}

std::string shown(std::string_view json, std::string_view key) {
  return std::string{ctl::raw_member(json, key).value()};
}

std::string first(const std::string& array) {
  const auto elements = ctl::raw_elements(array);
  REQUIRE(elements.size() == 1);
  return std::string{elements.front()};
}

}  // namespace

TEST_CASE("a replay shows circuit, counts, campaigns and events byte for byte as the API does", "[cli][replay]") {
  const ReplayReport report = outage();
  const std::string json = ctl::to_json(report);
  CHECK(shown(json, "circuit_breaker") == as_answered<const BreakerState&>(&write_circuit, report.status.breaker));
  CHECK(shown(json, "job_counts") == as_answered<const JobCounts&>(&write_counts, report.status.jobs));
  CHECK(shown(json, "campaign_counts") == as_answered<const CampaignCounts&>(&write_counts, report.status.campaigns));
  CHECK(first(shown(json, "campaigns")) == as_answered<const CampaignView&>(&write_campaign, report.campaigns.front()));
  CHECK(shown(json, "last_event") == as_answered<const EventView&>(&write_event, *report.last));
}

TEST_CASE("a replay shows the API's holds, and their ordinals before", "[cli][replay]") {
  const ReplayReport report = outage();
  const Hold& hold = report.status.holds.front();
  const std::string answered = as_answered<const Hold&, Ordinals>(&write_hold, hold, Ordinals::hidden);
  CHECK(answered.find("ordinal") == std::string::npos);
  CHECK(first(shown(shown(ctl::to_json(report), "queue"), "holds")) == R"({"ordinal":5,)" + answered.substr(1));
}

TEST_CASE("a replay has the keys that docs/breakerctl.md promises", "[cli][replay]") {
  const auto has = [](const Json& object, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
      INFO(key);
      CHECK(object.contains(key));
    }
  };
  const Json replay = Json::parse(ctl::to_json(outage()));
  has(replay,
      {"last_seq", "circuit_breaker", "job_counts", "campaign_counts", "queue", "campaigns", "last_event", "warning"});
  has(replay.at("circuit_breaker"), {"state", "epoch", "opened_at", "closed_at", "metadata"});
  has(replay.at("queue"), {"paused", "holds"});
  has(replay.at("queue").at("holds").at(0), {"ordinal", "kind", "service", "cause", "principal", "placed_at"});
  has(replay.at("campaigns").at(0), {"id", "name", "status", "status_message", "job_counts"});
  CHECK(replay.at("last_seq") == 12);
  CHECK(replay.at("in_flight") == 1);
  CHECK(replay.at("warning").is_null());
}

TEST_CASE("a replay of an empty log has no last event, and says why a log is not whole", "[cli][replay]") {
  ReplayReport report;
  report.warning = "HEAD is missing";
  const Json replay = Json::parse(ctl::to_json(report));
  CHECK(replay.at("last_event").is_null());
  CHECK(replay.at("campaigns").empty());
  CHECK(replay.at("warning") == "HEAD is missing");
}

TEST_CASE("a warning that names a file whose name is not UTF-8 is JSON all the same", "[cli][replay]") {
  ReplayReport report;
  report.warning = "/data/\xff: HEAD is missing";
  const std::string json = ctl::to_json(report);
  CHECK(is_json(json));
  CHECK(shown(json, "warning") == "\"/data/\uFFFD: HEAD is missing\"");
}
