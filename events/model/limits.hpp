#pragma once
// Named bounds of what a command may carry. Sizes in bytes of UTF-8. http/ has its own for the wire.

#include <cstddef>
#include <cstdint>

namespace breakerd::limits {

inline constexpr std::size_t service_chars_max = 64;
inline constexpr std::size_t campaign_name_chars_max = 255;  ///< in code points
inline constexpr std::uint32_t campaign_weight_max = 100;
inline constexpr std::size_t job_type_bytes_max = 128;
inline constexpr std::size_t name_bytes_max = 1024;
inline constexpr std::size_t description_bytes_max = 4096;
inline constexpr std::size_t worker_bytes_max = 255;
inline constexpr std::size_t reason_bytes_max = 4096;
inline constexpr std::size_t error_bytes_max = 16 << 10;
inline constexpr std::size_t error_type_bytes_max = 255;
inline constexpr std::size_t principal_bytes_max = 255;
inline constexpr std::size_t payload_bytes_max = 256 << 10;
inline constexpr std::size_t result_bytes_max = 256 << 10;
inline constexpr std::size_t metadata_bytes_max = 64 << 10;
inline constexpr std::uint32_t batch_jobs_max = 10'000;
inline constexpr std::uint32_t complete_batch_max = 1'000;  ///< as many as one lease gives
inline constexpr std::uint32_t lease_jobs_max = 1'000;
inline constexpr std::uint32_t settle_max = 1'000;  ///< leases that end in one call; as many as one gives
inline constexpr std::size_t lease_payload_bytes_max =
    1 << 20;  ///< one lease stops granting when its jobs' texts pass it
inline constexpr std::uint32_t lease_types_max = 100;
inline constexpr std::uint32_t lease_ms_min = 100;
inline constexpr std::uint32_t lease_ms_max = 24 * 60 * 60 * 1000;
inline constexpr std::uint32_t lease_wait_ms_max = 60'000;
inline constexpr std::uint32_t heartbeat_wait_ms_max = 60'000;
inline constexpr std::uint32_t max_attempts_max = 1'000;
inline constexpr std::uint32_t timeout_ms_min = 1'000;
inline constexpr std::uint32_t timeout_ms_max = 7 * 24 * 60 * 60 * 1000;
inline constexpr std::uint32_t progress_percent_max = 100;
inline constexpr std::size_t progress_message_bytes_max = 255;
inline constexpr std::size_t job_errors_max = 5;  ///< the last ones, which a job remembers
inline constexpr std::uint32_t max_expiries_max = 1'000;
inline constexpr int priority_min = -100;
inline constexpr int priority_max = 100;
inline constexpr std::uint64_t delay_ms_max = std::uint64_t{366} * 24 * 60 * 60 * 1000;
inline constexpr std::uint64_t expires_in_ms_max = std::uint64_t{366} * 24 * 60 * 60 * 1000;
inline constexpr std::size_t held_spans_max = 8;   ///< of one campaign; older ones become one
inline constexpr std::size_t past_holds_max = 64;  ///< of campaigns, and as many of jobs; older ones become one
inline constexpr std::size_t unique_key_bytes_max = 255;
inline constexpr std::uint64_t unique_for_ms_max = std::uint64_t{366} * 24 * 60 * 60 * 1000;
inline constexpr std::uint32_t retry_delay_ms_max = 7 * 24 * 60 * 60 * 1000;
inline constexpr std::uint32_t backoff_factor_max = 100;
inline constexpr std::size_t backoff_delays_max = 100;
inline constexpr std::size_t service_holds_max = 256;
inline constexpr std::size_t job_holds_max = 256;       ///< on jobs of a service or type, at a time
inline constexpr std::size_t lease_limits_max = 1'000;  ///< at a time
inline constexpr std::size_t status_lanes_max = 1'000;  ///< whose jobs are counted towards limits in a status
inline constexpr std::uint64_t lease_limit_concurrency_max = 1'000'000;
inline constexpr std::uint64_t lease_limit_rate_max = 1'000'000;  ///< leases per second
inline constexpr std::uint64_t lease_limit_burst_max = 1'000'000;
inline constexpr std::size_t job_types_max = 1'000;  ///< that have settings
inline constexpr std::size_t schedules_max = 1'000;
inline constexpr std::size_t schedule_name_bytes_max = 128;
inline constexpr std::size_t schedule_payload_bytes_max = 16 << 10;  ///< of the job of a schedule
inline constexpr std::size_t cron_bytes_max = 200;
inline constexpr std::size_t time_zone_bytes_max = 64;
inline constexpr std::uint64_t every_ms_min = 1'000;
inline constexpr std::uint64_t every_ms_max = std::uint64_t{3'660} * 24 * 60 * 60 * 1000;
inline constexpr std::size_t idempotency_key_bytes_max = 255;
inline constexpr std::size_t kept_answer_bytes_max = 64 << 10;  ///< of the answer to a request that had a key
inline constexpr std::uint64_t request_kept_ms = 24 * 60 * 60 * 1000;
inline constexpr std::size_t job_commands_max = 16;            ///< that run at a time
inline constexpr std::size_t job_command_ids_max = 10'000;     ///< jobs that one names
inline constexpr std::size_t plan_actions_max = 100;           ///< of a plan
inline constexpr std::size_t plan_jobs_per_lease_max = 1'000;  ///< jobs that a lease meets, and a plan parks or cancels
inline constexpr std::uint32_t canary_jobs_max = 1'000;        ///< of a plan
inline constexpr std::uint64_t ramp_over_ms_max = std::uint64_t{7} * 24 * 60 * 60 * 1000;
inline constexpr std::size_t preview_rows_max = 1'000;  ///< campaigns, types or services in a preview's counts
inline constexpr std::size_t error_contains_bytes_max = 1024;
inline constexpr std::size_t lane_job_classes_max = 1'000;  ///< distinct types and services with ready jobs in one lane
inline constexpr std::uint32_t page_items_max = 1'000;
inline constexpr std::uint32_t sample_items_max = 100;
inline constexpr std::size_t sample_bytes_max = 512 << 10;       ///< of texts in a sample, or its first item
inline constexpr std::uint32_t overview_held_max = 1'000;        ///< campaigns of all services in one overview
inline constexpr std::size_t overview_held_bytes_max = 2 << 20;  ///< of texts in them
inline constexpr std::uint32_t scan_rows_max =
    100'000;  ///< rows one filtered page looks at before it hands out a cursor

}  // namespace breakerd::limits
