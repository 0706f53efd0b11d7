#include "parts.hpp"

#include <algorithm>

namespace breakerd::integration {
namespace {

constexpr std::size_t held_max = 60;
constexpr std::size_t campaigns_alive_max = 12;
constexpr unsigned lease_ms = 10 * 60 * 1000;  // longer than any test: only what was asked for ends it
constexpr unsigned brief_lease_ms = 300;

/// `n` in `bound` of the time.
bool chance(unsigned drawn, unsigned n) { return drawn < n; }

}  // namespace

// --- producers ---

std::string Producer::some_campaign() {
  auto access = ledger().open();
  std::vector<std::string> open;
  for (const auto& [id, campaign] : access->campaigns)
    if (campaign.ends_tried.empty() && campaign.sealed == Known::no) open.push_back(id);
  return open.empty() ? std::string{} : open[below(static_cast<unsigned>(open.size()))];
}

void Producer::step() {
  const bool single = below(3) != 0;
  const std::size_t count = single ? 1 : 2 + below(60);
  if (!take_jobs(count)) return rest(5);
  const std::string key = new_key();
  const std::string campaign = chance(below(2), 1) ? some_campaign() : std::string{};
  Json jobs = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    Json job{{"job_type", "type" + std::to_string(below(3))},
             {"max_attempts", 1 + below(2)},
             {"payload", {{"key", key}, {"i", i}, {"padding", std::string(options().payload_bytes, 'x')}}}};
    if (!campaign.empty()) job["campaign_id"] = campaign;
    jobs.push_back(std::move(job));
  }
  ledger().open()->orders[key] = {count, campaign, false, 0};
  Answer answer;
  const Outcome outcome =
      single ? post("/api/v1/jobs", jobs.front(), answer) : post("/api/v1/jobs/batch", jobs, answer);
  if (outcome == Outcome::unknown) return;
  auto access = ledger().open();
  if (outcome == Outcome::refused) {
    access->orders.erase(key);
    return;
  }
  Order& order = access->orders[key];
  order.acknowledged = true;
  order.first = answer.data().at(single ? "id" : "first_id").get<JobId>();
  for (JobId job = order.first; job < order.first + count; ++job) access->jobs[job];
}

// --- workers ---

void Worker::step() {
  if (held_.empty() || (held_.size() < held_max && chance(below(10), 2))) return lease();
  const std::size_t which = below(static_cast<unsigned>(held_.size()));
  const unsigned action = below(1000);
  if (held_[which].result.empty() && action >= 970) return heartbeat(held_[which]);
  const Held held = held_[which];
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
  if (!held.result.empty() || action < 820) return complete(held);
  if (action < 910) return fail(held);
  if (action < 960 || !options().breaker) return release(held);
  report_service(held);
}

void Worker::lease() {
  const bool brief = chance(below(40), 1);
  Answer answer;
  const Json body{{"worker", name_}, {"max", 1 + below(24)}, {"lease_ms", brief ? brief_lease_ms : lease_ms}};
  const std::uint64_t asked = ++ledger().open()->clock;
  if (post("/api/v1/leases", body, answer) != Outcome::done) return;
  const Json& jobs = answer.data().at("jobs");
  if (jobs.empty()) return rest(3);
  std::string wrong;
  auto access = ledger().open();
  for (const Json& job : jobs) {
    Held held{job.at("id").get<JobId>(), job.at("token").get<std::string>(), {}, {}};
    if (job.at("campaign_id").is_string()) held.campaign = job.at("campaign_id").get<std::string>();
    JobFacts& facts = access->jobs[held.job];
    // One that has been ended since may have been leased before, and its answers have come in another order.
    const bool had_ended = !facts.end.empty() && facts.end_known < asked;
    if (had_ended) wrong += " " + std::to_string(held.job) + " is " + facts.end;
    facts.brief |= brief;
    const bool may_be_over = brief || facts.cancel_tried || !facts.end.empty();
    facts.holder = may_be_over ? std::string{} : name_;
    held_.push_back(std::move(held));
  }
  access.lock.unlock();
  if (!wrong.empty()) ledger().complain("jobs were leased that have ended:" + wrong);
}

std::string Worker::path(const Held& held, const char* action) {
  return "/api/v1/jobs/" + std::to_string(held.job) + "/" + action;
}

void Worker::explain_refusal(const Held& held, const Answer& answer, const char* action) {
  if (answer.status != 409 || ledger().may_have_ended(held.job, held.campaign)) return;
  ledger().complain(std::string{action} + " of job " + std::to_string(held.job) +
                    " is refused, whose lease nothing has ended: " + answer.text());
}

void Worker::complete(Held held) {
  const bool again = !held.result.empty();
  if (!again) held.result = name_ + "/" + new_key();
  {
    auto access = ledger().open();
    JobFacts& facts = access->jobs[held.job];
    facts.results_tried.insert(held.result);
    facts.holder.clear();
  }
  Answer answer;
  switch (post(path(held, "complete"), {{"token", held.token}, {"result", held.result}}, answer)) {
    case Outcome::done:
      return ledger().note_end(held.job, "COMPLETED", held.result);
    case Outcome::unknown:
      return held_.push_back(std::move(held));
    case Outcome::refused:
      break;
  }
  if (answer.status == 503) return held_.push_back(std::move(held));
  // The first try may have gone through: then its answer is here.
  if (again && answer.body.value("job_status", "") == "COMPLETED" && !ledger().may_have_ended(held.job, held.campaign))
    return ledger().note_end(held.job, "COMPLETED", held.result);
  explain_refusal(held, answer, "complete");
}

void Worker::fail(const Held& held) {
  {
    auto access = ledger().open();
    ++access->jobs[held.job].failures_tried;
    access->jobs[held.job].holder.clear();
  }
  Answer answer;
  const Outcome outcome = post(path(held, "fail"), {{"token", held.token}, {"error", "the job's own fault"}}, answer);
  if (outcome == Outcome::unknown) return;
  if (outcome == Outcome::refused) {
    --ledger().open()->jobs[held.job].failures_tried;
    return explain_refusal(held, answer, "fail");
  }
  ++ledger().open()->jobs[held.job].failures;
  if (answer.data().at("status") == "FAILED") ledger().note_end(held.job, "FAILED");
}

void Worker::release(const Held& held) {
  ledger().open()->jobs[held.job].holder.clear();
  Answer answer;
  if (post(path(held, "release"), {{"token", held.token}}, answer) == Outcome::refused)
    explain_refusal(held, answer, "release");
}

void Worker::report_service(const Held& held) {
  ledger().open()->jobs[held.job].holder.clear();
  const std::size_t opening = ledger().begin_circuit(true);
  Answer answer;
  const Outcome outcome = post(
      path(held, "fail"), {{"token", held.token}, {"error", "503 from the service"}, {"service", "apollo"}}, answer);
  // Whatever becomes of the job, a report opens the circuit; one that could not be written yet is owed.
  ledger().end_circuit(opening, outcome == Outcome::done || answer.status == 409 ? Outcome::done : Outcome::unknown);
  if (outcome == Outcome::refused) explain_refusal(held, answer, "report");
}

void Worker::heartbeat(const Held& held) {
  Answer answer;
  if (post(path(held, "heartbeat"), {{"token", held.token}}, answer) == Outcome::refused)
    explain_refusal(held, answer, "heartbeat");
}

// --- campaigns ---

void Manager::step() {
  rest(5);
  std::vector<std::string> alive;
  {
    auto access = ledger().open();
    for (const auto& [id, campaign] : access->campaigns)
      if (campaign.ends_tried.empty() && campaign.sealed != Known::yes) alive.push_back(id);
  }
  if (alive.size() < campaigns_alive_max && (alive.empty() || chance(below(4), 1))) return create();
  static constexpr const char* actions[] = {"start",  "start", "start",  "start", "pause", "resume",
                                            "resume", "seal",  "cancel", "fail",  "start", "resume"};
  change(alive[below(static_cast<unsigned>(alive.size()))], actions[below(12)]);
}

void Manager::create() {
  const std::string name = "campaign " + new_key();
  ledger().open()->campaigns_tried.insert(name);
  Answer answer;
  const Outcome outcome = post("/api/v1/campaigns", {{"name", name}}, answer);
  if (outcome == Outcome::unknown) return;
  auto access = ledger().open();
  access->campaigns_tried.erase(name);
  if (outcome == Outcome::done) access->campaigns[answer.data().at("id").get<std::string>()].name = name;
}

void Manager::change(const std::string& id, const char* what) {
  const std::string action = what;
  CampaignFacts before;
  {
    auto access = ledger().open();
    CampaignFacts& facts = access->campaigns.at(id);
    before = facts;
    if (action == "start" && facts.started == Known::no) facts.started = Known::maybe;
    if (action == "seal" && facts.sealed == Known::no) facts.sealed = Known::maybe;
    if (action == "pause" && facts.paused == Known::no) facts.paused = Known::maybe;
    if (action == "resume" && facts.paused == Known::yes) facts.paused = Known::maybe;
    if (action == "cancel") facts.ends_tried.insert("CANCELLED");
    if (action == "fail") facts.ends_tried.insert("FAILED");
  }
  Answer answer;
  const Outcome outcome = post("/api/v1/campaigns/" + id + "/" + action, Json::object(), answer);
  if (outcome == Outcome::unknown) return;
  auto access = ledger().open();
  CampaignFacts& facts = access->campaigns.at(id);
  if (outcome == Outcome::refused) {
    facts = before;
    return;
  }
  if (action == "start") facts.started = Known::yes;
  if (action == "seal") facts.sealed = Known::yes;
  if (action == "pause") facts.paused = Known::yes;
  if (action == "resume") facts.paused = Known::no;
  if (action == "cancel") facts.end = "CANCELLED";
  if (action == "fail") facts.end = "FAILED";
}

// --- the operator ---

void Operator::step() {
  rest(static_cast<int>(3 + below(10)));
  if (chance(below(4), 1)) return cancel_some_job();
  if (!options().breaker) return;
  if (chance(below(60), 1)) return open();
  const Answer answer = get("/api/v1/breaker");
  if (answer.status == 0) return lose();
  if (answer.succeeded() && answer.data().at("state") == "open") close();
}

void Operator::cancel_some_job() {
  JobId job = 0;
  {
    auto access = ledger().open();
    if (access->jobs.empty()) return;
    const JobId last = access->jobs.rbegin()->first;
    const auto at = access->jobs.lower_bound(last - std::min<JobId>(last, below(400)));
    if (at == access->jobs.end() || !at->second.end.empty()) return;
    job = at->first;
    at->second.cancel_tried = true;
    at->second.holder.clear();
  }
  Answer answer;
  if (post("/api/v1/jobs/" + std::to_string(job) + "/cancel", {{"reason", "not needed"}}, answer) == Outcome::done)
    ledger().note_end(job, "CANCELLED");
}

void Operator::open() {
  const std::size_t opening = ledger().begin_circuit(true);
  Answer answer;
  const Outcome outcome = post("/api/v1/breaker/open", {{"reason", "by hand"}}, answer);
  ledger().end_circuit(opening, outcome == Outcome::done ? outcome : Outcome::unknown);
}

void Operator::close() {
  const std::size_t closing = ledger().begin_circuit(false);
  Answer answer;
  const Outcome outcome = post("/api/v1/breaker/close", {{"reason", "seen to it"}}, answer);
  ledger().end_circuit(closing, outcome);
  if (outcome == Outcome::done && chance(below(8), 7)) resume_queue();
}

void Operator::resume_queue() {
  Answer answer;
  // May have opened again meanwhile, which is a 400 here.
  (void)post("/api/v1/queue-management/resume-queue", Json::object(), answer);
}

}  // namespace breakerd::integration
