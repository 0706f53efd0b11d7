#pragma once
// The whole core on one thread: the test decides whose turn it is and what time it is. Its log is in memory, counts its
// appends, and fails when told to.

#include <algorithm>
#include <caf/scheduler/test_coordinator.hpp>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/support/memory_log.hpp"
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

namespace breakerd::test {

/// A log in memory that tells what was asked of it. Can fail like a disk: before the write, or after it (then what was
/// written is seen when the log is opened again).
class WatchedLog final : public EventLog {
 public:
  /// The events of each commit that was kept and had any.
  std::vector<std::vector<std::string>> commits;

  void fail_next(int appends) { memory_.fail_next(appends); }
  void keep_next_but_fail() { keep_but_fail_ = true; }
  void fail_reopen(int times) { failing_reopens_ = times; }
  void note_fault_of_last_run() { fault_ = true; }
  /// Called at the beginning of each append that has events, within the log actor's turn: the disk hangs until it
  /// returns.
  std::function<void()> during_append = [] {};
  bool fails_to_mark = false;
  /// From here on views cannot read this table.
  void damage(Table table) { damaged_ = table; }
  /// From here on views find no row in it.
  void lose(Table table) { lost_ = table; }
  /// From here on they can, and do.
  void mend() {
    damaged_.reset();
    lost_.reset();
  }

  Result<std::vector<Result<Appended>>> append(std::span<Append> appends) override {
    if (down_) return make_error(ErrorCode::unavailable, "not writable");
    if (std::any_of(appends.begin(), appends.end(), [](const Append& one) { return !one.events.empty(); }))
      during_append();
    const Position before = memory_.head();
    std::vector<std::string> types;
    for (const Append& append : appends)
      for (const Event& event : append.events) types.emplace_back(type_name(event.data));
    auto answers = memory_.append(appends);
    if (answers && !types.empty()) commits.push_back(std::move(types));
    if (answers && !keep_but_fail_) return answers;
    down_ = fault_ = true;
    if (!answers) return answers;
    keep_but_fail_ = false;
    hidden_ = before;
    return make_error(ErrorCode::storage, "fsync failed");
  }
  Result<void> reopen() override {
    if (failing_reopens_ > 0) return --failing_reopens_, make_error(ErrorCode::storage, "the disk is still full");
    if (auto ok = memory_.reopen(); !ok) return ok;
    down_ = false;
    hidden_.reset();
    return {};
  }
  Result<std::unique_ptr<ReadView>> view() const override {
    if (!damaged_ && !lost_) return memory_.view();
    return std::unique_ptr<ReadView>{std::make_unique<DamagedView>(must(memory_.view()), damaged_, lost_)};
  }
  Position head() const override { return down_ && hidden_ ? *hidden_ : memory_.head(); }
  bool fault_pending() const override { return fault_; }
  Result<void> mark_fault() override {
    if (fails_to_mark) return make_error(ErrorCode::storage, "no HEAD");
    return fault_ = true, Result<void>{};
  }
  Result<void> clear_fault() override { return fault_ = false, Result<void>{}; }
  void watch(Listener listener) override { memory_.watch(std::move(listener)); }

 private:
  /// One table of it cannot be read, or is empty.
  class DamagedView final : public ReadView {
   public:
    DamagedView(std::unique_ptr<ReadView> whole, std::optional<Table> damaged, std::optional<Table> lost)
        : whole_{std::move(whole)}, damaged_{damaged}, lost_{lost} {}

    Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
      if (table == damaged_) return block_is_bad();
      if (table == lost_) return std::optional<std::string>{};
      return whole_->get(table, key);
    }
    Result<void> scan(Table table, std::string_view from, std::string_view to, const Visit& visit) const override {
      if (table == damaged_) return block_is_bad();
      if (table == lost_) return {};
      return whole_->scan(table, from, to, visit);
    }
    Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
      if (table == damaged_) return block_is_bad();
      if (table == lost_) return std::optional<std::string>{};
      return whole_->last_key(table, before);
    }

   private:
    static Error block_is_bad() { return make_error(ErrorCode::corrupt, "a block is bad"); }

    std::unique_ptr<ReadView> whole_;
    std::optional<Table> damaged_;
    std::optional<Table> lost_;
  };

  MemoryLog memory_;
  std::optional<Table> damaged_;
  std::optional<Table> lost_;
  bool down_ = false;
  bool keep_but_fail_ = false;
  bool fault_ = false;
  int failing_reopens_ = 0;
  std::optional<Position> hidden_;  ///< the end before an append that was kept but failed
};

/// An answer that is there or not yet.
struct Pending {
  std::optional<Outcome> outcome;

  [[nodiscard]] bool there() const { return outcome.has_value(); }
  template <class R>
  [[nodiscard]] R get() const {
    REQUIRE(there());
    return std::get<R>(must(*outcome));
  }
  [[nodiscard]] ErrorCode refused() const {
    REQUIRE(there());
    return refusal(*outcome);
  }
};
using PendingPtr = std::shared_ptr<Pending>;

class CoreStory {
 public:
  using Prepare = std::function<void(WatchedLog&)>;

  explicit CoreStory(const Prepare& prepare = {}, Randomness& randomness = machine_randomness(),
                     InFlight in_flight = InFlight::stop)
      : system{configured(config_)} {
    if (prepare) prepare(log);
    CoreOptions options;
    options.detach_breaker = false;
    options.clock = &clock_;
    options.randomness = &randomness;
    options.in_flight = in_flight;
    options.log_line = [this](LineLevel level, const std::string& line) {
      lines.push_back((level == LineLevel::info ? "info " : "warn ") + line);
    };
    options.on_fatal = [this](const std::string& which) { fatal.push_back(which); };
    core = must(Core::start(system, log, std::move(options)));
    run();
  }
  ~CoreStory() {
    stop();
    core.reset();
    for (const SubscriberHandle& listener : listeners_) caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
    run();
  }
  CoreStory(const CoreStory&) = delete;
  CoreStory& operator=(const CoreStory&) = delete;

  /// Ends the actors; gives what Core::stop() does.
  std::size_t stop() {
    run();
    scheduler().inline_all_enqueues();  // the core waits for its actors: each must run as soon as it is told to end
    const std::size_t owed = core->stop();
    scheduler().after_next_enqueue(std::function<void()>{});
    return owed;
  }

  // --- turns and time ---

  caf::scheduler::test_coordinator& scheduler() {
    return static_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  void run() { scheduler().run(); }
  /// Everything that one actor has to do, and nothing of the others.
  template <class Handle>
  void run_only(const Handle& handle) {
    while (scheduler().prioritize(handle)) scheduler().run_once();
  }
  /// Everything that all actors but this one have to do.
  template <class Handle>
  void run_without(const Handle& handle) {
    auto* const held = dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(handle));
    auto& jobs = scheduler().jobs;
    for (;;) {
      const auto next = std::find_if(jobs.begin(), jobs.end(), [&](caf::resumable* job) { return job != held; });
      if (next == jobs.end()) return;
      std::rotate(jobs.begin(), next, next + 1);
      scheduler().run_once();
    }
  }
  /// As run(), in an order drawn from `random`; `after_each` sees every state in between.
  void run_shuffled(
      std::mt19937& random, const std::function<void()>& after_each = [] {}) {
    auto& jobs = scheduler().jobs;
    while (!jobs.empty()) {
      std::swap(jobs.front(), jobs[std::uniform_int_distribution<std::size_t>{0, jobs.size() - 1}(random)]);
      scheduler().run_once();
      after_each();
    }
  }
  /// As run(); `after_each` sees every state in between.
  void run_watched(const std::function<void()>& after_each) {
    while (!scheduler().jobs.empty()) {
      scheduler().run_once();
      after_each();
    }
  }
  /// Gives the number of timers that went off.
  std::size_t advance(std::chrono::milliseconds time) {
    const std::size_t fired = scheduler().advance_time(time);
    run();
    return fired;
  }
  Time wall() { return at(0) + std::chrono::duration_cast<Duration>(scheduler().clock().now().time_since_epoch()); }

  // --- asking ---

  /// A request on its way, from an actor of its own: nobody else has had a turn yet.
  template <class Handle, class Message>
  PendingPtr send_to(const Handle& to, Message question) {
    auto waiting = std::make_shared<Pending>();
    // All of it as arguments: for a function without any CAF 0.17.6 follows a null pointer.
    const auto ask = [](caf::event_based_actor* self, const PendingPtr& pending, const Handle& handle,
                        const Message& message) {
      self->request(handle, std::chrono::minutes{24 * 60}, message)
          .then([pending](Answer& answer) { pending->outcome = std::move(answer.outcome); },
                [pending](const caf::error& error) {
                  pending->outcome = make_error(ErrorCode::outcome_unknown, caf::to_string(error));
                });
    };
    system.spawn(ask, waiting, to, std::move(question));
    askers_run();
    return waiting;
  }
  PendingPtr send(Command command, std::string principal = "alice") {
    const Core::Target target = Core::target_of(command);
    Ask request{std::move(command), std::move(principal)};
    if (target == Core::Target::breaker) return send_to(core->breaker(), std::move(request));
    if (target == Core::Target::queue) return send_to(core->queue(), std::move(request));
    return send_to(core->campaigns(), std::move(request));
  }
  Outcome ask(Command command, std::string principal = "alice") {
    const PendingPtr pending = send(std::move(command), std::move(principal));
    run();
    REQUIRE(pending->there());
    return *pending->outcome;
  }
  template <class R>
  R get(Command command) {
    return std::get<R>(must(ask(std::move(command))));
  }
  ErrorCode refused(Command command) { return refusal(ask(std::move(command))); }

  static JobSpec job_of(CampaignId campaign = {}) {
    JobSpec spec;
    spec.job_type = "mail";
    spec.campaign = campaign;
    return spec;
  }
  JobId enqueue(CampaignId campaign = {}) { return get<JobView>(EnqueueJob{job_of(campaign)}).row.id; }
  static LeaseJobs lease_command(std::uint32_t max = 1, std::uint32_t lease_ms = 30'000) {
    return {"worker-1", max, lease_ms, {}};
  }
  std::vector<LeasedJob> lease(std::uint32_t max = 1, std::uint32_t lease_ms = 30'000) {
    return get<LeaseAnswer>(lease_command(max, lease_ms)).jobs;
  }
  static RecordFailure failure(std::string error = "429") { return {std::move(error), "http", "apollo", 0, {}}; }
  CircuitAnswer open() { return get<CircuitAnswer>(failure()); }
  CircuitAnswer close() { return get<CircuitAnswer>(CloseCircuit{"it is back", std::nullopt}); }
  CampaignView create() { return get<CampaignView>(CreateCampaign{"spring", {}, {}}); }
  CampaignView change(const CampaignId& id, CampaignAction action) {
    return get<CampaignView>(ChangeCampaign{id, std::move(action)});
  }

  // --- what is committed ---

  [[nodiscard]] StatusView status() const { return must(read_status(*must(log.view()))); }
  [[nodiscard]] JobView job(JobId id) const { return must(read_job(*must(log.view()), id)); }
  [[nodiscard]] std::vector<std::string> events(Seq from = 1) const {
    std::vector<std::string> types;
    const auto view = must(log.view());
    for (Seq seq = from; seq <= log.head().seq; ++seq)
      types.emplace_back(type_name(must(read_event(*view, seq)).event.data));
    return types;
  }
  [[nodiscard]] Gate::View gate() const { return core->gate().view(); }

  /// Subscribes, from `from` on (0: from now on); what is heard lands in the vector.
  using Heard = std::shared_ptr<std::vector<CommittedEvent>>;
  Heard subscribe(Seq from = 0) {
    auto heard = std::make_shared<std::vector<CommittedEvent>>();
    SubscriberHandle handle = system.spawn(&CoreStory::subscriber, heard);
    follow(handle, from);
    return heard;
  }
  /// Subscribes an actor of the test's own; ends it with the story.
  void follow(const SubscriberHandle& handle, Seq from = 0) {
    caf::anon_send(core->feed(), subscribe_atom_v, handle, from);
    run();
    listeners_.push_back(handle);
  }

 private:
  /// The scheduler's time, from which actors have the steady one.
  class StoryClock final : public Clock {
   public:
    explicit StoryClock(CoreStory& story) : story_{story} {}
    [[nodiscard]] Time wall() const override { return story_.wall(); }
    [[nodiscard]] SteadyTime steady() const override { return story_.scheduler().clock().now(); }

   private:
    CoreStory& story_;
  };

  StoryClock clock_{*this};
  CoreConfig config_;

 public:
  WatchedLog log;
  caf::actor_system system;
  std::unique_ptr<Core> core;
  std::vector<std::string> lines;
  std::vector<std::string> fatal;

 private:
  static CoreConfig& configured(CoreConfig& config) {
    config.set("scheduler.policy", caf::atom("testing"));
    return config;
  }
  static SubscriberHandle::behavior_type subscriber(const Heard& heard) {
    return {[heard](const CommittedEvents& events) { heard->insert(heard->end(), events->begin(), events->end()); }};
  }
  /// The one that asks was spawned last: it has its turn now, so that requests are in the mailboxes in order.
  void askers_run() { scheduler().run_once_lifo(); }

  std::vector<SubscriberHandle> listeners_;
};

}  // namespace breakerd::test
