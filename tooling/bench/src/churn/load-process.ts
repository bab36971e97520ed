/** A process that carries out one job, given as JSON: `node load-process.js JOB`. Prints the measurement as a line of JSON. */
import type { Job } from '../echo/load/job.js';
import { endWithInput, givenJob, tell } from '../harness/program.js';
import { runChurn } from './run.js';

endWithInput();
tell(await runChurn(givenJob<Job>()));
