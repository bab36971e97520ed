import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimeOf, ownCpuTime } from '../cpu.js';
import type { Job, Measurement } from '../load/job.js';
import { prepareExchanges, visit } from './visit.js';

/** How many addresses to come from: each has some 28,000 ports, which rest after use. */
const sources = 100;

/**
 * Keeps `job.cell.connections` connections under way at a time, each opened, used for one message, and closed. Messages
 * counted are connections. After an error its place is not taken again.
 */
export async function runChurn(job: Job): Promise<Measurement> {
  const exchanges = prepareExchanges(job.cell.size);
  let messages = 0;
  let errors = 0;
  let firstError: string | undefined;
  let started = 0;
  let under = 0;
  let isGoing = true;
  const begin = (): void => {
    const number = started++;
    under++;
    // Where all of 127.0.0.0/8 is the machine itself.
    const source = process.platform === 'linux' ? `127.0.0.${2 + (number % sources)}` : undefined;
    visit(job.port, exchanges[number % exchanges.length] as (typeof exchanges)[number], source, (error) => {
      under--;
      if (error !== undefined) {
        errors++;
        firstError ??= error.message;
        return;
      }
      messages++;
      if (isGoing) begin();
    });
  };
  for (let i = 0; i < job.cell.connections; i++) begin();
  await sleep(job.warmup * 1000);
  messages = 0;
  const before = { clock: performance.now(), own: ownCpuTime(), server: cpuTimeOf(job.serverPid) };
  await sleep(job.seconds * 1000);
  while (messages === 0 && under > 0) await sleep(5); // on a crowded machine a short time may bring nothing
  const after = { clock: performance.now(), own: ownCpuTime(), server: cpuTimeOf(job.serverPid) };
  const counted = messages;
  const seconds = (after.clock - before.clock) / 1000;
  isGoing = false;
  while (under > 0) await sleep(5); // each has its own end

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
    lost: 0,
    ...(firstError !== undefined && { firstError }),
  };
}
