import type { Extension } from '@webson/handshake';
import type { ProtocolError, WebsonError } from './errors.js';
import type { FrameQueue } from './frame-queue.js';
import type { Platform } from './platform.js';
import type { StreamAgreement } from './stream-agreement.js';

/** The settings for a peer that is built on the original Go kit. */
export interface GoSettings {
  /**
   * Most bytes that may be on their way to the peer's buffer. When undefined, nothing is held back and every write is
   * one frame.
   */
  readonly pacing: number | undefined;
}

/** The facts about the connection to a Go peer that has left. */
export interface Leaving {
  /** True when this side is the client. */
  readonly isClient: boolean;
  readonly privateMask?: Uint8Array | undefined;
  readonly streams?: object | undefined;
  /** True when any byte came from the peer. */
  readonly hasReceived: boolean;
  /** True when any byte was sent to the peer. */
  readonly hasSent: boolean;
}

/** The behaviour towards a Go peer that differs from RFC 6455. */
export interface GoDialect {
  /** Most bytes of payload in one frame, the stream header included. */
  readonly frameLimit: number;
  /** Creates the queue of frames to the peer. @param isHeld true when nothing may be handed over before `release`. */
  outbox(platform: Platform, masked: boolean, privateMask: Uint8Array | undefined, isHeld: boolean): FrameQueue;
  /**
   * Makes the error for a peer that has left without a Close frame.
   *
   * @param cause the error of the transport, if there was one.
   */
  left(about: Leaving, cause?: Error): WebsonError;
  /** Makes the error for a peer that answers no ping. */
  silent(): ProtocolError;
  /** Describes the agreement on streams as if an extension had negotiated it. */
  extension(streams: StreamAgreement): Extension;
}
