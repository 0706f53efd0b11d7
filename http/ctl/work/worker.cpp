#include <breakerd/http/ctl/work/worker.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <breakerd/http/ctl/text/status_text.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::chrono::milliseconds idle_first{50};
constexpr std::chrono::milliseconds trouble_first{100};
constexpr std::chrono::milliseconds trouble_most{2'000};
constexpr std::chrono::seconds held_look_interval{10};

/// The error in one line.
std::string sentence_of(const CliError& error) {
  auto text = error.detail;
  if (!error.code.empty()) text += " [" + error.code + "]";
  for (const auto& field : error.fields) text += "; " + field.field + ": " + field.problem;
  return text;
}

/// The worker has its own patience, and it ends with the worker.
ClientOptions impatient(ClientOptions options) {
  options.patience = std::chrono::milliseconds{0};
  return options;
}

}  // namespace

Worker::Worker(const WorkOptions& options, const ClientOptions& client, WorkLog& log, StopRequest& stop,
               ChildGroups& groups)
    : options_{options},
      client_options_{impatient(client)},
      log_{log},
      stop_{stop},
      groups_{groups},
      api_{HttpClient{client_options_}},
      idle_{idle_first, options.poll_most, api_.randomness()},
      trouble_{trouble_first, trouble_most, api_.randomness()} {}

Worker::~Worker() { close_slots(); }

ExitCode Worker::run() {
  for (std::uint64_t i = 0; i < options_.concurrency; ++i) slots_.emplace_back([this] { run_slot(); });
  while (!stop_.requested() && step() == Next::go_on) {
  }
  if (stop_.requested()) {
    log_.write("stopping", "ending: no more leases; running jobs may finish, a second signal kills them");
  }
  close_slots();
  const std::lock_guard lock{mutex_};
  return code_;
}

// --- the slots ---

void Worker::run_slot() {
  LeaseApi api{HttpClient{client_options_}};
  while (const auto job = wait_for_job()) {
    work_on(*job, api);
    {
      const std::lock_guard lock{mutex_};
      --busy_;
    }
    slot_freed_.set();
  }
}

void Worker::work_on(const LeasedJob& job, LeaseApi& api) {
  const SteadyTime begun = api.clock().steady();
  const auto end = run_job(job, options_, api, stop_, groups_);
  Report report;
  if (end.kind != JobEndKind::lost) {
    report = report_end(job, end, api, stop_, [&](const std::string& why) {
      log_.write("keeping",
                 fmt::format("job {} has ended and its report is kept until the daemon takes it: {}", job.id, why));
    });
  }
  log_.job_end(job, end, report, std::chrono::duration_cast<std::chrono::milliseconds>(api.clock().steady() - begun));
  if (report.undelivered()) end_with(report.code);
  if (end.worker_broken) {
    end_with(ExitCode::local);
    stop_.request(options_.stop_grace);
  }
}

std::optional<LeasedJob> Worker::wait_for_job() {
  std::unique_lock lock{mutex_};
  handed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  auto job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

void Worker::close_slots() {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
  }
  handed_.notify_all();
  for (auto& slot : slots_) slot.join();
  slots_.clear();
}

void Worker::end_with(ExitCode code) {
  const std::lock_guard lock{mutex_};
  if (code_ == ExitCode::ok) code_ = code;
}

// --- leasing ---

std::uint64_t Worker::free_slots() {
  const std::lock_guard lock{mutex_};
  return options_.concurrency - busy_;
}

void Worker::hand_out(std::vector<LeasedJob> jobs) {
  {
    const std::lock_guard lock{mutex_};
    busy_ += jobs.size();
    for (auto& job : jobs) waiting_.push_back(std::move(job));
  }
  handed_.notify_all();
}

Worker::Next Worker::step() {
  slot_freed_.clear();
  const auto free = free_slots();
  if (free == 0) {
    wait_readable(stop_.fd(), slot_freed_.fd(), std::chrono::hours{1});
    return Next::go_on;
  }
  const auto wait = patience();
  const SteadyTime asked = api_.clock().steady();
  auto lease = api_.lease(options_.ask, free, wait, wait.count() > 0 ? stop_.fd() : -1);
  if (!lease) return stop_.requested() ? Next::end : lease_failed(lease.error());
  let_in_ = true;
  if (std::exchange(in_trouble_, false)) log_.write("reached", "the daemon answers again");
  trouble_.reset();
  tell_pause(*lease);
  if (lease->jobs.empty()) {
    // A daemon that is about to stop cuts a wait short.
    const bool has_waited = wait.count() > 0 && api_.clock().steady() - asked >= wait / 2;
    return nothing_leased(*lease, has_waited);
  }
  idle_known_ = false;
  idle_.reset();
  quiet_seen_ = false;
  hand_out(std::move(lease->jobs));
  return Next::go_on;
}

/// The first look does not wait, so that what there is to say of an idle queue is said at once. A worker that drains
/// the queue looks at the counts between two leases.
std::chrono::milliseconds Worker::patience() const {
  return idle_known_ && !options_.drain ? options_.wait_most : std::chrono::milliseconds{0};
}

Worker::Next Worker::lease_failed(const CliError& error) {
  quiet_seen_ = false;
  idle_known_ = false;
  if (error.code == "too_many_waiters") {
    stop_.wait_for(options_.poll_most);
    return Next::go_on;
  }
  const bool kept_out = error.status == 401 || error.status == 403;
  const bool passes = error.kind != ErrorKind::refused || error.status >= 500 || error.status == 408 ||
                      error.status == 429 || (kept_out && let_in_);
  if (!passes) {
    log_.write("refused", sentence_of(error));
    end_with(exit_code(error));
    stop_.request(options_.stop_grace);  // the slots end, too
    return Next::end;
  }
  if (!std::exchange(in_trouble_, true)) {
    log_.write(
        kept_out ? "kept_out" : "unreachable",
        error.detail + (kept_out ? "; trying again until it lets this worker in" : "; trying again until it answers"));
  }
  stop_.wait_for(trouble_.next());
  return Next::go_on;
}

Worker::Next Worker::nothing_leased(const Lease& lease, bool has_waited) {
  if (!lease.paused) tell_held();
  const bool at_rest = !lease.paused && free_slots() == options_.concurrency;
  if (!at_rest) quiet_seen_ = false;
  if (options_.drain && at_rest && drained()) {
    log_.write("drained", "nothing is left to lease and nothing is held");
    return Next::end;
  }
  const bool is_first = !std::exchange(idle_known_, true);
  if (has_waited || (is_first && patience().count() > 0)) return Next::go_on;
  // A slot that gets free says nothing of the queue while it is paused.
  wait_readable(stop_.fd(), lease.paused ? -1 : slot_freed_.fd(), idle_.next());
  return Next::go_on;
}

/// A job that comes back (released elsewhere, say) between an empty lease and the look at the counts would be missed;
/// so the counts are looked at first, and the empty lease after them decides.
bool Worker::drained() {
  if (std::exchange(quiet_seen_, false)) return true;
  const auto held = api_.any_held(options_.ask.types);
  quiet_seen_ = held && !*held;
  return false;
}

void Worker::tell_pause(const Lease& lease) {
  if (lease.paused == paused_) return;
  paused_ = lease.paused;
  next_look_at_held_ = {};
  log_.write(paused_ ? "paused" : "resumed",
             paused_ ? fmt::format("the queue is paused: the circuit is open (epoch {}); to go on: {}", lease.epoch,
                                   close_command_text(lease.epoch))
                     : "the queue is served again");
}

/// Says why there is nothing to do, when there would be something.
void Worker::tell_held() {
  const SteadyTime now = api_.clock().steady();
  if (now < next_look_at_held_) return;
  next_look_at_held_ = now + held_look_interval;
  const auto status = api_.status();
  if (!status) return;  // the next lease tells of it
  const auto held = held_campaigns(*status, log_.terminal());
  auto text = held ? one_line(*held) : std::string{};
  if (std::exchange(held_, text) != text && held) log_.write("held", text);
}

}  // namespace breakerd::ctl
