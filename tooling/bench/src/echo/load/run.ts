import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionEvents, LoadConnection, longestRead } from './connection.js';
import { prepareFrames } from './frames.js';
import type { Job, Measurement } from './job.js';
import { Tally } from './tally.js';

/** How long connections may take to open, and the last echoes to arrive, in ms. */
const patience = 10_000;

/** So many connections are under way to being open at a time: no more than a listening socket queues. */
const opening = 100;

/** What a run waits for: before the first message, and before it leaves. */
export interface Pauses {
  opened(): Promise<unknown>;
  drained(): Promise<unknown>;
}

/** Puts the load of `job` on its server, from this process. Resolves with errors counted; rejects when not even one connection opens. */
export async function runLoad(job: Job, pauses?: Pauses): Promise<Measurement> {
  const { connections, inFlight } = job.cell;
  const frames = prepareFrames(job.cell, longestRead, job.speech === 'bytes');
  const tally = new Tally();
  let open = 0;
  const clients: LoadConnection[] = [];
  const events: ConnectionEvents = {
    onOpen() {
      open++;
    },
    onReplies(count) {
      tally.messages += count;
    },
    onError(error) {
      tally.fail(error.message);
    },
  };
  while (clients.length < connections && tally.errors === 0) {
    clients.push(new LoadConnection(job.port, job.speech, frames, events));
    if (clients.length % opening === 0) await until(() => open + tally.errors >= clients.length);
  }
  await until(() => open + tally.errors >= clients.length);
  if (open === 0) throw new Error(`no connection opened: ${tally.firstError ?? 'no answer'}`);
  const missing = connections - open - tally.errors;
  if (missing > 0) tally.fail('a connection did not open in time', missing);

  await pauses?.opened();
  for (const client of clients) client.begin(inFlight);
  const counted = await tally.count(job, () => until(() => tally.messages > 0 || tally.errors > 0));

  for (const client of clients) client.finish();
  const outstanding = (): number => clients.reduce((sum, client) => sum + client.outstanding, 0);
  await until(() => outstanding() === 0 || tally.errors > 0);
  const lost = outstanding();
  await pauses?.drained();
  for (const client of clients) client.leave();
  return tally.measurement(counted, lost);
}

/** Resolves when `done()`, or when patience ends. */
async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + patience; !done() && performance.now() < end; ) await sleep(5);
}
