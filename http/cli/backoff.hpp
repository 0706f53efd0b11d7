#pragma once
// Growing pauses between attempts, with jitter so that many workers do not come back in step.

#include <algorithm>
#include <chrono>
#include <random>

namespace breakerd::cli {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Pauses grow by doubling from `first` to `most`.
  Backoff(Milliseconds first, Milliseconds most) : first_{first}, most_{most}, next_{first} {}

  /// The pause to make now: between a half and the whole of the current step.
  [[nodiscard]] Milliseconds next() {
    const auto whole = next_.count();
    next_ = std::min(next_ * 2, most_);
    return Milliseconds{std::uniform_int_distribution<Milliseconds::rep>{whole / 2, whole}(random_)};
  }

  void reset() { next_ = first_; }

 private:
  Milliseconds first_;
  Milliseconds most_;
  Milliseconds next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace breakerd::cli
