#pragma once
// The handlers of all calls, one function each; docs/http-api.md says what they take and give. Internal to http/api.

#include <breakerd/http/api/call.hpp>

namespace breakerd::http::calls {

// health_calls.cpp
void live(Call& call);
void ready(Call& call);

// breaker_calls.cpp: the plain names and the later API
void breaker_state(Call& call);
void breaker_allow(Call& call);
void breaker_failure(Call& call);
void breaker_open(Call& call);
void breaker_close(Call& call);
void circuit_breaker_status(Call& call);
void open_circuit_breaker(Call& call);
void close_circuit_breaker(Call& call);

// management_calls.cpp: the queue-management API
void status(Call& call);
void circuit_breaker(Call& call);
void pause_service(Call& call);
void resume_service(Call& call);
void reset_circuit_breaker(Call& call);
void close_circuit(Call& call);
void resume_queue(Call& call);

// paused_calls.cpp: its campaigns and what is paused
void campaign_status(Call& call);
void paused_campaigns(Call& call);
void paused_jobs(Call& call);
void pause_campaigns(Call& call);
void resume_campaigns(Call& call);

// job_calls.cpp
void enqueue_job(Call& call);
void enqueue_batch(Call& call);
void list_jobs(Call& call);
void list_campaign_jobs(Call& call);
void get_job(Call& call);
void job_status(Call& call);
void job_why(Call& call);
void cancel_job(Call& call);

// failed_job_calls.cpp
void retry_job(Call& call);
void discard_job(Call& call);
void retry_jobs(Call& call);
void discard_jobs(Call& call);
void stop_job_command(Call& call);
void get_job_command(Call& call);
void list_job_commands(Call& call);

// rollout_calls.cpp
void get_rollout(Call& call);
void stop_rollout(Call& call);

// parked_calls.cpp
void list_parked(Call& call);
void release_parked(Call& call);
void cancel_parked(Call& call);

// lease_calls.cpp
void lease_jobs(Call& call);
void heartbeat(Call& call);
void complete_job(Call& call);
void fail_job(Call& call);
void fail_unknown_job(Call& call);
void release_job(Call& call);

// complete_calls.cpp
void complete_jobs(Call& call);

// settle_calls.cpp
void settle_jobs(Call& call);

// worker_calls.cpp
void list_workers(Call& call);

// hold_calls.cpp
void place_hold(Call& call);
void list_holds(Call& call);
void lift_hold(Call& call);

// limit_calls.cpp
void list_limits(Call& call);
void set_service_limit(Call& call);
void get_service_limit(Call& call);
void remove_service_limit(Call& call);
void set_campaign_limit(Call& call);
void get_campaign_limit(Call& call);
void remove_campaign_limit(Call& call);
void set_type_limit(Call& call);
void get_type_limit(Call& call);
void remove_type_limit(Call& call);

// job_type_calls.cpp
void list_job_types(Call& call);
void get_job_type(Call& call);
void set_job_type(Call& call);
void remove_job_type(Call& call);

// schedule_calls.cpp
void create_schedule(Call& call);
void list_schedules(Call& call);
void get_schedule(Call& call);
void change_schedule(Call& call);
void remove_schedule(Call& call);
void pause_schedule(Call& call);
void resume_schedule(Call& call);
void run_schedule(Call& call);

// campaign_calls.cpp
void create_campaign(Call& call);
void list_campaigns(Call& call);
void get_campaign(Call& call);
void update_campaign(Call& call);
void start_campaign(Call& call);
void pause_campaign(Call& call);
void resume_campaign(Call& call);
void seal_campaign(Call& call);
void fail_campaign(Call& call);
void cancel_campaign(Call& call);

// campaign_look_calls.cpp
void campaign_details(Call& call);
void validate_start(Call& call);

// event_calls.cpp
void list_events(Call& call);

}  // namespace breakerd::http::calls
