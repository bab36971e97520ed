import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimeOf, ownCpuTime } from '../cpu.js';
import { type ConnectionEvents, LoadConnection, longestRead } from './connection.js';
import { prepareFrames } from './frames.js';
import type { Job, Measurement } from './job.js';

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
  let open = 0;
  let messages = 0;
  let errors = 0;
  let firstError: string | undefined;
  const clients: LoadConnection[] = [];
  const events: ConnectionEvents = {
    onOpen() {
      open++;
    },
    onReplies(count) {
      messages += count;
    },
    onError(error) {
      errors++;
      firstError ??= error.message;
    },
  };
  while (clients.length < connections && errors === 0) {
    clients.push(new LoadConnection(job.port, job.speech, frames, events));
    if (clients.length % opening === 0) await until(() => open + errors >= clients.length);
  }
  await until(() => open + errors >= clients.length);
  if (open === 0) throw new Error(`no connection opened: ${firstError ?? 'no answer'}`);
  if (open + errors < connections) {
    errors += connections - open - errors;
    firstError ??= 'a connection did not open in time';
  }

  await pauses?.opened();
  for (const client of clients) client.begin(inFlight);
  await sleep(job.warmup * 1000);
  messages = 0;
  const before = { clock: performance.now(), own: ownCpuTime(), server: cpuTimeOf(job.serverPid) };
  await sleep(job.seconds * 1000);
  await until(() => messages > 0 || errors > 0); // on a crowded machine a short time may bring nothing
  const after = { clock: performance.now(), own: ownCpuTime(), server: cpuTimeOf(job.serverPid) };
  const counted = messages;
  const seconds = (after.clock - before.clock) / 1000;

  for (const client of clients) client.finish();
  const outstanding = (): number => clients.reduce((sum, client) => sum + client.outstanding, 0);
  await until(() => outstanding() === 0 || errors > 0);
  const lost = outstanding();
  await pauses?.drained();
  for (const client of clients) client.leave();

  return {
    messages: counted,
    seconds,
    messagesPerSecond: counted / seconds,
    loadCpu: (after.own.busy - before.own.busy) / seconds,
    loadWaiting: (after.own.waiting - before.own.waiting) / seconds,
    ...(before.server !== undefined &&
      after.server !== undefined && {
        serverCpu: (after.server.busy - before.server.busy) / seconds,
        serverWaiting: (after.server.waiting - before.server.waiting) / seconds,
      }),
    errors,
    lost,
    ...(firstError !== undefined && { firstError }),
  };
}

/** Resolves when `done()`, or when patience ends. */
async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + patience; !done() && performance.now() < end; ) await sleep(5);
}
