#include "tests/simulation/promises/ledger.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "tests/simulation/promises/ledger_keys.hpp"
#include "tests/simulation/promises/new_jobs.hpp"
#include "tests/simulation/promises/schedules.hpp"
#include "tests/simulation/promises/sha256.hpp"
#include "tests/simulation/promises/timeouts.hpp"
#include "tests/simulation/promises/unique_keys.hpp"

namespace breakerd::simulation {

namespace {

/// Writes of one opening that may each have been kept.
constexpr std::size_t repeats_max = 100;

using nlohmann::json;

/// Which events only a caller causes. The storage's own openings and the expiries of leases have no key and are not
/// meant.
bool needs_a_caller(const std::string& type) {
  static const std::set<std::string> by_themselves{
      "QueuePaused",     "QueueResumed",     "CampaignCompleted",  "JobLeaseExpired", "CircuitOpened",
      "FailureRecorded", "JobFailed",        "HoldPlaced",         "JobsDue",         "JobRetried",
      "JobCancelled",    "CampaignReopened", "JobCommandAdvanced", "JobCommandEnded", "RequestAnswered",
      "JobExpired",      "DeadlinesMoved",   "QueueTimeSet",       "ScheduleRan",     "ScheduleSkipped",
      "JobParked",       "JobUnparked",      "CanaryPassed",       "RolloutEnded"};
  return by_themselves.count(type) == 0;
}

bool is_report(const json& event) { return event["type"] == "CircuitOpened" || event["type"] == "FailureRecorded"; }

}  // namespace

void Ledger::claim(std::string key, const Claim& claim) {
  std::vector<Claim>& claims = claims_[key];
  if (!claims.empty() && claims.back().call == claim.call) {
    claims.back().events_max += claim.events_max;
    return;
  }
  claims.push_back(claim);
  keys_of_[claim.call].push_back(std::move(key));
}

void Ledger::drop(std::uint64_t call) {
  for (const std::string& key : keys_of_[call]) {
    std::erase_if(claims_[key], [&](const Claim& claim) { return claim.call == call; });
  }
  keys_of_.erase(call);
}

void Ledger::begun(const Request& request, std::uint64_t call, const std::string& user, Step begun) {
  const std::string name = request.takes_key() ? user + "\n" + request.key : "";
  Claim made{call, user, begun};
  made.name = name;
  const std::string instead = key_of_bare_release(request);
  const bool may_be_bare =
      !name.empty() && !instead.empty() && !sent_with_key_.insert(name + "\n" + request.body.dump()).second;
  for (auto& [key, events_max] : keys_of(request)) {
    made.events_max = events_max;
    made.instead = may_be_bare && !is_opening(key) ? instead : "";
    claim(std::move(key), made);
  }
  if (!may_be_bare) return;
  made.events_max = 1;
  made.instead = instead;
  claim(instead, made);
}

/// An opening whose write failed is written again when storage is back; that the first write was kept is not known
/// then.
void Ledger::record_late(const Ended& ended) {
  if (!ended.request.may_open()) return;
  // An answer may still be on its way when the process that gave it is gone.
  const bool is_promised = ended.is_recorded_later() && ended.begun > restarted_;
  for (auto& [key, claims] : claims_) {
    for (Claim& claim : claims) {
      if (claim.call != ended.call) continue;
      claim.events_max = repeats_max;
      claim.owes_event = claim.until_restart = is_promised && is_opening(key);
      if (claim.owes_event) claim.in_mind = ended.ended;
    }
  }
}

void Ledger::restarted(Step now) {
  restarted_ = now;
  for (auto& [key, claims] : claims_)
    for (Claim& claim : claims) claim.owes_event = claim.owes_event && !claim.until_restart;
}

void Ledger::ended(const Ended& ended) {
  const bool may_be_recorded_late = ended.outcome == Outcome::unknown && ended.request.may_open();
  if (ended.recorded_all_the_same() || may_be_recorded_late) odd_reports_.push_back(ended.request.body.dump());
  if (ended.outcome == Outcome::unknown) return record_late(ended);
  if (ended.outcome == Outcome::nothing) return drop(ended.call);
  switch (ended.request.kind()) {
    case Kind::enqueue:
    case Kind::enqueue_batch:
    case Kind::create_campaign:
      return acknowledge_ids(ended);
    case Kind::lease:
      return acknowledge_leases(ended);
    case Kind::complete_many:
      return acknowledge_items(ended);
    case Kind::complete:
    case Kind::fail:
    case Kind::release:
    case Kind::report_failure:
    case Kind::open:
    case Kind::pause_service:
      return acknowledge(ended, true);
    case Kind::release_parked:
    case Kind::cancel_parked:
      return acknowledge(ended, true);
    case Kind::resume_queue:
      return acknowledge_plan(ended);
    case Kind::close:
      if (ended.says_nothing_changed()) return drop(ended.call);
      return acknowledge(ended, true);
    case Kind::stop_rollout:
      if (!ended.data.is_object() || ended.data.value("stopped", json()) != true) return drop(ended.call);
      return acknowledge(ended, true);
    default:
      return acknowledge(ended, false);
  }
}

void Ledger::acknowledge(const Ended& ended, bool owes_event) {
  const auto keys = keys_of_.find(ended.call);
  if (keys == keys_of_.end()) return;
  for (const std::string& key : keys->second) {
    for (Claim& claim : claims_[key]) {
      if (claim.call != ended.call) continue;
      claim.ended = ended.ended;
      claim.owes_event = owes_event && key != claim.instead;
    }
  }
}

/// It may lift nothing, and starts its plan all the same.
void Ledger::acknowledge_plan(const Ended& ended) {
  acknowledge(ended, false);
  const auto keys = keys_of_.find(ended.call);
  if (keys == keys_of_.end()) return;
  for (const std::string& key : keys->second)
    for (Claim& claim : claims_[key])
      if (claim.call == ended.call && is_command(key)) claim.owes_event = true;
}

void Ledger::acknowledge_ids(const Ended& ended) {
  drop(ended.call);
  if (!ended.data.is_object()) return;
  const Claim known{ended.call, ended.user, ended.begun, ended.ended, 1, true, false};
  if (ended.request.kind() == Kind::create_campaign) return claim(key_of_campaign(ended.data.value("id", "")), known);
  Claim replaced = known;
  replaced.owes_event = false;
  for (const auto& [id, asked] : new_jobs(ended)) {
    claim(key_of_job(id), known);
    if (on_conflict_of(asked) == "replace") claim(key_of_replacement(std::to_string(id)), replaced);
  }
}

/// One that has settled something is answered without jobs when its wait was broken off, whatever was leased then.
void Ledger::acknowledge_leases(const Ended& ended) {
  if (may_be_cut_short(ended)) return;
  drop(ended.call);
  if (!ended.data.is_object()) return;
  for (const json& job : ended.data.value("jobs", json::array())) {
    const std::string digest = token_digest(job.value("token", ""));
    claim(key_of_lease(digest), {ended.call, ended.user, ended.begun, ended.ended, 1, true, false});
  }
}

void Ledger::acknowledge_items(const Ended& ended) {
  drop(ended.call);
  if (!ended.data.is_object()) return;
  for (const json& result : ended.data.value("results", json::array())) {
    if (result.value("status", "") != "COMPLETED") continue;
    claim("complete " + std::to_string(result.value("id", std::uint64_t{0})),
          {ended.call, ended.user, ended.begun, ended.ended, 1, true, false});
  }
}

void Ledger::match(const json& event) {
  const std::string type = event.value("type", "");
  const std::vector<std::string> keys = keys_of(event);
  for (const std::string& key : keys) {
    const auto found = claims_.find(key);
    if (found == claims_.end()) continue;
    std::size_t capacity = 0;
    for (const Claim& claim : found->second) capacity += claim.events_max;
    std::vector<std::uint64_t>& seqs = seqs_[key];
    if (seqs.size() >= capacity) continue;
    seqs.push_back(event["seq"].get<std::uint64_t>());
    // A release may be that of a lease which nobody heard of.
    if (capacity != 1 || ((type == "JobReleased" || is_timeout(event)) && claims_.count(key_of_unheard_release()) > 0))
      return;
    const Claim& claim = found->second.front();
    matches_.push_back({seqs.back(), claim.begun, claim.ended, type == "JobLeased"});
    if (principal_of_ && event.value("principal", "") != principal_of_(claim.user)) {
      complain_("event " + std::to_string(seqs.back()) + " " + type + " names the principal " +
                event.value("principal", "") + ", and was caused by " + claim.user);
    }
    return;
  }
  const bool odd = is_report(event) && !odd_reports_.empty();
  if (odd ||
      (keys.empty() && (!needs_a_caller(type) || is_timeout(event) || is_of_schedule(event) || is_earlier_time(event))))
    return;
  complain_("event " + event["seq"].dump() + " " + type +
            " stands in the log, and nobody can have caused it: " + event["data"].dump());
}

std::size_t Ledger::events_owed(const std::vector<Claim>& claims) const {
  const auto is_there = [this](const std::string& key) {
    const auto found = seqs_.find(key);
    return found != seqs_.end() && !found->second.empty();
  };
  std::size_t owed = 0;
  std::set<std::string> names;
  for (const Claim& claim : claims) {
    if (!claim.owes_event || (!claim.instead.empty() && is_there(claim.instead))) continue;
    if (claim.name.empty() || names.insert(claim.name).second) ++owed;
  }
  return owed;
}

void Ledger::compare(const std::vector<json>& events) {
  seqs_.clear();
  matches_.clear();
  settled_seq_ = last_seq_;
  if (!events.empty()) last_seq_ = events.back().value("seq", last_seq_);
  for (const json& event : events) match(event);
  for (const auto& [key, claims] : claims_) {
    const std::size_t owed = events_owed(claims);
    if (seqs_[key].size() >= owed) continue;
    complain_("'" + key + "' was acknowledged " + std::to_string(owed) + " times to " + claims.front().user +
              " and others, and stands in the log " + std::to_string(seqs_[key].size()) + " times");
  }
  check_order();
  check_openings_in_mind();
  claims_.clear();
  keys_of_.clear();
  odd_reports_.clear();
}

/// From the answer that an opening is recorded later nothing is leased: whoever asks for a lease from then on has it
/// behind the opening's event. (One that a process took with it when it ended is owed no more.)
void Ledger::check_openings_in_mind() {
  for (const auto& [key, claims] : claims_) {
    if (claims.size() != 1 || claims.front().in_mind == never || !claims.front().owes_event) continue;
    const std::vector<std::uint64_t>& seqs = seqs_[key];
    if (seqs.empty()) continue;
    for (const Match& match : matches_) {
      if (match.seq > seqs.front()) break;
      if (!match.is_lease || match.begun < claims.front().in_mind) continue;
      complain_("event " + std::to_string(match.seq) + " leases a job for a call that began after '" + key +
                "' was answered to be recorded later, and that is event " + std::to_string(seqs.front()));
      break;
    }
  }
}

void Ledger::check_order() {
  Step latest_begin = 0;
  std::uint64_t latest_seq = 0;
  for (const Match& match : matches_) {
    if (match.ended < latest_begin) {
      complain_("event " + std::to_string(match.seq) + " stands behind event " + std::to_string(latest_seq) +
                ", although its call was answered before the other one's began");
    }
    if (match.begun > latest_begin) {
      latest_begin = match.begun;
      latest_seq = match.seq;
    }
  }
  seen_by_.clear();
  not_before_.clear();
  for (const Match& match : matches_) {
    if (match.ended != never) seen_by_.emplace_back(match.ended, match.seq);
    not_before_.emplace_back(match.begun, match.seq);
  }
  std::sort(seen_by_.begin(), seen_by_.end());
  for (std::size_t index = 1; index < seen_by_.size(); ++index) {
    seen_by_[index].second = std::max(seen_by_[index].second, seen_by_[index - 1].second);
  }
  std::sort(not_before_.begin(), not_before_.end());
  for (std::size_t index = not_before_.size(); index-- > 1;) {
    not_before_[index - 1].second = std::min(not_before_[index - 1].second, not_before_[index].second);
  }
}

Ledger::Range Ledger::seqs_seen_by(Step begun, Step ended) const {
  Range range{settled_seq_, never};
  const auto earlier = std::lower_bound(seen_by_.begin(), seen_by_.end(), std::pair<Step, std::uint64_t>{begun, 0});
  if (earlier != seen_by_.begin()) range.least = std::max(range.least, std::prev(earlier)->second);
  const auto later =
      std::upper_bound(not_before_.begin(), not_before_.end(), std::pair<Step, std::uint64_t>{ended, never});
  if (later != not_before_.end()) range.most = later->second - 1;
  return range;
}

}  // namespace breakerd::simulation
