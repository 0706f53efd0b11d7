#include "tests/simulation/promises/leases.hpp"

#include <algorithm>

#include "tests/simulation/promises/sha256.hpp"
#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::int64_t default_lease_ms = 30'000;
constexpr std::int64_t rounding_ms = 1;
constexpr std::int64_t rounding_us = 2'000;
/// A lease that has come to its end is noticed and written within this, when nothing is in the way.
constexpr std::int64_t expiry_longest_ms = 1'000;

bool ends_leases(Kind kind) {
  return kind == Kind::complete || kind == Kind::complete_many || kind == Kind::fail || kind == Kind::release;
}

}  // namespace

bool Grant::takes(const std::string& job_type) const {
  return !job_types.is_array() || std::find(job_types.begin(), job_types.end(), job_type) != job_types.end();
}

std::vector<Leases::Use> Leases::uses(const Request& request) {
  std::vector<Use> uses;
  if (request.kind() == Kind::complete_many) {
    if (!request.body.is_array()) return uses;
    for (const json& item : request.body) {
      if (!item.is_object()) continue;
      const auto id = item.find("id");
      const auto token = item.find("token");
      if (id == item.end() || !id->is_number_unsigned() || token == item.end() || !token->is_string()) continue;
      uses.push_back({id->get<std::uint64_t>(), token->get<std::string>()});
    }
  } else if (request.job && (ends_leases(request.kind()) || request.kind() == Kind::heartbeat)) {
    uses.push_back({*request.job, request.text("token")});
  }
  return uses;
}

void Leases::begun(const Request& request, std::uint64_t call, Step) {
  if (!ends_leases(request.kind())) return;
  for (const Use& use : uses(request)) {
    const auto lease = leases_.find(use.token);
    if (lease != leases_.end() && lease->second.job == use.job) lease->second.endings.push_back(call);
  }
}

void Leases::ended(const Ended& ended) {
  const Kind kind = ended.request.kind();
  if (kind == Kind::lease && ended.ok() && ended.data.is_object() && ended.data.contains("jobs")) {
    for (const json& job : ended.data["jobs"]) granted(ended, job);
    return;
  }
  if (!ends_leases(kind) && kind != Kind::heartbeat) return;
  const std::vector<Use> uses = Leases::uses(ended.request);
  for (const Use& use : uses)
    if (const auto lease = leases_.find(use.token); lease != leases_.end()) lease->second.named = ended.ended;
  for (std::size_t index = 0; index < uses.size(); ++index) {
    const Use& use = uses[index];
    if (ended.outcome == Outcome::unknown) {
      may_wait_on(ended, use);
      continue;
    }
    if (ended.outcome == Outcome::nothing) {
      if (ended.code() == "stale_lease") refused_as_stale(ended, use);
      // Of a report that was refused for another part of it, the documents do not say whether the job was returned.
      if (ended.recorded_all_the_same() && ended.code() != "stale_lease") continue;
      not_ended_by(ended.call, use.token);
    } else if (kind != Kind::complete_many) {
      accepted(ended, use, kind != Kind::heartbeat);
    } else {
      const json& results = ended.data.is_object() && ended.data.contains("results") ? ended.data["results"] : json();
      if (!results.is_array() || results.size() != uses.size() || results[index].value("id", 0u) != use.job) {
        complain_("the results of jobs/complete are not those of its items, in their order");
        return;
      }
      if (results[index].contains("status")) {
        accepted(ended, use, true);
      } else {
        const std::string code = results[index].value("code", "");
        if (code == "stale_lease") refused_as_stale(ended, use);
        if (code == "stale_lease" || code == "not_found") not_ended_by(ended.call, use.token);
      }
    }
  }
}

/// Nobody hears the answer, and yet the heartbeat may wait on, and extend the lease at the end.
void Leases::may_wait_on(const Ended& ended, const Use& use) {
  const auto lease = leases_.find(use.token);
  if (ended.request.kind() != Kind::heartbeat || lease == leases_.end()) return;
  const auto wait_ms = static_cast<std::int64_t>(ended.request.number("wait_ms").value_or(0));
  const std::int64_t period_ms = lease->second.lease_ms;
  lease->second.ends_by_ms =
      std::max(lease->second.ends_by_ms, ended.ended_ms + std::min(wait_ms, period_ms / 2) + period_ms);
}

void Leases::granted(const Ended& ended, const json& job) {
  const std::string token = job.value("token", "");
  const auto id = job.value("id", std::uint64_t{0});
  if (token.empty() || id == 0) return complain_("a job was leased without an id or a token");
  if (leases_.count(token) > 0) return complain_("the token " + token + " was given twice");
  Lease lease;
  lease.job = id;
  lease.call = ended.call;
  lease.job_types = ended.request.body.value("job_types", json());
  lease.begun = ended.begun;
  lease.ended = ended.ended;
  lease.lease_ms = static_cast<std::int64_t>(ended.request.number("lease_ms").value_or(default_lease_ms));
  lease.may_time_out = !job.value("timeout_ms", json()).is_null();
  lease.runs_until_ms = ended.begun_ms + lease.lease_ms;
  lease.ends_by_ms = ended.ended_ms + lease.lease_ms;
  check_end(ended, job, lease, false);
  check_owners(token, lease, ended.ended_ms);
  tokens_of_[id].push_back(token);
  lease_of_digest_[token_digest(token)] = &leases_.emplace(token, lease).first->second;
}

/// An answer that grants or extends a lease says when it ends: a whole period after the moment of its call. A run that
/// is over its time is told to stop, and its lease is not extended.
void Leases::check_end(const Ended& ended, const json& answer, const Lease& lease, bool is_stopped) {
  if (ended.wall_ended_us == 0) return;
  const json end = answer.value("lease_expires_at", json());
  if (end.is_null() && is_stopped) return;
  const std::optional<std::int64_t> shown = end.is_string() ? read_time(end.get<std::string>()) : std::nullopt;
  const std::string what =
      ended.request.route.path + std::string{" of job "} + std::to_string(lease.job) + " has a lease_expires_at";
  if (!shown) return complain_(what + " that is no time: " + end.dump());
  if (is_stopped && lease.may_time_out) return;  // the wall clock may have been set since it was extended last
  const std::int64_t period_us = 1'000 * lease.lease_ms;
  if (*shown < ended.wall_begun_us + period_us - rounding_us)
    complain_(what + " that is sooner than a whole lease from then: " + end.dump());
  if (*shown > ended.wall_ended_us + period_us + rounding_us)
    complain_(what + " that is later than a whole lease from then: " + end.dump());
}

void Leases::lives(const std::string& digest, std::int64_t now_ms) const {
  const auto found = lease_of_digest_.find(digest);
  if (found == lease_of_digest_.end()) return;
  const Lease& lease = *found->second;
  const std::int64_t ends_by_ms = std::max(lease.ends_by_ms, extended_ms_ + lease.lease_ms);
  if (now_ms > ends_by_ms + expiry_longest_ms)
    complain_("the lease of job " + std::to_string(lease.job) + " should have expired " +
              std::to_string(now_ms - ends_by_ms) + " ms ago, and it is there");
}

void Leases::check_owners(const std::string& token, const Lease& later, std::int64_t now_ms) {
  for (const std::string& other : tokens_of_[later.job]) {
    const Lease& earlier = leases_.at(other);
    // The later answer may be the earlier lease, which then can only have expired: nobody knew its token.
    const bool later_expired = later.runs_until_ms <= now_ms + rounding_ms && later.begun < earlier.ended;
    const bool may_follow =
        earlier.has_ended || !earlier.endings.empty() || earlier.runs_until_ms <= now_ms + rounding_ms;
    if (may_follow || later_expired) continue;
    complain_("job " + std::to_string(later.job) + " has two owners: it was leased with token " + token +
              " while the lease with token " + other + " had neither ended nor expired");
  }
}

bool Leases::may_have_ended(const Lease& lease, std::int64_t now_ms) const {
  return lease.has_ended || lease.runs_until_ms <= now_ms + rounding_ms || may_have_ended_(lease.job);
}

void Leases::accepted(const Ended& ended, const Use& use, bool ends_it) {
  const std::string what = ended.request.route.path + std::string{" of job "} + std::to_string(use.job);
  const auto found = leases_.find(use.token);
  if (found == leases_.end() || found->second.job != use.job) {
    return complain_(what + " was accepted with a token that nobody was given for it");
  }
  Lease& lease = found->second;
  if (lease.has_ended && (ends_it || lease.has_ended_since < ended.begun)) {
    complain_(what + " was accepted with a token whose lease had ended: " + use.token);
  }
  const std::vector<std::string>& tokens = tokens_of_[use.job];
  for (const std::string& other : tokens) {
    const Lease& later = leases_.at(other);
    if (later.begun > lease.ended && later.ended < ended.begun) {
      complain_(what + " was accepted with the token " + use.token + ", after the job was leased anew");
    }
  }
  if (ends_it) {
    lease.has_ended = true;
    lease.has_ended_since = std::min(lease.has_ended_since, ended.ended);
  } else {
    const bool is_stopped = ended.data.value("stop", false);
    if (!is_stopped || !lease.may_time_out)
      lease.runs_until_ms = std::max(lease.runs_until_ms, ended.begun_ms + lease.lease_ms);
    lease.ends_by_ms = std::max(lease.ends_by_ms, ended.ended_ms + lease.lease_ms);
    check_end(ended, ended.data, lease, is_stopped);
  }
}

void Leases::refused_as_stale(const Ended& ended, const Use& use) {
  const auto found = leases_.find(use.token);
  if (found == leases_.end() || found->second.job != use.job) return;
  const Lease& lease = found->second;
  const bool others =
      std::any_of(lease.endings.begin(), lease.endings.end(), [&](std::uint64_t call) { return call != ended.call; });
  if (others || may_have_ended(lease, ended.ended_ms)) return;
  complain_("the token " + use.token + " of job " + std::to_string(use.job) +
            " was refused as stale, while its lease had neither ended nor expired");
}

void Leases::not_ended_by(std::uint64_t call, const std::string& token) {
  const auto lease = leases_.find(token);
  if (lease != leases_.end()) std::erase(lease->second.endings, call);
}

bool Leases::granted_after(Step step, const std::string& digest) const {
  const auto found = lease_of_digest_.find(digest);
  return found != lease_of_digest_.end() && found->second->begun > step;
}

std::optional<Grant> Leases::grant_of(const std::string& digest) const {
  const auto found = lease_of_digest_.find(digest);
  if (found == lease_of_digest_.end()) return std::nullopt;
  return Grant{found->second->call, found->second->begun, found->second->job_types};
}

bool Leases::named_after(Step step, const std::string& digest) const {
  const auto found = lease_of_digest_.find(digest);
  return found != lease_of_digest_.end() && found->second->named > step;
}

void Leases::restarted(std::int64_t now_ms) {
  for (auto& [token, lease] : leases_) {
    // One that may have expired before may be gone.
    if (lease.runs_until_ms > now_ms) lease.runs_until_ms = now_ms + lease.lease_ms;
  }
}

void Leases::settled(const std::function<bool(std::uint64_t job, const std::string& token)>& is_living) {
  for (auto& [token, lease] : leases_) {
    lease.endings.clear();
    if (is_living(lease.job, token)) continue;
    lease.has_ended = true;
    lease.has_ended_since = std::min(lease.has_ended_since, lease.ended);
  }
}

}  // namespace breakerd::simulation
