import type { CloseInfo } from '../protocol/close-info.js';
import type { MessageWriter } from './message-writer.js';

/** A message that somebody takes in place of the handlers, and reads piece by piece. */
export interface TakenMessage {
  /** The next piece; undefined at the end. Rejects with the error that ended the message. One call at a time. */
  next(): Promise<Uint8Array | undefined>;
  /** Drops the rest of it. */
  stop(): void;
}

/** A {@link TakenMessage} that has come in one piece. */
export class WholeMessage implements TakenMessage {
  #payload: Uint8Array | undefined;

  constructor(payload: Uint8Array) {
    this.#payload = payload;
  }

  async next(): Promise<Uint8Array | undefined> {
    const payload = this.#payload;
    this.#payload = undefined;
    return payload;
  }

  stop(): void {
    this.#payload = undefined;
  }
}

/** Who takes the messages of a type. */
export interface Taker {
  readonly type: number;
  onStart(message: TakenMessage): void;
}

/** What a package may do with a connection that has streams of its own on it, as messages of one type. */
export interface StreamCarrier {
  readonly isClient: boolean;
  /** Most messages that either side may have open at a time; 0 when they do not have streams. */
  readonly maxStreams: number;
  /** True while messages can be sent. */
  readonly isOpen: boolean;
  /**
   * Calls `onStart` with every message of the type, in place of handlers, at its beginning and in the order of their beginnings.
   * It does not wait for the handlers of other messages, and nobody but its reader gives the message up. It must not throw.
   */
  take(type: number, onStart: (message: TakenMessage) => void): void;
  /** Begins a message. @throws NotReadyError before the start, ClosedError when no more can be sent. */
  writer(type: number, onStop: () => void): MessageWriter;
  /** Calls `action` when the connection has ended, at once if it has. */
  whenEnded(action: (info: CloseInfo) => void): void;
  /** Passes on an error that nobody else hears. */
  hear(thrown: unknown): void;
  /** Fails the connection with a close code, for what the peer has done. @param error goes into the CloseInfo. */
  fail(code: number, reason: string, error: Error): void;
}
