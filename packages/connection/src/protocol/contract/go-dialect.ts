import type { Extension } from '@webson/handshake';
import type { ProtocolError, WebsonError } from './errors.js';
import type { FrameQueue } from './frame-queue.js';
import type { Platform } from './platform.js';
import type { StreamAgreement } from './stream-agreement.js';

/** How an endpoint speaks to one that is built on the original Go kit. */
export interface GoSettings {
  /** Bytes that may be on their way to the peer's buffer; without it nothing is held back, and every write is one frame. */
  readonly pacing: number | undefined;
}

/** What is known of a Go peer that has left. */
export interface Leaving {
  readonly isClient: boolean;
  readonly privateMask?: Uint8Array | undefined;
  readonly streams?: object | undefined;
  /** Anything came from it. */
  readonly hasReceived: boolean;
  /** It was sent anything. */
  readonly hasSent: boolean;
}

/** What a connection to such an endpoint works with. */
export interface GoDialect {
  /** Bytes of payload that one frame may have, the stream header included. */
  readonly frameLimit: number;
  /** The outbox towards it. @param isHeld nothing is handed over before `release`. */
  outbox(platform: Platform, masked: boolean, privateMask: Uint8Array | undefined, isHeld: boolean): FrameQueue;
  /** Why it may have left without a Close. @param cause what the transport said, if it did. */
  left(about: Leaving, cause?: Error): WebsonError;
  /** Why it is given up that answers no ping. */
  silent(): ProtocolError;
  /** Streams, as what they would be as an extension. */
  extension(streams: StreamAgreement): Extension;
}
