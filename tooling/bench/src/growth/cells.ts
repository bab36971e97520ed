import type { Cell } from '../echo/cells.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** One message in flight on each of more and more connections: what changes is what a connection costs. */
const byConnections: readonly Cell[] = [1, 10, 100, 1000, 10_000].map((connections) => ({
  name: `n${connections}`,
  connections,
  size: 20,
  inFlight: 1,
}));

/** Larger and larger messages on four connections: at most 64, and about 64 KiB, in flight on each. */
const bySize: readonly Cell[] = [0, 20, 125, KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB].map(
  (size) => ({
    name: `s${size}`,
    connections: 4,
    size,
    inFlight: Math.max(1, Math.min(64, Math.floor((64 * KIB) / (size + 1)))),
  }),
);

/** The two curves, in the order they are shown. */
export const growthCells: readonly Cell[] = [...byConnections, ...bySize];
