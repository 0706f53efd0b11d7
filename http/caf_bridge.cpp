#include "http/caf_bridge.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "actors/core.hpp"

namespace breakerd::http {
namespace {

/// A flight larger than this grows on its way: the one after it may be small.
constexpr std::size_t room_max = 64;

Error not_running() { return make_error(ErrorCode::unavailable, "breakerd is starting or stopping: nothing was done"); }

}  // namespace

/// A flight that knows whom its answers are for.
struct CafBridge::HttpFlight : Flight {
  std::vector<Done> dones;  ///< one for each op
};

/// Gathers what lands, on the actors' threads, for the I/O thread to hand out.
class CafBridge::Sink final : public FlightSink, public std::enable_shared_from_this<Sink> {
 public:
  explicit Sink(boost::asio::io_context& io) : io_{io} {}

  void landed(FlightPtr flight) override {
    bool wake = false;
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return;
      wake = landed_.empty();
      landed_.push_back(std::move(flight));
    }
    if (wake) boost::asio::post(io_, [self = shared_from_this()] { self->hand_out(); });
  }

  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    landed_.clear();
  }

 private:
  void hand_out() {
    std::vector<FlightPtr> flights;
    {
      const std::lock_guard lock{mutex_};
      flights.swap(landed_);
    }
    for (const FlightPtr& flight : flights) {
      auto& http_flight = static_cast<HttpFlight&>(*flight);
      for (std::size_t i = 0; i < flight->ops.size(); ++i) http_flight.dones[i](std::move(flight->ops[i].outcome));
    }
  }

  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::vector<FlightPtr> landed_;
  bool closed_ = false;
};

CafBridge::CafBridge(boost::asio::io_context& io) : io_{io}, sink_{std::make_shared<Sink>(io)} {}

CafBridge::~CafBridge() { detach(); }

void CafBridge::attach(Core& core) { core_ = &core; }

void CafBridge::detach() {
  core_ = nullptr;
  announced_ = false;
  boarding_.reset();
  sink_->close();
  readers_.join();
}

void CafBridge::submit(Command&& command, std::string principal, Done done) {
  if (core_ == nullptr) {
    boost::asio::post(io_, [done = std::move(done)] { done(not_running()); });
    return;
  }
  if (Core::target_of(command) == Core::Target::queue) {
    if (!boarding_) {
      boarding_ = std::make_shared<HttpFlight>();
      boarding_->sink = sink_;
      boarding_->ops.reserve(room_);
      boarding_->dones.reserve(room_);
      boost::asio::post(io_, [this] { flush(); });
    }
    board(*boarding_, std::move(command), std::move(principal), std::move(done));
    room_ = std::min(boarding_->ops.size(), room_max);
    return;
  }
  auto flight = std::make_shared<HttpFlight>();
  flight->sink = sink_;
  board(*flight, std::move(command), std::move(principal), std::move(done));
  core_->dispatch(flight);
}

/// Into an op in its place: a command is large to move.
void CafBridge::board(HttpFlight& flight, Command&& command, std::string&& principal, Done&& done) {
  Op& op = flight.ops.emplace_back();
  op.command = std::move(command);
  op.principal = std::move(principal);
  flight.dones.push_back(std::move(done));
}

void CafBridge::flush() {
  if (boarding_ && core_ != nullptr) caf::anon_send(core_->queue(), FlightPtr{std::move(boarding_)});
  boarding_.reset();
}

void CafBridge::read(Read work, ReadDone done) {
  if (core_ == nullptr) {
    boost::asio::post(io_, [done = std::move(done)] { done(not_running()); });
    return;
  }
  boost::asio::post(readers_, [this, &log = core_->log(), work = std::move(work), done = std::move(done)]() mutable {
    Result<std::string> body = [&]() -> Result<std::string> {
      auto view = log.view();
      if (!view) return view.error();
      return work(**view);
    }();
    boost::asio::post(io_, [done = std::move(done), body = std::move(body)]() mutable { done(std::move(body)); });
  });
}

Backend::Gate CafBridge::gate() const noexcept {
  if (core_ == nullptr) return {};
  const auto view = core_->gate().view();
  return {view.allowed, view.epoch};
}

Health CafBridge::health() const {
  if (core_ == nullptr || !announced_) return {false, "starting or stopping"};
  auto view = core_->health().view();
  return {view.ready, std::move(view.reason)};
}

}  // namespace breakerd::http
