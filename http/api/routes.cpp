// Every call of the API. Groups and routes that are asked for often come first.

#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/router.hpp>

namespace breakerd::http {
namespace {

/// A call that gets through when connections are exhausted (docs/limits.md, "Operators get through").
constexpr Route operators(Route route) {
  route.is_operators = true;
  return route;
}

/// A call of a lease that lives: its answer holds a token, or is true for that moment alone.
constexpr Route of_lease(Route route) {
  route.has_secrets = true;
  return route;
}

/// A call that is many changes: what is found done of it need not be all of it.
constexpr Route of_many(Route route) {
  route.is_many = true;
  return route;
}

constexpr Route job_routes[] = {
    {Method::post, "", calls::enqueue_job},
    {Method::post, "{job}/complete", calls::complete_job},
    of_lease({Method::post, "{job}/heartbeat", calls::heartbeat}),
    {Method::post, "{job}/fail", calls::fail_job},
    {Method::post, "{job}/release", calls::release_job},
    {Method::post, "{job}/cancel", calls::cancel_job},
    {Method::remove, "{job}", calls::cancel_job},
    {Method::get, "{job}/status", calls::job_status},
    {Method::get, "{job}/why", calls::job_why},
    {Method::get, "{job}", calls::get_job},
    {Method::get, "", calls::list_jobs, true},
    {Method::post, "batch", calls::enqueue_batch},
    of_many({Method::post, "complete", calls::complete_jobs}),
    of_many({Method::post, "settle", calls::settle_jobs}),
    {Method::post, "retry", calls::retry_jobs, true},
    {Method::post, "discard", calls::discard_jobs, true},
    {Method::post, "{job}/retry", calls::retry_job},
    {Method::post, "{job}/discard", calls::discard_job},
    // A failure of a service counts even when the job it names cannot exist.
    {Method::post, "{text}/fail", calls::fail_unknown_job},
};

constexpr Route lease_routes[] = {of_lease({Method::post, "", calls::lease_jobs})};

constexpr Route breaker_routes[] = {
    operators({Method::get, "allow", calls::breaker_allow}),
    operators({Method::get, "", calls::breaker_state}),
    operators({Method::post, "failures", calls::breaker_failure}),
    operators({Method::post, "open", calls::breaker_open}),
    operators({Method::post, "close", calls::breaker_close, true}),
};

constexpr Route campaign_routes[] = {
    {Method::post, "", calls::create_campaign},
    {Method::get, "", calls::list_campaigns, true},
    {Method::get, "{campaign}", calls::get_campaign},
    {Method::patch, "{campaign}", calls::update_campaign},
    {Method::get, "{campaign}/jobs", calls::list_campaign_jobs, true},
    {Method::get, "{campaign}/details", calls::campaign_details},
    {Method::get, "{campaign}/start/validate", calls::validate_start},
    {Method::post, "{campaign}/start", calls::start_campaign},
    {Method::post, "{campaign}/pause", calls::pause_campaign},
    {Method::post, "{campaign}/resume", calls::resume_campaign},
    {Method::post, "{campaign}/seal", calls::seal_campaign},
    {Method::post, "{campaign}/fail", calls::fail_campaign},
    {Method::post, "{campaign}/cancel", calls::cancel_campaign},
};

constexpr Route command_routes[] = {
    {Method::get, "", calls::list_job_commands, true},
    {Method::get, "{job}", calls::get_job_command},
    {Method::post, "{job}/stop", calls::stop_job_command},
};

constexpr Route hold_routes[] = {
    {Method::get, "", calls::list_holds, true},
    {Method::post, "", calls::place_hold},
    {Method::post, "{job}/lift", calls::lift_hold},
};

constexpr Route limit_routes[] = {
    {Method::get, "", calls::list_limits, true},
    {Method::put, "service/{text}", calls::set_service_limit},
    {Method::get, "service/{text}", calls::get_service_limit},
    {Method::remove, "service/{text}", calls::remove_service_limit},
    {Method::put, "campaign/{campaign}", calls::set_campaign_limit},
    {Method::get, "campaign/{campaign}", calls::get_campaign_limit},
    {Method::remove, "campaign/{campaign}", calls::remove_campaign_limit},
    {Method::put, "job_type/{rest}", calls::set_type_limit},
    {Method::get, "job_type/{rest}", calls::get_type_limit},
    {Method::remove, "job_type/{rest}", calls::remove_type_limit},
};

constexpr Route job_type_routes[] = {
    {Method::get, "", calls::list_job_types, true},
    {Method::get, "{rest}", calls::get_job_type},
    {Method::put, "{rest}", calls::set_job_type},
    {Method::remove, "{rest}", calls::remove_job_type},
};

constexpr Route schedule_routes[] = {
    {Method::get, "", calls::list_schedules, true},
    {Method::post, "", calls::create_schedule},
    {Method::get, "{job}", calls::get_schedule},
    {Method::patch, "{job}", calls::change_schedule},
    {Method::remove, "{job}", calls::remove_schedule},
    {Method::post, "{job}/pause", calls::pause_schedule},
    {Method::post, "{job}/resume", calls::resume_schedule},
    {Method::post, "{job}/run", calls::run_schedule},
};

constexpr Route parked_routes[] = {
    {Method::get, "", calls::list_parked, true},
    {Method::post, "release", calls::release_parked, true},
    {Method::post, "cancel", calls::cancel_parked, true},
};

constexpr Route worker_routes[] = {{Method::get, "", calls::list_workers, true}};

constexpr Route event_routes[] = {{Method::get, "", calls::list_events, true}};

constexpr Route queue_routes[] = {
    operators({Method::get, "circuit-breaker-status", calls::circuit_breaker_status}),
    operators({Method::post, "open-circuit-breaker", calls::open_circuit_breaker}),
    operators({Method::post, "close-circuit-breaker", calls::close_circuit_breaker}),
};

constexpr Route management_routes[] = {
    operators({Method::get, "status", calls::status}),
    operators({Method::post, "pause-service", calls::pause_service}),
    operators({Method::post, "resume-service", calls::resume_service}),
    operators({Method::get, "circuit-breakers", calls::circuit_breaker}),
    operators({Method::post, "circuit-breakers/{text}/reset", calls::reset_circuit_breaker}),
    operators({Method::post, "close-circuit", calls::close_circuit, true}),
    operators({Method::post, "resume-queue", calls::resume_queue, true}),
    operators({Method::get, "ramp", calls::get_rollout}),
    operators({Method::post, "ramp/stop", calls::stop_rollout}),
    {Method::get, "campaign-status", calls::campaign_status},
    {Method::get, "paused-campaigns/{text}", calls::paused_campaigns},
    {Method::get, "paused-jobs/{text}", calls::paused_jobs},
    {Method::post, "pause-campaigns-for-service", calls::pause_campaigns},
    {Method::post, "resume-campaigns-for-service", calls::resume_campaigns},
};

constexpr Route live_routes[] = {operators({Method::get, "", calls::live})};
constexpr Route ready_routes[] = {operators({Method::get, "", calls::ready})};

constexpr RouteGroup groups[] = {
    {"/api/v1/jobs", job_routes},
    {"/api/v1/leases", lease_routes},
    {"/api/v1/breaker", breaker_routes},
    {"/api/v1/campaigns", campaign_routes},
    {"/api/v1/events", event_routes},
    {"/api/v1/queue-management", management_routes},
    {"/api/v1/queue", queue_routes},
    {"/livez", live_routes},
    {"/readyz", ready_routes},
    {"/api/v1/commands", command_routes},
    {"/api/v1/parked", parked_routes},
    {"/api/v1/workers", worker_routes},
    {"/api/v1/holds", hold_routes},
    {"/api/v1/limits", limit_routes},
    {"/api/v1/job-types", job_type_routes},
    {"/api/v1/schedules", schedule_routes},
};

}  // namespace

std::span<const RouteGroup> route_groups() { return groups; }

}  // namespace breakerd::http
