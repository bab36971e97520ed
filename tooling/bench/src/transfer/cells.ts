/** How the message travels. */
export const modes = ['streams', 'no-flow', 'no-streams', 'one-frame', 'bare'] as const;
/** One of {@link modes}. */
export type Mode = (typeof modes)[number];

/** What each mode is, for people. */
export const modeNotes: Record<Mode, string> = {
  streams: 'dispatchReader, on a stream with flow control',
  'no-flow': 'dispatchReader, on a stream without flow control',
  'no-streams': 'dispatchReader, plain fragments',
  'one-frame': 'one single frame from a peer that is no webson at all',
  bare: 'no WebSocket: the same bytes over node:net, what the machine does at most',
};

/** One message from one process to another. */
export interface Transfer {
  /** Bytes of payload. */
  readonly size: number;
  readonly mode: Mode;
  /** Up: the client sends, masked. Down: the server does. */
  readonly direction: 'up' | 'down';
  /** Slow: the reader lets the event loop turn between two chunks. */
  readonly reader: 'fast' | 'slow';
  /** Over TLS, with a key known to both. */
  readonly tls: boolean;
}
