// breakerd itself, except that SIGUSR1 ends the core's actor that BREAKERD_END_ACTOR names: breaker, queue, log or
// campaigns.

#include <pthread.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/http/daemon/daemon.hpp>

namespace {

void end(const caf::actor_addr& address) {
  if (const auto actor = caf::actor_cast<caf::strong_actor_ptr>(address))
    caf::anon_send_exit(caf::actor_cast<caf::actor>(actor), caf::exit_reason::kill);
}

caf::actor_addr named(const breakerd::Core& core, const std::string& name) {
  if (name == "breaker") return core.breaker().address();
  if (name == "queue") return core.queue().address();
  if (name == "log") return core.writer().address();
  if (name == "campaigns") return core.campaigns().address();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there is any thread: they inherit it
  return breakerd::http::run_daemon(argc, argv, [signals](breakerd::Core& core) {
    const char* const name = std::getenv("BREAKERD_END_ACTOR");
    const caf::actor_addr victim = named(core, name != nullptr ? name : "");
    std::thread{[signals, victim] {
      int signal = 0;
      if (sigwait(&signals, &signal) == 0) end(victim);
    }}.detach();
  });
}
