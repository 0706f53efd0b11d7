#pragma once
// Watches the actors that must not end. Rebuilding their state is the log actor's Resync; an actor that is gone for
// good is a defect, and then everything fails closed: the gate is shut, readiness ends, and the daemon is told.

#include <functional>
#include <map>
#include <string>

#include "actors/compat.hpp"
#include "actors/gate.hpp"
#include "actors/health.hpp"

namespace breakerd {

class Supervisor final : public caf::event_based_actor {
 public:
  using Watched = std::map<caf::actor_addr, std::string>;

  Supervisor(caf::actor_config& config, Watched watched, Gate& gate, Health& health,
             std::function<void(const std::string&)> on_fatal)
      : caf::event_based_actor{config},
        watched_{std::move(watched)},
        gate_{gate},
        health_{health},
        on_fatal_{std::move(on_fatal)} {}

 protected:
  caf::behavior make_behavior() override;

 private:
  Watched watched_;
  Gate& gate_;
  Health& health_;
  std::function<void(const std::string&)> on_fatal_;
};

}  // namespace breakerd
