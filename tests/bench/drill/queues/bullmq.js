// BullMQ on Redis: one worker with a concurrency of 16.
//   defaults     one attempt: a job whose processor throws is failed
//   recommended  8 attempts, exponential backoff from 3 s with jitter: the longest of the examples in its documentation
//                (https://docs.bullmq.io/guide/retrying-failing-jobs), and an UnrecoverableError for what no attempt can
//                help (https://docs.bullmq.io/patterns/stop-retrying-jobs)
'use strict';

const { Queue, UnrecoverableError, Worker } = require('bullmq');

const batch = 1000;
const retries = { attempts: 8, backoff: { type: 'exponential', delay: 3000, jitter: 0.5 } };

exports.open = (asked) => {
  const recommended = asked.settings === 'recommended';
  const connection = { host: '127.0.0.1', port: asked.port, maxRetriesPerRequest: null };
  const idOf = (job) => `job-${job}`;
  let queue;

  return {
    async connect() {
      queue = new Queue('drill', { connection, defaultJobOptions: recommended ? retries : {} });
      queue.on('error', () => {});  // the server may not be there yet
      await queue.waitUntilReady();
    },

    async fill(jobs) {
      for (let first = 0; first < jobs.length; first += batch) {
        await queue.addBulk(jobs.slice(first, first + batch).map((job) => (
          { name: 'mail', data: { job }, opts: { jobId: idOf(job) } })));
      }
    },

    async work(handle) {
      const process = async ({ data }) => {
        const outcome = await handle(data.job);
        if (outcome === 'bad' && recommended) throw new UnrecoverableError('422');
        if (outcome !== 'done') throw new Error(outcome);
      };
      const worker = new Worker('drill', process, { connection, concurrency: asked.workers });
      worker.on('error', (error) => console.error(`bullmq: ${error.message}`));
      await worker.waitUntilReady();
    },

    async dead() {
      const states = await Promise.all([...asked.bad].map((job) => queue.getJobState(idOf(job))));
      return { total: await queue.getFailedCount(), bad: states.filter((state) => state === 'failed').length };
    },

    async waiting() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },

    async retryDead() {
      await queue.retryJobs({ state: 'failed' });
      return ['retry all failed'];
    },
  };
};
