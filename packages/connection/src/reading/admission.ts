import type { InboundFlow } from '../protocol/contract/inbound-flow.js';
import { after, type Timer } from '../time/clock.js';
import { Backlog } from './backlog.js';

/** The queue of messages in front of the handlers, as the {@link Dispatcher} reports it. */
export interface HandlerLoad {
  /** True when the messages that wait for a handler have reached the bound at which reading pauses. */
  readonly isFull: boolean;
  /** True when so many messages wait that not even the rest of the current chunk should be decoded. */
  readonly isStuffed: boolean;
  /** Bytes of the messages that wait, plus the other memory that handlers keep in use and that pausing would bound. */
  readonly queuedBytes: number;
  /** True while a handler is pending, messages wait for one, or what a handler has settled without reading is read on. */
  readonly isHolding: boolean;
  /** A number that grows when a message begins to wait or to be handled, and when a handler settles that was waited for. */
  readonly moves: number;
}

/** The unread payload that has arrived, and the output that waits for the peer, as the {@link Protocol} reports them. */
export interface ProtocolLoad {
  readonly flow: Pick<InboundFlow, 'unread' | 'moved' | 'isFull' | 'isShut' | 'isReserved' | 'hold'>;
  readonly inbound: { readonly isStarving: boolean };
  readonly outbound: { readonly needsPeer: boolean; readonly isDeflating: boolean; readonly moved: number };
  readonly isClosing: boolean;
}

/** The bounds of an {@link Admission}. */
export interface AdmissionOptions {
  /** Most bytes of one complete message. */
  maxMessageSize: number;
  /** Most bytes of complete messages whose handlers are pending; a quarter as many may wait in the queue. */
  maxPendingBytes: number;
  /** Bytes queued above which senders should wait. */
  highWaterMark: number;
  /** Milliseconds that a connection may be at a bound without anything moving. */
  stallTimeout: number;
}

/** Why a connection without progress is failed. */
export type Stall = 'the peer does not read what it is sent' | 'more comes than its handlers can wait behind';

/** The owner of an {@link Admission}. */
export interface AdmissionOwner {
  /** Bytes that the transport has taken since the connection began. */
  readonly bytesTaken: number;
  /** More of them were found to be taken, so that reading may go on. */
  onPassed(): void;
  /** The connection has been at a bound for `stallTimeout`, and nothing has moved. */
  onStall(why: Stall): void;
}

/** Milliseconds between two looks at what the transport has taken, while reading waits for that. */
const LOOK_INTERVAL = 20;

/**
 * Decides whether a connection reads on. This is the one rule for who may wait for whom.
 *
 * Invariants:
 * - **Data waits for handlers.** Messages that arrive while the handlers are busy wait for them: complete messages in the queue
 *   of the dispatcher, streamed messages in their bodies.
 * - **Control frames wait for nobody** (RFC 6455 §5.4, §5.5). Pings, pongs, FLOW frames, cancels and the peer's Close share one
 *   byte stream with the data, so busy handlers do not stop reading. Only the answer to the Close may wait: see
 *   {@link CloseAnswer}. Reading stops when the messages that wait have reached a bound:
 *   - a quarter of `maxPendingBytes` of complete messages, where each message counts 512 bytes beside its own;
 *   - `connectionWindow` of streamed messages, where no flow control bounds these.
 * - **Bytes that somebody waits for can arrive.** More is admitted in four cases: a sender waits for room (`drained`,
 *   `dispatchReader`); queued output may not leave before the peer sends a window, or a Go peer sends a pong; a reader has read
 *   everything that has arrived of an unfinished message; this side has sent a Close that is not answered. In these cases the
 *   messages that wait may hold `maxMessageSize` bytes, or `maxPendingBytes` if that is more. With flow control the peer is
 *   granted larger windows instead: see {@link WindowedFlow}.
 * - **The output queued for one peer is bounded**: see {@link Backlog}. With flow control the peer is given no more windows during
 *   a backlog, and everything that it sends within those it has is read, as its own windows may come behind it. Output that is queued behind a message that another
 *   thread is compressing does not wait for the peer at all, so nothing is read meanwhile when there is a backlog.
 * - **Nobody waits for ever.** A connection that is at one of the last two bounds and makes no progress for `timeout.stall` is
 *   failed with 1013. Windows that are used up by messages taken in place of handlers are no such bound for senders: whoever has
 *   taken these reads them when he likes.
 * - After the peer's last frame, or the end of the transport, everything that is left is read regardless of the bounds.
 */
export class Admission {
  /** Number of senders that wait for room in the send queue. */
  waitingSenders = 0;
  /** True once the peer's last relevant frame has arrived: nothing is held back any more. */
  isOver = false;
  readonly #handlers: HandlerLoad;
  readonly #protocol: ProtocolLoad;
  readonly #options: AdmissionOptions;
  readonly #owner: AdmissionOwner;
  // Created when much output is queued, which most connections never see.
  #backlog: Backlog | undefined;
  // True while the peer is given no more windows because of the backlog. Reading goes on then.
  #isHolding = false;
  #timer: Timer | undefined;
  #lookTimer: Timer | undefined;

  constructor(handlers: HandlerLoad, protocol: ProtocolLoad, options: AdmissionOptions, owner: AdmissionOwner) {
    this.#handlers = handlers;
    this.#protocol = protocol;
    this.#options = options;
    this.#owner = owner;
  }

  /** True while bytes that have arrived may be decoded. */
  get mayRead(): boolean {
    if (this.isOver) return true;
    const backlog = this.#backlog;
    if (backlog !== undefined && this.#isBehind(backlog)) return false;
    const handlers = this.#handlers;
    const { flow } = this.#protocol;
    if (!handlers.isFull && !flow.isFull) return true;
    return this.#isAwaited && handlers.queuedBytes + flow.unread < this.#readAhead;
  }

  /** True when not even the rest of the current chunk should be decoded. */
  get mustStop(): boolean {
    return this.#handlers.isStuffed && !this.mayRead;
  }

  /** Counts bytes that were read. */
  read(bytes: number): void {
    if (this.#backlog === undefined) return;
    this.#backlog.read(bytes);
    this.#holdBack();
  }

  /** True from the time that more than `highWaterMark` bytes were queued until no more than that are queued. */
  get hasBacklog(): boolean {
    return this.#backlog !== undefined;
  }

  /**
   * @param queued bytes that are queued for sending now.
   * @param passed bytes that the transport has taken since the connection began.
   */
  updateBacklog(queued: number, passed: number): void {
    this.#backlog ??= new Backlog(this.#options.highWaterMark);
    this.#backlog.update(queued, passed);
    if (queued <= this.#options.highWaterMark) this.#backlog = undefined;
    this.#holdBack();
  }

  /** Starts the stall timer when the connection is at a bound and somebody waits behind that bound. */
  watch(): void {
    this.#look();
    if (this.#timer !== undefined || this.#stall === undefined) return;
    const before = this.#progress;
    this.#timer = after(this.#options.stallTimeout, () => {
      this.#timer = undefined;
      const stall = this.#stall;
      if (stall === undefined) return;
      if (this.#progress === before) this.#owner.onStall(stall);
      else this.watch();
    });
  }

  /** Stops the stall timer: the connection has ended. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lookTimer?.cancel();
    this.#lookTimer = undefined;
    this.isOver = true;
  }

  // A transport takes a large write bit by bit, and says nothing before its end. Two peers that both wait for that would wait
  // for each other.
  #look(): void {
    if (this.isOver || this.#lookTimer !== undefined || !this.#isFull) return;
    this.#lookTimer = after(LOOK_INTERVAL, () => {
      this.#lookTimer = undefined;
      this.#backlog?.pass(this.#owner.bytesTaken);
      this.#holdBack();
      this.#owner.onPassed();
    });
  }

  get #isFull(): boolean {
    return this.#backlog?.isFull(this.#protocol.outbound.needsPeer) === true;
  }

  #isBehind(backlog: Backlog): boolean {
    const { needsPeer, isDeflating } = this.#protocol.outbound;
    return (!this.#isHolding && backlog.isFull(needsPeer)) || (backlog.isOver && isDeflating);
  }

  // The windows of the peer may come behind any amount of its data. So where there are windows, none are given, in place of a
  // pause in reading: two peers that both send very much would wait for each other's windows.
  #holdBack(): void {
    const isBehind = this.#isFull;
    if (isBehind !== this.#isHolding) this.#isHolding = this.#protocol.flow.hold(isBehind) && isBehind;
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
    const { flow, inbound, outbound } = this.#protocol;
    const { isShut, isReserved } = flow;
    const { isDeflating } = outbound;
    if (this.#backlog?.isOver === true && !isDeflating) return 'the peer does not read what it is sent';
    // Readers are excluded when the peer has a window reserved for them: then they wait for the peer alone. Senders are excluded
    // when no handler holds what has come: messages that were taken in place of handlers are read when their readers like.
    const isAtBound = this.mayRead
      ? isShut && ((inbound.isStarving && !isReserved) || (this.#handlers.isHolding && this.#isSendingAwaited))
      : this.#isAwaited;
    return isAtBound ? 'more comes than its handlers can wait behind' : undefined;
  }

  // A number that grows whenever the connection makes progress. What waits says nothing: where as much comes as goes, it stays.
  get #progress(): number {
    if (this.#backlog?.isOver === true) return this.#owner.bytesTaken;
    const { flow, inbound, outbound } = this.#protocol;
    // A sender that gets on is not stalled, whoever does not read meanwhile. To a reader that waits it is no help.
    return this.#handlers.moves + flow.moved + (inbound.isStarving ? 0 : outbound.moved);
  }
}
