#include "tests/simulation/users/campaign_owner.hpp"

#include <utility>

namespace breakerd::simulation {

CampaignOwner::CampaignOwner(Setting setting)
    : User{std::move(setting)}, habits_{draw_habits(9)}, campaigns_max_{1 + chance_.below(12)} {
  habits_[0] += 5;
  habits_[1] += 30;
  for (const std::size_t ending : {5u, 6u}) habits_[ending] /= 10;
}

void CampaignOwner::move() {
  if (known_.campaigns.empty()) return create();
  switch (chance_.weighted(habits_)) {
    case 0:
      return known_.campaigns.size() < campaigns_max_ ? create() : look();
    case 1:
      return command("start");
    case 2:
      return command("pause");
    case 3:
      return command("resume");
    case 4:
      return command(chance_.per_mille(300) ? "seal" : "start");
    case 5:
      return command("fail");
    case 6:
      return command("cancel");
    case 7:
      return update();
    default:
      return look();
  }
}

void CampaignOwner::create() {
  nlohmann::json body{{"name", text_of_its_own()}};
  if (chance_.per_mille(300)) body["description"] = "a campaign";
  if (chance_.per_mille(300)) body["metadata"] = {{"owner", name()}};
  if (chance_.per_mille(200)) body["weight"] = chance_.between(1, 3);
  post("/api/v1/campaigns", body, [this](const Reply& reply) {
    if (!reply.ok() || !reply.data.contains("id")) return;
    const auto id = reply.data["id"].get<std::string>();
    heard_of_campaign(id);
    if (chance_.per_mille(600)) post("/api/v1/campaigns/" + id + "/start", nullptr);
  });
}

void CampaignOwner::update() {
  nlohmann::json body{{"name", text_of_its_own()}};
  if (chance_.per_mille(300)) body["description"] = nullptr;
  if (chance_.per_mille(300)) body["metadata"] = {{"changed", true}};
  if (chance_.per_mille(200)) body["weight"] = chance_.between(1, 3);
  send({"PATCH", "/api/v1/campaigns/" + some_campaign(), body.dump(), {}});
}

void CampaignOwner::command(const std::string& verb) {
  nlohmann::json body;
  if (verb == "start" && chance_.per_mille(300)) body = {{"status_message", text_of_its_own()}};
  if (verb == "pause" || verb == "fail" || verb == "cancel") body = {{"reason", text_of_its_own()}};
  post("/api/v1/campaigns/" + some_campaign() + "/" + verb, body);
}

void CampaignOwner::look() {
  static const std::vector<std::string> looks{"", "/details", "/start/validate", "/jobs?limit=5",
                                              "/jobs?page=1&per_page=5&status=COMPLETED"};
  get("/api/v1/campaigns/" + some_campaign() + chance_.pick(looks));
}

}  // namespace breakerd::simulation
