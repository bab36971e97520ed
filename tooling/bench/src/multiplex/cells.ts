import type { Direction } from './session.js';

/** One kind of load on one connection. */
export interface MultiplexCell {
  readonly name: string;
  /** Bulk messages that never end, in which direction. */
  readonly bulk: number;
  readonly direction: Direction;
  /** Small messages go to and fro meanwhile, one at a time. */
  readonly pings: boolean;
}

/** The cells, in the order they are shown. */
export const multiplexCells: readonly MultiplexCell[] = [
  { name: 'idle', bulk: 0, direction: 'up', pings: true },
  ...(['up', 'down'] as const).flatMap((direction) => [
    { name: `1 ${direction}`, bulk: 1, direction, pings: false },
    { name: `8 ${direction}`, bulk: 8, direction, pings: false },
    { name: `8 ${direction} + ping`, bulk: 8, direction, pings: true },
  ]),
];
