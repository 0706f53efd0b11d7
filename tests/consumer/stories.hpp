#pragma once
// The parts of this program. Each takes a client whose circuit is CLOSED and leaves it so, unless it says otherwise.

#include "check.hpp"

namespace consumer {

/// circuit.cpp: the gate, failures, opening and closing, refusals.
void circuit_by_calls(breakerd::Client& client);

/// jobs.cpp: every call about jobs and leases. `heard` is subscribed.
void jobs_by_calls(breakerd::Client& client, Heard& heard);

/// plans.cpp: a close with a plan, the jobs that it parks, a canary and a ramp. `heard` is subscribed.
void plans_by_calls(breakerd::Client& client, Heard& heard);

/// campaigns.cpp: every call about campaigns and holds.
void campaigns_by_calls(breakerd::Client& client);

/// requests.cpp: the same as requests of an actor of one's own.
void everything_by_requests(breakerd::Client& client);

/// submits.cpp: the same without waiting.
void everything_by_submits(breakerd::Client& client);
/// submits.cpp: with many commands under way the client goes. The directory is not in use.
void outcomes_come_whatever_happens(const breakerd::ClientOptions& options);

/// threads.cpp: many threads at once. `rounds` is how much each of them does.
void everybody_at_once(breakerd::Client& client, unsigned rounds);

/// followers.cpp: subscriptions and their ends; what a callback may do.
void followers_of_the_log(breakerd::Client& client);
/// followers.cpp: one that goes on behind what it has heard. The directory is not in use.
void a_follower_over_restarts(const breakerd::ClientOptions& options);

/// reads.cpp: events, lists and a job's history.
void reads_of_what_is_committed(breakerd::Client& client);

/// reopen.cpp: what was acknowledged is there when the directory is opened again. Leaves the circuit OPEN.
void close_and_reopen(const breakerd::ClientOptions& options);

}  // namespace consumer
