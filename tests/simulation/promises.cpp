#include "tests/simulation/promises.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/promises/counts.hpp"
#include "tests/simulation/promises/sha256.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::size_t sentences_max = 100;

}  // namespace

Promises::Promises(std::function<std::string(const std::string&)> principal_of)
    : circuit_{[this](std::string sentence) { complain(std::move(sentence)); }},
      jobs_{[this](std::string sentence) { complain(std::move(sentence)); }},
      leases_{[this](std::string sentence) { complain(std::move(sentence)); },
              [this](std::uint64_t job) { return jobs_.may_have_been_ended(job); }},
      campaigns_{[this](std::string sentence) { complain(std::move(sentence)); }},
      events_seen_{[this](std::string sentence) { complain(std::move(sentence)); }},
      ledger_{[this](std::string sentence) { complain(std::move(sentence)); }, std::move(principal_of)},
      sightings_{[this](std::string sentence) { complain(std::move(sentence)); }},
      listed_{[this](std::string sentence) { complain(std::move(sentence)); }},
      history_{[this](std::string sentence) { complain(std::move(sentence)); }} {}

void Promises::complain(std::string sentence) {
  if (broken_.size() < sentences_max)
    broken_.push_back("at " + std::to_string(now_ms_) + " ms: " + std::move(sentence));
}

void Promises::begun(CallId id, std::int64_t now_ms, const std::string& user, const Call& call) {
  now_ms_ = now_ms;
  UnderWay started{call, parse(call), user, ++step_, now_ms};
  circuit_.begun(started.request, id, started.begun);
  jobs_.begun(started.request, id, started.begun);
  leases_.begun(started.request, id, started.begun);
  campaigns_.begun(started.request, id, started.begun);
  ledger_.begun(started.request, id, user, started.begun);
  if (!under_way_.emplace(id, std::move(started)).second)
    complain("two calls have the same id (a mistake of the world)");
}

void Promises::ended(CallId id, std::int64_t now_ms, const std::optional<Response>& response) {
  now_ms_ = now_ms;
  const auto found = under_way_.find(id);
  if (found == under_way_.end()) return complain("a call was answered that is not under way, or for a second time");
  const UnderWay started = std::move(found->second);
  under_way_.erase(found);
  Ended ended{
      started.request, started.begun, ++step_, started.begun_ms, now_ms, id, started.user, Outcome::unknown, 0, {}, {}};
  read_answer(started.call, response, ended, [this](std::string sentence) { complain(std::move(sentence)); });
  circuit_.ended(ended);
  jobs_.ended(ended);
  leases_.ended(ended);
  campaigns_.ended(ended);
  events_seen_.ended(ended);
  ledger_.ended(ended);
  sightings_.ended(ended);
  listed_.ended(ended);
  if (ended.outcome == Outcome::unknown || ended.status == 503) trouble_ = step_;
  if (ended.request.kind() == Kind::lease && ended.ok() && ended.data.is_object()) check_leases(ended);
}

void Promises::check_leases(const Ended& ended) {
  const json jobs = ended.data.value("jobs", json::array());
  const std::uint64_t max = ended.request.number("max").value_or(1);
  if (jobs.size() > max) complain("more jobs were leased than were asked for");
  const json types = ended.request.body.value("job_types", json());
  for (const json& job : jobs) {
    const auto id = job.value("id", std::uint64_t{0});
    circuit_.was_closed("job " + std::to_string(id) + " was leased", ended.begun);
    if (types.is_array() && std::find(types.begin(), types.end(), job.value("job_type", json())) == types.end()) {
      complain("job " + std::to_string(id) + " was leased, which is of a type that was not asked for");
    }
    const std::string campaign = jobs_.campaign_of(id);
    if (campaign.empty()) continue;
    campaigns_.leased(campaign, ended.begun);
    circuit_.was_not_held(campaign, campaigns_.runs_since(campaign), ended.begun);
  }
}

void Promises::restarted(std::int64_t now_ms, bool kept_its_word) {
  now_ms_ = now_ms;
  trouble_ = ++step_;
  circuit_.restarted(step_);
  leases_.restarted(now_ms);
  campaigns_.restarted(step_);
  if (!kept_its_word) ledger_.restarted(step_);
}

void Promises::quiet(std::int64_t now_ms, Wire& wire, std::function<void(bool)> done) {
  now_ms_ = now_ms;
  look(wire, history_.last_seq() + 1, [this, done = std::move(done)](const std::unique_ptr<Seen>& seen) {
    if (seen) compare(*seen);
    done(seen != nullptr);
  });
}

void Promises::storage_trouble() { trouble_ = ++step_; }

/// An expiry does not count when its job reads PAUSED, after a restart, or in trouble with storage; else it does.
void Promises::check_expiries(const Seen& seen) {
  const auto must_count = [this](const json& event) {
    if (event["type"] != "JobLeaseExpired") return false;
    const json& data = event["data"];
    if (data["counted"] == true || data["counted"] == 1) return false;
    const auto job = history_.jobs().find(data["job"].get<std::uint64_t>());
    return job != history_.jobs().end() && history_.shown_status(job->second) == "PROCESSING" &&
           leases_.granted_after(trouble_, job->second.token_digest);
  };
  for (const json& event : seen.events) {
    if (must_count(event))
      complain("event " + event["seq"].dump() + ": the expiry of a lease does not count, and nothing excuses it");
    history_.take(event);
  }
}

void Promises::drained() {
  for (const auto& [id, job] : history_.jobs()) {
    const auto campaign = history_.campaigns().find(job.campaign);
    const bool is_held = campaign != history_.campaigns().end() && history_.shown_status(campaign->second) != "RUNNING";
    if (history_.shown_status(job) == "PENDING" && !is_held)
      complain("job " + std::to_string(id) +
               " waits, nothing holds it, and it was not leased when a lease was asked for");
  }
}

void Promises::compare(const Seen& seen) {
  check_expiries(seen);
  history_.end_of_log();
  compare_rows(seen, history_, [this](std::string sentence) { complain(std::move(sentence)); });
  ++step_;
  for (const json& row : seen.jobs) jobs_.row(row, step_, step_);
  ledger_.compare(seen.events);
  sightings_.compare(history_, ledger_);
  circuit_.settled();
  leases_.settled([this](std::uint64_t job, const std::string& token) {
    const auto found = history_.jobs().find(job);
    return found != history_.jobs().end() && found->second.token_digest == token_digest(token);
  });
}

}  // namespace breakerd::simulation
