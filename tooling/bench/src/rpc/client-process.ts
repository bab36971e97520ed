/** The client of one contender: `node client-process.js JOB`. Prints what it found. */
import { endWithInput, givenJob, tell } from '../harness/program.js';
import { type ClientJob, runClient } from './client.js';
import { type ContenderName, contenders } from './contenders/index.js';

const job = givenJob<ClientJob>();
const contender = await contenders[job.contender as ContenderName]();
endWithInput();
tell(await runClient(contender, job));
