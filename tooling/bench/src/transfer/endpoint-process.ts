/** One end of a transfer: `node endpoint-process.js JOB`. Prints, as lines of JSON, its port if it is a server, then what it found. */
import { endWithInput, givenJob, tell } from '../harness/program.js';
import { runBare } from './contenders/bare.js';
import { runFrameSender } from './contenders/frame.js';
import { runWebson } from './contenders/webson.js';
import { type EndpointJob, isSender } from './job.js';

const job = givenJob<EndpointJob>();
const runs = {
  ...{ streams: runWebson, 'no-flow': runWebson, 'no-streams': runWebson },
  'one-frame': isSender(job) ? runFrameSender : runWebson,
  bare: runBare,
};

endWithInput();
tell(await runs[job.mode](job, (port) => tell({ port })));
