import type { Negotiated } from '@webson/handshake';
import type { Settings } from './options/options.js';
import type { GoDialect } from './protocol/contract/go-dialect.js';
import type { MessageCodec } from './protocol/contract/message-codec.js';
import type { Platform } from './protocol/contract/platform.js';
import type { StreamAgreement } from './protocol/contract/stream-agreement.js';
import type { Transport } from './transport.js';

/** The result of an opening handshake (RFC 6455 §4). */
export interface Opened {
  readonly transport: Transport;
  readonly negotiated: Negotiated;
  /** Set when compression is agreed. */
  readonly codec?: MessageCodec | undefined;
  /** Set when streams are agreed. */
  readonly streams?: StreamAgreement | undefined;
  /** Set when the peer is a Go one. The settings alone do not enable the dialect. */
  readonly go?: GoDialect | undefined;
  /** True when frames travel inside the messages of another WebSocket, which masks them: then neither side does. */
  readonly isUnmasked?: boolean | undefined;
  /**
   * Set when only whole messages of text and bytes can be sent, as over a platform's WebSocket with a server that does not know the
   * inner protocol. Throws for a type of message that this makes impossible.
   */
  readonly checkType?: ((type: number) => void) | undefined;
  /** The URL that was dialled; by default that of the handshake before. */
  readonly url?: string | undefined;
  /** The options that the handshake was done with; by default those of the handshake before. */
  readonly settings?: Settings | undefined;
}

/** The parts from which a connection is made. */
export interface ConnectionParts extends Opened {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly isClient: boolean;
  /** The `data` of the connection. */
  readonly data?: unknown;
  /** Dials once more, unless the signal aborts before; undefined on a server. */
  readonly redial?: (signal: AbortSignal) => Promise<Opened>;
}
