import type { Cell } from '../cells.js';
import type { Speech } from '../contenders/index.js';

/** One measurement, as it is given to a load generator. */
export interface Job {
  readonly port: number;
  /** The server's process, to read its CPU time. */
  readonly serverPid: number;
  readonly speech: Speech;
  readonly cell: Cell;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
}

/** What one measurement found. Shares are of one core, 1 = all of it; undefined where the system does not tell. */
export interface Measurement {
  /** Echoes counted and checked while the clock ran, and the time it ran. */
  readonly messages: number;
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly loadCpu: number;
  /** Share of time the load was ready to run while something else had its core. */
  readonly loadWaiting: number;
  readonly serverCpu?: number;
  readonly serverWaiting?: number;
  /** Echoes that were damaged or out of order, connections refused or dropped. */
  readonly errors: number;
  /** Echoes that never came. */
  readonly lost: number;
  /** The first error, in words. */
  readonly firstError?: string;
}
