/** A server with subscribers, inside its own process. It answers a message of one byte, n, by sending n messages to all. */
export interface BroadcastServer {
  readonly port: number;
  stop(): unknown;
}

/** What the server files of this folder export: listens on a free port of 127.0.0.1 and sends `payload`. */
export type StartBroadcast = (payload: Uint8Array) => Promise<BroadcastServer>;

/** Bytes of a message. */
export const PAYLOAD_LENGTH = 100;

/** What every server sends: the load knows it, too. */
export function createPayload(): Uint8Array {
  return Uint8Array.from({ length: PAYLOAD_LENGTH }, (_, i) => (i * 151 + 7) & 0xff);
}
