#include "tests/simulation/promises/job_types.hpp"

#include <algorithm>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

/// A member of an object; null when there is none, or no object.
json member(const json& of, const char* name) { return of.is_object() ? of.value(name, json()) : json(); }

bool is_change(const Request& request) {
  return request.kind() == Kind::set_job_type || request.kind() == Kind::remove_job_type;
}

/// What the list must show of a type with these settings.
json as_listed(const json& set) {
  return {{"job_type", member(set, "job_type")},     {"max_attempts", member(set, "max_attempts")},
          {"timeout_ms", member(set, "timeout_ms")}, {"max_expiries", member(set, "max_expiries")},
          {"backoff", member(set, "backoff")},       {"reason", member(set, "reason")}};
}

}  // namespace

void JobTypes::begun(const Request& request) {
  if (!is_change(request)) return;
  Type& type = types_[request.job_type];
  type.overlap = type.overlap || type.under_way > 0;
  ++type.under_way;
}

void JobTypes::ended(const Ended& ended) {
  if (is_change(ended.request)) changed(ended);
  if (ended.request.kind() == Kind::enqueue && ended.status == 201 && ended.data.is_object()) enqueued(ended);
}

/// One whose answer was lost may be carried out later.
void JobTypes::changed(const Ended& ended) {
  Type& type = types_[ended.request.job_type];
  --type.under_way;
  type.changed = ended.ended;
  if (ended.ok() && ended.request.kind() == Kind::set_job_type) check_set(ended);
  if (ended.outcome == Outcome::unknown || type.overlap) type.is_known = false;
  if (type.under_way == 0) type.overlap = false;
  if (ended.ok()) type.settings = ended.request.kind() == Kind::set_job_type ? ended.data : json();
}

/// The answer has what was asked for, and nothing that was not.
void JobTypes::check_set(const Ended& ended) {
  const json& asked = ended.request.body;
  const json& shown = ended.data;
  const auto is_as_asked = [](const json& wanted, const json& found) { return wanted == found; };
  if (text(shown, "job_type") != ended.request.job_type ||
      !is_as_asked(member(asked, "timeout_ms"), member(shown, "timeout_ms")) ||
      !is_as_asked(member(asked, "max_expiries"), member(shown, "max_expiries")) ||
      !is_as_asked(member(member(asked, "retry"), "max_attempts"), member(member(shown, "retry"), "max_attempts")))
    complain_("the settings " + asked.dump() + " of a job type were answered with " + shown.dump());
}

void JobTypes::enqueued(const Ended& ended) {
  const json& asked = ended.request.body;
  const auto found = types_.find(text(asked, "job_type"));
  static const Type none;
  const Type& type = found == types_.end() ? none : found->second;
  if (!type.is_known || type.under_way > 0 || type.changed >= ended.begun) return;
  const json retry = member(type.settings, "retry");
  const auto of_type = [](const json& given, const json& otherwise) { return given.is_null() ? otherwise : given; };
  if (member(asked, "max_attempts").is_null() && member(member(asked, "retry"), "max_attempts").is_null())
    expect(ended, "max_attempts", of_type(member(retry, "max_attempts"), 3));
  if (member(asked, "max_expiries").is_null())
    expect(ended, "max_expiries", of_type(member(type.settings, "max_expiries"), 10));
  if (member(asked, "timeout_ms").is_null()) expect(ended, "timeout_ms", member(type.settings, "timeout_ms"));
  const json backoff = member(retry, "backoff");
  if (member(member(asked, "retry"), "backoff").is_null() && !backoff.is_null() &&
      member(member(ended.data, "retry"), "backoff") != backoff)
    complain_("job " + member(ended.data, "id").dump() + " has the retry " + member(ended.data, "retry").dump() +
              ", and its type the backoff " + backoff.dump());
}

void JobTypes::expect(const Ended& ended, const char* name, const json& expected) {
  const json shown = member(ended.data, name);
  if (shown != expected)
    complain_("job " + member(ended.data, "id").dump() + " does not say its " + name + ", has " + shown.dump() +
              ", and its type " + expected.dump());
}

void JobTypes::take(const json& event) {
  const std::string type = text(event, "type");
  if (type != "JobTypeSet" && type != "JobTypeRemoved") return;
  const json& data = event["data"];
  const std::string name = text(data, "job_type");
  const std::string at = "event " + event["seq"].dump() + " " + type + ": ";
  if (type == "JobTypeRemoved") {
    if (in_log_.erase(name) == 0) complain_(at + "the job type has no settings");
    return;
  }
  json settings = data;
  settings.erase("reason");
  const auto before = in_log_.find(name);
  if (before != in_log_.end()) {
    json same = before->second;
    same.erase("reason");
    if (same == settings) complain_(at + "it sets what was set already");
  }
  in_log_[name] = data;
}

void JobTypes::compare(const std::vector<json>& shown) {
  json expected = json::array();
  for (const auto& [name, set] : in_log_) expected.push_back(as_listed(set));
  json found = json::array();
  for (const json& type : shown) {
    json flat = type;
    flat["max_attempts"] = member(member(type, "retry"), "max_attempts");
    flat["backoff"] = member(member(type, "retry"), "backoff");
    found.push_back(as_listed(flat));
  }
  if (found != expected)
    complain_("the job types are shown as " + found.dump() + ", and the events make them " + expected.dump());
  types_.clear();
  for (const json& type : shown) types_[text(type, "job_type")].settings = type;
}

}  // namespace breakerd::simulation
