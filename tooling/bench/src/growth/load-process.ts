/**
 * A process that carries out one job, given as JSON, and stops before the first message and before it leaves: it prints
 * a line and waits for one. In the end it prints the measurement.
 */
import { createInterface } from 'node:readline';
import type { Job } from '../echo/load/job.js';
import { runLoad } from '../echo/load/run.js';
import { givenJob, tell } from '../harness/program.js';

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();

async function pause(): Promise<void> {
  tell({});
  if ((await lines.next()).done === true) process.exit(1);
}

tell(await runLoad(givenJob<Job>(), { opened: pause, drained: pause }));
input.close();
