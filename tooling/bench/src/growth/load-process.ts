/**
 * A process that carries out one job, given as JSON, and stops before the first message and before it leaves: it prints
 * a line and waits for one. In the end it prints the measurement.
 */
import { createInterface } from 'node:readline';
import type { Job } from '../load/job.js';
import { runLoad } from '../load/run.js';

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();

async function pause(): Promise<void> {
  process.stdout.write('{}\n');
  if ((await lines.next()).done === true) process.exit(1);
}

const measurement = await runLoad(JSON.parse(process.argv[2] ?? '') as Job, { opened: pause, drained: pause });
process.stdout.write(`${JSON.stringify(measurement)}\n`);
input.close();
