#include "check.hpp"

#include <algorithm>

#include "client.hpp"
#include "daemon.hpp"

namespace breakerd::integration {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

struct SeenJob {
  std::string status, result, key, campaign, worker;
  std::size_t number = 0;
  unsigned attempts = 0;
  bool waits_for_time = false;
  bool is_parked = false;
};

struct SeenCampaign {
  std::string name, status;
  bool sealed = false;
  Counts counts;
};

/// One moment of the daemon.
struct Seen {
  Json status;
  std::map<JobId, SeenJob> jobs;
  std::map<std::string, SeenCampaign> campaigns;
};

std::string text_or_empty(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

Json read(Client& client, const std::string& target) {
  Answer answer = client.get(target);
  require(answer.succeeded(), "GET " + target + " answers " + answer.text());
  return std::move(answer.body.at("data"));
}

/// Walks all pages of a list.
template <class Visit>
void read_all(Client& client, const std::string& list, const Visit& visit) {
  std::string cursor;
  do {
    const Json page = read(client, "/api/v1/" + list + "?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const Json& item : page.at(list)) visit(item);
    cursor = text_or_empty(page.at("next_cursor"));
  } while (!cursor.empty());
}

/// All of it as of one seq: leases that end by themselves make it start over.
Seen look(Client& client) {
  constexpr int tries = 20;
  for (int i = 0; i < tries; ++i) {
    Seen seen;
    seen.status = read(client, "/api/v1/queue-management/status");
    read_all(client, "jobs", [&](const Json& job) {
      const Json& payload = job.at("payload");
      seen.jobs[job.at("id").get<JobId>()] = {job.at("status").get<std::string>(),
                                              text_or_empty(job.at("result")),
                                              payload.at("key").get<std::string>(),
                                              text_or_empty(job.at("campaign_id")),
                                              text_or_empty(job.at("worker")),
                                              payload.at("i").get<std::size_t>(),
                                              job.at("attempts").get<unsigned>(),
                                              !job.at("next_attempt_at").is_null(),
                                              text_or_empty(job.value("pause_reason", Json{})).starts_with("parked: ")};
    });
    read_all(client, "campaigns", [&](const Json& campaign) {
      seen.campaigns[campaign.at("id").get<std::string>()] = {
          campaign.at("name").get<std::string>(), campaign.at("status").get<std::string>(),
          campaign.at("sealed").get<bool>(), campaign.at("job_counts").get<Counts>()};
    });
    const Json after = read(client, "/api/v1/queue-management/status");
    if (after.at("queue").at("last_seq") == seen.status.at("queue").at("last_seq")) return seen;
  }
  throw Failure{"the log does not come to rest"};
}

class Check {
 public:
  Check(const Seen& seen, Facts& facts) : seen_{seen}, facts_{facts} {}

  void all() {
    counts();
    orders();
    for (auto& [id, facts] : facts_.jobs) job(id, facts);
    for (const auto& [id, seen] : seen_.campaigns) adopt(id, seen);
    for (auto& [id, facts] : facts_.campaigns) campaign(id, facts);
    facts_.campaigns_tried.clear();
    circuit();
  }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  void expect(bool condition, const std::string& what) {
    if (!condition && wrong_.size() < 4'000) wrong_ += what + "\n";
  }

  static void count(Counts& counts, const SeenJob& job) {
    ++counts[job.status];
    if (job.status == "PENDING" && job.waits_for_time) ++counts["scheduled"];
    if (job.is_parked) ++counts["parked"];
  }

  void counts() {
    Counts none;
    for (const char* count :
         {"PENDING", "PROCESSING", "PAUSED", "COMPLETED", "FAILED", "EXPIRED", "CANCELLED", "scheduled", "parked"})
      none[count] = 0;
    Counts jobs = none;
    std::map<std::string, Counts> of_campaigns;
    for (const auto& [id, job] : seen_.jobs) {
      count(jobs, job);
      if (!job.campaign.empty()) count(of_campaigns.try_emplace(job.campaign, none).first->second, job);
    }
    expect(seen_.status.at("job_counts").get<Counts>() == jobs,
           "the counts of jobs are " + seen_.status.at("job_counts").dump() + ", a recount gives " + Json(jobs).dump());
    Counts campaigns;
    for (const auto& [id, campaign] : seen_.campaigns) {
      ++campaigns[campaign.status];
      const auto at = of_campaigns.find(id);
      const Counts& recount = at == of_campaigns.end() ? none : at->second;
      expect(campaign.counts == recount, "campaign " + id + " counts " + Json(campaign.counts).dump() +
                                             ", a recount gives " + Json(recount).dump());
    }
    for (const auto& [status, count] : seen_.status.at("campaign_counts").get<Counts>())
      expect(campaigns[status] == count, std::to_string(count) + " campaigns are counted as " + status +
                                             ", a recount gives " + std::to_string(campaigns[status]));
  }

  /// An order is there as a whole or not at all; an acknowledged one is there.
  void orders() {
    std::map<std::string, std::vector<JobId>> jobs;
    for (const auto& [id, job] : seen_.jobs) jobs[job.key].push_back(id);
    for (const auto& [key, ids] : jobs) {
      const auto at = facts_.orders.find(key);
      expect(at != facts_.orders.end(), "job " + std::to_string(ids.front()) + " of " + key + ": nobody ordered it");
      if (at == facts_.orders.end()) continue;
      Order& order = at->second;
      if (order.acknowledged) continue;
      order.acknowledged = true;
      order.first = ids.front();
    }
    for (auto at = facts_.orders.begin(); at != facts_.orders.end();) {
      if (at->second.acknowledged) order(at->first, at->second);
      at = at->second.acknowledged ? std::next(at) : facts_.orders.erase(at);
    }
  }

  void order(const std::string& key, const Order& order) {
    for (std::size_t i = 0; i < order.count; ++i) {
      const JobId id = order.first + i;
      const auto at = seen_.jobs.find(id);
      const bool there = at != seen_.jobs.end() && at->second.key == key && at->second.number == i &&
                         at->second.campaign == order.campaign;
      expect(there, "job " + std::to_string(id) + ", number " + std::to_string(i) + " of " +
                        std::to_string(order.count) + " of order " + key + ", is not there");
      facts_.jobs[id];
    }
  }

  void job(JobId id, JobFacts& facts) {
    const auto at = seen_.jobs.find(id);
    const std::string name = "job " + std::to_string(id);
    if (at == seen_.jobs.end()) return expect(false, name + " is not there");
    const SeenJob& seen = at->second;
    const auto lane = facts_.campaigns.find(seen.campaign);
    // What is left of a campaign that was cancelled or has failed is shown as CANCELLED.
    const bool lane_may_have_ended = lane != facts_.campaigns.end() && !lane->second.ends_tried.empty();
    expect(facts.failures <= seen.attempts && seen.attempts <= facts.failures_tried + 1,
           name + " shows " + std::to_string(seen.attempts) + " attempts; " + std::to_string(facts.failures) +
               " failures were acknowledged, " + std::to_string(facts.failures_tried) + " reported");
    if (!facts.end.empty()) {
      return expect(seen.status == facts.end && seen.result == facts.result, name + " is " + seen.status + " with " +
                                                                                 seen.result + "; acknowledged was " +
                                                                                 facts.end + " with " + facts.result);
    }
    if (seen.status == "COMPLETED") {
      expect(facts.results_tried.contains(seen.result),
             name + " is COMPLETED with " + seen.result + ", which nobody sent");
    } else if (seen.status == "FAILED") {
      expect(facts.failures_tried > facts.failures, name + " is FAILED; nobody asked for it");
    } else if (seen.status == "CANCELLED") {
      expect(facts.cancel_tried || lane_may_have_ended, name + " is CANCELLED; nobody asked for it");
      if (lane_may_have_ended) return;
    } else {
      return living_job(name, facts, seen);
    }
    facts.end = seen.status;
    facts.result = seen.result;
    facts.holder.clear();
  }

  void living_job(const std::string& name, JobFacts& facts, const SeenJob& seen) {
    if (!facts.holder.empty()) {
      expect(seen.status != "PENDING", name + " is PENDING; it was leased to " + facts.holder);
      expect(seen.worker == facts.holder, name + " is with '" + seen.worker + "'; it was leased to " + facts.holder);
    }
    facts.results_tried.clear();
    facts.failures = facts.failures_tried = seen.attempts;
    facts.cancel_tried = false;
  }

  void adopt(const std::string& id, const SeenCampaign& seen) {
    if (facts_.campaigns.contains(id)) return;
    expect(facts_.campaigns_tried.contains(seen.name), "campaign " + id + " (" + seen.name + "): nobody created it");
    facts_.campaigns[id].name = seen.name;
  }

  void campaign(const std::string& id, CampaignFacts& facts) {
    const auto at = seen_.campaigns.find(id);
    const std::string name = "campaign " + id;
    if (at == seen_.campaigns.end()) return expect(false, name + " is not there");
    const SeenCampaign& seen = at->second;
    const std::string is = name + " is " + seen.status;
    expect(seen.name == facts.name, name + " is called " + seen.name + ", not " + facts.name);
    expect(seen.sealed ? facts.sealed != Known::no : facts.sealed != Known::yes,
           name + (seen.sealed ? " is sealed; nobody asked for it" : " is not sealed, which was acknowledged"));
    facts.sealed = seen.sealed ? Known::yes : Known::no;
    if (!facts.end.empty()) return expect(seen.status == facts.end, is + "; acknowledged was " + facts.end);
    if (seen.status == "FAILED" || seen.status == "CANCELLED") {
      expect(facts.ends_tried.contains(seen.status), is + "; nobody asked for it");
      facts.end = seen.status;
      facts.ends_tried = {seen.status};
      return;
    }
    facts.ends_tried.clear();
    const Counts& counts = seen.counts;
    const bool living = counts.at("PENDING") + counts.at("PROCESSING") + counts.at("PAUSED") > 0;
    if (seen.status == "CREATED") {
      expect(facts.started != Known::yes, is + "; its start was acknowledged");
      facts.started = Known::no;
      return;
    }
    if (seen.status == "COMPLETED") return expect(seen.sealed && !living, is + " too early");
    expect(facts.started != Known::no, is + "; nobody started it");
    expect(!seen.sealed || living, is + ", sealed, and all its jobs have ended");
    facts.started = Known::yes;
    const bool held = !seen_.status.at("queue").at("holds").empty();
    if (seen.status == "RUNNING") expect(facts.paused != Known::yes, is + "; its pause was acknowledged");
    if (seen.status == "PAUSED" && !held) expect(facts.paused != Known::no, is + "; nothing holds it");
    if (facts.paused == Known::maybe && !held) facts.paused = seen.status == "PAUSED" ? Known::yes : Known::no;
  }

  /// The last acknowledged word counts, unless its opposite may have come at the same time or later.
  void circuit() {
    const Json& circuit = seen_.status.at("circuit_breaker");
    const bool is_open = circuit.at("state") == "open";
    for (const CircuitFact& fact : facts_.circuit) {
      if (!fact.acknowledged || fact.opening == is_open) continue;
      const bool undone = std::any_of(facts_.circuit.begin(), facts_.circuit.end(), [&](const CircuitFact& other) {
        return other.opening != fact.opening && other.end >= fact.begin;
      });
      expect(undone, std::string{"the circuit is "} + (is_open ? "OPEN" : "CLOSED") + " (epoch " +
                         circuit.at("epoch").dump() + "), the opposite was acknowledged last: " + circuit.dump());
    }
    const auto epoch = circuit.at("epoch").get<std::uint64_t>();
    expect(epoch >= facts_.epoch,
           "the epoch went back from " + std::to_string(facts_.epoch) + " to " + std::to_string(epoch));
    expect(seen_.status.at("queue").at("paused").get<bool>() == is_open, "the queue does not follow the circuit");
    facts_.epoch = epoch;
    const std::uint64_t now = ++facts_.clock;
    facts_.circuit = {{is_open, true, now, now}};
  }

  const Seen& seen_;
  Facts& facts_;
  std::string wrong_;
};

}  // namespace

void check_state(std::uint16_t port, Ledger& ledger) {
  Client client{port};
  const Seen seen = look(client);
  std::string wrong;
  {
    auto access = ledger.open();
    Check check{seen, access.facts};
    check.all();
    wrong = check.wrong();
  }
  require(wrong.empty(), "what is there is not what was acknowledged:\n" + wrong);
  require(ledger.complaints() == 0, std::to_string(ledger.complaints()) + " answers were wrong (see above)");
}

void check_events(std::uint16_t port, Ledger& ledger) {
  Client client{port};
  std::map<JobId, std::string> ends;
  std::map<JobId, std::string> campaigns;
  std::uint64_t next = 1;
  bool open = false;
  while (true) {
    const Json page = read(client, "/api/v1/events?limit=1000&from=" + std::to_string(next));
    if (page.at("events").empty()) break;
    for (const Json& event : page.at("events")) {
      const std::string seq = std::to_string(next);
      require(event.at("seq") == next, "event " + seq + " is missing; there is " + event.at("seq").dump());
      ++next;
      const auto type = event.at("type").get<std::string>();
      if (type == "CircuitOpened" || type == "CircuitClosed") {
        require(open != (type == "CircuitOpened"), "event " + seq + " is a second " + type);
        open = type == "CircuitOpened";
      }
      require(!open || type != "JobLeased", "event " + seq + " leases a job while the circuit is OPEN");
      if (type == "JobEnqueued")
        campaigns[event.at("data").at("job").get<JobId>()] = text_or_empty(event.at("data").value("campaign", Json{}));
      if (type != "JobCompleted" && type != "JobFailed" && type != "JobCancelled") continue;
      const auto job = event.at("data").at("job").get<JobId>();
      const auto [at, first] = ends.emplace(job, type);
      require(first, "event " + seq + " is a " + type + " of job " + std::to_string(job) + " after its " + at->second);
    }
  }
  static const std::map<std::string, std::string> type_of{
      {"COMPLETED", "JobCompleted"}, {"FAILED", "JobFailed"}, {"CANCELLED", "JobCancelled"}};
  auto access = ledger.open();
  for (const auto& [id, facts] : access->jobs) {
    if (facts.end.empty()) continue;
    // The end of a campaign cancels its jobs with one event: to cancel one of them once more is "already so".
    const auto campaign = access->campaigns.find(campaigns[id]);
    if (facts.end == "CANCELLED" && campaign != access->campaigns.end() && !campaign->second.end.empty()) continue;
    require(ends[id] == type_of.at(facts.end),
            "job " + std::to_string(id) + " is " + facts.end + ", its event in the log is '" + ends[id] + "'");
  }
}

}  // namespace breakerd::integration
