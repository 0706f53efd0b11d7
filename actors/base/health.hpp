#pragma once
// Whether the daemon can do its work, as /readyz tells it. Any thread.

#include <mutex>
#include <string>

namespace breakerd {

class Health {
 public:
  struct View {
    bool ready = false;
    std::string reason;
  };

  [[nodiscard]] View view() const {
    const std::lock_guard lock{mutex_};
    for (const std::string* reason : {&ended_, &down_, &stalled_})
      if (!reason->empty()) return {false, *reason};
    return {true, {}};
  }
  [[nodiscard]] bool ready() const { return view().ready; }
  /// False while storage is down, or when it will not be used again; a commit that only hangs may still succeed.
  [[nodiscard]] bool storage_is_up() const {
    const std::lock_guard lock{mutex_};
    return ended_.empty() && down_.empty();
  }
  /// Why it will not be ready again; empty: it may be.
  [[nodiscard]] std::string ended() const {
    const std::lock_guard lock{mutex_};
    return ended_;
  }

  // Reasons are not empty. The log actor's:
  void set_ready() { set(down_, {}); }
  void set_down(std::string reason) { set(down_, std::move(reason)); }
  // The supervisor's: a commit hangs, or has come through.
  void set_stalled(std::string reason) { set(stalled_, std::move(reason)); }
  void clear_stalled() { set(stalled_, {}); }
  /// It will not be ready again. The first reason stays.
  void set_ended(std::string reason) {
    const std::lock_guard lock{mutex_};
    if (ended_.empty()) ended_ = std::move(reason);
  }

 private:
  void set(std::string& which, std::string reason) {
    const std::lock_guard lock{mutex_};
    which = std::move(reason);
  }

  mutable std::mutex mutex_;
  std::string down_{"starting"};
  std::string stalled_;
  std::string ended_;
};

}  // namespace breakerd
