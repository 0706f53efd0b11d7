#include "tests/simulation/promises/campaigns.hpp"

#include <algorithm>

#include "tests/simulation/promises/new_jobs.hpp"
#include "tests/simulation/promises/statuses.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string named(const std::string& id) { return "campaign " + id; }

}  // namespace

std::vector<Campaigns::Change>* Campaigns::changes(const Request& request) {
  if (request.campaign.empty()) return nullptr;
  switch (request.kind()) {
    case Kind::start:
      return &campaigns_[request.campaign].starts;
    case Kind::pause:
      return &campaigns_[request.campaign].pauses;
    case Kind::resume:
      return &campaigns_[request.campaign].resumes;
    default:
      return nullptr;
  }
}

void Campaigns::begun(const Request& request, std::uint64_t call, Step begun) {
  retries_begun_ = retries_begun_ || request.may_retry();
  if (request.kind() == Kind::seal) campaigns_[request.campaign].may_be_sealed = true;
  if (auto* known = changes(request)) known->push_back({call, begun, never});
}

/// Ids are in the order of creation, as far as one process gives them: another one does not know the clock of the
/// first, whose last answers may still be on their way when it has begun.
void Campaigns::created(const Ended& ended) {
  const std::string id = ended.data.value("id", "");
  if (campaigns_[id].known_since < ended.begun) complain_("a campaign's id was given twice");
  for (const Created& earlier : created_)
    if (earlier.begun > restarted_ && earlier.ended < ended.begun && earlier.id > id)
      complain_("a campaign has the id " + id + ", and one that was created before has " + earlier.id);
  created_.push_back({id, ended.begun, ended.ended});
}

void Campaigns::ended(const Ended& ended) {
  const Request& request = ended.request;
  if (auto* known = changes(request)) {
    const auto found =
        std::find_if(known->begin(), known->end(), [&](const Change& change) { return change.call == ended.call; });
    if (found != known->end() && ended.outcome == Outcome::nothing) {
      known->erase(found);
    } else if (found != known->end() && ended.ok()) {
      found->ended = ended.ended;
    }
  }
  if (ended.status == 404 && !request.campaign.empty() && request.kind() != Kind::none) {
    const auto campaign = campaigns_.find(request.campaign);
    if (campaign != campaigns_.end() && campaign->second.known_since < ended.begun) {
      complain_(named(request.campaign) + " is lost: 404");
    }
  }
  if (!ended.ok() || !ended.data.is_object()) return;
  switch (request.kind()) {
    case Kind::create_campaign:
      created(ended);
      row(ended.data, ended);
      break;
    case Kind::campaign:
    case Kind::update_campaign:
    case Kind::start:
    case Kind::resume:
    case Kind::seal:
    case Kind::pause:
    case Kind::fail_campaign:
    case Kind::cancel_campaign:
      row(ended.data, ended);
      break;
    case Kind::campaign_details:
      row(ended.data.value("campaign", json()), ended);
      break;
    case Kind::campaigns:
      for (const json& campaign : ended.data.value("campaigns", json::array())) row(campaign, ended);
      break;
    case Kind::enqueue:
    case Kind::enqueue_batch:
      for (const auto& [id, asked] : new_jobs(ended)) enqueued(ended, asked);
      break;
    default:
      break;
  }
  if (request.kind() == Kind::seal && !ended.data.value("sealed", false))
    complain_("a seal was answered with a campaign that is not sealed");
}

void Campaigns::enqueued(const Ended& ended, const json& job) {
  if (!job.is_object() || !job.contains("campaign_id") || !job["campaign_id"].is_string()) return;
  const auto campaign = campaigns_.find(job["campaign_id"].get<std::string>());
  if (campaign == campaigns_.end()) return;
  if (campaign->second.sealed_since < ended.begun || campaign->second.ended_since < ended.begun) {
    complain_(named(campaign->first) + " took a job after it was sealed or had ended");
  }
}

void Campaigns::row(const json& row, const Ended& ended) {
  if (!row.is_object() || !row.contains("id")) return complain_("a campaign has no id");
  const std::string id = row.value("id", "");
  Campaign& campaign = campaigns_[id];
  const std::string status = row.value("status", "");
  const std::string created_at = row.value("created_at", "");
  if (!campaign.created_at.empty() && campaign.created_at != created_at) {
    complain_(named(id) + " has another created_at than before");
  }
  campaign.created_at = created_at;
  campaign.known_since = std::min(campaign.known_since, ended.ended);
  if (!is_end(status) && status != "CREATED" && status != "RUNNING" && status != "PAUSED") {
    complain_(named(id) + " has the status '" + status + "', which there is not");
  }
  const bool may_go_on = campaign.end == "COMPLETED" && retries_begun_;
  if (!campaign.end.empty() && campaign.end != status && !may_go_on &&
      (is_end(status) || campaign.ended_since < ended.begun)) {
    complain_(named(id) + " had ended as " + campaign.end + " and reads " + status);
  }
  const bool sealed = row.value("sealed", false);
  if (!sealed && campaign.sealed_since < ended.begun) complain_(named(id) + " was sealed and reads as if it were not");
  if (sealed) campaign.sealed_since = std::min(campaign.sealed_since, ended.ended);
  if (is_end(status)) {
    campaign.end = status;
    campaign.ended_since = std::min(campaign.ended_since, ended.ended);
  }
  for (const Change& start : campaign.starts) {
    if (status == "CREATED" && start.ended < ended.begun) complain_(named(id) + " was started and reads CREATED");
  }
}

void Campaigns::leased(const std::string& id, Step begun) {
  const Campaign& campaign = campaigns_[id];
  if (retries_begun_ && campaign.end == "COMPLETED") return;  // it may go on, also when it was paused
  if (campaign.ended_since < begun)
    return complain_("a job of " + named(id) + " was leased after the campaign had ended");
  if (campaign.known_since < never && campaign.starts.empty()) {
    return complain_("a job of " + named(id) + " was leased, and nobody may have started the campaign");
  }
  // Its last lease may have completed it, unseen, and the retry of a failed job lets it go on as RUNNING.
  if (campaign.may_be_sealed && retries_begun_) return;
  for (const Change& pause : campaign.pauses) {
    if (pause.ended >= begun) continue;
    const bool may_be_resumed = std::any_of(campaign.resumes.begin(), campaign.resumes.end(),
                                            [&](const Change& resume) { return resume.ended > pause.begun; });
    if (!may_be_resumed) complain_("a job of " + named(id) + " was leased after the campaign was paused");
  }
}

Step Campaigns::runs_since(const std::string& id) const {
  const auto campaign = campaigns_.find(id);
  if (campaign == campaigns_.end() || !campaign->second.pauses.empty()) return never;
  Step since = never;
  for (const Change& start : campaign->second.starts) since = std::min(since, start.ended);
  return since;
}

}  // namespace breakerd::simulation
