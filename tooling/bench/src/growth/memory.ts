import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds after garbage collection, in bytes. */
export interface Memory {
  readonly rss: number;
  /** Of JavaScript: objects, and buffers outside its heap. */
  readonly heap: number;
  /** Sockets that are open. */
  readonly sockets: number;
}

/** How often to look, and how long to wait in between, in ms: pages are given back in the background. */
const looks = 5;
const pause = 60;
/** How long sockets may take to close, in ms. */
const patience = 10_000;

/**
 * This process's memory, the least of several looks with a collection before each.
 *
 * @param sockets waits until no more than so many sockets are open, but not forever.
 * @throws Error without `--expose-gc`.
 */
export async function settledMemory(sockets: number = Number.POSITIVE_INFINITY): Promise<Memory> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('memory is measured with --expose-gc only');
  for (const end = performance.now() + patience; openSockets() > sockets && performance.now() < end; ) await sleep(20);
  const found: Memory[] = [];
  for (let look = 0; look < looks; look++) {
    gc();
    await sleep(pause);
    const { rss, heapUsed, external } = process.memoryUsage();
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
