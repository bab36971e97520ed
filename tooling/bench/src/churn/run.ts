import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Measurement } from '../echo/load/job.js';
import { Tally } from '../echo/load/tally.js';
import { prepareExchanges, visit } from './visit.js';

/** How many addresses to come from: each has some 28,000 ports, which rest after use. */
const sources = 100;

/**
 * Keeps `job.cell.connections` connections under way at a time, each opened, used for one message, and closed. Messages
 * counted are connections. After an error its place is not taken again.
 */
export async function runChurn(job: Job): Promise<Measurement> {
  const exchanges = prepareExchanges(job.cell.size);
  const tally = new Tally();
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
        tally.fail(error.message);
        return;
      }
      tally.messages++;
      if (isGoing) begin();
    });
  };
  // Each visit has its own end.
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await sleep(5);
  };
  for (let i = 0; i < job.cell.connections; i++) begin();
  const counted = await tally.count(job, () => until(() => tally.messages > 0 || under === 0));
  isGoing = false;
  await until(() => under === 0);
  return tally.measurement(counted, 0);
}
