import type { InboundFlow } from '../protocol/contract/inbound-flow.js';
import { after, type Timer } from '../time/clock.js';
import { Backlog } from './backlog.js';

/** What handlers have to do, as a {@link Dispatcher} knows it. */
export interface HandlerLoad {
  /** Messages wait, and with those that are being handled they are as many as should be. */
  readonly isFull: boolean;
  /** They are so many that not even the rest of a chunk should be decoded. */
  readonly isStuffed: boolean;
  /** Bytes of those that wait, and of what else they keep in memory while reading could be paused. */
  readonly queuedBytes: number;
}

/** What has come and is not read, and what waits for the peer, as a {@link Protocol} knows it. */
export interface ProtocolLoad {
  readonly flow: Pick<InboundFlow, 'unread' | 'held' | 'isFull' | 'isShut' | 'isReserved'>;
  readonly inbound: { readonly isStarving: boolean };
  readonly outbound: { readonly needsPeer: boolean; readonly isDeflating: boolean };
  readonly isClosing: boolean;
}

/** The bounds of an {@link Admission}. */
export interface AdmissionOptions {
  /** Bytes of one complete message. */
  maxMessageSize: number;
  /** Bytes of messages with their handlers and before them. */
  maxPendingBytes: number;
  /** Bytes queued above which senders should wait. */
  highWaterMark: number;
  /** Milliseconds that a connection may be at a bound without anything moving. */
  stallTimeout: number;
}

/** Why a connection is given up that does not move. */
export type Stall = 'the peer does not read what it is sent' | 'more comes than its handlers can wait behind';

/** Who owns an {@link Admission}. */
export interface AdmissionOwner {
  /** The connection has been at a bound for `stallTimeout`, and nothing has moved. */
  onStall(why: Stall): void;
}

/**
 * Whether a connection reads on: the one rule for who may wait for whom.
 *
 * **Data waits for handlers.** What comes while the handlers are busy waits for them: complete messages in the queue of the
 * dispatcher, messages that are read as they arrive in their bodies.
 *
 * **What is not data waits for nobody.** Pings, pongs, FLOW, cancels and the peer's Close stand between the data in one
 * stream of bytes. Only the answer to the Close may wait: see {@link CloseAnswer}. So reading does not stop when handlers are busy. It stops when what waits has come to a bound:
 * - a quarter of `maxPendingBytes`, of complete messages, 512 bytes counted for each beside its own;
 * - `connectionWindow`, of messages that are read as they arrive, where no flow control bounds these.
 *
 * **What somebody waits for can arrive.** While a sender waits for room (`drained`, `dispatchReader`), while what is queued
 * may not leave before the peer has said something (a window, a pong to a Go peer), while a reader has read all there is of
 * a message that has not ended, and while a Close of ours is not answered, more is let in: `maxMessageSize`, or
 * `maxPendingBytes` if that is more, of what waits. With flow control the peer is let send more in place of that: see
 * {@link WindowedFlow}.
 *
 * **What one peer does not take is bounded.** See {@link Backlog}. What is queued behind a message that is being compressed in
 * another thread does not wait for the peer at all: with a backlog nothing is read meanwhile.
 *
 * **Nobody waits for ever.** A connection that is at one of the last two bounds and does not move for `timeout.stall` is
 * failed with 1013.
 *
 * When the peer's last frame has come, or the transport has ended, what is left is read whatever there is.
 */
export class Admission {
  /** Senders that wait for room. */
  waitingSenders = 0;
  /** The peer will say nothing more that matters. */
  isOver = false;
  readonly #handlers: HandlerLoad;
  readonly #protocol: ProtocolLoad;
  readonly #options: AdmissionOptions;
  readonly #owner: AdmissionOwner;
  // Made when there is much to send: on most connections there never is.
  #backlog: Backlog | undefined;
  #timer: Timer | undefined;

  constructor(handlers: HandlerLoad, protocol: ProtocolLoad, options: AdmissionOptions, owner: AdmissionOwner) {
    this.#handlers = handlers;
    this.#protocol = protocol;
    this.#options = options;
    this.#owner = owner;
  }

  /** True while what has come may be taken. */
  get mayRead(): boolean {
    if (this.isOver) return true;
    const backlog = this.#backlog;
    if (backlog !== undefined && this.#isBehind(backlog)) return false;
    const handlers = this.#handlers;
    const { flow } = this.#protocol;
    if (!handlers.isFull && !flow.isFull) return true;
    return this.#isAwaited && handlers.queuedBytes + flow.unread < this.#readAhead;
  }

  /** True when not even the rest of a chunk should be. */
  get mustStop(): boolean {
    return this.#handlers.isStuffed && !this.mayRead;
  }

  /** Bytes were read. */
  read(bytes: number): void {
    this.#backlog?.read(bytes);
  }

  /** True since more than `highWaterMark` was queued, until that is gone. */
  get hasBacklog(): boolean {
    return this.#backlog !== undefined;
  }

  /** Tells how many bytes are queued, and how many were ever passed on. */
  updateBacklog(queued: number, passed: number): void {
    this.#backlog ??= new Backlog(this.#options.highWaterMark);
    this.#backlog.update(queued, passed);
    if (queued <= this.#options.highWaterMark) this.#backlog = undefined;
  }

  /** Looks whether the connection is at a bound that somebody waits behind, and begins to wait for it to move. */
  watch(): void {
    if (this.#timer !== undefined || this.#stall === undefined) return;
    const before = this.#position;
    this.#timer = after(this.#options.stallTimeout, () => {
      this.#timer = undefined;
      const stall = this.#stall;
      if (stall === undefined) return;
      if (this.#position === before) this.#owner.onStall(stall);
      else this.watch();
    });
  }

  /** The connection has ended. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.isOver = true;
  }

  #isBehind(backlog: Backlog): boolean {
    const { needsPeer, isDeflating } = this.#protocol.outbound;
    return backlog.isFull(needsPeer) || (backlog.isOver && isDeflating);
  }

  get #readAhead(): number {
    const { maxMessageSize, maxPendingBytes } = this.#options;
    return Math.max(maxMessageSize, maxPendingBytes);
  }

  get #isAwaited(): boolean {
    return this.#protocol.inbound.isStarving || this.#isSendingAwaited;
  }

  get #isSendingAwaited(): boolean {
    const { isClosing, outbound } = this.#protocol;
    return this.waitingSenders > 0 || isClosing || outbound.needsPeer;
  }

  get #stall(): Stall | undefined {
    if (this.isOver) return undefined;
    const { flow, outbound } = this.#protocol;
    const { isShut, isReserved } = flow;
    const { isDeflating } = outbound;
    if (this.#backlog?.isOver === true && !isDeflating) return 'the peer does not read what it is sent';
    // What the peer may send is what readers wait for: these wait for the peer alone.
    const isAtBound = !this.mayRead || (isShut && !isReserved) ? this.#isAwaited : isShut && this.#isSendingAwaited;
    return isAtBound ? 'more comes than its handlers can wait behind' : undefined;
  }

  // Changes with what has to move.
  get #position(): number {
    if (this.#backlog?.isOver === true) return this.#backlog.passed;
    return this.#handlers.queuedBytes + this.#protocol.flow.held;
  }
}
