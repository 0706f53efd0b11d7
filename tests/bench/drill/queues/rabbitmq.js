// RabbitMQ with a quorum queue, publisher confirms, and 16 consumers that have one message each (prefetch 1).
//   defaults     what fails is given back with requeue, and comes again at once. This version has no limit of its own
//                (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling; since 4.0: 20 deliveries)
//   recommended  a delivery limit and a dead letter exchange (https://www.rabbitmq.com/docs/dlx); a retry waits in a queue
//                with a time to live, from which it comes back to the first (https://www.rabbitmq.com/docs/ttl). The
//                documentation has no numbers: they are those of bullmq.js, doubled from 3 s, 8 attempts. A message that
//                no attempt can help is rejected, and so a dead letter at once
'use strict';

const amqp = require('amqplib');

const batch = 1000;
const attemptsMax = 8;
const delayOf = (attempt) => 3000 * 2 ** (attempt - 1);
const quorum = (more = {}) => ({ durable: true, arguments: { 'x-queue-type': 'quorum', ...more } });

exports.open = (asked) => {
  const recommended = asked.settings === 'recommended';
  let connection;
  let control;
  let deadBad = 0;

  const retryQueue = (attempt) => `drill.retry.${attempt}`;
  const content = (job) => Buffer.from(JSON.stringify({ job }));

  async function declare() {
    if (!recommended) {
      await control.assertQueue('drill', quorum());
      return;
    }
    await control.assertQueue('drill', quorum(
      { 'x-delivery-limit': attemptsMax, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'drill.dead' }));
    await control.assertQueue('drill.dead', quorum());
    for (let attempt = 1; attempt < attemptsMax; ++attempt) {
      await control.assertQueue(retryQueue(attempt), quorum({ 'x-message-ttl': delayOf(attempt),
        'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'drill' }));
    }
  }

  // Settles a message whose job was not done.
  async function failed(channel, message, job, outcome) {
    if (!recommended) return channel.nack(message, false, true);
    const attempt = (message.properties.headers['x-attempts'] ?? 0) + 1;
    if (outcome === 'bad' || attempt >= attemptsMax) {
      deadBad += asked.bad.has(job) ? 1 : 0;
      return channel.nack(message, false, false);
    }
    channel.sendToQueue(retryQueue(attempt), message.content, { persistent: true, headers: { 'x-attempts': attempt } });
    await channel.waitForConfirms();
    return channel.ack(message);
  }

  const ready = async (name) => (await control.checkQueue(name)).messageCount;

  return {
    async connect() {
      connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${asked.port}`);
      control = await connection.createConfirmChannel();
      await declare();
    },

    async fill(jobs) {
      for (let first = 0; first < jobs.length; first += batch) {
        for (const job of jobs.slice(first, first + batch)) {
          control.sendToQueue('drill', content(job), { persistent: true });
        }
        await control.waitForConfirms();
      }
    },

    async work(handle) {
      for (let number = 0; number < asked.workers; ++number) {
        const channel = await connection.createConfirmChannel();
        await channel.prefetch(1);
        await channel.consume('drill', async (message) => {
          const { job } = JSON.parse(message.content);
          const outcome = await handle(job);
          if (outcome === 'done') channel.ack(message);
          else await failed(channel, message, job, outcome);
        });
      }
    },

    async dead() {
      return { total: recommended ? await ready('drill.dead') : 0, bad: deadBad };
    },

    async waiting() {
      let sum = await ready('drill');
      if (!recommended) return sum + 1;  // what is unacknowledged is not told, and comes again
      for (let attempt = 1; attempt < attemptsMax; ++attempt) sum += await ready(retryQueue(attempt));
      return sum;
    },

    // What the shovel or the "move messages" of its web page does.
    async retryDead() {
      for (let left = await ready('drill.dead'); left > 0; --left) {
        const message = await control.get('drill.dead');
        if (!message) break;
        const { job } = JSON.parse(message.content);
        control.sendToQueue('drill', message.content, { persistent: true });
        await control.waitForConfirms();
        control.ack(message);
        deadBad -= asked.bad.has(job) ? 1 : 0;
      }
      return ['move the dead letters back'];
    },
  };
};
