// What is answered and shown of rollouts.

#include <algorithm>
#include <cmath>

#include "tests/simulation/promises/rollouts.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Between the moment that is meant and the one that was looked at.
constexpr std::int64_t rounding_us = 2'000;
/// At rest the end of a ramp is long there.
constexpr std::int64_t end_longest_us = 1'000'000;

std::uint64_t thousandths(const json& rate) {
  const double number = rate.is_number() ? rate.get<double>() : 0;
  return number > 0 && number < 1e9 ? static_cast<std::uint64_t>(std::llround(1'000 * number)) : 0;
}

std::uint64_t number(const json& data, const char* member) {
  if (!data.is_object()) return 0;
  const auto found = data.find(member);
  return found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

json member(const json& data, const char* name) { return data.is_object() ? data.value(name, json()) : json(); }

/// Of a ramp as the API has it.
RampShape shape_of(const json& ramp) {
  if (!ramp.is_object()) return {};
  return {thousandths(member(ramp, "from_per_second")), thousandths(member(ramp, "to_per_second")),
          number(ramp, "over_ms")};
}

}  // namespace

Rollouts::Wanted Rollouts::wanted_by(const json& plan) {
  Wanted wanted{number(plan, "canary"), shape_of(member(plan, "ramp"))};
  if (wanted.ramp.exists() && member(plan["ramp"], "to_per_second").is_null())
    wanted.ramp.to_thousandths = wanted.ramp.from_thousandths;
  return wanted;
}

void Rollouts::begun(const Request& request) {
  if (request.plan() != nullptr && request.kind() != Kind::preview && !request.text("reason").empty())
    asked_[request.text("reason")] = wanted_by(*request.plan());
}

void Rollouts::ended(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object()) return;
  switch (ended.request.kind()) {
    case Kind::rollout:
      return see(ended.data, "GET ramp", ended);
    case Kind::status:
      if (!ended.data.contains("rollout")) return complain_("the status says nothing of a rollout");
      return see(ended.data["rollout"], "the status", ended);
    case Kind::stop_rollout:
      return stop_ended(ended);
    case Kind::preview:
      return check_drain(ended);
    case Kind::close:
    case Kind::resume_queue:
      if (const json plan = member(ended.data, "plan");
          plan.is_object() && ended.request.plan() != nullptr && !shows(plan, wanted_by(*ended.request.plan())))
        complain_("a plan with " + ended.request.plan()->dump() + " is answered with " + plan.dump());
      return;
    default:
      return;
  }
}

void Rollouts::stop_ended(const Ended& ended) {
  const json stopped = member(ended.data, "stopped");
  const json rollout = member(ended.data, "rollout");
  if (!stopped.is_boolean() || !rollout.is_object())
    return complain_("the stop of a rollout is answered with " + ended.data.dump());
  if (stopped == (rollout.value("state", "") == "none"))
    complain_("a rollout is stopped exactly when there is one, and not here: " + ended.data.dump());
  see(rollout, "the answer to a stop", ended);
}

void Rollouts::see(const json& shown, const std::string& where, const Ended& ended) {
  sightings_.push_back({shown, where, ended.begun, ended.ended, ended.wall_begun_us, ended.wall_ended_us});
}

/// So many jobs as are released are leased in that time, the first one at once.
void Rollouts::check_drain(const Ended& ended) const {
  const json shown = member(ended.data, "drain_ms");
  const Wanted wanted = ended.request.plan() == nullptr ? Wanted{} : wanted_by(*ended.request.plan());
  if (!wanted.ramp.exists()) {
    if (!shown.is_null()) complain_("a dry run without a ramp says how long it takes: " + shown.dump());
    return;
  }
  const std::uint64_t jobs = ended.data.value("/preview/release/jobs"_json_pointer, std::uint64_t{0});
  const std::string said = "a dry run releases " + std::to_string(jobs) + " jobs by a ramp and says that it takes " +
                           shown.dump() + " ms: " + ended.request.plan()->dump();
  if (!shown.is_number_unsigned() || shown.get<std::uint64_t>() > wanted.ramp.over_ms) return complain_(said);
  const auto us = 1'000 * shown.get<std::int64_t>();
  const double leased = wanted.ramp.area(0, us) + 1;
  const double leased_before = wanted.ramp.area(0, us - rounding_us) + 1;
  const bool is_over = us == wanted.ramp.over_us();
  const auto all = static_cast<double>(jobs);
  constexpr double little = 0.001;
  if (jobs == 0 ? us != 0 : (!is_over && leased < all - little) || (us > 0 && leased_before > all + little))
    complain_(said);
}

/// Without what depends on the time.
json Rollouts::as_shown(const State& state) {
  if (state.phase == Phase::none)
    return {{"state", "none"},     {"command_id", nullptr}, {"by", nullptr},
            {"began_at", nullptr}, {"canary", nullptr},     {"ramp", nullptr}};
  const bool is_canary = state.phase == Phase::canary;
  json shown{{"state", is_canary ? "canary" : "ramp"},
             {"command_id", state.command},
             {"by", state.by},
             {"began_at", state.began_at},
             {"canary", nullptr},
             {"ramp", nullptr}};
  if (state.wanted.canary > 0)
    shown["canary"] = {
        {"jobs", state.wanted.canary}, {"succeeded", state.succeeded}, {"in_flight", state.in_flight.size()}};
  if (state.wanted.ramp.exists())
    shown["ramp"] = {{"from", state.wanted.ramp.from_thousandths},
                     {"to", state.wanted.ramp.to_thousandths},
                     {"over_ms", state.wanted.ramp.over_ms},
                     {"began_at", is_canary ? json() : json(state.ramp_began_at)}};
  return shown;
}

bool Rollouts::shows(const json& row, const Wanted& wanted) {
  const json canary = member(row, "canary");
  const json ramp = member(row, "ramp");
  const bool has_ramp = ramp.is_object() && wanted.ramp.exists() && shape_of(ramp) == wanted.ramp;
  return (wanted.canary > 0 ? canary == wanted.canary : row.contains("canary") && canary.is_null()) &&
         (has_ramp || (!wanted.ramp.exists() && row.contains("ramp") && ramp.is_null()));
}

/// The members of a ramp that has begun agree with each other.
std::string Rollouts::odd_ramp(const json& ramp) const {
  const RampShape shape = shape_of(ramp);
  if (!shape.exists()) return "it has no time";
  for (const char* name : {"elapsed_ms", "remaining_ms"})
    if (!member(ramp, name).is_number_unsigned()) return std::string{"it has no "} + name;
  const auto elapsed_ms = number(ramp, "elapsed_ms");
  if (elapsed_ms + number(ramp, "remaining_ms") != shape.over_ms) return "its times are not all of it";
  const bool has_begun = !member(ramp, "began_at").is_null();
  if (!has_begun && (elapsed_ms != 0 || thousandths(member(ramp, "per_second")) != 0)) return "it has not begun";
  const double rate = 1'000 * shape.rate(static_cast<std::int64_t>(1'000 * elapsed_ms));
  if (has_begun && std::abs(static_cast<double>(thousandths(member(ramp, "per_second"))) - rate) > 1)
    return "its rate is not that of its time";
  return "";
}

bool Rollouts::shows(const json& shown, const Version& version, const Sighting& seen) const {
  json known = shown;
  const json ramp = member(shown, "ramp");
  if (ramp.is_object()) {
    const RampShape shape = shape_of(ramp);
    known["ramp"] = {{"from", shape.from_thousandths},
                     {"to", shape.to_thousandths},
                     {"over_ms", shape.over_ms},
                     {"began_at", member(ramp, "began_at")}};
  }
  if (known != as_shown(version.state)) return false;
  if (version.state.phase != Phase::ramp || seen.wall_begun_us == 0) return true;
  const auto elapsed_ms = static_cast<std::int64_t>(number(ramp, "elapsed_ms"));
  const auto elapsed_at = [&](std::int64_t wall_us) {
    const std::int64_t us = version.clock.at(wall_us) - version.state.ramp_since_us;
    return std::clamp<std::int64_t>(us, 0, version.state.wanted.ramp.over_us()) / 1'000;
  };
  return elapsed_ms >= elapsed_at(seen.wall_begun_us - rounding_us) &&
         elapsed_ms <= elapsed_at(seen.wall_ended_us + rounding_us);
}

void Rollouts::compare(const Ledger& ledger) {
  for (const Sighting& seen : sightings_) {
    if (seen.shown.is_object() && seen.shown.contains("ramp") && seen.shown["ramp"].is_object())
      if (const std::string odd = odd_ramp(seen.shown["ramp"]); !odd.empty())
        complain_(seen.where + " shows a ramp, and " + odd + ": " + seen.shown.dump());
    const Ledger::Range range = ledger.seqs_seen_by(seen.begun, seen.ended);
    const json shown = seen.shown.is_null() ? as_shown({}) : seen.shown;
    bool is_possible = false;
    for (std::size_t index = 0; index < versions_.size() && !is_possible; ++index) {
      const bool began_in_time = versions_[index].seq <= range.most;
      const bool lasted = index + 1 == versions_.size() || versions_[index + 1].seq > range.least;
      is_possible = began_in_time && lasted && shows(shown, versions_[index], seen);
    }
    if (!is_possible)
      complain_(seen.where + " shows the rollout as " + seen.shown.dump() +
                ", which it was at no moment of that call (events " + std::to_string(range.least) + " to " +
                (range.most == never ? "the last" : std::to_string(range.most)) + ")");
  }
  sightings_.clear();
  versions_.erase(versions_.begin(), versions_.end() - 1);
}

void Rollouts::compare(const json& status, const json& shown, const std::vector<json>& commands,
                       std::int64_t wall_us) const {
  const Version last{seq_, now_, clock_};
  const json in_status = member(status, "rollout");
  if (exists() == in_status.is_null() || (exists() && !shows(in_status, last, {})))
    complain_("the status shows the rollout as " + in_status.dump() + ", and the events make it " +
              as_shown(now_).dump());
  if (!shows(shown, last, {}))
    complain_("the rollout is shown as " + shown.dump() + ", and the events make it " + as_shown(now_).dump());
  for (const json& row : commands) {
    const auto found = commands_.find(number(row, "id"));
    if (row.value("kind", "") == "plan" && found != commands_.end() && !shows(row, found->second))
      complain_("plan " + std::to_string(found->first) + " is shown with another canary or ramp: " + row.dump());
  }
  if (now_.phase != Phase::ramp || !wall_is_steady_ || wall_us == 0) return;
  const std::int64_t late_us = clock_.at(wall_us) - meter_since_us_ - now_.wanted.ramp.over_us();
  if (late_us > end_longest_us)
    complain_("the time of the ramp of plan " + std::to_string(now_.command) + " was over " + std::to_string(late_us) +
              " us before, and it is still there");
}

}  // namespace breakerd::simulation
