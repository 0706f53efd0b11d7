#include "ledger.hpp"

#include <iostream>
#include <limits>

namespace breakerd::integration {
namespace {

constexpr std::size_t complaints_printed = 20;

}  // namespace

void Ledger::complain(const std::string& what) {
  const std::lock_guard lock{mutex_};
  if (++complaints_ <= complaints_printed) std::cerr << "WRONG: " << what << std::endl;
}

std::size_t Ledger::complaints() const {
  const std::lock_guard lock{mutex_};
  return complaints_;
}

std::size_t Ledger::begin_circuit(bool opening) {
  auto access = open();
  access->circuit.push_back({opening, false, ++access->clock, std::numeric_limits<std::uint64_t>::max()});
  return access->circuit.size() - 1;
}

void Ledger::end_circuit(std::size_t which, Outcome outcome) {
  auto access = open();
  CircuitFact& fact = access->circuit.at(which);
  if (outcome == Outcome::unknown) return;  // until the next check it may have happened at any moment
  fact.acknowledged = outcome == Outcome::done;
  fact.end = outcome == Outcome::done ? ++access->clock : 0;
  if (outcome == Outcome::refused) fact.begin = 0;  // it never was
}

bool Ledger::may_have_ended(JobId job, const std::string& campaign) {
  auto access = open();
  const JobFacts& facts = access->jobs[job];
  if (facts.cancel_tried || facts.brief || !facts.end.empty()) return true;
  const auto at = access->campaigns.find(campaign);
  return at != access->campaigns.end() && !at->second.ends_tried.empty();
}

void Ledger::note_end(JobId job, const std::string& end, const std::string& result) {
  std::string other;
  {
    auto access = open();
    JobFacts& facts = access->jobs[job];
    if (!facts.end.empty() && (facts.end != end || facts.result != result)) other = facts.end;
    facts.end = end;
    facts.result = result;
    facts.end_known = ++access->clock;
    facts.holder.clear();
  }
  if (!other.empty()) complain("job " + std::to_string(job) + " was acknowledged as " + end + " after it was " + other);
}

}  // namespace breakerd::integration
