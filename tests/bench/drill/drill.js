// One drill: a queue of many jobs, four of them bad, a service that fails for a while, 16 workers, and a human.
//   node drill.js CONTENDER defaults|recommended --port N [--jobs N] [--workers N] [--outage-ms MS] [--rate N]
//                 [--patience-ms MS]
//   CONTENDER  a queue beside this file, whose server runs on --port: breakerd, bullmq, graphile, pgboss, rabbitmq
//   --rate     jobs in a second at the end of breakerd's plan; it begins with a tenth of them
//   --patience-ms  how long after the outage is waited for the last job
// The story: jobs are enqueued; workers begin; when a fifth is done the service dies; after --outage-ms it is back, and
// the human does what is needed for all good jobs to be done. Prints one JSON line.
// Exit: 0 done; 1 one of breakerd's promises is broken (checks.js); 2 it could not be run.
'use strict';

const { spawn } = require('child_process');
const { once } = require('events');
const path = require('path');
const { badJobs } = require('./jobs');
const { brokenPromises, planSeen } = require('./checks');
const { client } = require('./http_client');
const { options } = require('./options');
const { pause } = require('./pause');

const [contender, settings, ...words] = process.argv.slice(2);
const asked = options(words, {
  port: 0, jobs: 5000, workers: 16, 'outage-ms': 10000, rate: 500, 'patience-ms': 600000,
});
const shareBefore = 0.2;
const readyMs = 600000;
const lookMs = 500;
const restMs = 10000;

// It ends when this process does. Gives its port.
async function startService() {
  const service = spawn(process.execPath, [path.join(__dirname, 'service.js'), '--jobs', String(asked.jobs)],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(service.stdout, 'data');
  return Number(String(line));
}

// The server may have been started just now: its first refusals mean nothing.
async function connected(queue) {
  const deadline = Date.now() + readyMs;
  for (;;) {
    try {
      return await queue.connect();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(200);
    }
  }
}

// The human's part once the service is back: a paused queue is let go, and whenever good jobs are dead letters and no
// worker would take one by itself, they are called back. Returns what was done, and how many good jobs were dead letters.
async function recover(queue, drained) {
  const commands = queue.resume ? await queue.resume() : [];
  let goodDead = 0;
  const callBack = async () => {
    const dead = await queue.dead();
    if (dead.total === dead.bad) return;
    goodDead += dead.total - dead.bad;
    commands.push(...await queue.retryDead());
  };
  await callBack();
  const deadline = Date.now() + asked['patience-ms'];
  let quiet = 0;
  while (!drained.yet && Date.now() < deadline) {
    await pause(lookMs);
    quiet = await queue.waiting() === 0 ? quiet + 1 : 0;
    if (quiet > 1 && !drained.yet) await callBack();  // twice: a job may be on its way
  }
  return { commands, goodDead };
}

// What the last good jobs did may not be settled yet, and bad jobs may fail once more: in some queues for days.
async function atRest(queue) {
  const deadline = Date.now() + restMs;
  while ((await queue.dead()).bad < bad.size || await queue.waiting() > 0) {
    if (Date.now() > deadline) break;
    await pause(200);
  }
  return queue.dead();
}

const bad = new Set(badJobs(asked.jobs));

async function main() {
  const servicePort = await startService();
  const ask = client(servicePort, asked.workers);
  const admin = client(servicePort, 4);
  const queue = require(`./queues/${contender}`).open({ ...asked, settings, bad, shareBefore });
  await connected(queue);
  await queue.fill(Array.from({ length: asked.jobs }, (_, index) => index + 1));
  await admin('POST', '/admin/outage', { after: Math.floor(asked.jobs * shareBefore) });

  let failedRuns = 0;
  const began = Date.now();
  await queue.work(async (job) => {
    const { status } = await ask('POST', `/work/${job}`);
    if (status === 503) failedRuns += 1;
    return { 200: 'done', 422: 'bad', 503: 'dead' }[status];
  });
  const drained = { yet: false };
  admin('GET', '/admin/until/done').then(() => { drained.yet = true; }, () => {});
  await admin('GET', '/admin/until/dead');
  await pause(asked['outage-ms']);
  await admin('POST', '/admin/back');
  const { commands, goodDead } = await recover(queue, drained);
  const dead = await atRest(queue);
  const { body: seen } = await admin('GET', '/admin/report');
  const burned = queue.burned ? await queue.burned() : failedRuns;
  const plan = queue.plan ? planSeen(seen.buckets, seen.at.lastDone, queue.plan()) : null;
  delete seen.buckets;
  const run = {
    settings, jobs: asked.jobs, workers: asked.workers, outage_ms: asked['outage-ms'],
    per_second: Math.round(asked.jobs * shareBefore / (seen.at.dead - began) * 1000),
    requests_after_first_failure: Math.max(0, seen.refused - 1),
    attempts_burned: burned, dead_letters: goodDead + dead.bad, good_dead_letters: goodDead,
    dead_at_the_end: dead.total, run_twice: seen.asked_twice, done_twice: seen.done_twice,
    commands, drain_ms: drained.yet ? seen.at.lastDone - seen.at.back : null, peak_per_second: seen.peak_after,
    plan, service: seen,
  };
  const broken = contender === 'breakerd' ? brokenPromises(run, bad.size) : [];
  console.log(JSON.stringify({ ...run, broken }));
  for (const promise of broken) console.error(`breakerd: ${promise}`);
  process.exit(broken.length ? 1 : 0);
}

function giveUp(error) {
  console.error(`drill: ${contender}, ${settings}: ${error.stack}`);
  process.exit(2);
}

process.on('uncaughtException', giveUp);  // of a worker, too
main().catch(giveUp);
