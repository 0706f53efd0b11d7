#include <breakerd/events/rules/check_job.hpp>

#include <algorithm>
#include <chrono>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {

std::string retry_delay_range() { return "0 to " + std::to_string(limits::retry_delay_ms_max); }

void check(Checker& checker, const Backoff& backoff) {
  const std::string place = "retry.backoff.";
  checker.range(place + "base_ms", backoff.base_ms, 0, limits::retry_delay_ms_max);
  checker.range(place + "max_ms", backoff.max_ms, 0, limits::retry_delay_ms_max);
  checker.range(place + "factor", backoff.factor, 1, limits::backoff_factor_max);
  const auto& delays = backoff.delays_ms;
  const bool are_in_range = std::all_of(delays.begin(), delays.end(),
                                        [](std::uint32_t delay) { return delay <= limits::retry_delay_ms_max; });
  const bool is_list = backoff.kind == BackoffKind::list;
  if (is_list ? delays.empty() || delays.size() > limits::backoff_delays_max || !are_in_range : !delays.empty())
    checker.refuse(place + "delays_ms", is_list ? "1 to " + std::to_string(limits::backoff_delays_max) +
                                                      " whole numbers from " + retry_delay_range()
                                                : "nothing: only kind \"list\" has one");
}

namespace {

/// The end of the year 9999, behind which times cannot be written.
constexpr Time time_max{std::chrono::seconds{253'402'300'800} - std::chrono::microseconds{1}};

/// When the job is run, and in which order.
void check_order(Checker& checker, const JobSpec& spec) {
  if (spec.priority < limits::priority_min || spec.priority > limits::priority_max)
    checker.refuse("priority", "a whole number from " + std::to_string(limits::priority_min) + " to " +
                                   std::to_string(limits::priority_max));
  if (spec.run_at < no_time || spec.run_at > time_max) checker.refuse("run_at", "a time from 1970 to 9999");
  checker.range("delay_ms", spec.delay_ms, 0, limits::delay_ms_max);
  if (spec.delay_ms > 0 && spec.run_at != no_time) checker.refuse("delay_ms", "one of run_at and delay_ms, not both");
  if (spec.expires_at < no_time || spec.expires_at > time_max) checker.refuse("expires_at", "a time from 1970 to 9999");
  checker.range("expires_in_ms", spec.expires_in_ms, 0, limits::expires_in_ms_max);
  if (spec.expires_in_ms > 0 && spec.expires_at != no_time)
    checker.refuse("expires_in_ms", "one of expires_at and expires_in_ms, not both");
  if (spec.expires_in_ms > 0 && spec.expires_in_ms <= spec.delay_ms)
    checker.refuse("expires_in_ms", "more than delay_ms");
  if (spec.backoff) check(checker, *spec.backoff);
}

void check_unique(Checker& checker, const JobSpec& spec) {
  checker.label("unique_key", spec.unique_key, 0, limits::unique_key_bytes_max);
  if (spec.unique_for_ms > limits::unique_for_ms_max)
    checker.refuse("unique.for_ms", "a whole number from 0 to " + std::to_string(limits::unique_for_ms_max));
  const bool has_terms = spec.on_conflict != OnConflict::refuse || spec.unique_for_ms > 0;
  if (spec.unique_key.empty() && has_terms)
    checker.refuse("unique_key", "1 to " + std::to_string(limits::unique_key_bytes_max) +
                                     " bytes of UTF-8 text, because `unique` is given");
}

}  // namespace

void check_bounds(Checker& checker, const std::optional<std::uint32_t>& max_expiries,
                  const std::optional<std::uint32_t>& timeout_ms) {
  if (max_expiries) checker.range("max_expiries", *max_expiries, 1, limits::max_expiries_max);
  if (timeout_ms) checker.range("timeout_ms", *timeout_ms, limits::timeout_ms_min, limits::timeout_ms_max);
}

void check(Checker& checker, JobSpec& spec, std::string_view attempts) {
  checker.label("job_type", spec.job_type, 1, limits::job_type_bytes_max);
  checker.label("name", spec.name, 0, limits::name_bytes_max);
  checker.prose("description", spec.description, limits::description_bytes_max);
  checker.service("service", spec.service, false);
  checker.json("payload", spec.payload, limits::payload_bytes_max);
  if (spec.max_attempts) checker.range(attempts, *spec.max_attempts, 1, limits::max_attempts_max);
  check_bounds(checker, spec.max_expiries, spec.timeout_ms);
  check_order(checker, spec);
  check_unique(checker, spec);
}

}  // namespace breakerd
