import type { Negotiated } from '@webson/handshake';
import type { Settings } from './options/options.js';
import type { CloseInfo } from './protocol/close-info.js';
import type { GoDialect } from './protocol/contract/go-dialect.js';
import type { MessageCodec } from './protocol/contract/message-codec.js';
import type { StreamAgreement } from './protocol/contract/stream-agreement.js';
import type { InboundPlatform } from './protocol/inbound/inbound-platform.js';
import type { Transport, TransportSink } from './transport.js';

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

/** What an watch of a transport needs to know about its connection. */
export interface AnteroomOptions {
  readonly opened: Pick<Opened, 'codec' | 'streams' | 'go'>;
  readonly settings: Pick<Settings, 'alwaysMask' | 'privateMask' | 'maxPayloadSize' | 'closeTimeout'>;
  readonly isClient: boolean;
  /** Milliseconds between two pings once the read-ahead is full and the peer's end cannot be seen; 0 or less for none. */
  readonly pingInterval: number;
}

/** What watches the transport of a connection that is not started yet. */
export interface TransportWatch extends TransportSink {
  /** Stops watching: the connection is started or has ended. */
  leave(): void;
}

/** The platform of a connection. */
export interface ConnectionPlatform extends InboundPlatform {
  /**
   * Makes what watches a transport until its connection is started. Missing where no transport can be watched, as in a page.
   *
   * @param onGone called when the transport has closed.
   */
  readonly watch?: ((transport: Transport, options: AnteroomOptions, onGone: () => void) => TransportWatch) | undefined;
  /**
   * Writes how a connection has ended; undefined unless somebody wants to see it.
   *
   * @param isClosedHere true when this side has closed or terminated it, before the peer's Close had come.
   */
  readonly traceEnd?: ((info: CloseInfo, isClosedHere: boolean, about: object) => void) | undefined;
}

/** The parts from which a connection is made. */
export interface ConnectionParts extends Opened {
  readonly platform: ConnectionPlatform;
  readonly settings: Settings;
  readonly isClient: boolean;
  /** The `data` of the connection. */
  readonly data?: unknown;
  /** Dials once more, unless the signal aborts before; undefined on a server. */
  readonly redial?: (signal: AbortSignal) => Promise<Opened>;
}
