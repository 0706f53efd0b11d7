#include "call.hpp"

#include <array>

namespace breakerd::load {

std::string_view name(Call call) noexcept {
  static constexpr std::array<std::string_view, call_count> names{
      "enqueue",      "enqueue_batch",   "lease",          "complete", "complete_batch",
      "settle_lease", "allow",           "status",         "open",     "close",
      "resume_queue", "campaign_create", "campaign_start", "ping",     "greet"};
  return names[static_cast<std::size_t>(call)];
}

}  // namespace breakerd::load
