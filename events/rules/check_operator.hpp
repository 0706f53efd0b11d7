#pragma once
// What operators ask of the circuit, of holds, limits, job types and schedules. Internal to validate.hpp.

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/rules/checker.hpp>

namespace breakerd {

void check(Checker& checker, OpenCircuit& command);
void check(Checker& checker, CloseCircuit& command);
void check(Checker& checker, ResumeQueue& command);
void check(Checker& checker, StopRollout& command);
void check(Checker& checker, PlaceJobHold& command);
void check(Checker& checker, SetLeaseLimit& command);
void check(Checker& checker, RemoveLeaseLimit& command);
void check(Checker& checker, LiftJobHold& command);
void check(Checker& checker, SetJobType& command);
void check(Checker& checker, RemoveJobType& command);
void check(Checker& checker, CreateSchedule& command);
void check(Checker& checker, ChangeSchedule& command);
void check(Checker& checker, RemoveSchedule& command);
void check(Checker& checker, PauseSchedule& command);
void check(Checker& checker, ResumeSchedule& command);
void check(Checker& checker, RunSchedule& command);
void check(Checker& checker, PauseCampaignsForService& command);
void check(Checker& checker, ResumeCampaignsForService& command);

}  // namespace breakerd
