#include <breakerd/http/api/answer_bytes.hpp>

#include <algorithm>
#include <type_traits>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {
namespace {

constexpr std::size_t texts = 8 << 10;  ///< beside payloads and results
constexpr std::size_t job = limits::payload_bytes_max + texts;

}  // namespace

std::size_t answer_bytes(const Command& command) {
  return std::visit(
      []<class C>(const C& one) -> std::size_t {
        if constexpr (std::is_same_v<C, EnqueueJob>) {
          // Another job may be the answer, with its result.
          if (one.spec.on_conflict == OnConflict::existing) return job + limits::result_bytes_max;
          return one.spec.payload.size() + texts;
        } else if constexpr (std::is_same_v<C, LeaseJobs>) {
          constexpr std::size_t of_each = 512;
          return std::min<std::size_t>(one.max * job, limits::lease_payload_bytes_max + job) + one.max * of_each;
        } else if constexpr (std::is_same_v<C, CompleteJob>) {
          return job + one.result.size();
        } else if constexpr (std::is_same_v<C, FailJob>) {
          return one.service.empty() ? job : 0;
        } else if constexpr (std::is_same_v<C, ReleaseJob> || std::is_same_v<C, CancelJob> ||
                             std::is_same_v<C, RetryJob> || std::is_same_v<C, DiscardJob>) {
          return job;
        } else if constexpr (std::is_same_v<C, CreateCampaign> || std::is_same_v<C, ChangeCampaign>) {
          return limits::metadata_bytes_max + texts;
        } else {
          return 0;
        }
      },
      command);
}

}  // namespace breakerd::http
