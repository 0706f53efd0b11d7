// The pictures of docs/life-cycle.md are those of the rules: all that fold() allows to one campaign and one job is
// walked through, and each change of a state is an arrow of a picture. No picture has another one.

#include <filesystem>
#include <fstream>
#include <map>
#include <queue>
#include <set>
#include <sstream>
#include <tuple>

#include <breakerd/events/rules/triage.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

using Arrow = std::tuple<std::string, std::string, std::string>;  ///< from, event, to
using Picture = std::set<Arrow>;

const CampaignId spring = campaign_id(1);
constexpr JobId the_job = 1;
const std::string none = "[*]";

bool has_job(const World& world) { return world.jobs.contains(the_job); }

std::string circuit_of(const World& world) { return world.circuit.state == CircuitState::open ? "OPEN" : "CLOSED"; }

std::string campaign_of(const World& world) {
  return world.campaigns.contains(spring) ? std::string{to_string(world.shown(spring))} : none;
}

/// What the job is underneath a pause.
std::string job_of(const World& world) {
  if (!has_job(world)) return none;
  const JobContext job = world.about(the_job);
  return std::string{to_string(job.status() == JobStatus::paused ? job.row.status : job.status())};
}

/// Whether it reads PAUSED; nothing for one that is not there or has ended.
std::string pause_of(const World& world) {
  if (!has_job(world) || is_terminal(world.about(the_job).status())) return {};
  return world.about(the_job).status() == JobStatus::paused ? "PAUSED" : "SERVED";
}

/// Every event that could come next, with numbers that fit.
std::vector<EventData> candidates(const World& world) {
  const Epoch epoch = world.circuit.epoch;
  const Ordinal next = world.the_queue.last_ordinal + 1;
  std::vector<Ordinal> living;
  for (const Hold& hold : world.the_queue.holds) living.push_back(hold.ordinal);
  const JobRow row = has_job(world) ? world.jobs.at(the_job) : JobRow{};
  JobSpec short_lived = *spec(spring);
  short_lived.max_attempts = 2;
  short_lived.max_expiries = 1;
  short_lived.expires_at = at(1'000);
  short_lived.deadline = at(900);
  JobSpec lonely = short_lived;
  lonely.campaign = {};
  lonely.expires_at = lonely.deadline = no_time;
  CircuitOpened opening = opened(epoch + 1);
  opening.job = the_job;
  std::vector<EventData> all{
      opening,
      FailureRecorded{epoch, "429", "http", "apollo", the_job, row.campaign},
      closed(epoch),
      QueuePaused{epoch, 0},
      QueueResumed{epoch, 0},
      circuit_hold(next),
      service_hold(next, "hermes"),
      HoldsLifted{living, 0, 0, 0, ""},
      created(spring),
      CampaignUpdated{spring, "summer", {}, {}, {}},
      CampaignStarted{spring, next},
      CampaignPaused{spring, ""},
      CampaignResumed{spring, next},
      CampaignSealed{spring},
      CampaignCompleted{spring, 0, 0, 0},
      CampaignFailed{spring, "", 0},
      CampaignCancelled{spring, "", 0},
      JobEnqueued{the_job, std::make_shared<const JobSpec>(short_lived)},
      JobEnqueued{the_job, std::make_shared<const JobSpec>(lonely)},
      leased(the_job, row.campaign, row.attempts + 1),
      completed(the_job, row.campaign),
      JobAttemptFailed{the_job, row.campaign, row.attempts + 1, "", ""},
      JobAttemptFailed{the_job, row.campaign, row.attempts + 1, "", "", 500, at(9)},
      JobsDue{{the_job}},
      JobRetried{the_job, row.campaign, ""},
      JobRetried{the_job, row.campaign, "", at(900)},
      JobExpired{the_job, row.campaign},
      DeadlinesMoved{at(800), {the_job}},
      QueueTimeSet{at(850)},
      scheduled(world.the_queue.last_schedule + 1),
      SchedulePaused{1, ""},
      ScheduleResumed{1, at(20), ""},
      ScheduleRemoved{1, ""},
      ScheduleRan{1, at(10), true, the_job, no_time},
      ScheduleSkipped{1, at(10), at(20), "x"},
      JobCancelled{the_job, row.campaign, "", true},
      CampaignReopened{spring},
      JobCommandStarted{
          world.the_queue.last_job_command + 1, JobCommandKind::retry, {}, "", 0, world.the_queue.last_job},
      started_plan(world.the_queue.last_job_command + 1, {{PlanVerb::park}}, world.the_queue.last_job),
      JobParked{the_job, row.campaign, world.the_queue.plan},
      JobUnparked{the_job, row.campaign},
      CanaryPassed{1, 0},  // no plan here has a canary: how many are leased changes no picture
      RolloutEnded{1, RolloutEnd::stopped, ""},
      JobCommandAdvanced{1, the_job, 1, 0},
      JobCommandEnded{1, false},
      JobHoldPlaced{world.the_queue.last_job_hold + 1, "mail", "", ""},
      JobHoldLifted{world.the_queue.last_job_hold, ""},
      LeaseLimitSet{LimitKind::service, "apollo", 1, 0, 0, ""},
      LeaseLimitRemoved{LimitKind::service, "apollo", ""},
      JobTypeSet{"mail", {3, nullptr, {}, {}}, ""},
      JobTypeRemoved{"mail", ""},
      RequestAnswered{{spring, 200, "", "{}"}},
      JobFailed{the_job, row.campaign, row.attempts + 1, "", ""},
      JobFailed{the_job, row.campaign, row.attempts, "", "lease_expired", true},
      JobReturned{the_job, row.campaign, "", "", ""},
      JobReleased{the_job, row.campaign},
      JobLeaseExpired{the_job, row.campaign, "", false},
      JobLeaseExpired{the_job, row.campaign, "", true},
      JobCancelled{the_job, row.campaign, ""},
      OpeningReaffirmed{epoch, "", ""},
  };
  std::set<std::size_t> types;
  for (const EventData& data : all) types.insert(data.index());
  REQUIRE(types.size() == std::variant_size_v<EventData>);
  return all;
}

/// What decides which events may come and what they do. Worlds that agree in it need not be looked at twice.
std::string key_of(const World& world) {
  std::ostringstream key;
  key << circuit_of(world) << world.the_queue.paused << static_cast<int>(world.expected.next)
      << world.expected.reported_by << campaign_of(world) << job_of(world) << pause_of(world)
      << (has_job(world) && world.jobs.at(the_job).is_scheduled()) << (world.the_queue.plan != 0);
  for (const Hold& hold : world.the_queue.holds) key << "hold" << static_cast<int>(hold.kind);
  key << "job holds" << world.the_queue.job_holds.size() << "job types" << world.the_queue.job_types;
  if (world.campaigns.contains(spring)) {
    const LaneRow& lane = world.lanes.at(spring);
    key << "lane" << static_cast<int>(lane.status) << lane.sealed;
    for (const Hold& hold : world.the_queue.holds) key << (hold.ordinal > lane.started);
  }
  if (has_job(world)) {
    const JobRow& row = world.jobs.at(the_job);
    key << "job" << row.campaign.is_nil() << static_cast<int>(row.status) << row.attempts << row.expiries_counted
        << row.deadline.exists() << row.deadline.is_held << row.is_parked();
    const JobCommandId plan = world.the_queue.plan;
    key << "plan" << (plan != 0) << (plan != 0 && verb_of(world.commands.at(plan), row) == PlanVerb::park);
  }
  return key.str();
}

struct Pictures {
  Picture circuit, job, pauses, campaign;

  void note(const World& before, const EventData& data, const World& after) {
    const std::string event{type_name(data)};
    const bool of_breaker = stream_of(data).kind == StreamKind::breaker;
    if (of_breaker || circuit_of(before) != circuit_of(after))
      circuit.insert({circuit_of(before), event, circuit_of(after)});
    if (job_of(before) != job_of(after)) job.insert({job_of(before), event, job_of(after)});
    if (campaign_of(before) != campaign_of(after)) campaign.insert({campaign_of(before), event, campaign_of(after)});
    if (!pause_of(before).empty() && !pause_of(after).empty() && pause_of(before) != pause_of(after))
      pauses.insert({pause_of(before), event, pause_of(after)});
  }
};

bool has_plan(const World& world) {
  return world.the_queue.plan != 0 || (has_job(world) && world.jobs.at(the_job).is_parked());
}

/// What has nothing to do with plans is walked through without them: together it would only be many more worlds.
bool is_beside_plans(const World& world, const EventData& data) {
  if (has_plan(world))
    return std::holds_alternative<JobHoldPlaced>(data) || std::holds_alternative<JobTypeSet>(data) ||
           std::holds_alternative<HoldPlaced>(data) || std::holds_alternative<CircuitOpened>(data);
  const auto* started = std::get_if<JobCommandStarted>(&data);
  if (started == nullptr || started->kind != JobCommandKind::plan) return false;
  const QueueState& queue = world.the_queue;
  return world.circuit.epoch != 0 || !queue.holds.empty() || !queue.job_holds.empty() || queue.job_types != 0 ||
         !has_job(world) || world.jobs.at(the_job).deadline.exists();
}

Pictures walk_through_the_rules() {
  Pictures pictures;
  std::set<std::string> seen{key_of(World{})};
  std::queue<World> open;
  open.push(World{});
  for (; !open.empty(); open.pop()) {
    for (EventData& data : candidates(open.front())) {
      if (is_beside_plans(open.front(), data)) continue;
      World after = open.front();
      if (!after.try_tell(data)) continue;
      pictures.note(open.front(), data, after);
      if (seen.insert(key_of(after)).second) open.push(std::move(after));
    }
  }
  return pictures;
}

/// Walked through once: it takes seconds.
const Pictures& pictures_of_the_rules() {
  static const Pictures pictures = walk_through_the_rules();
  return pictures;
}

/// The events of a label: "A<br>B".
std::vector<std::string> events_of(const std::string& label) {
  const std::string line_break = "<br>";
  std::vector<std::string> events;
  std::size_t from = 0;
  for (std::size_t at; (at = label.find(line_break, from)) != std::string::npos; from = at + line_break.size())
    events.push_back(label.substr(from, at - from));
  events.push_back(label.substr(from));
  return events;
}

/// The labelled arrows of the first picture below that heading. One from a state with states inside is one from each.
Picture read_picture(const std::string& heading) {
  std::ifstream page{std::filesystem::path{BREAKERD_TESTS_DIR}.parent_path() / "docs" / "life-cycle.md"};
  REQUIRE(page);
  Picture picture;
  std::string outer;                                       // the state that the line is inside of
  std::map<std::string, std::set<std::string>> inside_of;  // by state
  bool wanted = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) wanted = line == "## " + heading;
    if (!wanted) continue;
    const std::string words = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (words.rfind("state ", 0) == 0 && words.back() == '{') {
      outer = words.substr(0, words.size() - 2);
      outer = outer.substr(outer.rfind(' ') + 1);
    } else if (words == "}") {
      outer.clear();
    } else if (words.find(" --> ") != std::string::npos) {
      std::istringstream parts{words};
      std::string from, arrow, to, colon, label;
      parts >> from >> arrow >> to >> colon >> label;
      if (!outer.empty()) inside_of[outer].insert(to);
      const std::set<std::string> froms = inside_of.contains(from) ? inside_of[from] : std::set{from};
      if (label.empty()) continue;
      for (const std::string& each : froms)
        for (const std::string& event : events_of(label)) CHECK(picture.insert({each, event, to}).second);
    }
  }
  return picture;
}

std::string to_text(const Picture& picture) {
  std::string text;
  for (const auto& [from, event, to] : picture) text += from + " --> " + to + " : " + event + "\n";
  return text;
}

void check_same(const std::string& heading, const Picture& rules) {
  const Picture page = read_picture(heading);
  INFO(heading);
  CHECK(to_text(page) == to_text(rules));
  CHECK_FALSE(page.empty());
}

}  // namespace

TEST_CASE("the pictures of life cycles have the arrows that the rules have, and no other") {
  const Pictures& rules = pictures_of_the_rules();
  check_same("The circuit", rules.circuit);
  check_same("A job", rules.job);
  check_same("When a job reads PAUSED", rules.pauses);
  check_same("A campaign", rules.campaign);
}

TEST_CASE("each event of a job changes what the job is, or what it reads as") {
  std::set<std::string> drawn;
  const Pictures& pictures = pictures_of_the_rules();
  for (const Picture* picture : {&pictures.job, &pictures.pauses})
    for (const auto& [from, event, to] : *picture) drawn.insert(event);
  for (const EventData& data : candidates(World{})) {
    if (stream_of(data).kind == StreamKind::job) CHECK(drawn.contains(std::string{type_name(data)}));
  }
}
