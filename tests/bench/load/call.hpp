// What the generator can ask of a server, whatever protocol the server speaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace breakerd::load {

enum class Call : std::uint8_t {
  enqueue,
  enqueue_batch,
  lease,
  complete,
  complete_batch,
  settle_lease,  ///< completes `jobs`, and leases
  allow,
  status,
  open,
  close,
  resume_queue,
  campaign_create,
  campaign_start,
  ping,
  greet,
};

inline constexpr std::size_t call_count = 15;

/// The name used in reports: "enqueue", "lease", ...
[[nodiscard]] std::string_view name(Call call) noexcept;

/// A job that was leased: enough to complete it.
struct Job {
  std::string id;
  std::string token;
};

/// One call to make. The views need to live only until it has been encoded. `id` is the job's to complete, the
/// campaign's to start, or the campaign's to enqueue into (empty: into the one of the run's RequestShape). `jobs` are
/// those of a complete_batch or settle_lease.
struct Request {
  Call call;
  std::string_view id{};
  std::string_view token{};
  std::span<const Job> jobs{};
};

/// One answer. `error` is empty unless the server answered what it should not have.
struct Reply {
  Call call = Call::ping;
  std::string error;
  std::string created_id;
  std::vector<Job> jobs;
  std::uint64_t completed = 0;  ///< by a complete_batch or settle_lease

  void reset(Call answered) {
    call = answered;
    error.clear();
    created_id.clear();
    jobs.clear();
    completed = 0;
  }
};

}  // namespace breakerd::load
