#include "engine.hpp"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace breakerd::load {
namespace {

constexpr int events_per_wait_max = 256;
constexpr int wait_ms_max = 50;  // how late a deadline may be noticed on a silent run
constexpr std::uint64_t timer_key = UINT64_MAX;

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Engine::Engine(std::uint16_t port, ProtocolKind kind, RequestShape shape, const RunLimits& limits)
    : port_(port),
      kind_(kind),
      shape_(std::move(shape)),
      limits_(limits),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (epoll_ < 0 || timer_ < 0) throw_errno("epoll");
  watch(timer_, timer_key, EPOLLIN, EPOLL_CTL_ADD);
}

Engine::~Engine() {
  ::close(timer_);
  ::close(epoll_);
}

void Engine::watch(int descriptor, std::uint64_t key, std::uint32_t what, int operation) {
  epoll_event event{};
  event.events = what;
  event.data.u64 = key;
  if (::epoll_ctl(epoll_, operation, descriptor, &event) != 0) throw_errno("epoll_ctl");
}

void Engine::add(Session::Ground ground, std::unique_ptr<Script> script) {
  const std::size_t index = sessions_.size();
  SessionEvents& events = *this;
  sessions_.push_back(
      std::make_unique<Session>(ground, port_, make_protocol(kind_, shape_, index), std::move(script), events));
  watch(sessions_.back()->descriptor(), index, EPOLLIN, EPOLL_CTL_ADD);
  ++live_;
  if (ground == Session::Ground::front) ++front_live_;
}

void Engine::run() {
  start_ = last_answer_ = monotonic_now();
  deadline_ = start_ + limits_.duration;
  for (std::size_t index = 0; index < sessions_.size(); ++index) continue_with(index);
  if (paced()) start_due_operations();
  while (live_ > 0) {
    wait_and_handle();
    if (wake_asked_) wake_parked();
    if (paced()) start_due_operations();
    const Nanos now = monotonic_now();
    if (front_live_ == 0 || now >= deadline_) retire_waiting();
    if (now - last_answer_ > silence_max) throw std::runtime_error("the server is silent");
  }
}

void Engine::wait_and_handle() {
  std::array<epoll_event, events_per_wait_max> events;
  const int ready = ::epoll_wait(epoll_, events.data(), events_per_wait_max, wait_ms_max);
  if (ready < 0) {
    if (errno == EINTR) return;
    throw_errno("epoll_wait");
  }
  if (ready > 0) last_answer_ = monotonic_now();
  const auto end = events.begin() + ready;
  // The first session first: in a race it is the one whose answer sets the mark.
  const auto first = std::find_if(events.begin(), end, [](const epoll_event& e) { return e.data.u64 == 0; });
  if (first != end) std::iter_swap(events.begin(), first);
  for (auto event = events.begin(); event != end; ++event) {
    if (event->data.u64 != timer_key) handle(event->data.u64, event->events);
  }
}

void Engine::handle(std::size_t index, std::uint32_t what) {
  Session& session = *sessions_[index];
  if ((what & EPOLLOUT) != 0 && session.flush()) {
    watch(session.descriptor(), index, EPOLLIN, EPOLL_CTL_MOD);
  }
  if ((what & ~EPOLLOUT) == 0) return;
  if (session.on_readable()) {
    continue_with(index);
  } else if (!session.flush()) {
    watch(session.descriptor(), index, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }
}

// What a session does that has nothing outstanding.
void Engine::continue_with(std::size_t index) {
  const Session& session = *sessions_[index];
  const Nanos now = monotonic_now();
  if (session.is_stopped() || front_live_ == 0) return retire(index);
  if (session.is_front() && paced()) {
    if (!backlog_.empty()) {
      const Nanos intended = backlog_.front();
      backlog_.pop_front();
      return begin(index, intended);
    }
    if (schedule_over_) return retire(index);
    idle_.push_back(index);
    return;
  }
  if (now >= deadline_) return retire(index);
  if (session.is_front() && !take_budget()) return retire(index);
  begin(index, now);
}

bool Engine::take_budget() {
  if (begun_ >= limits_.operations_max) return false;
  begun_ += limits_.operations_per_begin;
  return true;
}

void Engine::begin(std::size_t index, Nanos intended) {
  Session& session = *sessions_[index];
  if (!session.begin(intended)) {
    // Nothing sent: nothing taken from the budget either.
    if (session.is_front() && !paced()) begun_ -= limits_.operations_per_begin;
    if (session.is_stopped()) return retire(index);
    parked_.push_back(index);
    return;
  }
  if (!session.flush()) watch(session.descriptor(), index, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

void Engine::retire(std::size_t index) {
  --live_;
  if (sessions_[index]->is_front()) --front_live_;
  watch(sessions_[index]->descriptor(), index, 0, EPOLL_CTL_DEL);
}

void Engine::retire_waiting() {
  for (const std::size_t index : std::exchange(parked_, {})) retire(index);
}

void Engine::wake_parked() {
  // Ends because a script asks for a waking only when it has changed what the others wait for.
  while (std::exchange(wake_asked_, false)) {
    for (const std::size_t index : std::exchange(parked_, {})) continue_with(index);
  }
}

Nanos Engine::due(std::uint64_t arrival) const noexcept {
  return start_ + to_nanos(static_cast<double>(arrival) / limits_.operations_per_second);
}

void Engine::start_due_operations() {
  const Nanos now = monotonic_now();
  while (!schedule_over_ && due(arrivals_) <= now) {
    const Nanos intended = due(arrivals_);
    if (intended >= deadline_ || !take_budget()) {
      schedule_over_ = true;
      break;
    }
    ++arrivals_;
    if (idle_.empty()) {
      backlog_.push_back(intended);
    } else {
      const std::size_t index = idle_.back();
      idle_.pop_back();
      begin(index, intended);
    }
  }
  schedule_over_ ? end_schedule_if_over() : arm_timer();
}

void Engine::end_schedule_if_over() {
  if (!backlog_.empty() && monotonic_now() >= deadline_ + backlog_drain_max) {
    totals_.unserved += backlog_.size();
    backlog_.clear();
  }
  for (const std::size_t index : std::exchange(idle_, {})) retire(index);
}

void Engine::arm_timer() {
  const Nanos next = due(arrivals_);
  itimerspec spec{};
  spec.it_value.tv_sec = next / nanos_per_second;
  spec.it_value.tv_nsec = next % nanos_per_second;
  if (::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr) != 0) throw_errno("timerfd");
}

void Engine::call_answered(Call call, Nanos latency) {
  totals_.latency[static_cast<std::size_t>(call)].record(latency);
}

void Engine::call_failed(Call call, std::string_view error) {
  if (++totals_.errors <= errors_shown_max) {
    fmt::print(stderr, "unexpected answer to {}: {}\n", name(call), error);
  }
  if (totals_.errors > errors_max) throw std::runtime_error("too many unexpected answers");
}

void Engine::lease_empty() { ++totals_.empties; }

void Engine::operations_finished(std::uint64_t operations) {
  totals_.operations += operations;
  totals_.elapsed = monotonic_now() - start_;
}

}  // namespace breakerd::load
