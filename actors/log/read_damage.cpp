#include <breakerd/actors/log/read_damage.hpp>

#include <string>

namespace breakerd {
namespace {

constexpr std::chrono::minutes between_lines{1};

/// The clock may be set back, too.
bool is_long_ago(Time then, Time now) { return now - then >= between_lines || now < then; }

}  // namespace

void ReadDamage::count(const Error& error) {
  if (error.code != ErrorCode::corrupt) return;
  std::string line;
  {
    const std::lock_guard lock{mutex_};
    const Time now = clock_.wall();
    ++seen_.count;
    seen_.last_at = now;
    seen_.last = error.detail;
    if (told_ != 0 && !is_long_ago(told_at_, now)) return;
    const std::uint64_t untold = seen_.count - told_;
    line = "a read met damage in the data directory: " + error.detail;
    if (untold > 1) line += " (and " + std::to_string(untold - 1) + " reads before it, since the last line)";
    line += "; breakerctl verify names all of it";
    told_ = seen_.count;
    told_at_ = now;
  }
  log_line_(LineLevel::warn, line);
}

DamagedReads ReadDamage::view() const {
  const std::lock_guard lock{mutex_};
  return seen_;
}

}  // namespace breakerd
