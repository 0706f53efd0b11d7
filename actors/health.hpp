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
    return view_;
  }
  [[nodiscard]] bool ready() const { return view().ready; }

  void set_ready() { set({true, {}}, false); }
  void set_down(std::string reason) { set({false, std::move(reason)}, false); }
  /// It will not be ready again.
  void set_ended(std::string reason) { set({false, std::move(reason)}, true); }

 private:
  void set(View view, bool for_good) {
    const std::lock_guard lock{mutex_};
    if (ended_) return;
    ended_ = for_good;
    view_ = std::move(view);
  }

  mutable std::mutex mutex_;
  View view_{false, "starting"};
  bool ended_ = false;
};

}  // namespace breakerd
