import '../src/virtual-time.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { optionsOf } from '../src/connecting.js';
import { feasible, type Plan, plans } from '../src/plan.js';
import { runSocketCase } from '../src/socket-case.js';
import { CARRIERS, type Carrier, connectEnds } from './ends.js';
import { cases, seed } from './property.js';

const CASES = 60;
/** What the system keeps between two sockets is large: so are the messages, now and then. */
const SCALE = 40;

async function run(plan: Plan, carrier: Carrier): Promise<readonly string[]> {
  const ends = await connectEnds(carrier, optionsOf(plan, 0), optionsOf(plan, 1));
  try {
    return await runSocketCase(plan, { connections: [ends.client, ends.server], cut: () => ends.socket.destroy() });
  } finally {
    await ends.dispose();
  }
}

// Nobody waits for what never comes: in real time that would have to be waited for.
const calm = (plan: Plan): boolean => !plan.sides.some(({ behaviours }) => behaviours.includes('hang'));

function enlarge(plan: Plan): Plan {
  if (plan.seed % 4 > 0) return plan;
  const requests = plan.requests.map((one) => ({ ...one, size: one.times > 1 ? one.size : one.size * SCALE }));
  return feasible({ ...plan, requests });
}

test.each(CARRIERS)(`${CASES} applications over real sockets: %s`, { timeout: 600_000 }, async (carrier) => {
  const property = fc.asyncProperty(plans.filter(calm).map(enlarge), async (plan) => {
    expect(await run(plan, carrier)).toEqual([]);
  });
  await fc.assert(property, { seed: seed + CARRIERS.indexOf(carrier), numRuns: cases(CASES), endOnFailure: true });
});
