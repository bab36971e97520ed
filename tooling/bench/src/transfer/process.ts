/** One end of a transfer: `node process.js JOB`. Prints, as lines of JSON, its port if it is a server, then what it found. */
import { runBare } from './bare-endpoint.js';
import { runFrameSender } from './frame-endpoint.js';
import { type EndpointJob, isSender } from './job.js';
import { runWebson } from './webson-endpoint.js';

const job = JSON.parse(process.argv[2] ?? '') as EndpointJob;
const runs = {
  ...{ streams: runWebson, 'no-flow': runWebson, 'no-streams': runWebson },
  'one-frame': isSender(job) ? runFrameSender : runWebson,
  bare: runBare,
};

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

process.stdin.resume().once('end', () => process.exit(1));
print(await runs[job.mode](job, (port) => print({ port })));
