import { CloseCode } from '@webson/frame';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../inner/message-carrier.js';
import { WebsonError } from '../../protocol/contract/errors.js';
import { after, atEndOfTurn, now, type Timer } from '../../time/clock.js';
import { allowedCode } from './close-code.js';
import { platformData } from './platform-data.js';
import { brokenEnd, platformEnd } from './platform-end.js';
import type { WebSocketLike } from './web-sockets.js';

/** Bytes that may wait in the platform's WebSocket before it is given no more. */
const HIGH_WATER_MARK = 256 * 1024;
/**
 * The same while the timers of a hidden page are slow: more than the windows of a peer, whose grants then set the pace. Messages
 * are not overtaken in it, which is of less account in a page that nobody sees.
 */
const HIDDEN_MARK = 8 * 1024 * 1024;
/** Milliseconds until the first look at whether they have left, and the most between two looks. No event tells it. */
const FIRST_LOOK = 1;
const LATEST_LOOK = 32;
/** A look that is so many milliseconds late shows that the timers are slow. */
const SLOW_FROM = 200;

const CLOSING = 2;

/**
 * The platform's WebSocket, which is open. It cannot pause: what comes while it should is handed over all the same. One that does
 * not count what waits in it takes everything at once.
 */
export class SocketCarrier implements MessageCarrier {
  readonly #socket: WebSocketLike;
  #sink: CarrierSink | undefined;
  // True when what came before the start was told.
  #isStarted = false;
  #early: (Uint8Array | string)[] = [];
  #end: CarrierEnd | undefined;
  #sent = 0;
  #mark = HIGH_WATER_MARK;
  #timer: Timer | undefined;

  constructor(socket: WebSocketLike) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      const payload = platformData(data);
      if (payload === undefined) this.#refuse(data);
      else this.#onMessage(payload);
    });
    socket.addEventListener('close', ({ code, reason }) => this.#onClose(platformEnd(code, reason)));
  }

  get bytesTaken(): number {
    return this.#sent - this.#waiting;
  }

  start(sink: CarrierSink): void {
    this.#sink = sink;
    atEndOfTurn(() => {
      this.#isStarted = true;
      for (const payload of this.#early.splice(0)) sink.onMessage(payload);
      if (this.#end !== undefined) this.#onClose(this.#end);
    });
  }

  send(payload: Uint8Array | string): boolean {
    if (this.#socket.readyState >= CLOSING) return true;
    const before = this.#waiting;
    this.#socket.send(payload);
    const waiting = this.#waiting;
    // The length of a text in bytes is what it adds, which the platform has counted already.
    this.#sent += typeof payload === 'string' ? waiting - before : payload.length;
    if (waiting <= HIGH_WATER_MARK) return true;
    if (this.#timer === undefined) this.#lookIn(FIRST_LOOK);
    return waiting <= this.#mark;
  }

  pause(): void {}

  resume(): void {}

  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    this.#socket.close(allowedCode(code), reason);
  }

  destroy(): void {
    this.#end ??= brokenEnd();
    // The platform waits for the peer's Close, for minutes if there is none. Nobody here waits that long.
    atEndOfTurn(() => this.#onClose(brokenEnd()));
    this.#socket.close();
  }

  get #waiting(): number {
    return Math.max(this.#socket.bufferedAmount || 0, 0);
  }

  // Nothing that comes behind it may be taken for what comes first.
  #refuse(data: unknown): void {
    const got = Object.prototype.toString.call(data);
    const message = `a message of the WebSocket: a string or an ArrayBuffer expected, as binaryType says, got ${got}`;
    this.#end ??= brokenEnd(new WebsonError('CARRIER_CLOSED', message));
    this.destroy();
  }

  #lookIn(delay: number): void {
    const due = now() + delay;
    this.#timer = after(delay, () => {
      this.#timer = undefined;
      this.#mark = now() - due < SLOW_FROM ? HIGH_WATER_MARK : HIDDEN_MARK;
      this.#look();
      if (this.#waiting > HIGH_WATER_MARK / 2) this.#lookIn(Math.min(delay * 2, LATEST_LOOK));
    });
  }

  #look(): void {
    if (this.#waiting <= this.#mark / 2) this.#sink?.onDrain();
  }

  #onMessage(payload: Uint8Array | string): void {
    if (this.#end !== undefined) return;
    if (this.#isStarted) this.#sink?.onMessage(payload);
    else this.#early.push(payload);
    // The timer may be late.
    if (this.#timer !== undefined) this.#look();
  }

  #onClose(end: CarrierEnd): void {
    this.#end ??= end;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#isStarted) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.onClose(this.#end);
  }
}
