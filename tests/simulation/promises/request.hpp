#pragma once
// What a call asks for, read from its method, target and body as docs/http-api.md describes them.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/wire.hpp"

namespace breakerd::simulation {

enum class Kind {
  none,  ///< no such path, or no such method there
  enqueue,
  enqueue_batch,
  jobs,
  job,
  job_status,
  why,
  cancel,
  lease,
  heartbeat,
  complete,
  complete_many,
  settle,
  fail,
  release,
  retry,
  discard,
  retry_many,
  discard_many,
  count_failed,  ///< one of the two with dry_run
  parked,
  release_parked,
  cancel_parked,
  count_parked,  ///< likewise
  commands,
  command,
  stop_command,
  create_campaign,
  campaigns,
  campaign,
  campaign_details,
  validate_start,
  update_campaign,
  campaign_jobs,
  start,
  pause,
  resume,
  seal,
  fail_campaign,
  cancel_campaign,
  breaker,
  allow,
  report_failure,
  open,
  close,
  preview,  ///< a close or resume_queue with dry_run
  rollout,
  stop_rollout,
  status,
  circuit_breakers,
  pause_service,
  resume_service,
  resume_queue,
  campaign_status,
  paused_campaigns,
  paused_jobs,
  hold_campaigns,
  lift_hold,
  place_job_hold,
  lift_job_hold,
  job_holds,
  set_limit,
  limit,
  remove_limit,
  limits,
  set_job_type,
  remove_job_type,
  job_type,
  job_types,
  create_schedule,
  schedules,
  schedule,
  change_schedule,
  remove_schedule,
  pause_schedule,
  resume_schedule,
  run_schedule,
  events,
  workers,
  livez,
  readyz,
};

/// What the documents say of one call, beside what all calls have in common.
struct Route {
  Kind kind = Kind::none;
  const char* method = "";
  const char* path =
      "";  ///< {job}, {hold}, {schedule}, {campaign}, {service}, {kind}, {name} and {type} stand for one part each
  int success = 200;
  std::set<std::string> conflicts;  ///< codes that come with 409 here
  bool changes = false;             ///< something, when it succeeds
};

struct Request {
  Route route;                            ///< kind `none`: nothing there
  bool path_exists = false;               ///< with another method at least
  std::optional<std::uint64_t> job;       ///< of the path; or a command about many jobs
  std::optional<std::uint64_t> hold;      ///< on jobs, of the path
  std::optional<std::uint64_t> schedule;  ///< of the path
  std::string campaign;                   ///< of the path
  std::string service;                    ///< of the path
  std::string limit_kind, limit_name;     ///< of the path
  std::string job_type;                   ///< of the path
  std::map<std::string, std::string> query;
  nlohmann::json body;  ///< null: none; discarded: no JSON. NDJSON is an array of its lines
  bool head = false;
  bool keyed = false;         ///< has an Idempotency-Key, and is no GET or HEAD
  std::string key;            ///< its value, of one that is keyed
  bool is_part = false;       ///< an entry of a call that settles many
  bool may_be_early = false;  ///< its answer may come long after it was done: it is a part of a lease that waits

  Kind kind() const { return route.kind; }
  /// The text of a member of the body; empty when there is none.
  std::string text(const char* member) const;
  std::optional<std::uint64_t> number(const char* member) const;
  /// It may open the circuit: an opening by hand, or a report that says what failed or names a service.
  bool may_open() const;
  /// It opens it whatever else is bad about it: a report that says what failed or names a service, of a job one that
  /// names a service.
  bool opens_always() const;
  /// It may take jobs out of FAILED, and campaigns out of COMPLETED.
  bool may_retry() const { return kind() == Kind::retry || kind() == Kind::retry_many; }
  bool may_discard() const { return kind() == Kind::discard || kind() == Kind::discard_many; }
  bool is_about_parked() const { return kind() == Kind::release_parked || kind() == Kind::cancel_parked; }
  /// The plan that it has; nullptr: it has none that can be read.
  const nlohmann::json* plan() const;
  /// The actions of that plan; an empty array when it has none.
  const nlohmann::json& planned_actions() const;
  /// It has a key, and is of the calls that take one.
  bool takes_key() const;
  /// It may close it.
  bool may_close() const { return kind() == Kind::close; }
};

Request parse(const Call& call);

/// Whether a key is one as the documents have it.
bool is_key(const std::string& text);

/// A call that settles leases, alone or with a lease, as the calls that would end them one by one, in their order.
/// Nothing when one of them is none.
std::vector<Request> settled_by(const Request& request);

}  // namespace breakerd::simulation
