#include "actors/callback_flight.hpp"

#include <exception>
#include <utility>

namespace breakerd {
namespace {

class Callback final : public Completion {
 public:
  Callback(OnOutcome on_outcome, std::function<void(const std::string&)> log_line)
      : on_outcome_{std::move(on_outcome)}, log_line_{std::move(log_line)} {}

  void complete(std::vector<Op>&& ops) noexcept override {
    try {
      on_outcome_(std::move(ops.front().outcome));
    } catch (const std::exception& error) {
      log_line_(std::string{"a callback threw at its outcome: "} + error.what());
    } catch (...) {
      log_line_("a callback threw at its outcome");
    }
  }

 private:
  OnOutcome on_outcome_;
  std::function<void(const std::string&)> log_line_;
};

}  // namespace

FlightPtr make_callback_flight(Command command, std::string principal, OnOutcome on_outcome,
                               std::function<void(const std::string&)> log_line) {
  auto flight = std::make_shared<Flight>(std::make_unique<Callback>(std::move(on_outcome), std::move(log_line)));
  flight->ops.push_back({std::move(command), std::move(principal), Reply{}, 0});
  return flight;
}

}  // namespace breakerd
