/** A process that carries out one job, given as JSON: `node load-process.js JOB`. Prints the measurement as a line of JSON. */
import { endWithInput, givenJob, tell } from '../../harness/program.js';
import type { Job } from './job.js';
import { runLoad } from './run.js';

endWithInput();
tell(await runLoad(givenJob<Job>()));
