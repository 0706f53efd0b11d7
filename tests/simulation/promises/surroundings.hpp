#pragma once
// What the model is told of the world around it, beside calls and answers.

#include <cstdint>
#include <functional>
#include <string>

namespace breakerd::simulation {

/// Each may be empty: then nothing is said about what depends on it.
struct Surroundings {
  /// The principal that the events of a user name, for example "anonymous@127.0.0.1".
  std::function<std::string(const std::string& user)> principal_of;
  /// Whether all that a user sends is as the documents have it.
  std::function<bool(const std::string& user)> is_careful;
  /// The calendar's time, microseconds since 1970. It may jump.
  std::function<std::int64_t()> wall_us;
  /// Whether nobody sets the calendar's time.
  bool wall_is_steady = false;
  /// How long an answer takes at most when nothing is in its way, in milliseconds; 0: nobody knows.
  std::int64_t longest_ms = 0;
  /// What the daemon is told of jobs that workers hold at openings that do not say: "stop" or "finish".
  std::string in_flight = "stop";
};

}  // namespace breakerd::simulation
