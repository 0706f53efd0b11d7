#include <breakerd/events/model/clock.hpp>

namespace breakerd {
namespace {

class MachineClock final : public Clock {
 public:
  [[nodiscard]] Time wall() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& machine_clock() {
  static const MachineClock clock;
  return clock;
}

}  // namespace breakerd
