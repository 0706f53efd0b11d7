// Which of the jobs are bad: four, spread over all of them, so that one is met before the outage.
'use strict';

// badJobs(JOBS): their numbers; jobs are numbered from 1.
exports.badJobs = (jobs) => [1, 3, 5, 7].map((eighth) => Math.max(1, Math.floor((jobs * eighth) / 8)));
