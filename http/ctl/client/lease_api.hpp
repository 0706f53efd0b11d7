#pragma once
// The calls a worker makes, as typed functions over an HttpClient. One object a thread.

#include <cstdint>
#include <string>
#include <vector>

#include <breakerd/http/ctl/client/http_client.hpp>

namespace breakerd::ctl {

struct LeasedJob {
  std::uint64_t id = 0;
  std::string job_type;
  std::string name;         ///< empty: none
  std::string campaign_id;  ///< empty: none
  std::string service;      ///< empty: none
  std::string payload;      ///< JSON text in one line, its digits and order as the producer wrote them
  std::uint64_t attempt = 1;
  std::string token;
  std::uint64_t lease_ms = 0;     ///< period of the lease: from its grant, a heartbeat or a restart of the daemon
  std::uint64_t known_epoch = 0;  ///< how often the circuit had opened when it was last known closed
};

struct Lease {
  std::vector<LeasedJob> jobs;
  bool paused = false;
  std::uint64_t epoch = 0;
};

struct LeaseAsk {
  std::string worker;
  std::vector<std::string> types;  ///< empty: any
  std::uint64_t lease_ms = 30'000;
};

struct Beat {
  bool stop = false;              ///< the work is not wanted any more
  std::uint64_t known_epoch = 0;  ///< as LeasedJob::known_epoch
};

/// What a report of a service failure leaves behind.
struct Trace {
  std::string job_error;          ///< the job's last error
  std::string circuit_error;      ///< the last one of the circuit's newest opening
  std::uint64_t circuit_job = 0;  ///< the job that one is about, 0: none
  std::uint64_t epoch = 0;        ///< of the circuit
};

class LeaseApi {
 public:
  explicit LeaseApi(HttpClient client) : client_{std::move(client)} {}

  [[nodiscard]] const Address& address() const { return client_.address(); }
  [[nodiscard]] const Clock& clock() const { return client_.clock(); }
  [[nodiscard]] Randomness& randomness() const { return client_.randomness(); }

  /// Up to `max` jobs. When there are none it waits for the first for so long, and only until `end_fd` is readable (-1:
  /// none). After `no_answer` jobs may be leased that nobody holds: they come back when their lease ends.
  [[nodiscard]] CliResult<Lease> lease(const LeaseAsk& ask, std::uint64_t max, std::chrono::milliseconds wait = {},
                                       int end_fd = -1);

  /// Extends a lease. Waits for the answer no longer than `timeout` (0: the client's own), and no longer than `latest`
  /// says when asked again meanwhile (empty: nothing to say).
  [[nodiscard]] CliResult<Beat> heartbeat(const LeasedJob& job, std::chrono::milliseconds timeout,
                                          Deadline::Moving latest = {});

  // The three ends of a lease. `result` is JSON text, empty for none. Sent again after a lost answer they are refused
  // with 409 and the job's status, which tells whether the first one went through; but a `fail` with a service opens
  // the circuit all the same, so that one is looked after first (reporter.hpp).

  [[nodiscard]] CliResult<Reply> complete(const LeasedJob& job, const std::string& result);
  [[nodiscard]] CliResult<Reply> fail(const LeasedJob& job, const std::string& error, const std::string& error_type,
                                      const std::string& service);
  [[nodiscard]] CliResult<Reply> release(const LeasedJob& job);

  /// What is there of a report about `job` now. Two reads: first the job, then the circuit.
  [[nodiscard]] CliResult<Trace> trace(const LeasedJob& job);

  /// `data` of queue-management/status.
  [[nodiscard]] CliResult<Json> status();

  /// Whether any job (of these types; empty: any) is PROCESSING or PAUSED, and not parked, or a plan runs: behind the
  /// jobs that it keeps there may be some to lease; or one is PENDING while the canary or the ramp of a plan lets no
  /// more go. Types are counted by lists, page by page.
  [[nodiscard]] CliResult<bool> any_held(const std::vector<std::string>& types);

 private:
  [[nodiscard]] CliResult<Reply> post(const LeasedJob& job, std::string_view what, const std::string& members,
                                      std::chrono::milliseconds timeout = {}, Deadline::Moving latest = {});
  [[nodiscard]] CliResult<bool> plan_runs();
  [[nodiscard]] CliResult<bool> rollout_keeps_any(const std::vector<std::string>& types);
  [[nodiscard]] CliResult<bool> any_listed(const std::string& type, std::string_view status);

  HttpClient client_;
};

}  // namespace breakerd::ctl
