import { CloseCode } from '@webson/frame';
import type { CarrierEnd, CarrierSink, MessageCarrier } from '../../inner/message-carrier.js';
import { after, atEndOfTurn } from '../../time/clock.js';
import { allowedCode } from './close-code.js';
import type { WebSocketLike } from './web-sockets.js';

/** Bytes that may wait in the platform's WebSocket before it is given no more. */
const HIGH_WATER_MARK = 256 * 1024;
/** Milliseconds until the first look at whether they have left, and the most between two looks. No event tells it. */
const FIRST_LOOK = 1;
const LATEST_LOOK = 32;

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
  #isLooking = false;

  constructor(socket: WebSocketLike) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      this.#onMessage(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
    });
    socket.addEventListener('close', ({ code, reason, wasClean }) => this.#onClose({ code, reason, wasClean }));
  }

  get bytesTaken(): number | undefined {
    const { bufferedAmount } = this.#socket;
    return bufferedAmount === undefined ? undefined : this.#sent - bufferedAmount;
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
    if (!this.#isLooking) this.#lookIn(FIRST_LOOK);
    return false;
  }

  pause(): void {}

  resume(): void {}

  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    this.#socket.close(allowedCode(code), reason);
  }

  destroy(): void {
    this.#socket.close();
    // The platform waits for the peer's Close, for minutes if there is none. Nobody here waits that long.
    atEndOfTurn(() => this.#onClose({ code: CloseCode.AbnormalClosure, reason: '', wasClean: false }));
  }

  get #waiting(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  #lookIn(delay: number): void {
    this.#isLooking = true;
    after(delay, () => {
      this.#isLooking = false;
      if (this.#end !== undefined) return;
      if (this.#waiting <= HIGH_WATER_MARK / 2) this.#sink?.onDrain();
      else this.#lookIn(Math.min(delay * 2, LATEST_LOOK));
    });
  }

  #onMessage(payload: Uint8Array | string): void {
    if (this.#end !== undefined) return;
    if (this.#isStarted) this.#sink?.onMessage(payload);
    else this.#early.push(payload);
  }

  #onClose(end: CarrierEnd): void {
    this.#end ??= end;
    if (!this.#isStarted) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.onClose(this.#end);
  }
}
