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
import { Alarm, after, now, type Sleeper, type Timer } from '../time/clock.js';
import { READ_AHEAD, type Transport, type TransportSink } from '../transport.js';

/** What an {@link Anteroom} has to know of its connection. */
export interface AnteroomOptions {
  readonly isClient: boolean;
  /** A server masks too. */
  readonly alwaysMask: boolean;
  readonly privateMask: Uint8Array | undefined;
  readonly maxPayloadSize: number;
  readonly hasStreams: boolean;
  readonly hasCodec: boolean;
  /** The peer is a Go one: it does not want its Close answered. */
  readonly isGo: boolean;
  /** Milliseconds from the peer's Close, or the end of its stream, to the end of the transport at the latest. */
  readonly closeTimeout: number;
  /** Milliseconds between two pings to a peer whose leaving could not be seen; 0 or less: none. */
  readonly pingInterval: number;
}

/** Every opcode that is not standard: whoever starts the connection knows which of them it takes. */
const CUSTOM_OPCODES: readonly number[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

/**
 * Where a connection is that nobody has started: sees to it that a peer that leaves meanwhile takes its socket with it. What
 * has come is read by who starts the connection; of it only the peer's Close is looked for, and answered.
 */
export class Anteroom implements TransportSink, FrameSink, Sleeper {
  readonly #transport: Transport;
  readonly #options: AnteroomOptions;
  readonly #onGone: () => void;
  #decoder: FrameDecoder | undefined;
  // What came was no frame: of what follows no Close can be told.
  #isLost = false;
  #opcode = 0;
  #unread = 0;
  // The peer has left, or the connection is somebody else's.
  #isOver = false;
  #isWriting = false;
  #timer: Timer | undefined;
  #alarm: Alarm | undefined;

  /** @param onGone called once the transport is gone. */
  constructor(transport: Transport, options: AnteroomOptions, onGone: () => void) {
    this.#transport = transport;
    this.#options = options;
    this.#onGone = onGone;
  }

  /** Somebody starts the connection, or ends it. */
  leave(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#alarm?.cancel(this);
  }

  onData(chunk: Uint8Array): void {
    this.#unread += chunk.length;
    // Nothing more is read: that the peer has left is seen by what is written to it.
    if (this.#unread >= READ_AHEAD) this.#arm();
    if (this.#isOver || this.#isLost) return;
    const { privateMask, maxPayloadSize, hasStreams: streams, hasCodec: compression } = this.#options;
    this.#decoder ??= new FrameDecoder({
      opcodes: CUSTOM_OPCODES,
      streams,
      compression,
      maxPayloadSize,
      ...(privateMask === undefined ? {} : { privateMask }),
    });
    try {
      // It unmasks in place.
      this.#decoder.push(new Uint8Array(chunk), this);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // Who starts the connection will find it, too.
      this.#isLost = true;
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
    // RFC 6455 §5.5.1: the answer echoes what it answers.
    if (!this.#options.isGo) this.#write(Opcode.Close, answerTo(slice));
    this.#end();
  }

  /** For the clock alone. */
  wake(): void {
    this.#alarm = undefined;
    this.#arm();
    if (!this.#isWriting) this.#write(Opcode.Ping, new Uint8Array(0));
  }

  // The peer has nothing more to say, and there is nobody to say something to it.
  #end(): void {
    this.#isOver = true;
    this.#transport.end();
    this.#timer ??= after(this.#options.closeTimeout, () => this.#transport.destroy());
  }

  #arm(): void {
    const { pingInterval } = this.#options;
    if (this.#isOver || !(pingInterval > 0)) return;
    this.#alarm ??= Alarm.set(now() + pingInterval, this);
  }

  #write(opcode: number, payload: Uint8Array): void {
    const { isClient, alwaysMask, privateMask } = this.#options;
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
