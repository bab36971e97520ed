import { describeSize } from '../harness/table.js';
import { describePayload, type PayloadKind } from './payload.js';

/** One kind of load: so many connections, each keeping so many messages of one size under way. */
export interface Cell {
  readonly name: string;
  readonly connections: number;
  /** Payload bytes of a message. */
  readonly size: number;
  /** Messages in flight on each connection; 1 is ping-pong. */
  readonly inFlight: number;
  /** What messages consist of; left out: random bytes. */
  readonly payload?: PayloadKind;
}

/** The cells a run can measure, in the order they are shown. */
export const cells: readonly Cell[] = [
  { name: 'a', connections: 100, size: 20, inFlight: 1 },
  { name: 'b', connections: 10, size: 20, inFlight: 100 },
  { name: 'c', connections: 50, size: 1024, inFlight: 16 },
  { name: 'd', connections: 10, size: 65536, inFlight: 4 },
  { name: 'e', connections: 4, size: 1048576, inFlight: 1 },
];

/** The same load of another kind of messages, by a name of its own: `c` becomes `c-unicode`. */
export function withPayload(cell: Cell, payload: PayloadKind): Cell {
  return payload === 'binary' ? cell : { ...cell, name: `${cell.name}-${payload}`, payload };
}

/** `100 × 20 B, 1 in flight`; `50 × 1 KiB of ASCII text, 16 in flight` */
export function describeCell(cell: Cell): string {
  const kind = describePayload(cell.payload ?? 'binary');
  return `${cell.connections} × ${describeSize(cell.size)}${kind === undefined ? '' : ` of ${kind}`}, ${cell.inFlight} in flight`;
}
