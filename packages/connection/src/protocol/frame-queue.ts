/** Frames waiting to be written: a sender puts them in, a link takes them out. */
export interface FrameQueue {
  /** Bytes queued and not yet handed over. */
  readonly length: number;
  /** Bytes of them that `take` would hand over now. */
  readonly sendable: number;
  /** Bytes queued, and handed over but not yet passed on by the transport. */
  readonly bufferedAmount: number;
  /** Bytes ever passed on by the transport, as far as it has said so. */
  readonly passedOn: number;
  /** Messages whose last frame is queued and not handed over. */
  readonly messages: number;
  /** Messages whose last frame is handed over and not known to be passed on by the transport. */
  readonly messagesInFlight: number;
  /** True while the transport has not passed on what it was given last: nothing may be handed over. */
  readonly isBlocked: boolean;
  /** True while nothing but answers to pings may be handed over, until the peer has said something. */
  readonly isWaiting: boolean;

  /**
   * Queues a frame.
   *
   * @param first the first byte of its header.
   * @param stream the stream header; 0 for none.
   */
  addFrame(first: number, payload: Uint8Array, stream?: number): void;
  /** Queues a frame whose payload is `text` as UTF-8. */
  addText(first: number, text: string): void;

  /** What may be written now, for one write; `taken` must follow. */
  take(): readonly Uint8Array[];
  /** @param done true when the transport is finished with the memory, false when it will say so by `drained`. */
  taken(done: boolean): void;
  /** The transport has passed on all it was given. */
  drained(): void;

  /** A ping may go although everything is held: the peer speaks when it reads it. */
  knock(): void;
  /** The peer has spoken: what was held until then may go. */
  release(): void;
  /** A pong has come. True when it answers a ping of the queue's own. */
  acknowledge(payload: Uint8Array): boolean;
  /** The peer will answer no more: what it would have to be waited for with is dropped, nothing waits from now on. */
  stopWaiting(): void;
  /** Drops everything: there is no transport any more. */
  clear(): void;
}
