#include "tests/simulation/promises/limits.hpp"

#include <algorithm>
#include <cmath>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Times are told in microseconds, and the daemon reckons finer.
constexpr double rounding_us = 1'000;
/// What comes in this time is kept on top of the burst (docs/http-api.md, "Limits").
constexpr double grain_us = 50'000;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

void Limits::take(const json& event, const History& history) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  const std::string at = "event " + event["seq"].dump() + " " + type + ": ";
  const Name name{text(data, "kind"), text(data, "name")};
  if (type == "JobEnqueued") {
    auto& names = names_[data["job"].get<std::uint64_t>()];
    names.insert({"job_type", text(data, "job_type")});
    if (!text(data, "service").empty()) names.insert({"service", text(data, "service")});
    if (!text(data, "campaign").empty()) names.insert({"campaign", text(data, "campaign")});
  }
  if (type == "LeaseLimitSet") {
    limits_[name] = {data["concurrency"].get<std::uint64_t>(), data["rate_thousandths"].get<std::uint64_t>(),
                     data["burst"].get<std::uint64_t>(), 0};
    ever_.insert(name);
  }
  if (type == "LeaseLimitRemoved" && limits_.erase(name) == 0) complain_(at + "there is no such limit");
  if (type == "JobLeased") leased(at, data["job"].get<std::uint64_t>(), event.value("time", ""), history);
}

void Limits::leased(const std::string& at, std::uint64_t job, const std::string& time, const History& history) {
  for (const Name& name : names_[job]) {
    const auto found = limits_.find(name);
    if (found == limits_.end()) continue;
    Limit& limit = found->second;
    if (limit.concurrency != 0 && in_flight(name, history) >= limit.concurrency)
      complain_(at + "job " + std::to_string(job) + " is one more than the limit on " + name.first + " " + name.second);
    const auto now_us = read_time(time);
    if (limit.rate_thousandths == 0 || !wall_is_steady_ || !now_us) continue;
    const double token_us = 1e9 / static_cast<double>(limit.rate_thousandths);
    const double bucket_us = static_cast<double>(limit.burst) * token_us;
    const auto now = static_cast<double>(*now_us);
    limit.full_at_us = std::max(limit.full_at_us, now - grain_us) + token_us;
    if (limit.full_at_us - now <= bucket_us * 1.0001 + rounding_us) continue;
    complain_(at + "job " + std::to_string(job) + " comes faster than the limit on " + name.first + " " + name.second);
    limit.full_at_us = now;
  }
}

std::uint64_t Limits::in_flight(const Name& name, const History& history) const {
  return static_cast<std::uint64_t>(std::count_if(history.jobs().begin(), history.jobs().end(), [&](const auto& job) {
    const auto names = names_.find(job.first);
    return job.second.now().status == "PROCESSING" && names != names_.end() && names->second.count(name) > 0;
  }));
}

bool Limits::may_keep_back(std::uint64_t job) const {
  const auto names = names_.find(job);
  return names != names_.end() && std::any_of(names->second.begin(), names->second.end(),
                                              [&](const Name& name) { return ever_.count(name) > 0; });
}

std::size_t Limits::full_on(std::uint64_t job, const History& history) const {
  const auto names = names_.find(job);
  if (names == names_.end()) return 0;
  return static_cast<std::size_t>(std::count_if(names->second.begin(), names->second.end(), [&](const Name& name) {
    const auto limit = limits_.find(name);
    return limit != limits_.end() && limit->second.concurrency != 0 &&
           in_flight(name, history) >= limit->second.concurrency;
  }));
}

void Limits::compare(const json& shown, const History& history, const Times& times) const {
  std::map<Name, std::uint64_t> waiting;
  for (const auto& [id, job] : history.jobs()) {
    const auto campaign = history.campaigns().find(job.campaign);
    const bool is_served = campaign == history.campaigns().end() || campaign->second.status == "RUNNING";
    if (!job.waits() || times.waits(id) || !is_served) continue;
    if (const auto names = names_.find(id); names != names_.end())
      for (const Name& name : names->second) ++waiting[name];
  }
  json found = json::array();
  for (const json& limit : shown) {
    const json rate = limit.value("rate_per_second", json());
    found.push_back({{"kind", limit.value("kind", json())},
                     {"name", limit.value("name", json())},
                     {"concurrency", limit.value("concurrency", json())},
                     {"rate", rate.is_number() ? json(std::llround(1'000 * rate.get<double>())) : json()},
                     {"burst", limit.value("burst", json())},
                     {"in_flight", limit.value("in_flight", json())},
                     {"waiting", limit.value("waiting", json())}});
  }
  const auto or_null = [](std::uint64_t number) { return number == 0 ? json() : json(number); };
  json expected = json::array();
  for (const auto& [name, limit] : limits_)
    expected.push_back({{"kind", name.first},
                        {"name", name.second},
                        {"concurrency", or_null(limit.concurrency)},
                        {"rate", or_null(limit.rate_thousandths)},
                        {"burst", or_null(limit.burst)},
                        {"in_flight", in_flight(name, history)},
                        {"waiting", waiting[name]}});
  const auto by_name = [](const json& one, const json& other) { return one.dump() < other.dump(); };
  std::sort(found.begin(), found.end(), by_name);
  std::sort(expected.begin(), expected.end(), by_name);
  if (found != expected)
    complain_("the limits are shown as " + found.dump() + ", and the events make them " + expected.dump());
}

}  // namespace breakerd::simulation
