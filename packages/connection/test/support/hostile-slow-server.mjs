// A process of its own whose handlers take 10 ms a message, and that watches its memory. Started by slow-handlers.test.ts.
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { serve } from '@webson/connection';

const options = JSON.parse(process.argv[2]);
const report = { bytes: 0, messages: 0, mostPending: 0, growth: 0 };
let pending = 0;

const server = await serve({ host: '127.0.0.1', pingInterval: 0, ...options }, (connection) => {
  const before = process.memoryUsage.rss();
  const look = () => {
    report.growth = Math.max(report.growth, process.memoryUsage.rss() - before);
  };
  connection.onMessage(2, async (message) => {
    report.mostPending = Math.max(report.mostPending, ++pending);
    look();
    await wait(10);
    look();
    report.bytes += message.read().length;
    report.messages++;
    pending--;
    if (report.messages === Number(process.argv[3])) connection.dispatch(1, 'done');
  });
  connection.start().then(async (info) => {
    process.stdout.write(`${JSON.stringify({ ...report, info })}\n`);
    await server.close();
  });
});
process.stdout.write(`${server.address.port}\n`);
