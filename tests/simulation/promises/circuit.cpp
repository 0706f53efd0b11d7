#include "tests/simulation/promises/circuit.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// The circuit's state, wherever an answer has it; null when it has none.
const json& circuit_in(const Ended& ended) {
  static const json nothing;
  if (!ended.data.is_object()) return nothing;
  switch (ended.request.kind()) {
    case Kind::breaker:
    case Kind::report_failure:
    case Kind::open:
    case Kind::close:
      return ended.data;
    case Kind::status:
    case Kind::circuit_breakers:
      return ended.data.contains("circuit_breaker") ? ended.data["circuit_breaker"] : nothing;
    default:
      return nothing;
  }
}

std::uint64_t epoch_in(const json& circuit) {
  if (!circuit.is_object() || !circuit.contains("epoch") || !circuit["epoch"].is_number_unsigned()) return 0;
  return circuit["epoch"].get<std::uint64_t>();
}

}  // namespace

void Circuit::begun(const Request& request, std::uint64_t call, Step begun) {
  const auto named = request.number("epoch");
  if (request.may_close()) closes_.push_back({call, begun, never, named.value_or(never), false, ""});
  if (request.kind() == Kind::resume_queue) lifts_.push_back({call, begun, never, never, false, ""});
  if (request.kind() == Kind::lift_hold) {
    lifts_.push_back({call, begun, never, never, false, request.text("service")});
  }
}

void Circuit::ended(const Ended& ended) {
  settle(closes_, ended, ended.says_nothing_changed());
  settle(lifts_, ended, false);

  const json& circuit = circuit_in(ended);
  see_state(ended, circuit);
  // A promise that was on its way when the process died is lost with it.
  const bool is_lost_promise = ended.code() == "outcome_unknown" && ended.begun < restarted_;
  if (ended.opened_for_certain() && !is_lost_promise) {
    const bool is_new = ended.ok() && ended.data.is_object() && !ended.says_nothing_changed() &&
                        (ended.request.kind() == Kind::report_failure || ended.request.kind() == Kind::open) &&
                        ended.data.value("previous_state", "") == "closed";
    openings_.push_back({ended.begun, ended.ended, epoch_in(circuit), ended.code() == "outcome_unknown", is_new,
                         "an opening that was answered"});
    if (is_new) holds_.push_back({ended.begun, ended.ended, ""});
  }
  if (ended.ok() && ended.request.kind() == Kind::hold_campaigns) {
    holds_.push_back({ended.begun, ended.ended, ended.request.text("service")});
  }
  if (ended.ok() && ended.request.kind() == Kind::allow && ended.data.is_object() &&
      ended.data.value("allowed", false)) {
    was_closed("allow was true", ended.begun);
  }
}

void Circuit::see_state(const Ended& ended, const json& circuit) {
  const json& shown = ended.request.kind() == Kind::lease || ended.request.kind() == Kind::heartbeat
                          ? (ended.data.is_object() && ended.data.contains("circuit") ? ended.data["circuit"] : circuit)
                          : (ended.request.kind() == Kind::allow ? ended.data : circuit);
  // A daemon that starts or stops knows no epoch, and says 0.
  const bool is_unknown = ended.request.kind() == Kind::allow && epoch_in(shown) == 0;
  if (!is_unknown && shown.is_object() && shown.contains("epoch") && shown["epoch"].is_number_unsigned()) {
    const auto epoch = shown["epoch"].get<std::uint64_t>();
    const std::uint64_t floor = epoch_.floor(ended.begun);
    if (epoch < floor) {
      complain_("the epoch went back from " + std::to_string(floor) + " to " + std::to_string(epoch));
    }
    epoch_.seen(ended.ended, epoch);
  }
  if (!circuit.is_object() || !circuit.contains("state")) return;
  const bool reads = !ended.request.route.changes;
  if (reads && circuit["state"] == "open") {
    openings_.push_back({ended.begun, ended.ended, epoch_in(circuit), false, false, "a look that found it open"});
  }
  if (reads && circuit["state"] == "closed") was_closed("the circuit read closed", ended.begun, Which::recorded);
}

void Circuit::settle(std::vector<Undoing>& undoings, const Ended& ended, bool nothing_changed) {
  const auto found = std::find_if(undoings.begin(), undoings.end(),
                                  [&](const Undoing& undoing) { return undoing.call == ended.call; });
  if (found == undoings.end()) return;
  if (ended.outcome == Outcome::nothing || nothing_changed) {
    undoings.erase(found);
  } else if (ended.ok()) {
    found->ended = ended.ended;
    const std::uint64_t shown = epoch_in(ended.data);
    if (shown > 0) found->epoch_max = std::min(found->epoch_max, shown);
  } else {
    found->lost = true;
  }
}

const Circuit::Opening* Circuit::standing(Step begun, Which which) const {
  for (const Opening& opening : openings_) {
    if (opening.ended >= begun || (which == Which::recorded && opening.in_mind_only)) continue;
    const bool may_be_closed = std::any_of(closes_.begin(), closes_.end(), [&](const Undoing& close) {
      return close.ended > opening.begun && close.epoch_max >= opening.epoch;
    });
    if (!may_be_closed) return &opening;
  }
  return nullptr;
}

void Circuit::was_closed(const std::string& what, Step begun, Which which) const {
  const Opening* opening = standing(begun, which);
  if (opening == nullptr) return;
  complain_(what + " for a call that began after " + opening->said_by +
            (opening->epoch > 0 ? " (epoch " + std::to_string(opening->epoch) + ")" : "") +
            ", and nobody may have closed the circuit since");
}

void Circuit::was_not_held(const std::string& campaign, Step started, Step begun) const {
  for (const Hold& hold : holds_) {
    if (hold.ended >= begun || started >= hold.begun) continue;
    const bool may_be_lifted = std::any_of(lifts_.begin(), lifts_.end(), [&](const Undoing& lift) {
      return lift.ended > hold.begun && (lift.service.empty() || lift.service == hold.service);
    });
    if (may_be_lifted) continue;
    complain_("a job of campaign " + campaign + " was leased under the hold of " +
              (hold.service.empty() ? "the circuit" : "service " + hold.service) + ", which nobody may have lifted");
    return;
  }
}

void Circuit::restarted(Step now) {
  restarted_ = now;
  for (std::vector<Undoing>* undoings : {&closes_, &lifts_}) {
    for (Undoing& undoing : *undoings) {
      if (undoing.lost) undoing.ended = std::min(undoing.ended, now);
    }
  }
  std::erase_if(openings_, [](const Opening& opening) { return opening.in_mind_only; });
}

void Circuit::settled() {
  // What explains an opening or a hold away does so for all that comes; what is left stands until it is undone later.
  std::erase_if(openings_, [&](const Opening& opening) {
    return std::any_of(closes_.begin(), closes_.end(), [&](const Undoing& close) {
      return close.ended > opening.begun && close.epoch_max >= opening.epoch;
    });
  });
  std::erase_if(holds_, [&](const Hold& hold) {
    return std::any_of(lifts_.begin(), lifts_.end(), [&](const Undoing& lift) {
      return lift.ended > hold.begun && (lift.service.empty() || lift.service == hold.service);
    });
  });
  closes_.clear();
  lifts_.clear();
}

}  // namespace breakerd::simulation
