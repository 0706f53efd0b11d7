#pragma once
// The daemon: listens at once (and is not ready), opens the log, starts the core, serves until it is told to stop.

#include <functional>

namespace breakerd {
class Core;
}

namespace breakerd::http {

/// Called once, with the core that serves from now on. For tests that do things to it.
using OnStarted = std::function<void(Core&)>;

/// Gives the exit code: 0; 1, it could not start; 2, a mistake in the settings; 70, ended by a defect; 74, stopped, but
/// the disk did not take what was to be written.
[[nodiscard]] int run_daemon(int argc, const char* const* argv, const OnStarted& on_started = {});

}  // namespace breakerd::http
