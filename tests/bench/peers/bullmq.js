// BullMQ on a Redis that runs: the load and the library are one process here, so both are counted as the peer's CPU.
//   node bullmq.js MODE --port N --server-pid PID --connections N --seconds S [--batch N] [--max N] [--count N]
//   enqueue  add                        batch  addBulk, --batch jobs a call
//   cycle    add, getNextJob, moveToCompleted without fetching the next: each its own call
//   drain    a worker that runs --max jobs at a time over --count jobs made before: it completes a job and takes the next
//            in one call, many calls on their way at once, which is the nearest that BullMQ has to bulk leases; one
//            worker, whatever --connections says (64 at a time is faster than 128 or 256)
// Prints one JSON line like breakerd_load's. Needs the modules bullmq and ioredis where NODE_PATH finds them.
'use strict';

const { readFileSync } = require('fs');
const { Queue, Worker } = require('bullmq');

// job_payload() of tests/bench/load/protocol.cpp.
const payload = {
  recipient: 'someone@example.org', template: 'order-shipped', order: 4711207, items: [3, 1, 4], locale: 'de-AT',
  trace: 'b7ad6b7169203331',
};
const ticksPerSecond = 100;

const [mode, ...words] = process.argv.slice(2);
const options = { port: 6379, 'server-pid': 0, connections: 1, seconds: 2, batch: 64, max: 64, count: 10000 };
for (let i = 0; i < words.length; i += 2) options[words[i].slice(2)] = Number(words[i + 1]);

const connection = { host: '127.0.0.1', port: options.port, maxRetriesPerRequest: null };
const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: true } });
const jobs = (count) => Array.from({ length: count }, () => ({ name: 'bench', data: payload }));
const now = () => Number(process.hrtime.bigint()) / 1e9;

// Seconds of CPU of Redis and of this process.
function cpuSeconds() {
  const own = process.cpuUsage();
  let redis = 0;
  if (options['server-pid'] > 0) {
    const stat = readFileSync(`/proc/${options['server-pid']}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    redis = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  }
  return { redis, own: (own.user + own.system) / 1e6 };
}

const latencies = {};
async function timed(call, promise) {
  const since = now();
  const value = await promise;
  (latencies[call] ??= []).push((now() - since) * 1e6);
  return value;
}

function percentiles(times) {
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
  return { count: times.length, p50_us: at(0.5), p99_us: at(0.99), p999_us: at(0.999), max_us: at(1) };
}

// Closed loops, as many as connections; `operation` returns how many operations it was.
async function closedLoops(operation) {
  const deadline = now() + options.seconds;
  let operations = 0;
  await Promise.all(Array.from({ length: options.connections }, async (_, index) => {
    while (now() < deadline) {
      const done = await operation(`${index}`);
      operations += done;
    }
  }));
  return operations;
}

async function enqueue() {
  await timed('enqueue', queue.add('bench', payload));
  return 1;
}

async function batch() {
  await timed('enqueue_batch', queue.addBulk(jobs(options.batch)));
  return options.batch;
}

let hands;  // a worker that takes jobs only when it is told to
async function cycle(token) {
  await timed('enqueue', queue.add('bench', payload));
  let job;
  while (!job) job = await timed('lease', hands.getNextJob(token, { block: false }));
  await timed('complete', job.moveToCompleted('', token, false));
  return 1;
}

async function fill(count) {
  for (let made = 0; made < count; made += 500) await queue.addBulk(jobs(Math.min(500, count - made)));
}

async function drain() {
  const worker = new Worker('bench', async () => '', {
    connection, autorun: false, concurrency: options.max,
  });
  await worker.waitUntilReady();
  let operations = 0;
  await new Promise((resolve, reject) => {
    const end = setTimeout(resolve, options.seconds * 1000);
    worker.on('completed', () => {
      if (++operations >= options.count) {
        clearTimeout(end);
        resolve();
      }
    });
    worker.on('error', reject);
    worker.run().catch(reject);
  });
  return operations;
}

async function main() {
  await queue.waitUntilReady();
  hands = new Worker('bench', null, { connection, autorun: false });
  await hands.waitUntilReady();
  if (mode === 'drain') await fill(options.count);
  const run = { enqueue: () => closedLoops(enqueue), batch: () => closedLoops(batch),
    cycle: () => closedLoops(cycle), drain }[mode];
  if (!run) throw new Error(`no mode ${mode}`);
  const [before, since] = [cpuSeconds(), now()];
  const operations = await run();
  const [after, seconds] = [cpuSeconds(), now() - since];
  const calls = Object.fromEntries(Object.entries(latencies).map(([call, times]) => [call, percentiles(times)]));
  const [redis, own] = [after.redis - before.redis, after.own - before.own];
  console.log(JSON.stringify({
    protocol: 'bullmq', mode, connections: options.connections, seconds, operations,
    per_second: operations / seconds, errors: 0, calls, client_cores: 0, server_cores: (redis + own) / seconds,
    server_cpu_s_per_1k: (redis + own) * 1000 / operations, redis_cpu_s_per_1k: redis * 1000 / operations,
  }));
  process.exit(0);
}

main().catch((error) => {
  console.error(`bullmq: ${error.message}`);
  process.exit(2);
});
