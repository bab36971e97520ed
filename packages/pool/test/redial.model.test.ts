import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { dial, takeOver } from '@webson/connection';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool } from '../src/index.js';

// A client of a pool, and a server that does something else each time it is dialled: which steps there are, how often it is
// dialled, and that it leaves when this side closes it, whatever it is at.

/** What the server does: refuses for now, for good, without an answer; takes the client in and lets it go, or breaks. */
const OUTCOMES = ['503', '401', 'reset', 'close', 'break'] as const;
type Outcome = (typeof OUTCOMES)[number];

const MINUTE = 60_000;

interface Plan {
  readonly clientRetry: number;
  /** 0: whoever was ready begins to count anew. A minute: nobody ever does. */
  readonly minUptime: number;
  readonly outcomes: readonly Outcome[];
  /** At which step the client is closed. */
  readonly closeAt: number | undefined;
  /** From within the handler of that step, or later. */
  readonly isLater: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  clientRetry: fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
  minUptime: fc.constantFrom(0, MINUTE),
  outcomes: fc.array(fc.constantFrom(...OUTCOMES, 'reset', 'close', 'break'), { maxLength: 8 }),
  closeAt: fc.option(fc.nat(12), { nil: undefined }),
  isLater: fc.boolean(),
});

/** The steps there have to be. After the last outcome the server refuses for good. */
function stepsOf({ clientRetry, minUptime, outcomes, closeAt }: Plan): string[] {
  const steps: string[] = [];
  const goOn = (): boolean => {
    for (const outcome of [...outcomes, '401']) {
      if (attempt === clientRetry) return false;
      attempt++;
      steps.push(`wait ${attempt}`, `dial ${attempt}`);
      if (outcome === '401') return false;
      if (outcome !== 'close' && outcome !== 'break') continue;
      steps.push(`ready ${attempt}`);
      if (minUptime === 0) attempt = 0;
    }
    return true;
  };
  let attempt = 0;
  goOn();
  steps.push(`giveUp ${attempt}`);
  const last = closeAt === undefined ? undefined : steps[closeAt];
  if (closeAt === undefined || last === undefined) return steps;
  const until = steps.slice(0, closeAt + 1);
  // One that lives is closed as any other, without a further step.
  return /^(wait|dial)/.test(last) ? [...until, last.replace(/wait|dial/, 'giveUp')] : until;
}

async function run(plan: Plan): Promise<void> {
  const { clientRetry, minUptime, closeAt, isLater } = plan;
  // The first is there to be taken into the pool.
  const outcomes: Outcome[] = ['break', ...plan.outcomes];
  let hits = 0;
  const server = createServer();
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    hits++;
    void answer(outcomes.shift() ?? '401', () => takeOver(request, socket, head), socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const client = await dial(`ws://127.0.0.1:${port}`, { timeout: { close: 500 } });
  const pool = new Pool({ clientRetry, minUptime, retryInterval: 2, maxRetryInterval: 4 });
  const steps: string[] = [];
  pool.onRedial(async ({ step, attempt }) => {
    steps.push(`${step} ${attempt}`);
    if (steps.length - 1 !== closeAt) return;
    // Before anything but what is due now can happen.
    if (isLater) await Promise.resolve();
    client.close();
  });
  pool.add(client);
  await pool.wait();
  const { size } = pool;
  // What is due at once would come now.
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  const expected = stepsOf(plan);
  expect({ steps, size, status: client.status }).toEqual({ steps: expected, size: 0, status: 1 });
  const dials = steps.filter((step) => step.startsWith('dial')).length;
  const wasGivenUp = closeAt !== undefined && expected[closeAt]?.startsWith('dial') === true;
  expect([1 + dials, wasGivenUp ? dials : -1]).toContain(hits);
}

async function answer(outcome: Outcome, accept: () => ReturnType<typeof takeOver>, socket: Duplex): Promise<void> {
  if (outcome === 'reset') {
    socket.destroy();
  } else if (outcome === 'close' || outcome === 'break') {
    const connection = await accept().catch(() => undefined);
    if (connection === undefined) return;
    void connection.start();
    if (outcome === 'close') connection.close(1012);
    else socket.end();
  } else {
    socket.end(`HTTP/1.1 ${outcome} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }
}

test('any sequence of outcomes, closed by this side at any step', { timeout: 180_000 }, async () => {
  await fc.assert(fc.asyncProperty(plan, run), { numRuns: 100 });
});
