// What each event makes of the two halves of a campaign's row: the whole of them.

#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);

/// A campaign and its row as it must be.
struct Campaign {
  World world;
  CampaignRow row;
  std::uint64_t version = 1;

  Campaign() {
    world.tell(created(spring), "alice");
    row.name = "spring";
    row.description = "a campaign";
    row.metadata = "{}";
    row.created_by = "alice";
    row.created = row.last = 1;
    row.created_at = row.updated_at = at(1);
    check();
  }
  Campaign& tell(const EventData& event) {
    world.tell(event, "bob");
    ++version;
    row.last = world.last_seq();
    row.updated_at = at(static_cast<std::int64_t>(world.last_seq()));
    return *this;
  }
  void check() {
    INFO("event " << row.last);
    CHECK(world.campaigns.at(spring).message == row.message);
    CHECK(world.campaigns.at(spring).updated_at == row.updated_at);
    CHECK((world.campaigns.at(spring) == row));
    CHECK(world.lanes.at(spring).version == version);
  }
};

}  // namespace

TEST_CASE("an update changes what it names") {
  Campaign campaign;
  campaign.tell(CampaignUpdated{spring, "summer", std::nullopt, std::nullopt, {}});
  campaign.row.name = "summer";
  campaign.check();
  campaign.tell(CampaignUpdated{spring, std::nullopt, "warm", std::nullopt, {}});
  campaign.row.description = "warm";
  campaign.check();
  campaign.tell(CampaignUpdated{spring, std::nullopt, std::nullopt, R"({"a":1})", {}});
  campaign.row.metadata = R"({"a":1})";
  campaign.check();
}

TEST_CASE("a start, a pause and a resume leave their marks") {
  Campaign campaign;
  campaign.tell(CampaignStarted{spring, 1, "first wave"});
  campaign.row.started_at = at(2);
  campaign.row.message = "first wave";
  campaign.check();
  campaign.tell(CampaignPaused{spring, "lunch"});
  campaign.row.message = "by bob: lunch";
  campaign.check();
  campaign.tell(CampaignResumed{spring, 2});
  campaign.row.message.clear();
  campaign.check();
  campaign.world.enqueue(spring).lease(1);
  campaign.check();  // what happens to its jobs is no event of its own
  campaign.tell(CampaignSealed{spring});
  campaign.check();
  campaign.world.tell(completed(1, spring));
  campaign.tell(CampaignCompleted{spring, 1, 0, 0});
  campaign.row.finished_at = at(9);
  campaign.check();
}

TEST_CASE("an end by hand says who ended it and why") {
  for (const EventData& end :
       {EventData{CampaignFailed{spring, "bad", 0}}, EventData{CampaignCancelled{spring, "bad", 0}}}) {
    Campaign campaign;
    campaign.tell(end);
    campaign.row.message = "by bob: bad";
    campaign.row.finished_at = at(2);
    campaign.check();
  }
}
