// What breakerd promises, held against what was seen. No time is a part of it.
'use strict';

// brokenPromises(RUN, BAD): sentences, one for each promise that does not hold; RUN is the drill's line, BAD how many
// bad jobs there are. Each worker has one lease, so there are as many leases in flight as workers at most.
exports.brokenPromises = (run, bad) => {
  const promises = [
    [run.requests_after_first_failure <= run.workers,
      `${run.requests_after_first_failure} requests after the first failure, and ${run.workers} leases in flight`],
    [run.attempts_burned === 0, `${run.attempts_burned} attempts burned`],
    [run.dead_letters === bad && run.dead_at_the_end === bad,
      `${run.dead_letters} dead letters, ${run.dead_at_the_end} at the end, and ${bad} bad jobs`],
    [run.run_twice <= run.service.refused, `${run.run_twice} jobs run twice, and ${run.service.refused} were in flight`],
    [run.done_twice === 0, `${run.done_twice} jobs done twice`],
    [run.commands.length === 2, `${run.commands.length} commands: ${run.commands.join(', ')}`],
    [run.drain_ms !== null, 'not all good jobs were done'],
  ];
  return promises.filter(([holds]) => !holds).map(([, sentence]) => sentence);
};

// Jobs that a plan's ramp lets go between two times, in ms from its begin.
function allowed({ from, to, overMs }, begin, end) {
  const until = (ms) => {
    const t = Math.min(Math.max(ms, 0), overMs) / 1000;
    return from * t + (to - from) * t * t / (2 * overMs / 1000);
  };
  return until(end) - until(begin);
}

// planSeen(BUCKETS, LAST, PLAN): the requests that came, second by second from the plan's begin, beside the plan.
//   BUCKETS  [[ms, count], ...]; LAST: when the last job was done; PLAN: {from, to, overMs, beganAt}
// `peak` is the second with the most requests, `farthest` the one that was farthest above its plan. Seconds are left out
// that had no whole second of the ramp, or no whole second of work. `outlasted`: jobs were left when the ramp ended.
exports.planSeen = (buckets, last, plan) => {
  const counts = new Map();
  for (const [time, count] of buckets) {
    const second = Math.floor((time - plan.beganAt) / 1000);
    counts.set(second, (counts.get(second) ?? 0) + count);
  }
  const whole = Math.floor(Math.min(last - plan.beganAt, plan.overMs) / 1000);
  const seconds = Array.from({ length: Math.max(0, whole) }, (_, second) => {
    const [requests, planned] = [counts.get(second) ?? 0, allowed(plan, second * 1000, (second + 1) * 1000)];
    return { second, requests, planned: Math.round(planned), ratio: requests / planned };
  });
  const most = (value) => seconds.reduce((best, row) => (best && value(best) >= value(row) ? best : row), null);
  return {
    ...plan, seconds: seconds.length, peak: most((row) => row.requests), farthest: most((row) => row.ratio),
    above: seconds.filter((row) => row.requests > row.planned * 1.05 + 1).length,
    outlasted: last - plan.beganAt > plan.overMs,
  };
};
