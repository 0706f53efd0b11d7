#pragma once
// What a simulation must meet now and then, or it proves little. A run of many seeds in which one was never met fails.

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include <breakerd/events/model/event.hpp>

namespace breakerd::simulation {

inline constexpr std::array situations = {
    "a sync was slow",
    "a sync failed, and its commit was lost",
    "a sync failed, and its commit was kept",
    "a commit met a full disk",
    "reopening failed",
    "a read failed",
    "a failed read ended the daemon",
    "killed in a sync",
    "killed with a commit that was not synced",
    "killed with HEAD behind the log",
    "stopped in good order",
    "the wall clock jumped",
    "a call was lost",
    "an answer was a refusal for want of room",
    "a lease was in flight at an opening",
    "a job was completed that an opening had let finish",
    "jobs that might finish were told to stop after all",
    "jobs that were told to stop might finish after all",
    "a failure was recorded while open",
    "a close was refused for its epoch",
    "a campaign was held by the circuit",
    "a waiting heartbeat was stopped by an opening",
    "a lease expired",
    "a job ended by its expiries",
    "a worker gave a job up",
    "a delay between attempts was over",
    "a delay stood still in an opening",
    "a run_at came",
    "a job's attempts were used up",
    "a job was refused for its unique key",
    "a job replaced another one with its unique key",
    "a job expired",
    "a job that had expired was retried",
    "a deadline moved, because its job was held",
    "the wall clock was set, and the log tells queue time",
    "a run of a schedule was due",
    "a run of a schedule was left out",
    "a schedule was run by hand",
    "a schedule was given an earlier time",
    "a job that had ended let go of its unique key",
    "a job waited for a limit",
    "a plan parked a job",
    "a plan cancelled a job",
    "a lease met a job of a plan",
    "a plan took the place of another one",
    "a plan was stopped",
    "a plan ran over a start",
    "an opening while a plan ran",
    "a job that had a worker when a plan began came back, and was leased",
    "a canary passed",
    "a canary passed with no job left to draw",
    "a canary was ended by an opening",
    "a job of a canary did not succeed, and another one was drawn",
    "a ramp ended by its time",
    "a ramp was stopped",
    "a ramp went on over a start",
    "a newer plan took the place of a rollout",
    "a parked job was released",
    "a parked job was cancelled",
    "a job was parked for longer than it had to be started",
    "storage recovered by itself",
    "a start found storage trouble of the run before",
    "an outcome was unknown",
    "a commit hung",
    "a repeat was answered from its operation id",
    "a request with a key was answered again",
    "a request with a key was still being done",
    "a request was done whose answer was not kept",
    "everything was looked at while leases lived",
};

/// From so many seeds on, each must have been met.
inline constexpr std::size_t situations_seeds = 10'000;

/// Those that the log of one seed, or a line that its daemon logged, tell of.
using OnSituation = std::function<void(const char*)>;
void find_situations(const std::vector<Event>& events, const OnSituation& found);
void find_situations(std::string_view daemon_line, const OnSituation& found);

}  // namespace breakerd::simulation
