#pragma once
// A stop that takes no longer than it may: a disk that hangs can keep a thread for ever.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace breakerd::http {

/// Ends the process with `exit_code` when it still lives after `limit`. What is durable stays durable, and nothing else
/// was acknowledged.
class StopLimit {
 public:
  StopLimit(std::chrono::milliseconds limit, int exit_code);
  ~StopLimit();
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace breakerd::http
