#include "tests/simulation/promises/progress.hpp"

#include <algorithm>

#include "tests/simulation/promises/sha256.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

}  // namespace

/// A worker that is told to stop may have reported it before there was a reason to.
void ProgressReports::ended(const Ended& ended) {
  const Request& request = ended.request;
  if (request.kind() != Kind::heartbeat || !request.job || !request.body.is_object()) return;
  if (ended.outcome == Outcome::nothing || !request.body.contains("progress")) return;
  const bool is_kept = ended.ok() && ended.data.is_object() && !ended.data.value("stop", true);
  const Step last = ended.outcome == Outcome::unknown ? never : ended.ended;
  reports_[{*request.job, token_digest(request.text("token"))}].push_back(
      {ended.begun, last, is_kept, request.body["progress"]});
}

void ProgressReports::compare(const json& row, const History& history, const Complain& complain) const {
  const auto id = row.value("id", std::uint64_t{0});
  const auto job = history.jobs().find(id);
  if (job == history.jobs().end()) return;
  const json shown = row.value("progress", json());
  const std::string name = "job " + std::to_string(id);
  if (row.value("lease", json()).is_null()) {
    if (!shown.is_null()) complain(name + " shows the progress " + shown.dump() + ", and nobody works on it");
    return;
  }
  static const std::vector<Report> none;
  const auto found = reports_.find({id, job->second.token_digest});
  const std::vector<Report>& reports = found == reports_.end() ? none : found->second;
  const auto is_overtaken = [&](Step ended) {
    return std::any_of(reports.begin(), reports.end(),
                       [&](const Report& other) { return other.is_kept && other.begun > ended; });
  };
  if (shown.is_null()) {
    if (is_overtaken(lost_)) complain(name + " shows no progress, and its worker has reported some");
    return;
  }
  const bool is_known = std::any_of(reports.begin(), reports.end(), [&](const Report& report) {
    return shown.value("percent", json()) == report.progress["percent"] &&
           shown.value("message", json()) == report.progress.value("message", json()) && shown["at"].is_string() &&
           !is_overtaken(report.ended);
  });
  if (!is_known) complain(name + " shows the progress " + shown.dump() + ", which is not what was reported last");
}

}  // namespace breakerd::simulation
