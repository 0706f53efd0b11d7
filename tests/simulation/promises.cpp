#include "tests/simulation/promises.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/simulation/promises/counts.hpp"
#include "tests/simulation/promises/event_counts.hpp"
#include "tests/simulation/promises/explained.hpp"
#include "tests/simulation/promises/settled.hpp"
#include "tests/simulation/promises/sha256.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::size_t sentences_max = 100;
/// Times are told in milliseconds: less is no jump.
constexpr std::int64_t wall_jump_least_us = 3'000;

}  // namespace

Promises::Promises(Surroundings surroundings)
    : around_{std::move(surroundings)},
      circuit_{[this](std::string sentence) { complain(std::move(sentence)); }},
      jobs_{[this](std::string sentence) { complain(std::move(sentence)); }},
      leases_{[this](std::string sentence) { complain(std::move(sentence)); },
              [this](std::uint64_t job) { return jobs_.may_have_been_ended(job); }},
      in_flight_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.in_flight},
      waits_{[this](std::string sentence) { complain(std::move(sentence)); },
             [this](std::uint64_t job) { return jobs_.campaign_of(job); }, around_.longest_ms},
      waiting_leases_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.longest_ms},
      paces_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.longest_ms},
      campaigns_{[this](std::string sentence) { complain(std::move(sentence)); }},
      events_seen_{[this](std::string sentence) { complain(std::move(sentence)); }},
      ledger_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.principal_of},
      sightings_{[this](std::string sentence) { complain(std::move(sentence)); }},
      listed_{[this](std::string sentence) { complain(std::move(sentence)); }},
      history_{[this](std::string sentence) { complain(std::move(sentence)); }},
      unique_keys_{[this](std::string sentence) { complain(std::move(sentence)); }},
      times_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.wall_is_steady},
      job_holds_{[this](std::string sentence) { complain(std::move(sentence)); }},
      plans_{[this](std::string sentence) { complain(std::move(sentence)); }},
      rollouts_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.wall_is_steady,
                around_.longest_ms},
      previews_{[this](std::string sentence) { complain(std::move(sentence)); }},
      limits_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.wall_is_steady},
      job_types_{[this](std::string sentence) { complain(std::move(sentence)); }},
      schedules_{[this](std::string sentence) { complain(std::move(sentence)); }},
      timeouts_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.wall_is_steady},
      repeats_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.principal_of},
      deadlines_{[this](std::string sentence) { complain(std::move(sentence)); }, around_.wall_is_steady},
      turns_{[this](std::string sentence) { complain(std::move(sentence)); }} {}

void Promises::complain(std::string sentence) {
  if (broken_.size() < sentences_max)
    broken_.push_back("at " + std::to_string(now_ms_) + " ms: " + std::move(sentence));
}

void Promises::begun(CallId id, std::int64_t now_ms, const std::string& user, const Call& call) {
  now_ms_ = now_ms;
  if (!under_way_.empty()) leases_.may_be_extended(now_ms);
  UnderWay started{call, parse(call), {}, user, ++step_, now_ms, wall_us()};
  started.parts = settled_by(started.request);
  repeats_.begun(user, call, started.request, wall_us());
  const bool is_alone =
      std::none_of(under_way_.begin(), under_way_.end(), [&](const auto& other) { return other.second.user == user; });
  for (std::size_t index = 0; index < started.parts.size(); ++index)
    begun(started, started.parts[index], call_of_part(id, index), false);
  begun(started, started.request, id, is_alone);
  if (!under_way_.emplace(id, std::move(started)).second)
    complain("two calls have the same id (a mistake of the world)");
}

void Promises::begun(const UnderWay& started, const Request& request, CallId id, bool is_alone) {
  circuit_.begun(request, id, started.begun);
  jobs_.begun(request, id, started.begun);
  leases_.begun(request, id, started.begun);
  times_.begun(request);
  job_types_.begun(request);
  plans_.begun(request);
  rollouts_.begun(request);
  timeouts_.begun(request);
  in_flight_.begun(request, id, started.begun);
  waits_.begun(request, id, is_alone);
  waiting_leases_.begun(request, id, is_alone, now_ms_, started.wall_us);
  paces_.begun(request, id, now_ms_);
  campaigns_.begun(request, id, started.begun);
  ledger_.begun(request, id, started.user, started.begun);
}

void Promises::ended(CallId id, std::int64_t now_ms, const std::optional<Response>& response) {
  now_ms_ = now_ms;
  const auto found = under_way_.find(id);
  if (found == under_way_.end()) return complain("a call was answered that is not under way, or for a second time");
  const UnderWay started = std::move(found->second);
  under_way_.erase(found);
  if (!under_way_.empty() || !response) leases_.may_be_extended(now_ms);
  ++step_;
  Ended ended = end_of(started, id);
  repeats_.ended(started.user, started.call, started.request, response, wall_us());
  const bool is_news = !response || !Repeats::is_replayed(*response);
  if (is_news || !Repeats::is_brief(*response))
    read_answer(started.call, response, ended, [this](std::string sentence) { complain(std::move(sentence)); });
  if (!is_news) forget_answer(ended);
  for (const Ended& part :
       ends_of_parts(ended, started.parts, [this](std::string sentence) { complain(std::move(sentence)); }))
    this->ended(part);
  this->ended(ended);
  if (is_news && (ended.outcome == Outcome::unknown || ended.status == 503)) trouble_ = step_;
  if (ended.request.kind() == Kind::lease && ended.ok() && ended.data.is_object()) check_leases(ended);
}

/// It tells of something that was done at some time, when another call was under way. For all but those who look at
/// repeats that is as if the answer had been lost.
void Promises::forget_answer(Ended& ended) {
  ended.outcome = Outcome::unknown;
  ended.status = 0;
  ended.data = ended.problem = json();
}

void Promises::ended(const Ended& ended) {
  circuit_.ended(ended);
  jobs_.ended(ended);
  unique_keys_.ended(ended);
  progress_.ended(ended);
  job_types_.ended(ended);
  plans_.ended(ended);
  rollouts_.ended(ended);
  previews_.ended(ended);
  timeouts_.ended(ended);
  deadlines_.ended(ended);
  leases_.ended(ended);
  in_flight_.ended(ended);
  waits_.ended(ended, in_flight_.stops(ended.ended + 1));
  waiting_leases_.ended(ended, wall_us());
  paces_.ended(ended);
  campaigns_.ended(ended);
  events_seen_.ended(ended);
  ledger_.ended(ended);
  sightings_.ended(ended);
  listed_.ended(ended);
  check_explanation(ended, [this](std::string sentence) { complain(std::move(sentence)); });
  if (ended.request.kind() == Kind::heartbeat && ended.ok() && ended.data.is_object()) check_heartbeat(ended);
  if (shows_no_circuit(ended)) circuit_.was_closed("a job was said not to wait for the circuit", ended.begun);
}

Ended Promises::end_of(const UnderWay& started, CallId id) const {
  Ended ended{
      started.request, started.begun, step_, started.begun_ms, now_ms_, id, started.user, Outcome::unknown, 0, {}, {}};
  ended.is_careful = around_.is_careful && around_.is_careful(started.user);
  const std::int64_t jumped_us = wall_us() - started.wall_us - 1'000 * (now_ms_ - started.begun_ms);
  if (around_.wall_us && std::abs(jumped_us) < wall_jump_least_us) {
    ended.wall_begun_us = started.wall_us;
    ended.wall_ended_us = wall_us();
  }
  return ended;
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

void Promises::check_heartbeat(const Ended& ended) const {
  in_flight_.heartbeat(ended, circuit_.was_open(ended.begun), jobs_.may_have_been_ended(ended.request.job.value_or(0)));
}

void Promises::restarted(std::int64_t now_ms, bool kept_its_word) {
  now_ms_ = now_ms;
  trouble_ = ++step_;
  in_flight_.restarted(step_);
  circuit_.restarted(step_);
  leases_.restarted(now_ms);
  waits_.trouble();
  waiting_leases_.trouble();
  paces_.trouble(step_);
  progress_.trouble(step_);
  timeouts_.trouble(now_ms);
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

void Promises::started(std::int64_t now_ms, std::uint64_t last_seq) {
  now_ms_ = now_ms;
  starts_.push_back({++step_, last_seq});
  rollouts_.started(last_seq, wall_us());
  timeouts_.trouble(now_ms);
  leases_.may_be_extended(now_ms);
}

void Promises::storage_trouble(std::int64_t now_ms) {
  now_ms_ = now_ms;
  trouble_ = ++step_;
  in_flight_.trouble(step_);
  waits_.trouble();
  waiting_leases_.trouble();
  paces_.trouble(step_);
  progress_.trouble(step_);
  timeouts_.trouble(now_ms);
  leases_.may_be_extended(now_ms);
}

/// An expiry does not count when its job reads PAUSED, in trouble with storage, or when the lease is older than the
/// last start and its worker was not heard of since; else it does.
void Promises::check_expiry(const json& event) {
  const bool ends_job = event["type"] == "JobFailed";
  const json& data = event["data"];
  const auto found = history_.jobs().find(data["job"].get<std::uint64_t>());
  if (found == history_.jobs().end() || (ends_job && data["error_type"] != "lease_expired")) return;
  const History::Job& job = found->second;
  const bool counts = ends_job || data["counted"] == true || data["counted"] == 1;
  if (!counts) {
    if (history_.shown_status(job) == "PROCESSING" && leases_.granted_after(trouble_, job.token_digest))
      complain("event " + event["seq"].dump() + ": the expiry of a lease does not count, and nothing excuses it");
    return;
  }
  const auto seq = event["seq"].get<std::uint64_t>();
  const auto start =
      std::find_if(starts_.rbegin(), starts_.rend(), [&](const Start& earlier) { return earlier.last_seq < seq; });
  if (start != starts_.rend() && job.now().seq <= start->last_seq &&
      !leases_.named_after(start->step, job.token_digest))
    complain(
        "event " + event["seq"].dump() +
        ": the expiry of a lease counts that is older than the last start, and nobody has heard of its worker since");
}

/// The lease that ends here was granted behind all trouble.
bool Promises::was_unexcused(const json& event) const {
  const auto found = history_.jobs().find(event["data"].value("job", std::uint64_t{0}));
  return found != history_.jobs().end() && leases_.granted_after(trouble_, found->second.token_digest);
}

void Promises::take_events(const Seen& seen) {
  for (const json& event : seen.events) {
    const json& type = event["type"];
    previews_.reached(history_.last_seq(), history_, plans_);
    deadlines_.take(event, history_, job_holds_);
    schedules_.take(event, history_, job_holds_);
    if (type == "JobLeaseExpired" || type == "JobFailed") check_expiry(event);
    if (type == "JobLeased") {
      waiting_leases_.leased(event);
      const auto granted = leases_.grant_of(event["data"].value("token_digest", ""));
      turns_.leased(event, granted, granted ? ledger_.seqs_seen_by(granted->begun, granted->begun).least : 0, history_,
                    {job_holds_, limits_, deadlines_, plans_});
    }
    const bool ends_lease = type == "JobLeaseExpired" || type == "JobAttemptFailed" || type == "JobFailed";
    timeouts_.take(event, history_, ends_lease && was_unexcused(event));
    check_event_counts(event, history_, [this](std::string sentence) { complain(std::move(sentence)); });
    limits_.take(event, history_);
    plans_.take(event, history_);
    rollouts_.take(event);
    in_flight_.take(event, history_);
    history_.take(event);
    timeouts_.taken(event, history_);
    job_types_.take(event);
    repeats_.take(event);
    unique_keys_.take(event);
    past_errors_.take(event);
    job_holds_.take(event);
    times_.take(event, unique_keys_);
    turns_.take(event, history_, times_);
    rollouts_.taken(history_, times_);
  }
  plans_.taken(history_);
  rollouts_.end_of_log();
  previews_.reached(history_.last_seq(), history_, plans_);
  waiting_leases_.looked();
}

void Promises::drained() {
  none_could_be_leased();
  for (const auto& [id, job] : history_.jobs())
    if (job.now().parked > 0) complain("job " + std::to_string(id) + " is parked, and all such jobs were released");
  if (rollouts_.exists()) complain("a rollout is there, and it was to come to its end");
}

void Promises::none_could_be_leased() {
  for (const auto& [id, job] : history_.jobs()) {
    const auto campaign = history_.campaigns().find(job.campaign);
    const bool is_held = campaign != history_.campaigns().end() && history_.shown_status(campaign->second) != "RUNNING";
    const auto run_at_us = times_.run_at_us(id);
    const bool has_time_to_come =
        run_at_us && *run_at_us > wall_us();  // the wall clock may have been set back by hours
    if (history_.shown_status(job) == "PENDING" && !is_held && !has_time_to_come && job_holds_.on(id) == 0 &&
        !limits_.may_keep_back(id))
      complain("job " + std::to_string(id) +
               " waits, nothing holds it, and it was not leased when a lease was asked for");
  }
}

void Promises::schedules_are_on_time(const std::vector<json>& shown) {
  if (around_.wall_is_steady) schedules_.are_on_time(shown, wall_us());
  schedules_.none_is_far_away(shown, wall_us());
}

void Promises::compare(const Seen& seen) {
  ledger_.compare(seen.events);
  previews_.check_places(ledger_, history_.last_seq() + seen.events.size());
  take_events(seen);
  history_.end_of_log();
  compare_rows(seen, history_, times_, [this](std::string sentence) { complain(std::move(sentence)); });
  job_holds_.compare(seen.job_holds, history_, times_);
  limits_.compare(seen.limits, history_, times_);
  job_types_.compare(seen.job_types);
  schedules_.compare(seen.schedules);
  plans_.compare(seen.commands, seen.parked, history_);
  rollouts_.compare(seen.status, seen.rollout, seen.commands, wall_us());
  waiting_leases_.may_be_held(job_holds_.any() || limits_.any() || plans_.is_running() || rollouts_.exists());
  compare_explanations(seen, history_, times_, job_holds_, limits_, plans_, rollouts_,
                       [this](std::string sentence) { complain(std::move(sentence)); });
  for (const json& job : seen.alone)
    past_errors_.compare(job, [this](std::string sentence) { complain(std::move(sentence)); });
  for (const auto& [listing, data] : seen.pages)
    compare_listing(listing, data, [this](std::string sentence) { complain(std::move(sentence)); });
  ++step_;
  for (const json& row : seen.jobs) {
    jobs_.row(row, step_, step_);
    deadlines_.compare(row, history_, job_holds_, wall_us());
    progress_.compare(row, history_, [this](std::string sentence) { complain(std::move(sentence)); });
  }
  sightings_.compare(history_, ledger_);
  rollouts_.compare(ledger_);
  for (const auto& [id, job] : history_.jobs())
    if (!job.token_digest.empty()) leases_.lives(job.token_digest, now_ms_);
  circuit_.settled();
  in_flight_.settled(seen.status.value("circuit_breaker", json()), history_);
  leases_.settled([this](std::uint64_t job, const std::string& token) {
    const auto found = history_.jobs().find(job);
    return found != history_.jobs().end() && found->second.token_digest == token_digest(token);
  });
}

}  // namespace breakerd::simulation
