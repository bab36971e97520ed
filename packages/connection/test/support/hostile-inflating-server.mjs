// A process of its own whose handlers read no more than some chunks of their messages, and that watches its memory.
// Started by inflating.test.ts.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { serve } from '@webson/connection';

const options = JSON.parse(process.argv[2]);
const chunks = Number(process.argv[3]);
const report = { begun: 0, bytes: 0, unread: 0, growth: 0, codes: [] };
const kept = [];
let hasChanged = false;

const server = await serve({ host: '127.0.0.1', pingInterval: 0, ...options }, (connection) => {
  connection.onMessage(2, async (message) => {
    report.begun++;
    hasChanged = true;
    kept.push(message);
    const reader = message.readIter();
    for (let i = 0; i < chunks; i++) {
      const { value } = await reader.next();
      if (value === undefined) break;
      hasChanged = true;
      report.bytes += value.length;
    }
    kept.push(reader);
    await new Promise(() => {});
  });
  void connection.start().then(({ code }) => report.codes.push(code));
});
const before = process.memoryUsage.rss();
process.stdout.write(`${server.address.port}\n`);

// Reports when nothing has happened for some turns of the loop.
for await (const _ of createInterface({ input: process.stdin })) {
  for (let quiet = 0; quiet < 300; quiet++) {
    await turn();
    if (hasChanged) quiet = 0;
    hasChanged = false;
    report.growth = Math.max(report.growth, process.memoryUsage.rss() - before);
  }
  report.unread = kept.reduce((sum, { size = 0 }) => sum + size, 0);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exit();
