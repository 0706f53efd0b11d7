#include "scripted_backend.hpp"

#include <boost/asio/post.hpp>
#include <condition_variable>

#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd::http::test {
namespace {

/// Committed state of a log without events.
class EmptyView final : public ReadView {
 public:
  [[nodiscard]] Result<std::optional<std::string>> get(Table, std::string_view) const override {
    return std::optional<std::string>{};
  }
  [[nodiscard]] Result<void> scan(Table, std::string_view, std::string_view, const Visit&) const override { return {}; }
  [[nodiscard]] Result<std::optional<std::string>> last_key(Table, std::string_view) const override {
    return std::optional<std::string>{};
  }
};

constexpr Time some_time{std::chrono::microseconds{1'700'000'000'000'042}};

JobView job_view(JobId id, JobSpec spec, JobStatus status) {
  JobView view;
  view.row.id = id;
  view.row.job_type = spec.job_type;
  view.row.max_attempts = spec.max_attempts.value_or(default_max_attempts);
  view.row.max_expiries = spec.max_expiries.value_or(default_max_expiries);
  view.row.created_at = view.row.updated_at = some_time;
  view.spec = std::make_shared<const JobSpec>(std::move(spec));
  view.status = view.row.status = status;
  return view;
}

JobSpec some_spec() {
  JobSpec spec;
  spec.job_type = "enrich";
  spec.payload = R"({"n": 1})";
  return spec;
}

CampaignView campaign_view(const CampaignId& id, std::string name) {
  CampaignView view;
  view.id = id;
  view.row.name = std::move(name);
  view.row.created_at = view.row.updated_at = some_time;
  return view;
}

const CampaignId some_campaign = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");

}  // namespace

void ScriptedBackend::submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) {
  const std::lock_guard lock{mutex_};
  Outcome outcome = script_ ? script_(command) : plausible(command);
  submitted_.push_back({std::move(command), std::move(principal), operation});
  ++count_;
  changed_.notify_all();
  if (holding_) {
    held_.emplace_back(std::move(done), std::move(outcome));
    return;
  }
  boost::asio::post(io_,
                    [done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

void ScriptedBackend::read(ReadSize, Gone, Read work, ReadDone done) {
  const std::lock_guard lock{mutex_};
  if (read_error_) return boost::asio::post(io_, [error = *read_error_, done = std::move(done)] { done(error); });
  boost::asio::post(io_, [work = std::move(work), done = std::move(done)] { done(work(EmptyView{})); });
}

Backend::Gate ScriptedBackend::gate() const noexcept {
  const std::lock_guard lock{mutex_};
  return {breaker_.state == CircuitState::closed, breaker_.epoch};
}

Health ScriptedBackend::health() const {
  const std::lock_guard lock{mutex_};
  return {unready_.empty(), unready_};
}

void ScriptedBackend::answer_with(Script script) {
  const std::lock_guard lock{mutex_};
  script_ = std::move(script);
}

void ScriptedBackend::answer_with(Error error) {
  answer_with([error](const Command&) -> Outcome { return error; });
}

void ScriptedBackend::be_unready(std::string reason) {
  const std::lock_guard lock{mutex_};
  unready_ = std::move(reason);
}

void ScriptedBackend::fail_reads(Error error) {
  const std::lock_guard lock{mutex_};
  read_error_ = std::move(error);
}

void ScriptedBackend::hold_answers() {
  const std::lock_guard lock{mutex_};
  holding_ = true;
}

void ScriptedBackend::release_all() {
  const std::lock_guard lock{mutex_};
  holding_ = false;
  for (auto held = held_.rbegin(); held != held_.rend(); ++held) {
    boost::asio::post(io_, [done = std::move(held->first), outcome = std::move(held->second)]() mutable {
      done(std::move(outcome));
    });
  }
  held_.clear();
}

void ScriptedBackend::release_newest() {
  const std::lock_guard lock{mutex_};
  auto [done, outcome] = std::move(held_.back());
  held_.pop_back();
  boost::asio::post(io_,
                    [done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

std::size_t ScriptedBackend::submitted_count() const {
  const std::lock_guard lock{mutex_};
  return count_;
}

std::vector<Submitted> ScriptedBackend::take_submitted() {
  const std::lock_guard lock{mutex_};
  return std::exchange(submitted_, {});
}

void ScriptedBackend::wait_for(std::size_t count) const {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return count_ >= count; });
}

Outcome ScriptedBackend::plausible(const Command& command) {
  const auto circuit = [&](CircuitState state, const std::string& reason) {
    CircuitAnswer answer;
    answer.previous = breaker_.state;
    answer.changed = breaker_.state != state;
    if (answer.changed) {
      breaker_.state = state;
      (state == CircuitState::open ? breaker_.opened_reason : breaker_.closed_reason) = reason;
      (state == CircuitState::open ? breaker_.opened_at : breaker_.closed_at) = some_time;
      if (state == CircuitState::open) ++breaker_.epoch;
    } else if (state == CircuitState::open) {
      ++breaker_.reaffirmations;
      breaker_.last_reaffirmation = {reason, {}, "tester", some_time};
    }
    answer.breaker = breaker_;
    return Reply{answer};
  };
  struct Visitor {
    ScriptedBackend& self;
    const decltype(circuit)& change;

    Outcome operator()(const RecordFailure& c) const { return change(CircuitState::open, c.error); }
    Outcome operator()(const OpenCircuit& c) const { return change(CircuitState::open, c.reason); }
    Outcome operator()(const CloseCircuit& c) const { return change(CircuitState::closed, c.reason); }
    Outcome operator()(const ResumeQueue&) const { return Reply{HoldsAnswer{0, 3, 2, 1, 7, {}, {"apollo", "hermes"}}}; }
    Outcome operator()(const PauseCampaignsForService& c) const { return Reply{HoldsAnswer{4, 0, 0, 0, 0, c.reason}}; }
    Outcome operator()(const ResumeCampaignsForService&) const { return Reply{HoldsAnswer{0, 5, 4, 1, 9}}; }
    Outcome operator()(const EnqueueJob& c) const {
      return Reply{job_view(++self.last_job_, c.spec, JobStatus::pending)};
    }
    Outcome operator()(const EnqueueJobs& c) const {
      const JobId first = self.last_job_ + 1;
      self.last_job_ += c.specs.size();
      return Reply{EnqueuedBatch{c.specs.size(), first, self.last_job_}};
    }
    Outcome operator()(const LeaseJobs&) const {
      LeaseAnswer answer;
      answer.jobs.push_back({job_view(1, some_spec(), JobStatus::processing), std::string(32, 'a'), 1, some_time});
      return Reply{answer};
    }
    Outcome operator()(const Heartbeat&) const { return Reply{HeartbeatAnswer{false, some_time, {}}}; }
    Outcome operator()(const CompleteJob& c) const {
      JobView view = job_view(c.job, some_spec(), JobStatus::completed);
      view.result = c.result;
      return Reply{view};
    }
    Outcome operator()(const FailJob& c) const { return Reply{job_view(c.job, some_spec(), JobStatus::pending)}; }
    Outcome operator()(const ReleaseJob& c) const { return Reply{job_view(c.job, some_spec(), JobStatus::pending)}; }
    Outcome operator()(const CancelJob& c) const { return Reply{job_view(c.job, some_spec(), JobStatus::cancelled)}; }
    Outcome operator()(const RetryJob& c) const { return Reply{job_view(c.job, some_spec(), JobStatus::pending)}; }
    Outcome operator()(const DiscardJob& c) const { return Reply{job_view(c.job, some_spec(), JobStatus::cancelled)}; }
    Outcome operator()(const StartJobCommand& c) const {
      JobCommandRow row;
      row.id = 1;
      row.kind = c.kind;
      row.filter = c.filter;
      row.reason = c.reason;
      row.matched = c.matched;
      return Reply{row};
    }
    Outcome operator()(const StopJobCommand& c) const {
      JobCommandRow row;
      row.id = c.command;
      row.state = JobCommandState::stopped;
      return Reply{row};
    }
    Outcome operator()(const StopRollout&) const {
      Outcome outcome{Reply{}};
      auto& answer = outcome->emplace<RolloutAnswer>();
      answer.changed = true;
      answer.stopped.rollout.phase = RolloutPhase::canary;
      answer.stopped.rollout.command = 7;
      answer.stopped.rollout.principal = "alice";
      answer.stopped.rollout.began_at = some_time;
      answer.stopped.rollout.canary = 10;
      answer.stopped.rollout.succeeded = 3;
      answer.stopped.rollout.in_flight = {{4, {}}, {5, {}}};
      return outcome;
    }
    Outcome operator()(const KeepAnswer&) const { return Reply{}; }
    Outcome operator()(const PlaceJobHold& c) const {
      return Reply{JobHoldView{{1, c.job_type, c.service, c.reason, "alice", some_time}, true}};
    }
    Outcome operator()(const LiftJobHold& c) const {
      return Reply{JobHoldView{{c.hold, "mail", {}, c.reason, "alice", some_time}, false}};
    }
    Outcome operator()(const SetLeaseLimit& c) const {
      LeaseLimit limit{c.of, 0, 0, 0, c.reason, "alice", some_time};
      limit.concurrency = static_cast<std::uint32_t>(c.concurrency.value_or(0));
      limit.rate_thousandths = c.rate_thousandths.value_or(0);
      limit.burst = static_cast<std::uint32_t>(c.burst.value_or(0));
      Outcome outcome{Reply{}};
      outcome->emplace<LeaseLimitView>(LeaseLimitView{std::move(limit), {}, {}});
      return outcome;
    }
    Outcome operator()(const RemoveLeaseLimit& c) const {
      Outcome outcome{Reply{}};
      outcome->emplace<LeaseLimitView>(LeaseLimitView{{c.of, 1, 0, 0, c.reason, "alice", some_time}, {}, {}});
      return outcome;
    }
    Outcome operator()(const SetJobType& c) const {
      Outcome outcome{Reply{}};
      outcome->emplace<JobTypeRow>(JobTypeRow{c.job_type, c.settings, c.reason, "alice", some_time});
      return outcome;
    }
    Outcome operator()(const RemoveJobType& c) const {
      Outcome outcome{Reply{}};
      outcome->emplace<JobTypeRow>(JobTypeRow{c.job_type, {3, nullptr, {}, {}}, c.reason, "alice", some_time});
      return outcome;
    }
    static Outcome scheduled(ScheduleId id, SchedulePlan plan, bool paused, const std::string& reason) {
      ScheduleRow row;
      row.id = id;
      row.plan = std::move(plan);
      row.paused = paused;
      row.created_by = row.changed_by = "alice";
      row.created_at = row.changed_at = row.next_at = some_time;
      row.reason = reason;
      Outcome outcome{Reply{}};
      outcome->emplace<ScheduleRow>(std::move(row));
      return outcome;
    }
    static SchedulePlan some_plan() {
      SchedulePlan plan;
      plan.name = "nightly";
      plan.every_ms = 60'000;
      plan.job.job_type = "report";
      return plan;
    }
    Outcome operator()(const CreateSchedule& c) const { return scheduled(1, c.plan, false, c.reason); }
    Outcome operator()(const ChangeSchedule& c) const { return scheduled(c.schedule, some_plan(), false, c.reason); }
    Outcome operator()(const RemoveSchedule& c) const { return scheduled(c.schedule, some_plan(), false, c.reason); }
    Outcome operator()(const PauseSchedule& c) const { return scheduled(c.schedule, some_plan(), true, c.reason); }
    Outcome operator()(const ResumeSchedule& c) const { return scheduled(c.schedule, some_plan(), false, c.reason); }
    Outcome operator()(const RunSchedule&) const { return Reply{job_view(7, some_spec(), JobStatus::pending)}; }
    Outcome operator()(const CreateCampaign& c) const { return Reply{campaign_view(some_campaign, c.name)}; }
    Outcome operator()(const ChangeCampaign& c) const { return Reply{campaign_view(c.campaign, "spring")}; }
  };
  return std::visit(Visitor{*this, circuit}, command);
}

}  // namespace breakerd::http::test
