#include "tests/simulation/promises/in_flight_jobs.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

bool is_by_hand(const Request& request) {
  return request.kind() == Kind::open || request.kind() == Kind::pause_service;
}

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The circuit as a whole, wherever an answer has it; null when it has none.
json circuit_in(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object()) return {};
  switch (ended.request.kind()) {
    case Kind::status:
    case Kind::circuit_breakers:
      return ended.data.value("circuit_breaker", json());
    case Kind::breaker:
    case Kind::report_failure:
    case Kind::open:
      return ended.data.contains("state") ? ended.data : json();
    default:
      return {};
  }
}

}  // namespace

bool may_let_finish(const Request& request) { return is_by_hand(request) && request.text("in_flight") == "finish"; }

void InFlightJobs::begun(const Request& request, std::uint64_t call, Step begun) {
  const Kind kind = request.kind();
  if (kind == Kind::pause || kind == Kind::cancel_campaign || kind == Kind::fail_campaign)
    campaigns_.insert(request.campaign);
  if (kind == Kind::hold_campaigns) any_hold_ = true;
  const bool is_own_failure = kind == Kind::fail && request.text("service").empty();
  if (!request.may_open() || is_own_failure) return;
  words_.push_back({call, begun, never, is_by_hand(request) ? request.text("in_flight") : "", false});
  const std::string reason = request.text("reason");
  if (!is_by_hand(request) || reason.empty()) return;
  const auto [known, is_new] = choices_.emplace(reason, request.text("in_flight"));
  if (!is_new && known->second != request.text("in_flight")) known->second = "?";  // two have the same reason
}

void InFlightJobs::ended(const Ended& ended) {
  if (ended.request.kind() == Kind::lease && ended.ok() && ended.data.is_object())
    for (const json& job : ended.data.value("jobs", json::array()))
      runs_[text(job, "token")] = {text(job, "campaign_id"), !job.value("timeout_ms", json()).is_null()};
  const json circuit = circuit_in(ended);
  see(ended, circuit);
  const auto word = std::find_if(words_.begin(), words_.end(), [&](const Word& one) { return one.call == ended.call; });
  if (word == words_.end() || ended.outcome == Outcome::unknown) return;
  const bool is_refused = ended.outcome == Outcome::nothing && !ended.recorded_all_the_same();
  const bool is_seen = word->says.empty() && !text(circuit, "in_flight").empty();  // what has come of it
  if (is_refused || is_seen) {
    words_.erase(word);
    return;
  }
  word->ended = ended.ended;
  word->is_certain = !word->says.empty();
}

/// A circuit that is shown tells what was said last.
void InFlightJobs::see(const Ended& ended, const json& circuit) {
  if (!circuit.is_object()) return;
  const std::string shown = text(circuit, "in_flight");
  const bool is_open = text(circuit, "state") == "open";
  if (is_open != !shown.empty())
    return complain_("the circuit is shown " + text(circuit, "state") + ", and in_flight is '" + shown + "'");
  if (!is_open) return;
  if (!words_.empty() && !said(ended.begun).contains(shown))
    complain_("the circuit is shown with in_flight " + shown + ", and nobody may have said so");
  const Word look{0, ended.begun, ended.ended, shown, true};
  const bool is_known =
      !words_.empty() && words_.back().call == 0 && words_.back().is_certain && words_.back().says == shown;
  if (!is_known) return words_.push_back(look);
  if (words_.back().begun < look.begun) words_.back() = look;
}

/// All that may have been said last at some moment between then and now.
std::set<std::string> InFlightJobs::said(Step begun) const {
  std::set<std::string> said;
  for (const Word& word : words_) {
    const bool is_overruled = std::any_of(words_.begin(), words_.end(), [&](const Word& later) {
      return later.is_certain && later.begun > word.ended && later.ended < begun;
    });
    if (is_overruled) continue;
    said.insert(word.says.empty() ? by_default_ : word.says);
  }
  return said;
}

void InFlightJobs::trouble(Step now) {
  const bool is_known = std::any_of(words_.begin(), words_.end(), [](const Word& word) {
    return word.call == 0 && !word.is_certain && word.ended == never;
  });
  if (!is_known) words_.push_back({0, now, never, by_default_, false});
}

void InFlightJobs::restarted(Step now) {
  for (Word& word : words_) word.ended = std::min(word.ended, now);
  trouble(now);
}

/// By something else than the circuit.
bool InFlightJobs::may_be_stopped(const std::string& token) const {
  const auto run = runs_.find(token);
  if (run == runs_.end() || run->second.may_time_out) return true;
  const std::string& campaign = run->second.campaign;
  return !campaign.empty() && (any_hold_ || campaigns_.contains(campaign));
}

void InFlightJobs::heartbeat(const Ended& ended, bool is_open, bool may_be_cancelled) const {
  const bool is_stopped = ended.data.value("stop", false);
  const std::string what = "a heartbeat of job " + std::to_string(ended.request.job.value_or(0));
  if (!is_stopped && is_open && stops(ended.begun))
    complain_(what + " was not told to stop, and the circuit is open and says that it has to");
  if (is_stopped && !may_be_cancelled && !may_be_stopped(ended.request.text("token")) &&
      !said(ended.begun).contains("stop"))
    complain_(what + " was told to stop, and nobody may have said that it has to");
}

void InFlightJobs::take(const json& event, const History& history) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  if (type != "CircuitOpened" && type != "OpeningReaffirmed") return;
  const bool is_opening = type == "CircuitOpened";
  const bool is_by_hand = !is_opening || data.value("by_hand", json()) == true;
  std::string wanted = is_opening ? by_default_ : history.in_flight();
  if (is_by_hand) {
    const auto choice = choices_.find(text(data, "reason"));
    if (choice == choices_.end() || choice->second == "?") return;
    if (!choice->second.empty()) wanted = choice->second;
  }
  if (text(data, "in_flight") != wanted)
    complain_("event " + event["seq"].dump() + " " + type + ": in_flight is " + data.value("in_flight", json()).dump() +
              ", and " + wanted + " is what was said");
}

void InFlightJobs::settled(const json& circuit, const History& history) {
  words_.clear();
  if (history.epoch() == 0) return;
  words_.push_back({0, 0, 0, history.in_flight(), true});
  if (history.open() && text(circuit, "in_flight") != history.in_flight())
    complain_("the circuit is shown with in_flight " + circuit.value("in_flight", json()).dump() +
              ", and the events make it " + history.in_flight());
}

}  // namespace breakerd::simulation
