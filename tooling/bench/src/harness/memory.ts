import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds after garbage collection, in bytes. */
export interface Memory {
  readonly rss: number;
  /** Of JavaScript: objects, and buffers outside its heap. */
  readonly heap: number;
  /** Sockets that are open. */
  readonly sockets: number;
}

/** How often to look, and how long to wait in between, in ms. */
const looks = 5;
const pause = 60;
/** How long sockets may take to close, in ms. */
const patience = 10_000;

/**
 * What this process holds after so many collections, each followed by a pause of so many milliseconds: pages are given back
 * in the background, and what was closed a moment ago takes a few turns until nothing refers to it.
 *
 * @throws Error without `--expose-gc`.
 */
export async function collectedMemory(times: number, pause: number): Promise<NodeJS.MemoryUsage> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('memory is measured with --expose-gc only');
  for (let i = 0; i < times; i++) {
    gc();
    await sleep(pause);
  }
  return process.memoryUsage();
}

/**
 * This process's memory, the least of several looks with a collection before each.
 *
 * @param sockets waits until no more than so many sockets are open, but not forever.
 * @throws Error without `--expose-gc`.
 */
export async function settledMemory(sockets: number = Number.POSITIVE_INFINITY): Promise<Memory> {
  for (const end = performance.now() + patience; openSockets() > sockets && performance.now() < end; ) await sleep(20);
  const found: Memory[] = [];
  for (let look = 0; look < looks; look++) {
    const { rss, heapUsed, external } = await collectedMemory(1, pause);
    found.push({ rss, heap: heapUsed + external, sockets: openSockets() });
  }
  return {
    rss: Math.min(...found.map((memory) => memory.rss)),
    heap: Math.min(...found.map((memory) => memory.heap)),
    sockets: openSockets(),
  };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
