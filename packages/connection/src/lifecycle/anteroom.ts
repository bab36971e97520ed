import {
  decodeClosePayload,
  encodeClosePayload,
  encodeFrame,
  FrameDecoder,
  FrameError,
  type FrameHeader,
  type FrameSink,
  Opcode,
} from '@webson/frame';
import type { AnteroomOptions, TransportWatch } from '../connection-parts.js';
import { CUSTOM_OPCODES } from '../protocol/contract/custom-opcodes.js';
import { Alarm, after, now, type Sleeper, type Timer } from '../time/clock.js';
import { READ_AHEAD, type Transport } from '../transport.js';

/**
 * Watches the transport of a connection that the application has not started yet, so that the socket of a peer that leaves
 * meanwhile is closed.
 *
 * Invariants:
 * - Received bytes are only looked at: the transport delivers them again when the connection is started.
 * - The peer's Close is answered (RFC 6455 §5.5.1), unless the peer is a Go one; no other frame is acted upon.
 * - After the peer's Close or half-close the transport is destroyed within `closeTimeout`.
 */
export class Anteroom implements TransportWatch, FrameSink, Sleeper {
  readonly #transport: Transport;
  readonly #options: AnteroomOptions;
  readonly #onGone: () => void;
  #decoder: FrameDecoder | undefined;
  // An invalid frame has arrived: no Close can be recognised any more.
  #isUndecodable = false;
  #opcode = 0;
  #unread = 0;
  // The peer has left, or the connection was started or ended.
  #isOver = false;
  #isWriting = false;
  #timer: Timer | undefined;
  #alarm: Alarm | undefined;

  /** @param onGone called when the transport has closed. */
  constructor(transport: Transport, options: AnteroomOptions, onGone: () => void) {
    this.#transport = transport;
    this.#options = options;
    this.#onGone = onGone;
  }

  /** Stops watching: the connection is started or ended. */
  leave(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#alarm?.cancel(this);
  }

  onData(chunk: Uint8Array): void {
    this.#unread += chunk.length;
    // The transport reads no more, so the end of the peer is only noticed when a write fails: pings are sent for that.
    if (this.#unread >= READ_AHEAD) this.#schedulePing();
    if (this.#isOver || this.#isUndecodable) return;
    const { opened, settings } = this.#options;
    const { privateMask, maxPayloadSize } = settings;
    this.#decoder ??= new FrameDecoder({
      // Which of them have handlers is known only when the connection is started.
      opcodes: CUSTOM_OPCODES,
      streams: opened.streams !== undefined,
      compression: opened.codec !== undefined,
      maxPayloadSize,
      ...(privateMask === undefined ? {} : { privateMask }),
    });
    try {
      // The decoder unmasks in place, so it gets a copy.
      this.#decoder.push(new Uint8Array(chunk), this);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // The error is handled when the connection is started, where it occurs again.
      this.#isUndecodable = true;
    }
  }

  onDrain(): void {
    this.#isWriting = false;
  }

  onEnd(): void {
    this.#end();
  }

  onClose(): void {
    this.leave();
    this.#onGone();
  }

  /** For the decoder alone. */
  onHeader({ opcode }: FrameHeader): void {
    this.#opcode = opcode;
  }

  /** For the decoder alone. */
  onPayload(slice: Uint8Array): void {
    if (this.#opcode !== Opcode.Close || this.#isOver) return;
    // RFC 6455 §5.5.1: the answer echoes the status code that was received.
    if (this.#options.opened.go === undefined) this.#write(Opcode.Close, answerTo(slice));
    this.#end();
  }

  /** For the clock alone. */
  wake(): void {
    this.#alarm = undefined;
    this.#schedulePing();
    if (!this.#isWriting) this.#write(Opcode.Ping, new Uint8Array(0));
  }

  // The peer sends nothing more, and without a started connection nothing is sent to it either.
  #end(): void {
    this.#isOver = true;
    this.#transport.end();
    this.#timer ??= after(this.#options.settings.closeTimeout, () => this.#transport.destroy());
  }

  #schedulePing(): void {
    const { pingInterval } = this.#options;
    if (this.#isOver || !(pingInterval > 0)) return;
    this.#alarm ??= Alarm.set(now() + pingInterval, this);
  }

  #write(opcode: number, payload: Uint8Array): void {
    const { isClient, settings } = this.#options;
    const { alwaysMask, privateMask } = settings;
    const frame = { opcode, payload, mask: isClient || alwaysMask };
    const bytes = encodeFrame(frame, privateMask === undefined ? {} : { privateMask });
    this.#isWriting = !this.#transport.write([bytes]);
  }
}

function answerTo(payload: Uint8Array): Uint8Array {
  try {
    decodeClosePayload(payload);
    return payload;
  } catch (error) {
    if (error instanceof FrameError) return encodeClosePayload(error.closeCode);
    throw error;
  }
}
