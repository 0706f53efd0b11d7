#include "actors/supervisor.hpp"

namespace breakerd {

caf::behavior Supervisor::make_behavior() {
  for (const auto& [address, name] : watched_) monitor(caf::actor_cast<caf::strong_actor_ptr>(address));
  set_down_handler([this](caf::down_msg& down) {
    const auto at = watched_.find(down.source);
    if (at == watched_.end()) return;
    gate_.shut(Gate::Reason::ended);
    health_.set_ended("the " + at->second + " actor has ended: " + caf::to_string(down.reason));
    on_fatal_(at->second);
  });
  return {[](const std::string&) {}};  // lives by its monitors; nobody sends it anything
}

}  // namespace breakerd
