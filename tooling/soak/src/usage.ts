import { setTimeout as delay } from 'node:timers/promises';

/** What a process has in use, once all that nobody needs is collected. */
export interface Usage {
  /** Bytes of heap and of array buffers; undefined without `--expose-gc`. */
  readonly memory: number | undefined;
  /** Handles, requests and timers that keep the process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Bytes that a run may leave behind: what is compiled or cached in the course of it. */
const TOLERANCE = 8 * 1024 * 1024;

/** Looks at this process. */
export async function usage(): Promise<Usage> {
  // Finalizers, and what is closed but not yet gone, take a few rounds.
  for (let round = 0; round < 10; round++) {
    global.gc?.();
    await delay(50);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return { memory: global.gc === undefined ? undefined : heapUsed + arrayBuffers, resources };
}

/** What is in use after and was not before, as far as that is a fault. */
export function leftBehind(before: Usage, after: Usage): string[] {
  const faults: string[] = [];
  if (before.memory !== undefined && after.memory !== undefined && after.memory - before.memory > TOLERANCE) {
    faults.push(`${mebibytes(after.memory - before.memory)} were left behind`);
  }
  for (const [name, count] of Object.entries(after.resources)) {
    const more = count - (before.resources[name] ?? 0);
    if (more > 0) faults.push(`${more} × ${name} were left behind`);
  }
  return faults;
}

/** For people to read. */
export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
