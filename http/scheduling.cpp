#include "http/scheduling.hpp"

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

bool set_policy(pid_t thread, int policy) {
  const sched_param no_priority{};
  return sched_setscheduler(thread, policy, &no_priority) == 0;
}

/// Puts all threads of the process but one under `policy`. A thread that has ended meanwhile does not matter, nor does
/// one that is missed because it is just being started: it has the policy of the thread that starts it.
void set_all_policies(int policy, pid_t but) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task", error}) {
    const std::string name = entry.path().filename().string();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    if (thread > 0 && thread != but) set_policy(thread, policy);
  }
}

}  // namespace

bool Politeness::note(std::chrono::nanoseconds lateness) {
  const bool is_late = lateness > late;
  late_[next_] = is_late;
  next_ = (next_ + 1) % late_.size();
  on_time_ = is_late ? 0 : on_time_ + 1;
  if (std::count(late_.begin(), late_.end(), true) >= too_often) polite_ = false;
  if (on_time_ >= long_enough) polite_ = true;
  return polite_;
}

BatchScheduling::BatchScheduling() = default;

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
  if (policy < 0 || !set_policy(0, SCHED_BATCH))
    return make_error(ErrorCode::unavailable,
                      "the scheduling policy cannot be set to batch: " + std::generic_category().message(errno));
  thread_ = std::thread{[this] { look(); }};
  return {};
}

void BatchScheduling::look() {
  const pid_t self = gettid();
  set_policy(self, SCHED_BATCH);
  Politeness politeness;
  bool polite = true;
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const auto due = std::chrono::steady_clock::now() + interval;
    if (ended_.wait_until(lock, due, [this] { return stopping_; })) return;
    const bool now_polite = politeness.note(std::chrono::steady_clock::now() - due);
    if (now_polite == polite) continue;
    polite = now_polite;
    spdlog::debug("scheduling: {}", polite ? "batch" : "normal, because others take the cores");
    set_all_policies(polite ? SCHED_BATCH : SCHED_OTHER, self);
  }
}

}  // namespace breakerd::http
