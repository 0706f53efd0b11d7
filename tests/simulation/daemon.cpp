#include "tests/simulation/daemon.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace breakerd::simulation {
namespace {

CoreConfig& on_one_thread(CoreConfig& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

caf::resumable* resumable_of(const auto& handle) {
  return dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(handle));
}

http::ApiOptions api_options(const Daemon::Setting& setting) {
  http::ApiOptions options;
  options.json_values_max = setting.limits.json_values_max;
  options.clock = &setting.timeline;
  options.hash_secret = draw_number(setting.randomness);
  return options;
}

/// A turn of a thread takes a little of its time.
constexpr std::uint64_t turn_us_max = 12;

}  // namespace

/// Reads wait here for their turn.
class Daemon::TurnReaders final : public http::Readers {
 public:
  void post(http::ReadSize size, std::function<void()> read) override {
    reads_[static_cast<std::size_t>(size)].push_back(std::move(read));
  }
  void stop() override {
    for (auto& queue : reads_) queue.clear();
  }
  /// Does the first read of one size, if there is one.
  bool turn(std::size_t which) {
    auto& queue = reads_[which];
    if (queue.empty()) return false;
    const auto read = std::move(queue.front());
    queue.pop_front();
    read();
    return true;
  }

 private:
  std::array<std::deque<std::function<void()>>, 3> reads_;
};

Daemon::Daemon(Setting setting)
    : setting_{std::move(setting)},
      begun_{setting_.timeline.now()},
      system_{on_one_thread(config_)},
      readers_{new TurnReaders},
      bridge_{io_, std::unique_ptr<http::Readers>{readers_}},
      load_{setting_.limits},
      api_{bridge_, api_options(setting_)},
      connections_{io_, setting_.timeline, setting_.limits, api_, load_},
      next_tick_{begun_ + setting_.limits.tick} {}

Daemon::~Daemon() {
  bridge_.detach();
  end();
}

Result<void> Daemon::open(EventLog& log) {
  move_actors_clock();  // the core reads it with the calendar, before any actor has a turn
  CoreOptions options;
  options.clock = &setting_.timeline;
  options.randomness = &setting_.randomness;
  options.log_line = setting_.log_line;
  options.stall_after = setting_.stall_after;
  options.in_flight = setting_.in_flight;
  options.detach_breaker = false;
  options.on_fatal = [this](const std::string& which) { fatal_.push_back(which); };
  auto core = Core::start(system_, log, std::move(options));
  if (!core) return core.error();
  core_ = std::move(*core);
  worker_actors_ = {resumable_of(core_->queue()), resumable_of(core_->campaigns())};
  bridge_.attach(*core_);
  bridge_.announce();
  return {};
}

void Daemon::take(std::unique_ptr<http::Transport> transport, bool is_local, std::string principal) {
  const http::Seat seat = is_local ? load_.enter_local() : load_.enter_shared(false);
  connections_.adopt({std::move(transport), seat, std::move(principal)});
}

bool Daemon::turn(bool while_syncing) {
  move_actors_clock();
  if (setting_.timeline.now() >= next_tick_) {
    next_tick_ += setting_.limits.tick;
    connections_.tick();
    return true;
  }
  constexpr std::uint64_t threads = 3;
  const std::uint64_t first = setting_.chance.below(threads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    const std::uint64_t thread = (first + i) % threads;
    const bool did = thread == 0 ? run_io() : thread == 1 ? run_reader() : run_actor(while_syncing);
    if (!did) continue;
    setting_.timeline.advance_to(setting_.timeline.now() +
                                 Moment{static_cast<std::int64_t>(setting_.chance.below(turn_us_max))});
    return true;
  }
  return false;
}

bool Daemon::run_io() { return io_.poll_one() > 0; }

bool Daemon::run_reader() {
  constexpr std::uint64_t sizes = 3;
  const std::uint64_t first = setting_.chance.below(sizes);
  return readers_->turn(first) || readers_->turn((first + 1) % sizes) || readers_->turn((first + 2) % sizes);
}

bool Daemon::run_actor(bool while_syncing) {
  auto& jobs = scheduler().jobs;
  const auto waits = [&](caf::resumable* job) {
    return while_syncing && !setting_.two_workers &&
           std::find(worker_actors_.begin(), worker_actors_.end(), job) != worker_actors_.end();
  };
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (!waits(jobs[i])) ready.push_back(i);
  if (ready.empty()) return false;
  std::swap(jobs.front(), jobs[ready[setting_.chance.below(ready.size())]]);
  scheduler().run_once();
  return true;
}

void Daemon::move_actors_clock() {
  auto& clock = scheduler().clock();
  const auto target = caf::actor_clock::time_point{} + caf::actor_clock::duration_type{1} +
                      std::chrono::duration_cast<caf::actor_clock::duration_type>(setting_.timeline.now() - begun_);
  if (target > clock.now()) clock.advance_time(target - clock.now());
}

Moment Daemon::next_timer() {
  Moment next = next_tick_;
  const auto& timers = scheduler().clock().schedule();
  if (!timers.empty()) {
    const auto due = timers.begin()->first.time_since_epoch() - caf::actor_clock::duration_type{1};
    next = std::min(next, begun_ + std::chrono::ceil<Moment>(due));
  }
  return next;
}

void Daemon::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  core_->end_waits();
  connections_.stop([this] { stopped_ = true; });
}

std::size_t Daemon::end() {
  if (!core_) return 0;
  bridge_.detach();
  scheduler().run();                  // who has a turn already gets no other one
  scheduler().inline_all_enqueues();  // the core waits for its actors: each must run as soon as it is told to end
  const std::size_t owed = core_->stop();
  scheduler().after_next_enqueue(std::function<void()>{});
  core_.reset();
  scheduler().run();
  return owed;
}

caf::scheduler::test_coordinator& Daemon::scheduler() {
  return static_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
}

}  // namespace breakerd::simulation
