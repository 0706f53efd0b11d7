#include <breakerd/http/daemon/scheduling.hpp>

#include <sched.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace breakerd::http {
namespace {

constexpr std::chrono::milliseconds interval{50};
constexpr int passes_max = 5;

/// Puts one thread under `policy`; true when it was under the other one of the two. Any that is neither is somebody's
/// choice. A thread that has ended meanwhile does not matter.
Result<bool> change_policy(pid_t thread, int policy) {
  const int was = sched_getscheduler(thread);
  if (was == policy || (was >= 0 && was != SCHED_OTHER && was != SCHED_BATCH)) return false;
  const sched_param no_priority{};
  if (was >= 0 && sched_setscheduler(thread, policy, &no_priority) == 0) return true;
  if (errno == ESRCH) return false;
  return make_error(ErrorCode::unavailable,
                    "the scheduling policy cannot be set: " + std::generic_category().message(errno));
}

}  // namespace

Result<void> schedule_all_threads(int policy, pid_t but) {
  // A thread that is started meanwhile has the policy of the one that starts it, which may be the old one: another pass
  // finds it.
  bool any = true;
  for (int pass = 0; any && pass < passes_max; ++pass) {
    any = false;
    std::error_code error;
    for (std::filesystem::directory_iterator at{"/proc/self/task", error}, end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      pid_t thread = 0;
      std::from_chars(name.data(), name.data() + name.size(), thread);
      if (thread == 0 || thread == but) continue;
      const auto changed = change_policy(thread, policy);
      if (!changed) return changed.error();
      any = any || *changed;
    }
    if (error) return make_error(ErrorCode::unavailable, "the process' threads cannot be listed: " + error.message());
  }
  return {};
}

bool Politeness::add_sample(std::chrono::nanoseconds lateness) {
  const bool is_late = lateness > late;
  late_[next_] = is_late;
  next_ = (next_ + 1) % late_.size();
  on_time_ = is_late ? 0 : on_time_ + 1;
  if (std::count(late_.begin(), late_.end(), true) >= too_often) polite_ = false;
  if (on_time_ >= long_enough) polite_ = true;
  return polite_;
}

BatchScheduling::~BatchScheduling() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> BatchScheduling::start() {
  const int policy = sched_getscheduler(0);
  if (policy >= 0 && policy != SCHED_OTHER) return {};
  if (auto ok = schedule_all_threads(SCHED_BATCH, 0); !ok) return ok.error();
  thread_ = std::thread{[this] { look(); }};
  return {};
}

void BatchScheduling::look() {
  const pid_t self = gettid();
  Politeness politeness;
  bool polite = true;
  bool failed = false;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const SteadyTime due = clock_.steady() + interval;
    if (ended_.wait_until(lock, due, [this] { return stopping_; })) return;
    const bool now_polite = politeness.add_sample(clock_.steady() - due);
    if (now_polite == polite) continue;
    const auto done = schedule_all_threads(now_polite ? SCHED_BATCH : SCHED_OTHER, self);
    if (!done && !failed) spdlog::warn("{}: it is tried again and again", done.error().detail);
    failed = !done;
    if (failed) continue;  // the next look tries it again
    polite = now_polite;
    spdlog::debug("scheduling: {}", polite ? "batch" : "normal, because others take the cores");
  }
}

}  // namespace breakerd::http
