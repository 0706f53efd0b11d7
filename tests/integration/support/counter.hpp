#pragma once
// A count that can be waited for. Any thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "daemon.hpp"

namespace breakerd::integration {

class Counter {
 public:
  void operator++() { *this += 1; }
  void operator+=(std::uint64_t more) {
    {
      const std::lock_guard lock{mutex_};
      count_ += more;
    }
    grown_.notify_all();
  }
  operator std::uint64_t() const { return count_; }

  /// Until it has grown by `more` from here on. A Failure that names `what` when that takes a minute.
  void wait_for(std::uint64_t more, const std::string& what) {
    std::unique_lock lock{mutex_};
    const std::uint64_t wanted = count_ + more;
    require(grown_.wait_for(lock, std::chrono::minutes{1}, [&] { return count_ >= wanted; }),
            what + ": no " + std::to_string(more) + " more within a minute");
  }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;
  std::condition_variable grown_;
};

}  // namespace breakerd::integration
