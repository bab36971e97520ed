import type { Cell } from '../echo/cells.js';

/** So many connections at a time, each of which is opened, echoes one message, and is closed. */
export const churnCells: readonly Cell[] = [
  { name: 'one', connections: 1, size: 20, inFlight: 1 },
  { name: 'some', connections: 32, size: 20, inFlight: 1 },
  { name: 'many', connections: 256, size: 20, inFlight: 1 },
];
