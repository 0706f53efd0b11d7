#pragma once
// One descriptor kept back, so that a process that has run out of them can still accept a client and tell it so.

namespace breakerd::http {

class SpareDescriptor {
 public:
  SpareDescriptor() = default;
  ~SpareDescriptor() { give_up(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  /// Sees to it that one is kept back; false when none is free.
  [[nodiscard]] bool take();

  /// Frees it for the next file or socket.
  void give_up();

 private:
  int descriptor_ = -1;
};

}  // namespace breakerd::http
