#pragma once
// Tells that a thread is within a callback of a client: there a call that waits for the core's answer might wait for
// itself, so it is refused.

namespace breakerd {

class CallbackScope {
 public:
  /// From here to the end of its life this thread is within a callback of `client`, which is used as a name only.
  explicit CallbackScope(const void* client) noexcept : client_{client}, outer_{innermost_} { innermost_ = this; }
  ~CallbackScope() { innermost_ = outer_; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  [[nodiscard]] static bool within(const void* client) noexcept {
    for (const CallbackScope* scope = innermost_; scope != nullptr; scope = scope->outer_)
      if (scope->client_ == client) return true;
    return false;
  }

 private:
  static inline thread_local const CallbackScope* innermost_ = nullptr;

  const void* client_;
  const CallbackScope* outer_;
};

}  // namespace breakerd
