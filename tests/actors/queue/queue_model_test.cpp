// Random commands against a model of the queue that is as plain as can be, with commits that lag behind and appends
// that fail. The log's fold refuses every event that does not fit; the model says whether the right ones were decided.

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/actors/core/queue_story.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// Fewer than end in one step.
constexpr std::ptrdiff_t leases_of_a_step = 200;

struct ModelJob {
  LaneId lane;
  std::string type;
  JobStatus status = JobStatus::pending;
  std::string token;
  SteadyTime expires;
  std::uint32_t attempts = 0;
};

struct ModelLane {
  CampaignStatus status = CampaignStatus::created;
  bool sealed = false;
  std::set<std::string> holds;
};

struct Model {
  bool open = false;
  std::map<LaneId, ModelLane> lanes{{LaneId{}, {CampaignStatus::running, false, {}}}};
  std::map<JobId, ModelJob> jobs;

  [[nodiscard]] bool served(const LaneId& id) const {
    const ModelLane& lane = lanes.at(id);
    return !open && lane.status == CampaignStatus::running && lane.holds.empty();
  }
  [[nodiscard]] JobStatus shown(const ModelJob& job) const {
    const ModelLane& lane = lanes.at(job.lane);
    if (is_terminal(job.status)) return job.status;
    if (is_terminal(lane.status)) return JobStatus::cancelled;
    const bool held = lane.status == CampaignStatus::paused || !lane.holds.empty();
    return open || held ? JobStatus::paused : job.status;
  }
  [[nodiscard]] bool living(const ModelJob& job) const {
    return job.status == JobStatus::processing && !is_terminal(lanes.at(job.lane).status);
  }
  void complete_lanes() {
    for (auto& [id, lane] : lanes) {
      if (!lane.sealed || is_terminal(lane.status)) continue;
      const bool alive = std::any_of(jobs.begin(), jobs.end(), [&id = id](const auto& entry) {
        return entry.second.lane == id && !is_terminal(entry.second.status);
      });
      if (!alive) lane.status = CampaignStatus::completed;
    }
  }
};

class Contest {
 public:
  Contest(unsigned seed, std::size_t batch_max) : random_{seed}, batch_max_{batch_max} {
    history_.push_back(model_);
    story_.lag();
  }

  void step() {
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
        enqueue();
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        lease();
        break;
      case 7:
      case 8:
      case 9:
      case 10:
        end_lease();
        break;
      case 11:
        heartbeat();
        break;
      case 12:
        cancel_job();
        break;
      case 13:
        expire();
        break;
      case 14:
        add_or_change_campaign();
        break;
      case 15:
        hold_or_lift();
        break;
      case 16:
        open_or_close();
        break;
      case 17:
      case 18:
        commit(pick(story_.waiting() + 1));
        break;
      default:
        pick(4) == 0 ? lose() : commit(story_.waiting());
    }
  }

  /// Everything that waits can be leased, once.
  void finish() {
    commit(story_.waiting());
    if (model_.open) {
      story_.close();
      model_.open = false;
      note();
    }
    story_.resume_queue();
    for (auto& [id, lane] : model_.lanes) lane.holds.clear();
    note();
    for (auto& [id, lane] : model_.lanes) {
      if (lane.status == CampaignStatus::created)
        story_.change(id, StartCampaign{});
      else if (lane.status == CampaignStatus::paused)
        story_.change(id, ResumeCampaign{});
      else
        continue;
      lane.status = CampaignStatus::running;
      note();
    }
    commit(story_.waiting());
    check_log();
    while (lease_jobs(1'000, {}) > 0) commit(story_.waiting());
    for (const auto& [id, job] : model_.jobs)
      if (!is_terminal(model_.lanes.at(job.lane).status)) REQUIRE(job.status != JobStatus::pending);
  }

 private:
  std::size_t pick(std::size_t bound) { return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_); }
  std::string type() { return std::string(1, static_cast<char>('a' + pick(3))); }
  LaneId lane() {
    return std::next(model_.lanes.begin(), static_cast<std::ptrdiff_t>(pick(model_.lanes.size())))->first;
  }

  /// After each submission: what the model knows belongs to it.
  void note() {
    while (history_.size() <= story_.waiting()) history_.push_back(model_);
    history_.back() = model_;
  }

  void commit(std::size_t count) {
    story_.commit(count);
    history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(count));
    if (count > 0) check_log();
  }

  void lose() {
    if (pick(2) == 0)
      story_.lose_the_disk();
    else
      story_.restart();
    model_ = history_.front();
    history_.resize(1);
    for (auto& [id, job] : model_.jobs)
      if (job.status == JobStatus::processing) job.expires = story_.now.steady + std::chrono::seconds{30};
    history_.front() = model_;
  }

  /// The committed state is that of the model then.
  void check_log() {
    const Model& then = history_.front();
    std::array<std::uint64_t, 7> expected{};
    for (const auto& [id, job] : then.jobs) ++expected[static_cast<std::size_t>(then.shown(job))];
    const JobCounts counts = story_.counts();
    const std::array<std::uint64_t, 7> kept{counts.pending,   counts.processing, counts.completed, counts.failed,
                                            counts.cancelled, counts.expired,    counts.paused};
    REQUIRE(kept == expected);
    for (const auto& [id, lane] : then.lanes)
      if (!id.is_nil()) REQUIRE(story_.campaign(id).lane.status == lane.status);
  }

  void enqueue() {
    const LaneId to = lane();
    const std::string of = type();
    const std::size_t count = pick(8) == 0 ? 1 + pick(batch_max_) : 1 + pick(3);
    const auto outcome = story_.ask(EnqueueJobs{std::vector<JobSpec>(count, QueueStory::job_of(to, of))});
    const ModelLane& into = model_.lanes.at(to);
    const bool takes = !into.sealed && !is_terminal(into.status);
    REQUIRE(outcome.has_value() == takes);
    if (takes) {
      const auto& batch = std::get<EnqueuedBatch>(*outcome);
      for (JobId id = batch.first_id; id <= batch.last_id; ++id)
        REQUIRE(model_.jobs.emplace(id, ModelJob{to, of, JobStatus::pending, {}, {}, 0}).second);
    }
    note();
  }

  void lease() {
    std::vector<std::string> types;
    for (std::size_t i = pick(3); i > 0; --i) types.push_back(type());
    lease_jobs(static_cast<std::uint32_t>(pick(4) == 0 ? 1 + pick(1'000) : 1 + pick(4)), types);
  }
  std::size_t lease_jobs(std::uint32_t max, const std::vector<std::string>& types) {
    const auto leasable = [&](const ModelJob& job) {
      return job.status == JobStatus::pending && model_.served(job.lane) &&
             (types.empty() || std::find(types.begin(), types.end(), job.type) != types.end());
    };
    std::size_t there = 0;
    for (const auto& [id, job] : model_.jobs) there += leasable(job) ? 1 : 0;
    const bool exact = story_.waiting() == 0;
    const auto jobs = story_.lease(max, types);
    if (exact) REQUIRE(jobs.size() == std::min<std::size_t>(max, there));
    std::map<LaneId, JobId> last_of;
    for (const LeasedJob& leased : jobs) {
      ModelJob& job = model_.jobs.at(leased.job.row.id);
      REQUIRE(leasable(job));
      REQUIRE(leased.job.row.campaign == job.lane);
      REQUIRE(leased.attempt == job.attempts + 1);
      if (exact) REQUIRE(last_of[job.lane] < leased.job.row.id);
      last_of[job.lane] = leased.job.row.id;
      job.status = JobStatus::processing;
      job.token = leased.token;
      job.expires = story_.now.steady + std::chrono::seconds{30};
    }
    if (exact)
      for (const auto& [id, job] : model_.jobs)
        if (last_of.contains(job.lane) && id < last_of[job.lane]) REQUIRE_FALSE(leasable(job));
    note();
    return jobs.size();
  }

  std::map<JobId, ModelJob>::iterator any_job(bool processing) {
    if (model_.jobs.empty()) return model_.jobs.end();
    const auto start = std::next(model_.jobs.begin(), static_cast<std::ptrdiff_t>(pick(model_.jobs.size())));
    for (auto at = start; at != model_.jobs.end(); ++at)
      if (!processing || at->second.status == JobStatus::processing) return at;
    return model_.jobs.end();
  }

  void end_lease() {
    const auto at = any_job(true);
    if (at == model_.jobs.end()) return;
    auto& [id, job] = *at;
    const bool lives = model_.living(job);
    const std::size_t how = pick(4);
    if (how == 3) return report(id, job, lives);
    Command command = CompleteJob{id, job.token, "2"};
    if (how == 1) command = ReleaseJob{id, job.token};
    if (how == 2) command = FailJob{id, job.token, "no mailbox", "smtp", {}};
    REQUIRE(story_.ask(command).has_value() == lives);
    if (lives) {
      if (how != 1) ++job.attempts;
      job.status = how == 0                       ? JobStatus::completed
                   : how == 1 || job.attempts < 3 ? JobStatus::pending
                                                  : JobStatus::failed;
      model_.complete_lanes();
    }
    note();
  }

  void report(JobId id, ModelJob& job, bool lives) {
    if (pick(4) != 0) return;
    const auto effect = story_.report(FailJob{id, job.token, "429", "http", "apollo"});
    REQUIRE(effect.report.has_value() == lives);
    if (lives) job.status = JobStatus::pending;
    if (!model_.open) hold("circuit");
    model_.open = true;
    note();
  }

  void heartbeat() {
    const auto at = any_job(true);
    if (at == model_.jobs.end()) return;
    ModelJob& job = at->second;
    const auto answer = story_.get<HeartbeatAnswer>(Heartbeat{at->first, job.token});
    REQUIRE(answer.stop == (model_.shown(job) != JobStatus::processing));
    if (model_.living(job)) job.expires = story_.now.steady + std::chrono::seconds{30};
    note();
  }

  void cancel_job() {
    const auto at = any_job(false);
    if (at == model_.jobs.end()) return;
    ModelJob& job = at->second;
    const auto outcome = story_.ask(CancelJob{at->first, "not needed"});
    const JobStatus before = model_.shown(job);
    if (!outcome && error_of(outcome).code == ErrorCode::not_found) {
      // Behind the window and not committed: nobody was told of it yet.
      REQUIRE(!history_.front().jobs.contains(at->first));
      return note();
    }
    REQUIRE(outcome.has_value() == (!is_terminal(before) || before == JobStatus::cancelled));
    if (!is_terminal(before)) job.status = JobStatus::cancelled;
    model_.complete_lanes();
    note();
  }

  /// Whether its living lease is committed.
  [[nodiscard]] bool is_granted(JobId id, const ModelJob& job) const {
    const auto at = history_.front().jobs.find(id);
    return at != history_.front().jobs.end() && at->second.status == JobStatus::processing &&
           at->second.token == job.token;
  }

  [[nodiscard]] std::ptrdiff_t leases_that_are_over() const {
    return std::count_if(model_.jobs.begin(), model_.jobs.end(), [this](const auto& one) {
      return model_.living(one.second) && one.second.expires <= story_.now.steady;
    });
  }
  [[nodiscard]] bool leases_that_are_over_in_core() const {
    const auto next = story_.core.next_expiry();
    return next && *next <= story_.now.steady;
  }

  void expire() {
    story_.wait(std::chrono::seconds{pick(25)});
    // Many end in steps, each when the one before is in the log: nothing else is on its way then.
    const bool takes_steps = leases_that_are_over() > leases_of_a_step;
    if (takes_steps) commit(story_.waiting());
    const std::size_t before = story_.waiting();
    const bool ends_leases = !story_.step_is_waiting();
    story_.expire();
    if (!ends_leases) return note();
    for (auto& [id, job] : model_.jobs) {
      if (!model_.living(job) || job.expires > story_.now.steady) continue;
      if (is_granted(id, job))
        job.status = JobStatus::pending;
      else
        job.expires = story_.now.steady + std::chrono::seconds{30};  // its worker does not have it yet
    }
    if (takes_steps) {
      for (story_.commit(); leases_that_are_over_in_core(); story_.commit()) story_.expire();
      history_.assign(1, model_);
      return check_log();
    }
    // One submission for each turn of it; those in between know of a part only and are not gone back to.
    if (story_.waiting() > before + 1) {
      while (history_.size() <= story_.waiting()) history_.push_back(model_);
      return commit(story_.waiting());
    }
    note();
  }

  void add_or_change_campaign() {
    if (model_.lanes.size() < 4 || (model_.lanes.size() < 9 && pick(8) == 0)) {
      model_.lanes[story_.create()] = {};
      return note();
    }
    const LaneId id = lane();
    if (id.is_nil()) return;
    ModelLane& row = model_.lanes.at(id);
    const std::vector<CampaignAction> actions{StartCampaign{},         StartCampaign{}, PauseCampaign{"lunch"},
                                              ResumeCampaign{},        SealCampaign{},  ResumeCampaign{},
                                              CancelCampaign{"enough"}};
    const std::size_t which = pick(actions.size());
    const auto effect = story_.try_change(id, actions[which]);
    if (effect && !effect->events.empty()) {
      const CampaignStatus now = effect->lane.status;
      if (now == CampaignStatus::running && row.status != CampaignStatus::running) {
        REQUIRE_FALSE(model_.open);
        row.holds.clear();
      }
      row.sealed = effect->lane.sealed;
      row.status = now;
      if (now == CampaignStatus::completed) {
        row.status = CampaignStatus::running;
        model_.complete_lanes();
        REQUIRE(row.status == CampaignStatus::completed);
      }
    }
    note();
  }

  void hold(const std::string& name) {
    for (auto& [id, lane] : model_.lanes)
      if (!id.is_nil() && lane.status == CampaignStatus::running) lane.holds.insert(name);
  }

  void hold_or_lift() {
    const std::string name = pick(2) == 0 ? "hermes" : "iris";
    if (pick(3) == 0) {
      story_.hold(name);
      hold(name);
    } else if (pick(2) == 0) {
      if (story_.ask(ResumeCampaignsForService{name}))
        for (auto& [id, lane] : model_.lanes) lane.holds.erase(name);
    } else if (story_.ask(ResumeQueue{})) {
      for (auto& [id, lane] : model_.lanes) lane.holds.clear();
    }
    note();
  }

  void open_or_close() {
    if (model_.open) {
      story_.close();
      model_.open = false;
    } else if (pick(3) == 0) {
      story_.open();
      hold("circuit");
      model_.open = true;
    } else {
      return;
    }
    note();
  }

  std::mt19937 random_;
  std::size_t batch_max_;
  QueueStory story_;
  Model model_;
  std::deque<Model> history_;  ///< as committed, then after each waiting submission
};

void play(unsigned seed, std::size_t batch_max, int steps) {
  CAPTURE(seed);
  Contest contest{seed, batch_max};
  for (int i = 0; i < steps; ++i) {
    CAPTURE(i);
    contest.step();
  }
  contest.finish();
}

}  // namespace

TEST_CASE("random commands decide what the model says, and no job is lost", "[model]") {
  const unsigned first = test_seed();
  for (unsigned i = 0; i < 25; ++i) play(first + i, 30, 300);
}

TEST_CASE("random commands with more jobs than a window holds decide what the model says", "[model]") {
  const unsigned first = test_seed();
  for (unsigned i = 0; i < 2; ++i) play(first + i, 5'000, 150);
}
