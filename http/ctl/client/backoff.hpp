#pragma once
// Growing pauses between attempts, with jitter so that many workers do not come back in step.

#include <algorithm>
#include <chrono>

#include <breakerd/events/model/randomness.hpp>

namespace breakerd::ctl {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Pauses grow by doubling from `first` to `most`. `randomness` outlives this.
  Backoff(Milliseconds first, Milliseconds most, Randomness& randomness)
      : first_{first}, most_{most}, next_{first}, randomness_{randomness} {}

  /// The pause to make now: between a half and the whole of the current step.
  [[nodiscard]] Milliseconds next() {
    const auto whole = static_cast<std::uint64_t>(next_.count());
    const auto least = whole / 2;
    next_ = std::min(next_ * 2, most_);
    return Milliseconds{least + draw_number(randomness_) % (whole - least + 1)};
  }

  void reset() { next_ = first_; }

 private:
  Milliseconds first_;
  Milliseconds most_;
  Milliseconds next_;
  Randomness& randomness_;
};

}  // namespace breakerd::ctl
