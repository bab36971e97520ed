import { loadavg } from 'node:os';

/** A process that waits for its core longer than this share of the time has company. */
const disturbed = 0.05;

/** In how many measurements other work had the cores that they were to have for themselves. */
export interface Disturbance {
  readonly count: number;
  readonly of: number;
  /** For which share of the time at most. */
  readonly most: number;
}

/** Tells other work on the machine by the shares of time that each measurement's processes had to wait for their cores. */
export function disturbance(waiting: readonly number[]): Disturbance {
  return {
    count: waiting.filter((share) => share > disturbed).length,
    of: waiting.length,
    most: Math.max(0, ...waiting),
  };
}

/** A warning of other work on the machine, if there was any. */
export function noiseWarnings(waiting: readonly number[]): string[] {
  const { count, of, most } = disturbance(waiting);
  if (count === 0) return [];
  return [`other processes had the cores for up to ${percent(most)} of the time in ${count} of ${of} measurements`];
}

/** How many processes wanted a core in the last minute, on average. */
export function loadAverage(): number {
  return loadavg()[0] ?? 0;
}

/** A share as `40 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
