#include "tests/simulation/promises/settled.hpp"

#include <map>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// With which status a code comes when its call is one of its own.
int status_of(const std::string& code) {
  static const std::map<std::string, int> statuses{
      {"stale_lease", 409}, {"not_found", 404}, {"unknown_service", 400}, {"invalid", 422}};
  const auto found = statuses.find(code);
  return found == statuses.end() ? 500 : found->second;
}

/// Of the job only its status is told: what else comes with that status is not looked at.
json row_of(const Request& part, const json& result) {
  json row{{"id", result.value("id", std::uint64_t{0})}, {"status", result.value("status", "")}};
  if (row["status"] == "PAUSED") row["pause_reason"] = "";
  if (part.kind() == Kind::fail) row["next_attempt_at"] = "not told";
  return row;
}

void read_result(Ended& part, const json& result) {
  if (result.contains("status")) {
    part.outcome = Outcome::done;
    part.status = 200;
    part.data = row_of(part.request, result);
    return;
  }
  part.problem = result;
  part.status = status_of(part.code());
  part.outcome = part.status == 500 ? Outcome::unknown : Outcome::nothing;
}

bool are_those_of(const json& results, const std::vector<Request>& parts) {
  if (!results.is_array() || results.size() != parts.size()) return false;
  for (std::size_t index = 0; index < parts.size(); ++index)
    if (!results[index].is_object() || results[index].value("id", std::uint64_t{0}) != parts[index].job) return false;
  return true;
}

}  // namespace

std::uint64_t call_of_part(std::uint64_t call, std::size_t index) { return call | (index + 1) << 40; }

std::vector<Ended> ends_of_parts(const Ended& whole, const std::vector<Request>& parts,
                                 const std::function<void(std::string)>& complain) {
  if (parts.empty()) return {};
  const json results = whole.data.is_object() ? whole.data.value("settled", json()) : json();
  if (whole.ok() && !are_those_of(results, parts)) {
    complain("the answer to a settle has not what became of its items, in their order");
    return {};
  }
  std::vector<Ended> ends;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    Ended part{parts[index],   whole.begun,
               whole.ended,    whole.begun_ms,
               whole.ended_ms, call_of_part(whole.call, index),
               whole.user,     whole.outcome,
               whole.status,   {},
               whole.problem};
    if (whole.ok()) read_result(part, results[index]);
    if (whole.status == 422 && part.request.opens_always() && !part.recorded_all_the_same())
      complain("a settle is refused and does not say that a failure in it was recorded");
    if (whole.ok() && part.request.opens_always()) {
      if (part.outcome == Outcome::nothing && !part.recorded_all_the_same())
        complain("a settle refuses a part of a report and does not say that the failure was recorded");
      if (!whole.data.value("jobs", json::array()).empty())
        complain("a job was leased by a call that reported the failure of a service");
    }
    ends.push_back(std::move(part));
  }
  return ends;
}

}  // namespace breakerd::simulation
