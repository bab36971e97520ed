/** How the clients take part in compression: not at all, without context takeover, with it. */
export type Kind = 'plain' | 'fresh' | 'takeover';

/** One load on a server with compression. */
export interface DeflateJob {
  readonly port: number;
  /** The server's process, to read its CPU time. */
  readonly serverPid: number;
  readonly kind: Kind;
  /** Bytes of a message before compression. */
  readonly size: number;
  readonly connections: number;
  /** Messages in flight on each connection. */
  readonly inFlight: number;
  /** Seconds of load before and while counting. */
  readonly warmup: number;
  readonly seconds: number;
  /** Instead of a load: so many messages on each connection, which then stays open until the standard input ends. */
  readonly hold?: number;
}

/** What a load found. Shares are of one core. */
export interface DeflateMeasurement {
  readonly messagesPerSecond: number;
  /** The server's CPU time per message, all threads; undefined where the system does not tell. */
  readonly serverMicroseconds?: number;
  readonly serverCpu?: number;
  readonly loadCpu: number;
  /** Bytes of payload of a reply, on average. */
  readonly replyBytes: number;
}
