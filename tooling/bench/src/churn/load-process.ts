/** A process that carries out one job, given as JSON: `node load-process.js JOB`. Prints the measurement as a line of JSON. */
import type { Job } from '../load/job.js';
import { runChurn } from './run.js';

process.stdin
  .resume()
  .once('end', () => process.exit(1))
  .unref();
const measurement = await runChurn(JSON.parse(process.argv[2] ?? '') as Job);
process.stdout.write(`${JSON.stringify(measurement)}\n`);
