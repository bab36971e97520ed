/** What queued frames wait for: another object for each time. */
export interface Wait {
  /** Milliseconds that it should last at most, beside: */
  readonly ms: number;
  /** so many times what a pong may take. More than 0: it is one that is waited for. */
  readonly pongTimeouts: number;
}

/** What will not be sent. */
export interface Lost {
  /** Messages of which the last frame is among it. */
  readonly messages: number;
  readonly bytes: number;
}

/** Frames waiting to be written: a sender puts them in, a link takes them out. */
export interface FrameQueue {
  /** Bytes queued and not yet handed over. */
  readonly length: number;
  /** Bytes of them that `take` would hand over now. */
  readonly sendable: number;
  /** Bytes queued, and handed over but not yet passed on by the transport. */
  readonly bufferedAmount: number;
  /** What it takes to keep the frames beside their bytes, if each is kept by itself. */
  readonly overhead: number;
  /** Messages whose last frame is queued and not handed over. */
  readonly messages: number;
  /** Messages whose last frame is handed over and not known to be passed on by the transport. */
  readonly messagesInFlight: number;
  /** True while the transport has not passed on what it was given last: nothing may be handed over. */
  readonly isBlocked: boolean;
  /** True while nothing but answers to pings may be handed over, until the peer has said something. */
  readonly isWaiting: boolean;
  /** Set while it is so, and should not be for ever: then `waited` is to be called. */
  readonly wait: Wait | undefined;
  /** True while an answer to a ping leaves before all that is queued, a Close too. */
  readonly answersFirst: boolean;
  /** Bytes of messages and pings ever queued; ever handed over; ever passed on by the transport, as far as it has said so. */
  readonly total: number;
  readonly handedOver: number;
  readonly passedOn: number;

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
  /** True when an answer to a ping, with so many bytes of payload, may be handed over now. */
  fits(length: number): boolean;
  /** What is waited for has not come in time. False when there is no more to be done about it. */
  waited(): boolean;
  /**
   * The peer answers no more, but reads on: what is queued leaves all the same.
   *
   * @param hasMore more will be queued than a Close.
   */
  expectNoAnswer(hasMore: boolean): void;
  /** The peer reads no more, or must not get what is queued: what would have to wait is dropped, all but a Close. */
  giveUp(): Lost;
  /** Drops everything: there is no transport any more. */
  clear(): void;
}
