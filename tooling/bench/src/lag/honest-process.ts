/**
 * A process with honest clients in it, each with one message of 20 bytes under way at a time: `node honest-process.js PORT
 * CLIENTS`. For every line of input prints the round trips since the one before; ends when its input does.
 */
import { encode } from '../harness/frame.js';
import { answerInput, tell } from '../harness/program.js';
import { openRaw } from './raw-client.js';

/** Round trips, in microseconds. */
export interface RoundTrips {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** Milliseconds from an echo to the next message of the same client: they are to wait for the server, not it for them. */
const PAUSE = 5;
const [port = 0, clients = 0] = process.argv.slice(2).map(Number);
const message = encode(Buffer.alloc(20, 'x'), Buffer.from([1, 2, 3, 4]));
const reply = encode(Buffer.alloc(20, 'x'));

let trips: number[] = [];
const underWay = new Set<number[]>();

async function beHonest(): Promise<void> {
  const socket = await openRaw(port);
  let missing = reply.length;
  const sent: number[] = [0];
  const send = (): void => {
    sent[0] = performance.now();
    missing = reply.length;
    underWay.add(sent);
    socket.write(message);
  };
  socket.on('data', (chunk: Buffer) => {
    missing -= chunk.length;
    if (missing > 0) return;
    underWay.delete(sent);
    trips.push(performance.now() - (sent[0] as number));
    setTimeout(send, PAUSE);
  });
  send();
}

function summary(): RoundTrips {
  // Those who still wait have waited for so long at least.
  const now = performance.now();
  const all = [...trips, ...[...underWay].map(([since = now]) => now - since)].sort((a, b) => a - b);
  const at = (part: number): number => (all[Math.min(all.length - 1, Math.floor(all.length * part))] ?? 0) * 1000;
  return { count: trips.length, p50: at(0.5), p99: at(0.99), longest: at(1) };
}

for (let i = 0; i < clients; i++) await beHonest();
tell({});
await answerInput(() => {
  const found = summary();
  trips = [];
  return found;
});
