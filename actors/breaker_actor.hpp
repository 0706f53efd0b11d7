#pragma once
// Owns the one global circuit. Decides one command at a time; shuts the gate before an opening is asked for, so that
// nothing is let through while it is on its way to the disk.

#include "actors/gate.hpp"
#include "actors/health.hpp"
#include "actors/messages.hpp"

namespace breakerd {

class BreakerActor final : public BreakerHandle::base {
 public:
  BreakerActor(caf::actor_config& config, EventLog& log, LogHandle writer, QueueHandle queue,
               const LogProgress& progress, Gate& gate, Health& health)
      : BreakerHandle::base{config},
        log_{log},
        writer_{std::move(writer)},
        queue_{std::move(queue)},
        progress_{progress},
        gate_{gate},
        health_{health} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override {
    queue_ = nullptr;
    writer_ = nullptr;
  }

 private:
  using Done = std::function<void(Outcome&&)>;

  void ask(Ask request, Done reply);
  void run(Command command, std::string principal, const Done& reply);
  [[nodiscard]] Result<std::optional<BreakerChange>> decide_change(const Command& command,
                                                                   const std::string& principal);
  void change(const Command& command, BreakerChange wanted, const Done& reply);
  [[nodiscard]] Outcome landed(const Command& command, const BreakerChange& change, BreakerLanded& landed);
  void refuse(Command command, std::string principal, Error error, const Done& reply);
  void owe(Command command, std::string principal);
  void reload();
  /// Reads the state again if what is known of it is void; false when it cannot be known.
  [[nodiscard]] bool knows_state();

  EventLog& log_;
  LogHandle writer_;
  QueueHandle queue_;
  const LogProgress& progress_;
  Gate& gate_;
  Health& health_;
  BreakerState state_;           ///< as committed
  Speculation speculation_ = 0;  ///< that state_ was read in
  bool loaded_ = false;
  std::optional<Ask> owed_;  ///< an opening that could not be recorded yet
  bool retry_sent_ = false;
};

}  // namespace breakerd
