// The service that all jobs need: a real HTTP server on 127.0.0.1, and the one witness of the drill. It knows nothing of
// queues.
//   node service.js --jobs N [--answer-ms MS]     prints its port when it is ready; ends when its standard input does
//   POST /work/17           job 17 is done: 200. While the service is dead: 503. For one of the four bad jobs always: 422
//   POST /admin/outage      {after}: it is dead from when that many jobs were answered 200
//   POST /admin/back        it answers again
//   GET  /admin/until/dead, /admin/until/done     answered when it is dead; when every good job was answered 200
//   GET  /admin/report      what was seen, see report()
'use strict';

const http = require('http');
const { pause } = require('./pause');
const { badJobs } = require('./jobs');
const { options } = require('./options');

const { jobs, 'answer-ms': answerMs } = options(process.argv.slice(2), { jobs: 0, 'answer-ms': 5 });
const bad = new Set(badJobs(jobs));
const bucketMs = 100;

const asked = new Uint32Array(jobs + 1);
const done = new Uint32Array(jobs + 1);
const buckets = new Map();  // time / bucketMs -> requests that came then
let doneCount = 0;
let outageAfter = Infinity;
let dead = false;
let refused = 0;
let badWhileDead = 0;
const at = { dead: null, firstRefusal: null, back: null, lastDone: null };

// One promise for each thing that is waited for.
const events = {};
for (const name of ['dead', 'done']) {
  events[name] = {};
  events[name].promise = new Promise((resolve) => { events[name].happened = resolve; });
}

function die() {
  dead = true;
  outageAfter = Infinity;
  at.dead = Date.now();
  events.dead.happened();
}

function completed(job) {
  done[job] += 1;
  if (done[job] > 1) return;
  doneCount += 1;
  at.lastDone = Date.now();
  if (doneCount >= outageAfter) die();
  if (doneCount === jobs - bad.size) events.done.happened();
}

// The status of the answer. What counts is whether the service is dead when it answers.
async function work(job) {
  asked[job] += 1;
  const bucket = Math.floor(Date.now() / bucketMs);
  buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  await pause(answerMs);
  if (bad.has(job)) {
    badWhileDead += dead ? 1 : 0;
    return 422;
  }
  if (dead) {
    refused += 1;
    at.firstRefusal ??= Date.now();
    return 503;
  }
  completed(job);
  return 200;
}

// The most requests in one second, in steps of a tenth of a second, from a time on.
function peak(since) {
  const first = Math.floor(since / bucketMs);
  let most = 0;
  for (const begin of buckets.keys()) {
    if (begin < first) continue;
    let sum = 0;
    for (let step = 0; step < 1000 / bucketMs; ++step) sum += buckets.get(begin + step) ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}

function moreThanOnce(counts) {
  let jobsFound = 0;
  for (let job = 1; job <= jobs; ++job) jobsFound += !bad.has(job) && counts[job] > 1 ? 1 : 0;
  return jobsFound;
}

function report() {
  const back = at.back ?? Infinity;
  return {
    requests: asked.reduce((sum, count) => sum + count, 0),
    jobs_done: doneCount,
    refused,  // answered 503
    bad_while_dead: badWhileDead,  // answered 422 then
    asked_twice: moreThanOnce(asked),  // good jobs that came more than once
    done_twice: moreThanOnce(done),  // good jobs that were answered 200 more than once
    bad_asked: [...bad].map((job) => asked[job]),
    peak_before: peak(0),
    peak_after: peak(back),  // once it was back
    at,
    buckets: [...buckets].filter(([time]) => time * bucketMs >= back - bucketMs).sort((a, b) => a[0] - b[0])
      .map(([time, count]) => [time * bucketMs, count]),
  };
}

async function admin(request, path, body) {
  if (request === 'GET' && path.startsWith('until/')) {
    await events[path.slice(6)].promise;
    return {};
  }
  if (request === 'GET' && path === 'report') return report();
  if (path === 'outage') outageAfter = body.after;
  if (path === 'back') {
    dead = false;
    at.back = Date.now();
  }
  return {};
}

async function body(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length ? JSON.parse(Buffer.concat(pieces).toString()) : {};
}

const server = http.createServer(async (request, response) => {
  const sent = await body(request);
  if (request.url.startsWith('/work/')) {
    response.statusCode = await work(Number(request.url.slice(6)));
    response.end();
  } else {
    response.end(JSON.stringify(await admin(request.method, request.url.slice('/admin/'.length), sent)));
  }
});
server.keepAliveTimeout = 0;  // a worker that waits through the outage finds its connection as it was
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
