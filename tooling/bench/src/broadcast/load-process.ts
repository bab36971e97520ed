/**
 * A process with the subscribers in it: `node load-process.js PORT CONNECTIONS SERVER_PID`. Prints a line when all are
 * connected, then a result for every job it reads: bursts of messages, the next when all have got all of the last.
 */
import { createInterface } from 'node:readline';
import { cpuTimeOf } from '../cpu.js';
import { createPayload } from './server.js';
import { Subscribers } from './subscribers.js';

/** What to measure. */
export interface BroadcastJob {
  /** Messages sent to all at once. */
  readonly burst: number;
  /** Seconds counted. */
  readonly seconds: number;
}

/** What came of it. */
export interface BroadcastResult {
  readonly deliveries: number;
  readonly perSecond: number;
  /** CPU time of the server per delivery, in microseconds; undefined where the system does not tell. */
  readonly microseconds: number | undefined;
}

const [port = 0, connections = 0, pid = 0] = process.argv.slice(2).map(Number);
const subscribers = await Subscribers.connect(port, connections, createPayload());

async function run({ burst, seconds }: BroadcastJob): Promise<BroadcastResult> {
  // What the last server or job left in the caches.
  for (let i = 0; i < 5; i++) await subscribers.burst(burst);
  const cpu = cpuTimeOf(pid);
  const begin = performance.now();
  let bursts = 0;
  let elapsed = 0;
  do {
    await subscribers.burst(burst);
    bursts++;
    elapsed = (performance.now() - begin) / 1000;
  } while (elapsed < seconds);
  const used = cpuTimeOf(pid);
  const deliveries = bursts * burst * connections;
  return {
    deliveries,
    perSecond: deliveries / elapsed,
    microseconds: cpu && used && ((used.busy - cpu.busy) * 1e6) / deliveries,
  };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

print({ connections });
for await (const line of createInterface({ input: process.stdin })) print(await run(JSON.parse(line) as BroadcastJob));
process.exit(0);
