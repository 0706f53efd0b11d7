#include "tests/simulation/promises/unique_keys.hpp"

#include <utility>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string named(std::uint64_t id) { return "job " + std::to_string(id); }

}  // namespace

std::string unique_key_of(const json& asked) { return asked.is_object() ? text(asked, "unique_key") : ""; }

std::string on_conflict_of(const json& asked) {
  const auto unique = asked.is_object() ? asked.find("unique") : asked.end();
  if (!asked.is_object() || unique == asked.end() || !unique->is_object()) return "refuse";
  const std::string given = text(*unique, "on_conflict");
  return given.empty() ? "refuse" : given;
}

void UniqueKeys::ended(const Ended& ended) {
  const Kind kind = ended.request.kind();
  if (kind != Kind::enqueue && kind != Kind::enqueue_batch && kind != Kind::retry) return;
  if (ended.status == 409 && ended.code() == "duplicate") return refused(ended);
  if (!ended.ok() || !ended.data.is_object()) return;
  if (kind == Kind::enqueue) one(ended.request.body, ended);
}

/// The answer has the key that was asked for, and is a job that was there before only if that was asked for.
void UniqueKeys::one(const json& asked, const Ended& ended) {
  const std::string key = unique_key_of(asked);
  const auto id = ended.data.value("id", std::uint64_t{0});
  if (text(ended.data, "unique_key") != key)
    complain_(named(id) + " was answered to an enqueue with the unique key '" + key + "', and has '" +
              text(ended.data, "unique_key") + "'");
  if (ended.status == 200 && (key.empty() || on_conflict_of(asked) != "existing"))
    complain_(named(id) + " was answered to an enqueue that did not ask for a job that was there");
  if (!key.empty()) shown_[id] = key;
}

/// For a job that has such a key, if it was ever shown.
void UniqueKeys::refused(const Ended& ended) {
  const auto id = ended.problem.value("job_id", std::uint64_t{0});
  if (ended.request.kind() == Kind::enqueue && id == 0)
    return complain_("an enqueue was refused as a duplicate, and no job is named");
  if (ended.request.kind() != Kind::enqueue) return;
  const std::string key = unique_key_of(ended.request.body);
  const auto shown = shown_.find(id);
  if (key.empty() || (shown != shown_.end() && shown->second != key))
    complain_("an enqueue with the unique key '" + key + "' was refused as a duplicate of " + named(id) +
              ", which has another one");
  if (on_conflict_of(ended.request.body) == "existing")
    complain_("an enqueue that asked for a job that was there was refused for it");
}

void UniqueKeys::take(const json& event) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  at_ = "event " + event["seq"].dump() + " " + type + ": ";
  now_us_ = read_time(text(event, "time")).value_or(now_us_);
  let_go_.clear();
  if (type == "JobsDue") {
    for (const json& job : data["jobs"]) let_go(job.get<std::uint64_t>());
    return;
  }
  if (type == "CampaignFailed" || type == "CampaignCancelled") {
    for (auto& [id, job] : jobs_)
      if (job.campaign == text(data, "campaign") && !job.ended) end(id, true);
    return;
  }
  const auto number = data.value("job", json());
  if (type.rfind("Job", 0) != 0 || !number.is_number_unsigned()) return;
  const auto id = number.get<std::uint64_t>();
  if (type == "JobEnqueued") {
    const std::string key = text(data, "unique_key");
    const std::string replaces = std::exchange(replaces_, "");
    if (!replaces.empty() && replaces != key) complain_(at_ + "a job with the key '" + replaces + "' was replaced");
    if (key.empty()) return;
    jobs_[id] = {key, text(data, "campaign"), read_time(text(data, "unique_until")), false};
    return take_key(id);
  }
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  if (type == "JobRetried") {
    found->second.ended = false;
    return take_key(id);
  }
  if (type == "JobCancelled" && text(data, "reason").rfind("replaced by job ", 0) == 0) replaces_ = found->second.key;
  if (type == "JobCompleted" || type == "JobFailed" || type == "JobExpired" || type == "JobCancelled")
    end(id, type == "JobCancelled");
}

void UniqueKeys::take_key(std::uint64_t id) {
  const std::string& key = jobs_[id].key;
  const auto [at, is_free] = holders_.try_emplace(key, id);
  if (!is_free && at->second != id) complain_(at_ + "the unique key '" + key + "' is held by " + named(at->second));
  at->second = id;
}

void UniqueKeys::end(std::uint64_t id, bool is_cancelled) {
  Job& job = jobs_[id];
  job.ended = true;
  const auto holder = holders_.find(job.key);
  if (holder == holders_.end() || holder->second != id) return;
  if (is_cancelled || !job.until_us || *job.until_us <= now_us_) holders_.erase(holder);
}

void UniqueKeys::let_go(std::uint64_t id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.ended) return;
  const Job& job = found->second;
  const auto holder = holders_.find(job.key);
  if (holder == holders_.end() || holder->second != id) return;
  if (job.until_us && now_us_ < *job.until_us)
    complain_(at_ + named(id) + " lets go of its unique key before its time");
  holders_.erase(holder);
  let_go_.insert(id);
}

}  // namespace breakerd::simulation
