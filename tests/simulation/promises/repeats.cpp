#include "tests/simulation/promises/repeats.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Keys are kept for 24 hours; beside that, clocks are no matter of this.
constexpr std::int64_t surely_kept_us = std::int64_t{23} * 3'600 * 1'000'000;

std::string content_of_call(const Call& call) { return call.method + " " + call.target + "\n" + call.body; }

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What its event says that no other request's does; empty: not to be told.
std::string text_of(const Request& request) {
  switch (request.kind()) {
    case Kind::create_campaign:
      return "campaign " + request.text("name");
    case Kind::enqueue:
      return request.text("name").empty() ? "" : "job " + request.text("name");
    case Kind::report_failure:
      return request.text("error").empty() ? "" : "failure " + request.text("error");
    case Kind::open:
      return request.text("reason").empty() ? "" : "opening " + request.text("reason");
    default:
      return "";
  }
}

std::string text_of(const json& event) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  if (type == "CampaignCreated") return "campaign " + text(data, "name");
  if (type == "JobEnqueued") return "job " + text(data, "name");
  if (type == "OpeningReaffirmed") return "opening " + text(data, "reason");
  if (type == "FailureRecorded") return "failure " + text(data, "error");
  if (type != "CircuitOpened") return "";
  const bool by_hand = data.contains("by_hand") && data["by_hand"] != false && data["by_hand"] != 0;
  return by_hand ? "opening " + text(data, "reason") : "failure " + text(data, "error");
}

/// A refusal of a part that says that the rest was recorded has changed something.
bool says_done(const Response& response) {
  return response.status < 300 || response.body.find("was recorded all the same") != std::string::npos;
}

bool names_the_key(const Response& response) {
  return response.status == 422 && response.body.find("\"Idempotency-Key\"") != std::string::npos;
}

}  // namespace

bool Repeats::is_replayed(const Response& response) { return response.headers.count("idempotent-replayed") > 0; }

/// Of a command about many jobs `done` is a number.
bool Repeats::is_brief(const Response& response) {
  return is_replayed(response) && response.status == 200 &&
         content_of(response).value("/data/done"_json_pointer, nlohmann::json()) == true;
}

Repeats::Sent& Repeats::sent(const std::string& user, const Request& request) {
  return sent_[(principal_of_ ? principal_of_(user) : user) + "\n" + request.key];
}

void Repeats::begun(const std::string& user, const Call& call, const Request& request, std::int64_t wall_us) {
  const std::string said = text_of(request);
  if (!request.takes_key()) {  // each may do it
    if (!said.empty()) by_text_[said].insert("\n" + std::to_string(by_text_[said].size()));
    return;
  }
  // Behind a jump of the calendar's time it may be done once more.
  if (!said.empty()) by_text_[said].insert(user + "\n" + request.key + "\n" + std::to_string(wall_us / surely_kept_us));
  Sent& group = sent(user, request);
  group.contents.insert(content_of_call(call));
  ++group.begun;
  group.have_met = group.have_met || group.under_way > 0;
  ++group.under_way;
}

void Repeats::ended(const std::string& user, const Call& call, const Request& request,
                    const std::optional<Response>& response, std::int64_t wall_us) {
  if (!request.takes_key()) {
    if (response && is_replayed(*response))
      complain_("the answer to " + call.method + " " + call.target + " is a replayed one, and there was no key");
    return;
  }
  Sent& group = sent(user, request);
  --group.under_way;
  forget_old(group, wall_us);
  if (!response || response->status >= 500)
    group.is_in_doubt = true;
  else if (is_replayed(*response))
    replayed(group, call, request, *response, wall_us);
  else
    fresh(group, call, request, content_of_call(call), *response, wall_us);
  if (group.under_way == 0) group.have_met = false;
}

void Repeats::forget_old(Sent& group, std::int64_t wall_us) {
  const auto is_old = [&](std::int64_t then) { return wall_us - then >= surely_kept_us; };
  if ((group.given && is_old(group.given->wall_us)) || (group.is_done && is_old(group.done_us))) {
    const Sent old = group;
    group = {};
    group.contents = old.contents;
    group.begun = old.begun;
    group.under_way = old.under_way;
    group.is_in_doubt = true;  // a repeat that was sent before may still be on its way
    group.may_be_old = true;
  }
}

void Repeats::replayed(Sent& group, const Call& call, const Request& request, const Response& response,
                       std::int64_t wall_us) {
  const std::string content = content_of_call(call);
  const std::string what = "the answer to " + call.method + " " + call.target + " is a replayed one, and ";
  if (group.begun < 2) return complain_(what + "nobody has sent the request before");
  // What a repeat tells that was sent before the clock was set may be forgotten at once.
  const std::int64_t then_us = group.may_be_old ? wall_us - surely_kept_us : wall_us;
  if (is_brief(response)) {
    // Of many changes a part may have been done, so there is more to be told of them than what the log has of one.
    const bool is_many = request.kind() == Kind::settle || request.kind() == Kind::complete_many;
    if (is_many && !content_of(response).contains("/data/ended"_json_pointer))
      return complain_(what + "says that many changes are done, of which nobody has heard");
    if (group.given) return complain_(what + "says that it is not kept, and it was given before");
    group.is_done = true;
    group.done_us = then_us;
    return;
  }
  // An answer whose write failed may turn out to be in the log, when storage is back.
  if (group.is_done && !group.is_in_doubt) return complain_(what + "it was said not to be kept");
  group.is_done = false;
  if (!group.given) {
    group.given = Given{content, response.status, response.body, then_us};
    return;
  }
  if (group.given->content != content) return complain_(what + "it is another request's");
  if (group.given->status != response.status || group.given->body != response.body)
    complain_(what + "is " + std::to_string(response.status) + " " + response.body + ", not " +
              std::to_string(group.given->status) + " " + group.given->body);
}

void Repeats::fresh(Sent& group, const Call& call, const Request& request, const std::string& content,
                    const Response& response, std::int64_t wall_us) {
  const std::string what = "the answer to " + call.method + " " + call.target + " ";
  if (names_the_key(response)) {
    if (group.contents.size() < 2 && is_key(request.key)) complain_(what + "refuses a key that no other request had");
    return;
  }
  if (response.status == 409 && response.body.find("\"in_progress\"") != std::string::npos) {
    const bool may_be = group.have_met || group.is_in_doubt;
    if (!may_be) complain_(what + "says that a request with its key is being done, and there is none");
    return;
  }
  if (group.is_done || group.given) {
    if (response.status == 408) return;  // it was not even read
    return complain_(what + "is " + std::to_string(response.status) +
                     " and says nothing of a repeat, and a request with "
                     "its key was done before");
  }
  const bool only_looks = !request.route.changes || request.kind() == Kind::resume_service ||
                          (request.body.is_array() && request.body.empty());
  if (says_done(response) && !only_looks) group.given = Given{content, response.status, response.body, wall_us};
}

void Repeats::take(const json& event) {
  if (event["type"] == "RequestAnswered") {
    const std::string request = text(event["data"], "request");
    if (!answered_.insert(request).second)
      complain_("event " + event["seq"].dump() + " keeps the answer to a request for a second time");
    return;
  }
  const std::string said = text_of(event);
  const auto found = by_text_.find(said);
  if (said.empty() || found == by_text_.end()) return;
  if (++times_[said] > found->second.size())
    complain_("event " + event["seq"].dump() + " is of '" + said + "', which " + std::to_string(found->second.size()) +
              " requests with keys of their own wanted, and is there " + std::to_string(times_[said]) + " times");
}

}  // namespace breakerd::simulation
