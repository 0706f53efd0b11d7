#include "actors/callback_flight.hpp"

#include <exception>
#include <utility>

namespace breakerd {
namespace {

struct CallbackFlight : Flight {
  OnOutcome on_outcome;
  Error dropped;
  std::function<void(const std::string&)> log_line;

  CallbackFlight() = default;
  CallbackFlight(const CallbackFlight&) = delete;
  CallbackFlight& operator=(const CallbackFlight&) = delete;
  ~CallbackFlight() {
    if (on_outcome) answer(dropped);
  }

  void answer(Outcome outcome) {
    try {
      std::exchange(on_outcome, nullptr)(std::move(outcome));
    } catch (const std::exception& error) {
      log_line(std::string{"a callback threw at its outcome: "} + error.what());
    } catch (...) {
      log_line("a callback threw at its outcome");
    }
  }
};

class Landing final : public FlightSink {
 public:
  void landed(FlightPtr flight) override {
    static_cast<CallbackFlight&>(*flight).answer(std::move(flight->ops.front().outcome));
  }
};

}  // namespace

FlightPtr make_callback_flight(Command command, std::string principal, OnOutcome on_outcome, Error dropped,
                               std::function<void(const std::string&)> log_line) {
  static const auto landing = std::make_shared<Landing>();
  auto flight = std::make_shared<CallbackFlight>();
  flight->ops.push_back({std::move(command), std::move(principal), Reply{}, 0});
  flight->sink = landing;
  flight->on_outcome = std::move(on_outcome);
  flight->dropped = std::move(dropped);
  flight->log_line = std::move(log_line);
  return flight;
}

}  // namespace breakerd
