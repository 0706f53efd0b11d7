// pg-boss on PostgreSQL. Its workers take one job every 2 s by default, which says nothing about retries and would take
// hours here. So in both cases 8 workers take 2 jobs at a time and the next ones at once
// (https://timgit.github.io/pg-boss/#/./api/workers, burstWhenBatchFull): 16 jobs at a time.
//   defaults     2 retries, without a delay
//   recommended  5 retries, exponential backoff from 60 s, and a dead letter queue: the example of its documentation
//                (https://timgit.github.io/pg-boss/#/./api/queues); a job that no attempt can help goes there at once
//                ("deadletter" of perJobResults), and redrive() brings all back
'use strict';

const { Pool } = require('pg');
const { PgBoss } = require('pg-boss');

const batch = 1000;
const jobsOfWorker = 2;
const retries = { retryLimit: 5, retryDelay: 60, retryBackoff: true, deadLetter: 'drill-dead' };

exports.open = (asked) => {
  const recommended = asked.settings === 'recommended';
  const connectionString = `postgres://postgres@127.0.0.1:${asked.port}/postgres`;
  const pool = new Pool({ connectionString, max: 2 });
  const one = async (sql, values) => (await pool.query(sql, values)).rows[0];
  // Dead letters: failed jobs, or those that wait in the dead letter queue.
  const dead = recommended ? "name = 'drill-dead' AND state = 'created'" : "name = 'drill' AND state = 'failed'";
  let boss;

  const outcomes = {
    done: 'completed',
    bad: recommended ? 'deadletter' : 'failed',
    dead: 'failed',
  };

  return {
    async connect() {
      boss = new PgBoss({ connectionString, max: asked.workers + 2 });
      boss.on('error', (error) => console.error(`pg-boss: ${error.message}`));
      await boss.start();
      if (recommended) await boss.createQueue('drill-dead');
      await boss.createQueue('drill', recommended ? retries : {});
    },

    async fill(jobs) {
      for (let first = 0; first < jobs.length; first += batch) {
        await boss.insert('drill', jobs.slice(first, first + batch).map((job) => ({ data: { job } })));
      }
    },

    async work(handle) {
      const options = {
        localConcurrency: asked.workers / jobsOfWorker, batchSize: jobsOfWorker, burstWhenBatchFull: true,
        perJobResults: true, pollingIntervalSeconds: 0.5,
      };
      await boss.work('drill', options, (jobs) => Promise.all(jobs.map(async ({ id, data }) => (
        { id, status: outcomes[await handle(data.job)] }))));
    },

    async dead() {
      return one(`SELECT count(*)::int AS total, count(*) FILTER (WHERE (data->>'job')::int = ANY($1))::int AS bad
        FROM pgboss.job WHERE ${dead}`, [[...asked.bad]]);
    },

    async waiting() {
      return (await one(`SELECT count(*)::int AS left FROM pgboss.job
        WHERE name = 'drill' AND state IN ('created', 'retry', 'active')`)).left;
    },

    async retryDead() {
      if (recommended) {
        while (await boss.redrive('drill-dead') > 0);
        return ['redrive'];
      }
      const { rows } = await pool.query(`SELECT id FROM pgboss.job WHERE ${dead}`);
      await boss.retry('drill', rows.map((row) => row.id));
      return ['retry all failed'];
    },
  };
};
