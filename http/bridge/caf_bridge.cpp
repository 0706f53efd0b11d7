#include <breakerd/http/bridge/caf_bridge.hpp>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <numeric>
#include <utility>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd::http {
namespace {

/// A batch larger than this grows on its way: the one after it may be small.
constexpr std::size_t room_max = 64;

/// One that passes this leaves at once: what one commit takes should have a bound.
constexpr std::size_t batch_bytes_max = 1 << 20;

/// Of the payloads and results in it.
std::size_t bytes_of(const Command& command) {
  if (const auto* one = std::get_if<EnqueueJob>(&command)) return one->spec.payload.size();
  if (const auto* one = std::get_if<CompleteJob>(&command)) return one->result.size();
  if (const auto* one = std::get_if<KeepAnswer>(&command)) return one->answer.body.size();
  const auto* many = std::get_if<EnqueueJobs>(&command);
  if (many == nullptr) return 0;
  return std::accumulate(many->specs.begin(), many->specs.end(), std::size_t{0},
                         [](std::size_t sum, const JobSpec& spec) { return sum + spec.payload.size(); });
}

Error not_running() { return make_error(ErrorCode::unavailable, "breakerd is starting or stopping: nothing was done"); }
Error nobody_waits() { return make_error(ErrorCode::unavailable, "the client has gone"); }

/// What a read gets: ends it when its client has gone.
class AbandonableView final : public ReadView {
 public:
  AbandonableView(const ReadView& view, const std::atomic<bool>& gone) : view_{view}, gone_{gone} {}

  [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    if (gone_) return nobody_waits();
    return view_.get(table, key);
  }
  [[nodiscard]] Result<Rows> get_many(Table table, std::span<const std::string> keys) const override {
    if (gone_) return nobody_waits();
    return view_.get_many(table, keys);
  }
  [[nodiscard]] Result<void> scan(Table table, std::string_view from, std::string_view to,
                                  const Visit& visit) const override {
    const auto visit_if_asked = [&](std::string_view key, std::string_view value) {
      return !gone_ && visit(key, value);
    };
    auto ok = view_.scan(table, from, to, visit_if_asked);
    if (ok && gone_) return nobody_waits();
    return ok;
  }
  [[nodiscard]] Result<std::optional<std::string>> last_key(Table table, std::string_view before) const override {
    if (gone_) return nobody_waits();
    return view_.last_key(table, before);
  }

 private:
  const ReadView& view_;
  const std::atomic<bool>& gone_;
};

}  // namespace

/// Gathers answered batches, on the actors' threads, for the I/O thread to hand out.
class CafBridge::Sink final : public std::enable_shared_from_this<Sink> {
 public:
  /// The answers of one batch, and whom they are for.
  struct Answered {
    std::vector<Op> ops;
    std::vector<Done> dones;  ///< one for each op
  };

  explicit Sink(boost::asio::io_context& io) : io_{io} {}

  void take(Answered&& answered) {
    bool wake = false;
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return;
      wake = answered_.empty();
      answered_.push_back(std::move(answered));
    }
    if (wake) boost::asio::post(io_, [self = shared_from_this()] { self->hand_out(); });
  }

  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    answered_.clear();
  }

 private:
  void hand_out() {
    std::vector<Answered> all;
    {
      const std::lock_guard lock{mutex_};
      all.swap(answered_);
    }
    for (Answered& answered : all)
      for (std::size_t i = 0; i < answered.ops.size(); ++i) answered.dones[i](std::move(answered.ops[i].outcome));
  }

  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::vector<Answered> answered_;
  bool closed_ = false;
};

/// Whom a batch's answers are for.
class CafBridge::Askers final : public Completion {
 public:
  explicit Askers(std::shared_ptr<Sink> sink) : sink_{std::move(sink)} {}
  void complete(std::vector<Op>&& ops) noexcept override { sink_->take({std::move(ops), std::move(dones)}); }

  std::vector<Done> dones;  ///< one for each op

 private:
  std::shared_ptr<Sink> sink_;  ///< shared: batches may outlive the bridge
};

CafBridge::CafBridge(boost::asio::io_context& io, std::unique_ptr<Readers> readers)
    : io_{io}, sink_{std::make_shared<Sink>(io)}, readers_{std::move(readers)} {}

CafBridge::~CafBridge() { detach(); }

void CafBridge::attach(Core& core) { core_ = &core; }

void CafBridge::detach() {
  core_ = nullptr;
  announced_ = false;
  filling_ = {};
  sink_->close();
  readers_->stop();
}

void CafBridge::submit(Command&& command, std::string principal, Done done) {
  if (core_ == nullptr) {
    boost::asio::post(io_, [done = std::move(done)] { done(not_running()); });
    return;
  }
  if (Core::target_of(command) == Core::Target::queue) {
    fill(std::move(command), std::move(principal), std::move(done));
    return flush_full();
  }
  Batch batch = make_batch();
  add_op(batch, std::move(command), std::move(principal), std::move(done));
  core_->dispatch(batch.batch);
}

void CafBridge::submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) {
  if (core_ == nullptr) return submit(std::move(command), std::move(principal), std::move(done));
  if (Core::target_of(command) == Core::Target::queue) {
    fill(std::move(command), std::move(principal), std::move(done)).operation = operation;
    return flush_full();
  }
  Batch batch = make_batch();
  add_op(batch, std::move(command), std::move(principal), std::move(done)).operation = operation;
  core_->dispatch(batch.batch);
}

/// A batch is decided in one turn and is one commit, so they must not leave in two.
void CafBridge::submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) {
  const auto each = std::make_shared<const EachDone>(std::move(done));  // shared by the answers
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto one = [each, i](Outcome&& outcome) { (*each)(i, std::move(outcome)); };
    if (core_ == nullptr)
      submit(std::move(commands[i]), principal, std::move(one));
    else
      fill(std::move(commands[i]), principal, std::move(one));
  }
  flush_full();
}

std::function<void()> CafBridge::submit_wait(Command&& command, std::string principal, Done done) {
  const auto* beat = std::get_if<Heartbeat>(&command);
  const JobId job = beat == nullptr ? 0 : beat->job;
  if (core_ == nullptr) {
    submit(std::move(command), std::move(principal), std::move(done));
    return [] {};
  }
  Batch batch = make_batch();
  add_op(batch, std::move(command), std::move(principal), std::move(done));
  core_->dispatch(batch.batch);
  return [this, job, waiting = std::weak_ptr{batch.batch}] {
    const auto found = waiting.lock();
    if (found && core_ != nullptr) core_->end_wait(found, job);
  };
}

CafBridge::Batch CafBridge::make_batch() const {
  auto askers = std::make_unique<Askers>(sink_);
  Askers* const kept = askers.get();
  return {std::make_shared<CommandBatch>(std::move(askers)), kept};
}

CafBridge::Batch& CafBridge::filling() {
  if (filling_.batch) return filling_;
  filling_ = make_batch();
  filling_.batch->ops.reserve(room_);
  filling_.askers->dones.reserve(room_);
  boost::asio::post(io_, [this] { flush(); });
  return filling_;
}

Op& CafBridge::fill(Command&& command, std::string principal, Done done) {
  Batch& batch = filling();
  batch.bytes += bytes_of(command);
  Op& op = add_op(batch, std::move(command), std::move(principal), std::move(done));
  room_ = std::min(batch.batch->ops.size(), room_max);
  return op;
}

void CafBridge::flush_full() {
  if (filling_.bytes >= batch_bytes_max) flush();
}

/// Into an op in its place: a command is large to move.
Op& CafBridge::add_op(Batch& batch, Command&& command, std::string&& principal, Done&& done) {
  Op& op = batch.batch->ops.emplace_back();
  op.command = std::move(command);
  op.principal = std::move(principal);
  batch.askers->dones.push_back(std::move(done));
  return op;
}

void CafBridge::flush() {
  const Batch batch = std::exchange(filling_, {});
  if (batch.batch && core_ != nullptr) core_->dispatch(batch.batch);
}

void CafBridge::read(ReadSize size, Gone gone, Read work, ReadDone done) {
  if (core_ == nullptr) {
    boost::asio::post(io_, [done = std::move(done)] { done(not_running()); });
    return;
  }
  auto run = [this, &core = *core_, gone = std::move(gone), work = std::move(work), done = std::move(done)]() mutable {
    Result<std::string> body = [&]() -> Result<std::string> {
      if (*gone) return nobody_waits();
      auto view = core.log().view();
      if (!view) return view.error();
      return work(AbandonableView{**view, *gone});
    }();
    if (!body) core.read_damage().count(body.error());
    boost::asio::post(io_, [done = std::move(done), body = std::move(body)]() mutable { done(std::move(body)); });
  };
  readers_->post(size, std::move(run));
}

Backend::Gate CafBridge::gate() const noexcept {
  if (core_ == nullptr) return {};
  const auto view = core_->gate().view();
  return {view.allowed, view.epoch};
}

DamagedReads CafBridge::damaged_reads() const {
  return core_ == nullptr ? DamagedReads{} : core_->read_damage().view();
}

std::size_t CafBridge::waiting_leases() const { return core_ == nullptr ? 0 : core_->waiting_leases(); }

const LeaseTimes* CafBridge::lease_times() const { return core_ == nullptr ? nullptr : &core_->lease_times(); }

const CampaignPaces* CafBridge::campaign_paces() const { return core_ == nullptr ? nullptr : &core_->paces(); }

Health CafBridge::health() const {
  if (core_ == nullptr || !announced_) return {false, "starting or stopping"};
  auto view = core_->health().view();
  return {view.ready, std::move(view.reason)};
}

}  // namespace breakerd::http
