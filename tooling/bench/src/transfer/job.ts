import type { Transfer } from './cells.js';

/** What one of the two processes has to do. */
export interface EndpointJob extends Transfer {
  readonly side: 'server' | 'client';
  /** Where a client dials. */
  readonly port?: number;
}

/** What one of the two processes found; sizes in bytes. */
export interface EndpointResult {
  readonly bytes: number;
  readonly sha256: string;
  /** From the first byte to the last. */
  readonly seconds: number;
  /** CPU time of the process in that time. */
  readonly cpuSeconds: number;
  /** Resident memory after the warm-up. */
  readonly baseline: number;
  /** The most resident memory seen after that, less the baseline. */
  readonly growth: number;
}

/** True for the side that sends. */
export function isSender({ side, direction }: EndpointJob): boolean {
  return (side === 'client') === (direction === 'up');
}

/** Bytes of the message that goes ahead of the one that counts, so that all code is loaded when it begins. */
export const WARM_UP: number = 1024 * 1024;
