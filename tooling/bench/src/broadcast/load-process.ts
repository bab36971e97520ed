/**
 * A process with the subscribers in it: `node load-process.js PORT CONNECTIONS SERVER_PID`. Prints a line when all are
 * connected, then a result for every job it reads: bursts of messages, the next when all have got all of the last.
 */
import { watchCpu } from '../harness/cpu.js';
import { answerInput, tell } from '../harness/program.js';
import { createPayload } from './payload.js';
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
  const used = watchCpu(pid);
  const begin = performance.now();
  let bursts = 0;
  do {
    await subscribers.burst(burst);
    bursts++;
  } while (performance.now() - begin < seconds * 1000);
  const usage = used();
  const deliveries = bursts * burst * connections;
  return {
    deliveries,
    perSecond: deliveries / usage.seconds,
    microseconds: usage.other && (usage.other.cpu * usage.seconds * 1e6) / deliveries,
  };
}

tell({ connections });
await answerInput((line) => run(JSON.parse(line) as BroadcastJob));
