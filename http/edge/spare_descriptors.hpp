#pragma once
// Descriptors kept back, so that a process that has run out of them can still accept a few clients.

#include <cstddef>
#include <vector>

namespace breakerd::http {

class SpareDescriptors {
 public:
  explicit SpareDescriptors(std::size_t wanted) : wanted_{wanted} {}
  ~SpareDescriptors();
  SpareDescriptors(const SpareDescriptors&) = delete;
  SpareDescriptors& operator=(const SpareDescriptors&) = delete;

  /// Keeps back as many as are wanted, as far as some are free; false when there is none at all.
  [[nodiscard]] bool fill();

  /// Frees one, if there is one, for the next file or socket.
  void release_one();

 private:
  std::size_t wanted_;
  std::vector<int> kept_;
};

}  // namespace breakerd::http
