/**
 * What both sides agreed on for a connection (RFC 7692 §7.1). A client may limit itself further than a server knows.
 */
export interface DeflateAgreement {
  /** The server deflates each message with a fresh window (RFC 7692 §7.1.1.1). */
  readonly serverNoContextTakeover: boolean;
  /** The client deflates each message with a fresh window (RFC 7692 §7.1.1.2). */
  readonly clientNoContextTakeover: boolean;
  /** The server's LZ77 window is at most `2 ** this` bytes, 8 to 15 (RFC 7692 §7.1.2.1). */
  readonly serverMaxWindowBits: number;
  /** The client's LZ77 window is at most `2 ** this` bytes, 8 to 15 (RFC 7692 §7.1.2.2). */
  readonly clientMaxWindowBits: number;
}

/** One of the two ends of a connection. */
export type Role = 'client' | 'server';

/** The part of an agreement that holds for the messages of one direction. */
export interface DeflateDirection {
  /** Whether a message may refer back to the messages before it. */
  readonly contextTakeover: boolean;
  /** The window is at most `2 ** windowBits` bytes, 8 to 15. */
  readonly windowBits: number;
}

/** The direction in which this end sends; its `Deflater` needs it. */
export function outbound(agreement: DeflateAgreement, role: Role): DeflateDirection {
  return role === 'server'
    ? { contextTakeover: !agreement.serverNoContextTakeover, windowBits: agreement.serverMaxWindowBits }
    : { contextTakeover: !agreement.clientNoContextTakeover, windowBits: agreement.clientMaxWindowBits };
}

/** The direction in which this end receives; its `Inflater` needs it. */
export function inbound(agreement: DeflateAgreement, role: Role): DeflateDirection {
  return outbound(agreement, role === 'server' ? 'client' : 'server');
}
