/** A process that puts a load on a server with compression: `node load-process.js JOB`. Prints what it found as a line of JSON. */
import { setTimeout as sleep } from 'node:timers/promises';
import { watchCpu } from '../harness/cpu.js';
import { endWithInput, givenJob, tell } from '../harness/program.js';
import { compressedFrame, DeflateClient, type KnownReplies, plainFrame } from './client.js';
import type { DeflateJob, DeflateMeasurement } from './job.js';
import { prepareMessages } from './messages.js';

const PATIENCE = 60_000;

let open = 0;
let replies = 0;
let replyBytes = 0;
let error: Error | undefined;

const job = givenJob<DeflateJob>();
const count = Math.max(3, Math.min(64, Math.floor(262_144 / job.size)));
const prepared = prepareMessages(job.size, count, job.kind, job.kind === 'plain' ? plainFrame : compressedFrame);
const known: KnownReplies = new Map();
const clients: DeflateClient[] = [];
for (let i = 0; i < job.connections; i++) {
  clients.push(
    new DeflateClient(job.port, job.kind, prepared, known, {
      onOpen() {
        open++;
      },
      onReply(bytes) {
        replies++;
        replyBytes += bytes;
      },
      onError(failure) {
        error ??= failure;
      },
    }),
  );
  // A thousand at once would be more than the queue of a server's socket holds.
  if (i % 100 === 99) await until(() => open === i + 1);
}
await until(() => open === job.connections);
endWithInput();
if (job.hold === undefined) tell(await measure());
else await hold(job.hold);

async function measure(): Promise<DeflateMeasurement> {
  for (const client of clients) client.begin(job.inFlight);
  await sleep(job.warmup * 1000);
  const counted = { replies, replyBytes };
  const used = watchCpu(job.serverPid);
  await sleep(job.seconds * 1000);
  const { seconds, own, other } = used();
  const messages = replies - counted.replies;
  const bytes = replyBytes - counted.replyBytes;
  for (const client of clients) client.finish();
  await until(() => clients.every(({ outstanding }) => outstanding === 0));
  for (const client of clients) client.leave();
  return {
    messagesPerSecond: messages / seconds,
    ...(other !== undefined && {
      serverMicroseconds: ((other.cpu * seconds) / messages) * 1e6,
      serverCpu: other.cpu,
    }),
    loadCpu: own.cpu,
    replyBytes: bytes / messages,
  };
}

async function hold(messages: number): Promise<void> {
  for (let i = 0; i < messages; i++) {
    for (const client of clients) client.begin(1, false);
    await until(() => clients.every(({ outstanding }) => outstanding === 0));
  }
  tell({ open });
}

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!done()) {
    if (error !== undefined) throw error;
    if (performance.now() > end) throw new Error('not all replies have come in time');
    await sleep(2);
  }
}
