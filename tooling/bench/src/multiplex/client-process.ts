/** The client of one contender: `node client-process.js JOB`. Prints what it found. */
import { type ClientJob, runClient } from './client.js';
import { type ContenderName, contenders } from './contenders/index.js';

const job = JSON.parse(process.argv[2] ?? '') as ClientJob;
const contender = await contenders[job.contender as ContenderName]();
process.stdin.resume().once('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify(await runClient(contender, job))}\n`);
