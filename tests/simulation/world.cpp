#include "tests/simulation/world.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/simulation/simulated_log.hpp"
#include "tests/simulation/situations.hpp"
#include "tests/simulation/watched_wire.hpp"

namespace breakerd::simulation {
namespace {

constexpr Duration seconds(std::int64_t count) { return Duration{count * 1'000'000}; }

/// Of an answer in a calm seed: many times what its syncs, turns and the network take.
constexpr std::int64_t answer_longest_ms = 250;
/// Longer than any time-out of the daemon and the pauses of a slow reader together.
constexpr Duration rest_longest = seconds(300);
/// One that could not be started, again after this.
constexpr Duration start_again = seconds(1);
/// A job that producers and workers delay waits no longer.
constexpr Duration delays_longest = seconds(25);
constexpr Duration wall_jump_longest = seconds(7'200);
/// As http/daemon/daemon.cpp has it: a stop that takes longer than its time-out and this is ended at once.
constexpr Duration stop_extra = seconds(10);
constexpr Duration stop_extra_when_broken{1'500'000};
/// Of the phase with faults, beyond a move of one user for each call: some users may be silent.
constexpr Duration faults_longest = seconds(1'000);
/// A sync that takes no longer is no trouble: nobody's lease ends because of it.
constexpr Duration sync_unnoticed{50'000};
/// Longer than leasing all jobs takes.
constexpr Duration brief_lease = seconds(5);
/// For what is still on its way when all calls have been answered or lost.
constexpr Duration settle_longest = seconds(70);
/// Until the job of a schedule's last run has been started or has expired (users/operator.cpp).
constexpr Duration scheduled_longest = seconds(61);

/// What was waited for did not come.
struct Stuck {
  std::string what;
};

}  // namespace

World::World(const WorldOptions& options)
    : options_{options},
      chance_{options.script.seed},
      faults_{chance_.fork()},
      turns_{chance_.fork()},
      pauses_{chance_.fork()},
      packets_{chance_.fork()},
      randomness_{chance_.fork()},
      swarm_{draw_swarm()},
      trace_{timeline_, options.lines},
      network_{timeline_, packets_},
      disk_faults_{swarm_, timeline_, faults_.fork()},
      disk_{disk_faults_},
      promises_{{[this](const std::string& user) { return principals_.at(user); },
                 [](const std::string& user) { return !user.starts_with("vandal"); },
                 [this] { return timeline_.wall().time_since_epoch() / std::chrono::microseconds{1}; },
                 swarm_.wall_jump_every == Duration{0}, swarm_.is_calm() ? answer_longest_ms : 0,
                 swarm_.finish_by_default ? "finish" : "stop"}} {
  network_.conduct = swarm_.network;
  disk_faults_.wait_for_sync = [this](Duration time) { while_syncing(time); };
  disk_faults_.write_head = [this] { disk_.write_head(); };
  disk_faults_.on_fault = [this](const char* kind) {
    trace_.line(kind);
    sometimes(kind);
    promises_.storage_trouble(now_ms());
    read_failed_ = read_failed_ || std::string_view{kind} == failed_read;
  };
  Chance crowd = chance_.fork();
  const auto wire_of = [&](const std::string& name) -> Wire& {
    const bool is_local = crowd.below(2) == 0;
    const bool is_brief = crowd.below(4) == 0;
    principals_[name] = is_local ? "local:" + name : "anonymous@192.0.2." + std::to_string(principals_.size() + 1);
    return *wires_.emplace_back(std::make_unique<WatchedWire>(*this, name, is_local, is_brief));
  };
  users_ = make_crowd(crowd, known_, wire_of, [this] { return now_ms(); });
}

World::~World() = default;

Swarm World::draw_swarm() {
  Swarm swarm = Swarm::draw(faults_);
  for (const FaultKind& kind : fault_kinds)
    if (options_.script.without.contains(std::string{kind.name})) kind.leave_out(swarm);
  return swarm;
}

Verdict World::run() {
  try {
    run_faults();
    come_to_rest();
    look_at_everything();
    promises_.commands_have_ended();
    look_at_rows();
    drain();
    rehearse_rollout();
    const bool has_ramp = leave_ramp();
    kill_asked_ = true;
    run_until([this] { return !kill_asked_ && is_ready(); }, "the daemon comes back");
    if (has_ramp) (void)try_to_ask({"POST", "/api/v1/leases", R"({"worker":"the last","max":1000})", {}});
    pass(seconds(1));  // all clients know of it
    look_at_everything();
    look_at_rows();
    look_at_log();
  } catch (const Stuck& stuck) {
    broken("this does not come to pass in " + std::to_string(rest_longest / seconds(1)) + " s: " + stuck.what);
  }
  for (const auto& wire : wires_) wire->hang_up();
  if (process_) drop_process(End::killed, start_again);
  for (const std::string& sentence : promises_.broken()) broken(sentence);
  verdict_.trace = trace_.hash();
  return std::move(verdict_);
}

void World::broken(std::string sentence) {
  trace_.line("BROKEN: " + sentence);
  verdict_.broken.push_back(std::move(sentence));
}

// --- what runs ---

void World::start_process() {
  http::HttpLimits limits;
  if (swarm_.few_bytes) {
    limits.memory_bytes_max = 4 << 20;
    limits.connection_bytes_max = 1 << 20;
  }
  process_ = std::make_unique<Daemon>(
      Daemon::Setting{timeline_, turns_, randomness_, limits, std::chrono::milliseconds{5'000}, swarm_.two_workers,
                      swarm_.finish_by_default ? InFlight::finish : InFlight::stop,
                      [this](LineLevel, const std::string& line) { heard_from_daemon(line); }});
  read_failed_ = false;
  trace_.line("daemon: run " + std::to_string(++run_) + " begins");
  timeline_.after(drawn_below(restart_longest()), [this, run = run_] {
    if (run == run_ && process_) open_log();
  });
}

void World::heard_from_daemon(const std::string& line) {
  trace_.line("daemon: " + line);
  find_situations(line, [this](const char* what) { sometimes(what); });
  // The rules contradict their own invariants (events/rules/invariants.hpp), or the queue has decided what they refuse:
  // no fault of the disk, whatever is made of it.
  for (const char* contradiction : {"it does not hold that", "the rules refuse what was decided"})
    if (line.find(contradiction) != std::string::npos) broken("the daemon says: " + line);
}

void World::open_log() {
  const bool had_trouble = disk_.head() && disk_.head()->fault;
  auto log = SimulatedLog::open(disk_);
  if (log) promises_.started(now_ms(), (*log)->head().seq);
  auto opened = log ? process_->open(**log) : Result<void>{log.error()};
  if (opened) {
    log_ = std::move(*log);
    look_at_plans();
    if (had_trouble && !is_durably(CircuitState::open))
      broken("the run before ended in storage trouble, and the circuit is not OPEN after the start");
    return;
  }
  trace_.line("daemon: cannot start: " + opened.error().detail);
  if (faults_stopped_) broken("the daemon does not start: " + opened.error().detail);
  drop_process(End::killed, start_again);
}

void World::kill_process() {
  kill_asked_ = false;
  if (!process_) return;
  trace_.line("daemon: killed");
  drop_process(End::killed, drawn_below(restart_longest()));
}

/// As SIGTERM has asked for: everything that was in flight is answered.
void World::end_process() {
  ending_ = true;
  const std::size_t owed = process_->end();
  ending_ = false;
  sometimes("stopped in good order");
  trace_.line("daemon: stopped, owing " + std::to_string(owed) + " openings");
  drop_process(owed == 0 ? End::stopped : End::stopped_owing, drawn_below(restart_longest()));
}

void World::drop_process(End end, Duration pause) {
  ending_ = true;
  const auto unsynced = static_cast<CrashEnd>(faults_.below(3));
  if (end == End::killed && disk_.has_unsynced()) sometimes("killed with a commit that was not synced");
  if (end == End::killed && disk_.is_head_behind()) sometimes("killed with HEAD behind the log");
  if (end == End::killed) disk_.crash(unsynced);
  look_at_end_of_process();
  process_.reset();
  log_.reset();
  ending_ = false;
  promises_.restarted(now_ms(), end == End::stopped);
  timeline_.after(pause, [this] { start_process(); });
}

void World::begin_stop(Duration extra) {
  if (!process_ || process_->core() == nullptr || process_->is_stopping()) return;
  trace_.line("daemon: told to stop");
  process_->begin_stop();
  timeline_.after(http::HttpLimits{}.shutdown_timeout + extra, [this, run = run_] {
    if (run != run_ || !process_) return;
    trace_.line("daemon: the stop has not ended");
    kill_asked_ = true;
  });
}

std::unique_ptr<ClientEnd> World::connect(const std::string& principal, bool is_local, ClientCallbacks callbacks) {
  if (!process_ || process_->is_stopping()) return nullptr;
  auto connection = network_.connect(process_->io(), std::move(callbacks));
  // Between its listener and the thread that serves it a stop may begin.
  const auto server = std::make_shared<std::unique_ptr<http::Transport>>(std::move(connection.server));
  process_->expect();
  timeline_.after(network_.latency(), [this, server, is_local, principal, run = run_] {
    if (process_ && run == run_) process_->take(std::move(*server), is_local, principal);
  });
  return std::move(connection.client);
}

bool World::turn() { return process_ && process_->turn(syncing_); }

void World::step() {
  if (kill_asked_) return kill_process();
  if (process_ && process_->is_stopped()) return end_process();
  if (process_ && !process_->fatal().empty()) begin_stop(stop_extra_when_broken);
  if (go_on()) return look_at_gate();
  advance(Moment::max());
}

/// Something that can be done now.
bool World::go_on() {
  const bool due_first = turns_.below(2) == 0;
  if (due_first) return timeline_.run_due() || turn();
  return turn() || timeline_.run_due();
}

/// To when there is something to do, and no further than `most`.
void World::advance(Moment most) {
  Moment next = timeline_.next().value_or(Moment::max());
  if (process_) next = std::min(next, process_->next_timer());
  timeline_.advance_to(std::min(next, most));
}

/// The log's thread waits for the disk; the others go on.
void World::while_syncing(Duration time) {
  const Moment end = timeline_.now() + time;
  if (ending_) return timeline_.advance_to(end);
  syncing_ = true;
  while (timeline_.now() < end && !kill_asked_) {
    if (!go_on()) advance(end);
    look_at_gate();
  }
  if (kill_asked_) sometimes("killed in a sync");
  if (time > sync_unnoticed) promises_.storage_trouble(now_ms());
  syncing_ = false;
}

// --- what goes wrong ---

void World::schedule(Duration every, const std::function<void()>& what) {
  if (every == Duration{0}) return;
  timeline_.after(every / 2 + drawn_below(every), [this, every, what] {
    if (faults_stopped_) return;
    what();
    schedule(every, what);
  });
}

void World::schedule_faults() {
  schedule(swarm_.crash_every, [this] { kill_asked_ = true; });
  schedule(swarm_.stop_every, [this] { begin_stop(stop_extra); });
  schedule(swarm_.full_disk_every, [this] { disk_faults_.fill(swarm_.full_disk_for); });
  schedule(swarm_.wall_jump_every, [this] {
    sometimes("the wall clock jumped");
    timeline_.jump(drawn_below(2 * wall_jump_longest) - wall_jump_longest);
  });
}

/// A daemon that was stopped or killed is started again within this, and has its log open within as long: a few calls
/// of each user.
Duration World::restart_longest() const { return std::min(seconds(2), 5 * swarm_.think_max); }

Duration World::drawn_below(Duration bound) {
  return Duration{static_cast<std::int64_t>(pauses_.below(static_cast<std::uint64_t>(bound.count())))};
}

// --- the phases ---

void World::schedule_user(User& user) {
  timeline_.after(drawn_below(swarm_.think_max), [this, &user] {
    if (faults_stopped_ || calls_ >= options_.script.calls) return;
    if (options_.script.does(user.name(), verdict_.moves[user.name()]++))
      user.step();
    else
      user.skip();
    schedule_user(user);
  });
}

void World::run_faults() {
  start_process();
  for (const auto& user : users_) schedule_user(*user);
  schedule_faults();
  const Moment most = static_cast<std::int64_t>(options_.script.calls) * swarm_.think_max + faults_longest;
  while (calls_ < options_.script.calls && timeline_.now() < most) step();
}

void World::come_to_rest() {
  faults_stopped_ = true;
  trace_.line("the faults stop");
  disk_faults_.stop();
  network_.conduct.cut_per_mille = network_.conduct.slow_reads_per_mille = 0;
  for (const auto& user : users_) user->rest();
  run_until([this] { return under_way_ == 0 && is_ready(); }, "the calls under way come to their end");
  look_at_living_leases();
  pass(settle_longest);
  run_until([this] { return is_ready(); }, "the daemon stays ready");
  pause_schedules();
  look_at_rest();
}

/// As soon as nothing can be on its way any more, if that is soon.
void World::look_at_living_leases() {
  if (network_.slow_readers() > 0) return;
  pass(seconds(1));
  if (!is_ready() || process_->load().requests > 0) return;
  bool ended = false;
  promises_.quiet(now_ms(), *wires_.front(), [&](bool looked) {
    ended = true;
    if (looked) sometimes("everything was looked at while leases lived");
  });
  run_until([&] { return ended; }, "everything is looked at while leases live");
}

/// How many jobs were leased.
std::size_t World::lease(std::size_t most, Duration time) {
  const nlohmann::json asked{{"worker", "the last"}, {"max", most}, {"lease_ms", time.count() / 1'000}};
  const Response answer = ask({"POST", "/api/v1/leases", asked.dump(), {}});
  return content_of(answer).value("/data/jobs"_json_pointer, nlohmann::json::array()).size();
}

/// The circuit is closed, all holds are lifted, and everything that can be leased is leased: for a while, until all
/// leases but one have expired and no job waits for its next attempt, and once more with what was parked until then.
void World::drain() {
  close_for_good();
  pass(delays_longest);
  (void)ask({"POST", "/api/v1/queue-management/resume-queue", R"({"reason":"the end"})", {}});
  finish_rollout();
  (void)lease(1, seconds(3'600));
  while (lease(1'000, brief_lease) > 0) {
  }
  pass(brief_lease + seconds(2));
  look_at_everything();
  release_parked();
  pass(delays_longest);  // of runs that have taken too long
  while (lease(1'000, seconds(60)) > 0) {
  }
  look_at_everything();
  promises_.drained();
}

/// All of them, and waits until that is done.
void World::release_parked() {
  const auto started = try_to_ask({"POST", "/api/v1/parked/release", R"({"filter":{},"reason":"the end"})", {}});
  if (!started || started->status != 202) throw Stuck{"POST /api/v1/parked/release is answered with 202"};
  const std::string command =
      "/api/v1/commands/" + content_of(*started).value("/data/id"_json_pointer, nlohmann::json()).dump();
  const Moment most = timeline_.now() + rest_longest;
  while (content_of(ask({"GET", command, "", {}})).value("/data/state"_json_pointer, "") == "running") {
    if (timeline_.now() > most) throw Stuck{"parked jobs are released"};
    pass(seconds(1));
  }
}

/// They have been on time, if nothing was in their way. From here on nothing happens by itself.
void World::pause_schedules() {
  const auto content = [this](const char* target) { return content_of(ask({"GET", target, "", {}})); };
  const bool is_paused = content("/api/v1/queue-management/status").value("/data/queue/paused"_json_pointer, true);
  const bool has_holds = !content("/api/v1/holds").value("/data/holds"_json_pointer, nlohmann::json::array()).empty();
  const auto shown = content("/api/v1/schedules").value("/data/schedules"_json_pointer, std::vector<nlohmann::json>{});
  if (!is_paused && !has_holds) promises_.schedules_are_on_time(shown);
  for (const nlohmann::json& schedule : shown)
    ask_after_faults({"POST", "/api/v1/schedules/" + schedule["id"].dump() + "/pause", R"({"reason":"the end"})", {}});
  if (!shown.empty()) pass(scheduled_longest);
}

void World::close_for_good() { ask_after_faults({"POST", "/api/v1/breaker/close", R"({"reason":"the end"})", {}}); }

/// A HEAD that could not be written while there were faults is told by the next commit, which may be this one.
void World::ask_after_faults(const Call& call) {
  const auto first = try_to_ask(call);
  if (first && first->status == 200) return;
  pass(settle_longest);
  run_until([this] { return is_ready(); }, "the daemon is ready again");
  (void)ask(call);
}

/// A call that must be answered as a success.
Response World::ask(Call call) {
  const std::string what = call.method + " " + call.target;
  auto answer = try_to_ask(std::move(call));
  if (!answer || answer->status != 200) throw Stuck{what + " is answered with 200"};
  return std::move(*answer);
}

/// Nothing when it is lost.
std::optional<Response> World::try_to_ask(Call call) {
  std::optional<std::optional<Response>> answer;
  const std::string what = call.method + " " + call.target;
  wires_.front()->call(std::move(call), [&](std::optional<Response> response) { answer = std::move(response); });
  run_until([&] { return answer.has_value(); }, what + " is answered");
  return std::move(*answer);
}

void World::pass(Duration time) {
  const Moment end = timeline_.now() + time;
  timeline_.at(end, [] {});
  while (timeline_.now() < end) step();
}

/// A look must end before the next thing happens by itself, such as a lease that expires: nothing slows it.
void World::look_at_everything() {
  const NetworkConduct slow = std::exchange(network_.conduct, NetworkConduct{});
  std::optional<bool> looked;
  promises_.quiet(now_ms(), *wires_.front(), [&](bool whole) { looked = whole; });
  run_until([&] { return looked.has_value(); }, "everything is looked at");
  network_.conduct = slow;
  if (looked && !*looked) broken("the look at everything was not answered whole");
}

bool World::is_ready() const {
  return process_ && process_->core() != nullptr && process_->core()->health().view().ready;
}

void World::run_until(const std::function<bool()>& done, const std::string& what) {
  const Moment most = timeline_.now() + rest_longest;
  while (!done()) {
    if (timeline_.now() > most) throw Stuck{what};
    step();
  }
}

}  // namespace breakerd::simulation
