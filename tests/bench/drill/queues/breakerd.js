// breakerd: jobs of one campaign, workers that settle the job before and lease the next one in one call
// (docs/http-api.md, "Settle and lease in one call"), and a close with a plan that has a ramp.
'use strict';

const { client } = require('../http_client');

const batch = 1000;
const leaseWaitMs = 5000;

exports.open = (asked) => {
  const call = client(asked.port, asked.workers + 4);
  const api = async (method, path, body) => {
    const answer = await call(method, `/api/v1${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.detail}`);
    return answer.body.data;
  };
  let campaign;
  let ramp;

  const outcomes = {
    done: { outcome: 'complete' },
    bad: { outcome: 'fail', error: '422 Unprocessable Content', error_type: 'refused', retry: false },
    dead: { outcome: 'fail', error: '503 Service Unavailable', error_type: 'unavailable', service: 'mail' },
  };

  async function worker(name, handle) {
    let settle = [];
    for (;;) {
      const { jobs, settled } = await api('POST', '/leases', { worker: name, wait_ms: leaseWaitMs, settle });
      for (const entry of settled) if (entry.code) throw new Error(`job ${entry.id}: ${entry.detail}`);
      settle = [];
      for (const job of jobs) {
        settle.push({ job_id: job.id, token: job.token, ...outcomes[await handle(job.payload.job)] });
      }
    }
  }

  async function counts() {
    return (await api('GET', '/queue-management/status')).job_counts;
  }

  async function* all(status) {
    let cursor = '';
    while (cursor !== null) {
      const page = await api('GET', `/jobs?limit=1000&status=${status}${cursor && `&cursor=${cursor}`}`);
      yield* page.jobs;
      cursor = page.next_cursor;
    }
  }

  return {
    connect: () => api('GET', '/breaker'),

    async fill(jobs) {
      campaign = (await api('POST', '/campaigns', { name: 'drill' })).id;
      for (let first = 0; first < jobs.length; first += batch) {
        await api('POST', '/jobs/batch', jobs.slice(first, first + batch).map((job) => (
          { job_type: 'mail', campaign_id: campaign, service: 'mail', payload: { job } })));
      }
    },

    async work(handle) {
      await api('POST', `/campaigns/${campaign}/start`);
      for (let number = 1; number <= asked.workers; ++number) {
        worker(`drill-${number}`, handle);
      }
    },

    async dead() {
      let [total, bad] = [0, 0];
      for await (const job of all('FAILED')) {
        total += 1;
        bad += asked.bad.has(job.payload.job) ? 1 : 0;
      }
      return { total, bad };
    },

    async waiting() {
      const now = await counts();
      return now.PENDING + now.PROCESSING;
    },

    // The ramp is as long as what waits takes, and a twentieth more, so that it does not end before them.
    async resume() {
      const left = asked.jobs * (1 - asked.shareBefore) * 1.05;
      const [from, to] = [asked.rate / 10, asked.rate];
      const overMs = Math.round(left / ((from + to) / 2) * 1000);
      await api('POST', '/breaker/close',
        { reason: 'it is back', plan: { ramp: { from_per_second: from, to_per_second: to, over_ms: overMs } } });
      await api('POST', '/queue-management/resume-queue', { reason: 'it is back' });
      const rollout = await api('GET', '/queue-management/ramp');
      ramp = { from, to, overMs, beganAt: Date.parse(rollout.ramp.began_at) };
      return ['close with a plan', 'resume-queue'];
    },

    async retryDead() {
      await api('POST', '/jobs/retry', { filter: {}, reason: 'it is back' });
      return ['retry all failed'];
    },

    plan: () => ramp,

    // As the daemon has them: attempts that failed, of good jobs.
    async burned() {
      let sum = 0;
      for await (const job of all('COMPLETED')) sum += job.attempts - 1;
      for await (const job of all('FAILED')) sum += asked.bad.has(job.payload.job) ? 0 : job.attempts;
      return sum;
    },
  };
};
