#pragma once
// Watches what must not end and what must not hang. Rebuilding the actors' state is the log actor's Resync; an actor
// that is gone for good is a defect, and then everything fails closed: the gate is shut, readiness ends, and the daemon
// is told. A commit that hangs is doubt: the gate is shut and readiness fails until it comes through.

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include <breakerd/actors/base/compat.hpp>
#include <breakerd/actors/base/gate.hpp>
#include <breakerd/actors/base/health.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>

namespace breakerd {

/// What the supervisor shares with others. All of it outlives the actor system.
struct SupervisorContext {
  Gate& gate;
  Health& health;
  const LogProgress& progress;
  std::chrono::milliseconds stall_after{0};  ///< a commit older than this hangs; 0: none is watched
  LineSink log_line;
  std::function<void(const std::string& which)> on_fatal;  ///< called once
};

class Supervisor final : public caf::event_based_actor {
 public:
  using Watched = std::map<caf::actor_addr, std::string>;

  Supervisor(caf::actor_config& config, Watched watched, SupervisorContext context)
      : caf::event_based_actor{config}, watched_{std::move(watched)}, context_{std::move(context)} {}

 protected:
  caf::behavior make_behavior() override;

 private:
  void take_end(const caf::down_msg& down);
  void watch_commit();

  Watched watched_;
  SupervisorContext context_;
  bool told_ = false;     ///< on_fatal was called
  bool stalled_ = false;  ///< as the gate and health know
};

}  // namespace breakerd
