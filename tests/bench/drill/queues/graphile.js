// graphile-worker on PostgreSQL, 16 jobs at a time.
//   defaults     25 attempts with exponential backoff, which its documentation recommends for outages as it is
//                (https://worker.graphile.org/docs/exponential-backoff): the retry settings are the same in both
//   recommended  with its batching for queues with many jobs (https://worker.graphile.org/docs/performance), and a task
//                that ends well for a job that no attempt can help, and writes it down
//                (https://worker.graphile.org/docs/admin-functions: no job should ever fail for good)
'use strict';

const { Logger, makeWorkerUtils, run } = require('graphile-worker');
const { Pool } = require('pg');

const batch = 1000;
const quiet = new Logger(() => () => {});

exports.open = (asked) => {
  const recommended = asked.settings === 'recommended';
  const connectionString = `postgres://postgres@127.0.0.1:${asked.port}/postgres`;
  const pool = new Pool({ connectionString, max: 2 });
  const one = async (sql, values) => (await pool.query(sql, values)).rows[0];
  let utils;

  async function mail({ job }) {
    const outcome = await asked.handle(job);
    if (outcome === 'done') return;
    if (outcome === 'bad' && recommended) {
      await pool.query('INSERT INTO dead_letters(job) VALUES ($1) ON CONFLICT DO NOTHING', [job]);
      return;
    }
    throw new Error(outcome);
  }

  return {
    async connect() {
      utils = await makeWorkerUtils({ connectionString, logger: quiet });
      await utils.migrate();
      await pool.query('CREATE TABLE IF NOT EXISTS dead_letters(job int PRIMARY KEY)');
    },

    async fill(jobs) {
      for (let first = 0; first < jobs.length; first += batch) {
        await utils.addJobs(jobs.slice(first, first + batch).map((job) => ({ identifier: 'mail', payload: { job } })));
      }
    },

    async work(handle) {
      asked.handle = handle;
      const batching = { localQueue: { size: asked.workers + 1 }, completeJobBatchDelay: 250, failJobBatchDelay: 250 };
      await run({
        taskList: { mail },
        noHandleSignals: true,
        logger: quiet,
        preset: {
          worker: { connectionString, concurrentJobs: asked.workers, maxPoolSize: asked.workers + 2,
            ...(recommended ? batching : {}) },
        },
      });
    },

    async dead() {
      const { written } = await one('SELECT count(*)::int AS written FROM dead_letters');
      const { failed, bad } = await one(`SELECT count(*)::int AS failed,
        count(*) FILTER (WHERE (payload->>'job')::int = ANY($1))::int AS bad
        FROM graphile_worker._private_jobs WHERE attempts >= max_attempts`, [[...asked.bad]]);
      return { total: written + failed, bad: written + bad };
    },

    async waiting() {
      return (await one(`SELECT count(*)::int AS left FROM graphile_worker._private_jobs
        WHERE attempts < max_attempts`)).left;
    },

    async retryDead() {
      await pool.query(`SELECT graphile_worker.reschedule_jobs(ARRAY(
        SELECT id FROM graphile_worker._private_jobs WHERE attempts >= max_attempts), run_at := now(), attempts := 0)`);
      return ['reschedule_jobs'];
    },
  };
};
