/** A wait of queued frames for the peer. Each wait is a new object. */
export interface Wait {
  /** Most milliseconds that it should last, in addition to `pongTimeouts`. */
  readonly ms: number;
  /** Most pong time-outs that it should last; more than 0 when the frames wait for a pong. */
  readonly pongTimeouts: number;
}

/** The queued data that will not be sent. */
export interface Lost {
  /** Messages whose last frame is lost. */
  readonly messages: number;
  /** Bytes that are lost. */
  readonly bytes: number;
}

/** The queue of frames that wait to be written. A sender puts frames in, and a link takes them out. */
export interface FrameQueue {
  /** Bytes queued and not yet handed over. */
  readonly length: number;
  /** Bytes that `take` would hand over now. */
  readonly sendable: number;
  /** Bytes queued, and bytes handed over that the transport has not passed on yet. */
  readonly bufferedAmount: number;
  /** Bytes of memory that the queued frames take in addition to `length`, if each is kept separately. */
  readonly overhead: number;
  /** Messages whose last frame is queued and not handed over. */
  readonly messages: number;
  /** Messages whose last frame is handed over and not known to be passed on by the transport. */
  readonly messagesInFlight: number;
  /** True while the transport has not passed on the bytes of the last write: nothing may be handed over. */
  readonly isBlocked: boolean;
  /** True while only pongs may be handed over, until something arrives from the peer. */
  readonly isWaiting: boolean;
  /** The wait that must not last for ever: when its time is over, `waited` has to be called. */
  readonly wait: Wait | undefined;
  /** True while a pong leaves before all queued frames, a Close frame included. */
  readonly answersFirst: boolean;
  /** Bytes of messages and pings that were ever queued. */
  readonly total: number;
  /** Bytes of messages and pings that were ever handed over. */
  readonly handedOver: number;
  /** Bytes of messages and pings that the transport has ever passed on, as far as it has said so. */
  readonly passedOn: number;

  /**
   * Queues a frame.
   *
   * @param first the first byte of its header: FIN bit, RSV bits and opcode (RFC 6455 §5.2).
   * @param stream the stream header; 0 for none.
   */
  addFrame(first: number, payload: Uint8Array, stream?: number): void;
  /** Queues a frame whose payload is `text` as UTF-8. */
  addText(first: number, text: string): void;

  /** Hands over the bytes that may be written now, for one write. A call of `taken` must follow. */
  take(): readonly Uint8Array[];
  /** Ends `take`. @param done true when the transport needs the memory no more; false when `drained` will say so. */
  taken(done: boolean): void;
  /** Reports that the transport has passed on all bytes of the last write. */
  drained(): void;

  /** Lets a ping leave although all frames are held: the peer answers it when it reads it. */
  knock(): void;
  /** Reports that something has arrived from the peer: frames that were held until then may leave. */
  release(): void;
  /** Reports a pong. Returns true when it answers a ping that the queue itself has sent. */
  acknowledge(payload: Uint8Array): boolean;
  /** True when a pong with a payload of `length` bytes may be handed over now. */
  fits(length: number): boolean;
  /** Reports that the time of `wait` is over. Returns false when the queue cannot do anything about it. */
  waited(): boolean;
  /**
   * Reports that the peer answers no more but still reads: the queued frames leave without waiting for it.
   *
   * @param hasMore true when more than a Close frame will be queued.
   */
  expectNoAnswer(hasMore: boolean): void;
  /** Drops all frames that would have to wait, except a Close frame: the peer reads no more, or must not get them. */
  giveUp(): Lost;
  /** Drops all frames, because the transport has ended. */
  clear(): void;
}
