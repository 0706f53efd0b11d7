#include "tests/simulation/promises/past_errors.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::size_t remembered = 5;

}  // namespace

void PastErrors::take(const json& event) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  if (!data.contains("job")) return;
  const auto job = data["job"].is_number_unsigned() ? data["job"].get<std::uint64_t>() : 0;
  if (type == "JobLeased") workers_[job] = data.value("worker", "");
  if (type != "JobAttemptFailed" && type != "JobFailed" && type != "JobReturned") return;
  const bool counted = type == "JobAttemptFailed" || (type == "JobFailed" && !data.value("expired", false));
  json& errors = errors_.try_emplace(job, json::array()).first->second;
  errors.push_back({{"time", event["time"]},
                    {"worker", workers_[job]},
                    {"attempt", counted ? data["attempt"] : json()},
                    {"error", data["error"]},
                    {"error_type", data["error_type"]},
                    {"service", type == "JobReturned" ? data["service"] : json()}});
  if (errors.size() > remembered) errors.erase(errors.begin());
}

void PastErrors::compare(const json& job, const Complain& complain) const {
  const auto id = job.value("id", std::uint64_t{0});
  const auto found = errors_.find(id);
  const json expected = found == errors_.end() ? json::array() : found->second;
  const json shown = job.value("errors", json());
  if (shown != expected)
    complain("job " + std::to_string(id) + " shows the errors " + shown.dump() + ", and the events have " +
             expected.dump());
}

}  // namespace breakerd::simulation
