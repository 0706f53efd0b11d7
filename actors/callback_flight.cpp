#include "actors/callback_flight.hpp"

#include <exception>
#include <utility>

#include "actors/callback_scope.hpp"

namespace breakerd {
namespace {

class Callback final : public Completion {
 public:
  Callback(OnOutcome on_outcome, std::function<void(const std::string&)> log_line, const void* client)
      : on_outcome_{std::move(on_outcome)}, log_line_{std::move(log_line)}, client_{client} {}

  void complete(std::vector<Op>&& ops) noexcept override {
    const CallbackScope scope{client_};
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
  const void* client_;
};

}  // namespace

FlightPtr make_callback_flight(Command command, std::string principal, OnOutcome on_outcome,
                               std::function<void(const std::string&)> log_line, const void* client) {
  auto flight =
      std::make_shared<Flight>(std::make_unique<Callback>(std::move(on_outcome), std::move(log_line), client));
  flight->ops.push_back({std::move(command), std::move(principal), Reply{}, 0});
  return flight;
}

}  // namespace breakerd
