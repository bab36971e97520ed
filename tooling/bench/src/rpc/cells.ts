/** One kind of load on one connection. */
export interface RpcCell {
  readonly name: string;
  /** Bytes of text that go there and come back. */
  readonly size: number;
  /** Calls that wait for their answer at a time. */
  readonly inFlight: number;
}

/** The cells, in the order they are shown. */
export const rpcCells: readonly RpcCell[] = [
  { name: '20 B x 1', size: 20, inFlight: 1 },
  { name: '20 B x 64', size: 20, inFlight: 64 },
  { name: '64 KiB x 1', size: 65_536, inFlight: 1 },
  { name: '64 KiB x 64', size: 65_536, inFlight: 64 },
];
