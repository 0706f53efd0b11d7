#include <breakerd/http/daemon/stop_limit.hpp>

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace breakerd::http {

StopLimit::StopLimit(std::chrono::milliseconds limit, int exit_code)
    : thread_{[this, limit, exit_code] {
        std::unique_lock lock{mutex_};
        if (wake_.wait_for(lock, limit, [this] { return done_; })) return;
        spdlog::critical(
            "the stop has not ended within {} ms, as when the disk hangs: ending at once. What was answered as done is "
            "in the log; an "
            "opening that was asked for and not answered may not be: look at the circuit after the next start",
            limit.count());
        spdlog::default_logger()->flush();
        std::_Exit(exit_code);
      }} {}

StopLimit::~StopLimit() {
  {
    const std::lock_guard lock{mutex_};
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace breakerd::http
