import {
  after,
  type ByteEnds,
  type EndOfBytes,
  type MessageWriter,
  now,
  type Timer,
} from '@webson/connection/internal';
import { ChannelCode, ChannelError } from '../channel-error.js';
import type { MessageReader } from '../wire/message-reader.js';

/** Milliseconds that the reason of a peer may come behind the end of its bytes. */
const REASON_DELAY = 1000;

/** Most bytes that are queued at a time: what is queued counts against the connection, whoever does not read it. */
const SLICE_LENGTH = 64 * 1024;

/** Who speaks for a channel. */
export interface ChannelOwner {
  /** Begins the bytes of this side. @throws ClosedError when no more can be sent. */
  begin(ends: ChannelEnds): MessageWriter;
  /** Tells the peer that the channel is given up: refused, as long as it was not accepted. */
  giveUp(ends: ChannelEnds, code: number, reason: string): void;
  /** The channel is over. */
  forget(ends: ChannelEnds): void;
}

/** What a channel is made of. */
export interface ChannelParts {
  readonly id: number;
  readonly name: string;
  readonly meta: unknown;
  /** True on the side that has opened it. */
  readonly isOpener: boolean;
  /** Milliseconds until the peer, or the handler, has to have accepted it. */
  readonly timeout: number;
  /** Milliseconds without a byte in either direction after which it is reset; Infinity for never. */
  readonly idleTimeout: number;
}

/**
 * One end of a channel: two messages, one in each direction.
 *
 * Invariants:
 * - The side that opens a channel may send before it is accepted. What it sends waits, unread, within the window of its message.
 * - A channel that was opened by the peer is accepted when it is first read or written, or when `accept` is called.
 * - Both sides learn of every end that is not that of both directions: by a message of its own, as a message that is cancelled
 *   carries no reason. It may come behind the cancellation.
 * - What the peer has sent before the connection ended is read to its end, if that has come.
 */
export class ChannelEnds implements ByteEnds {
  readonly id: number;
  readonly name: string;
  readonly meta: unknown;
  readonly isOpener: boolean;
  readonly over: Promise<EndOfBytes>;
  /** Resolves when the channel is accepted. Rejects when it is refused, or fails before. */
  readonly opened: Promise<void>;
  /** For the owner: called when the channel is over. */
  onForgotten: (() => void) | undefined;
  readonly #owner: ChannelOwner;
  readonly #idleTimeout: number;
  #finish!: (end: EndOfBytes) => void;
  #onOpened!: () => void;
  #onNotOpened!: (error: Error) => void;
  #writer: MessageWriter | undefined;
  // Set while the channel waits for its turn, and something is to be sent.
  #onBegun: (() => void) | undefined;
  #reader: MessageReader | undefined;
  // True while somebody waits for bytes. What was read before anybody has asked for it.
  #isReading = false;
  #ahead: Promise<Uint8Array | undefined> | undefined;
  #isAccepted = false;
  // The end of our bytes was asked for; it is queued behind all of them; the end of the peer's was read.
  #isEnding = false;
  #isSent = false;
  #isRead = false;
  #isOver = false;
  // Why nothing more can be sent.
  #error: Error | undefined;
  // The bytes that have arrived can still be read.
  #isLost = false;
  #movedAt = now();
  #timer: Timer | undefined;

  constructor({ id, name, meta, isOpener, timeout, idleTimeout }: ChannelParts, owner: ChannelOwner) {
    this.id = id;
    this.name = name;
    this.meta = meta;
    this.isOpener = isOpener;
    this.#owner = owner;
    this.#idleTimeout = idleTimeout;
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.opened = new Promise((resolve, reject) => {
      this.#onOpened = resolve;
      this.#onNotOpened = reject;
    });
    // Whoever does not wait hears it from the streams.
    this.opened.catch(() => {});
    this.#timer = after(timeout, () => this.#notAccepted(timeout));
  }

  /** True once the channel was accepted. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  get isOver(): boolean {
    return this.#isRead && this.#isSent;
  }

  /** For the owner: the bytes of this side go here. */
  set writer(writer: MessageWriter) {
    this.#writer = writer;
    this.#onBegun?.();
  }

  /** True once the bytes of this side go somewhere. */
  get hasBegun(): boolean {
    return this.#writer !== undefined;
  }

  /** For the owner: the bytes of the peer come from here. That of the side that has opened the channel accepts it. */
  set reader(reader: MessageReader) {
    this.#reader = reader;
    if (this.isOpener) this.#open();
  }

  /** Accepts a channel that the peer has opened. Does nothing when it is accepted, or over. */
  accept(): void {
    if (this.isOpener || this.#isAccepted || this.#isOver) return;
    try {
      this.#writer = this.#owner.begin(this);
      this.#open();
    } catch (error) {
      this.lose(error as Error);
    }
  }

  read(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#read();
  }

  // This is called for every piece: it makes as few promises as it can.
  #read(): Promise<Uint8Array | undefined> {
    this.#isReading = true;
    const reader = this.#reader;
    if (reader === undefined || !this.#isAccepted || this.#error !== undefined) return this.#readLater();
    return reader.next().then(this.#onChunk, this.#onReadFailure);
  }

  async #readLater(): Promise<Uint8Array | undefined> {
    this.accept();
    try {
      if (this.#reader === undefined) await this.opened;
      if (this.#error !== undefined && !this.#isLost) throw this.#error;
    } catch (error) {
      this.#isReading = false;
      throw error;
    }
    return (this.#reader as MessageReader).next().then(this.#onChunk, this.#onReadFailure);
  }

  readonly #onChunk = (chunk: Uint8Array | undefined): Uint8Array | undefined => {
    this.#isReading = false;
    this.#movedAt = now();
    if (chunk === undefined) {
      this.#isRead = true;
      this.#settle();
    }
    return chunk;
  };

  readonly #onReadFailure = async (error: Error): Promise<never> => {
    // The reason may come behind the end of the bytes.
    const reason = this.#error ?? (await this.#reasonOf(error));
    this.#isReading = false;
    this.fail(reason);
    throw reason;
  };

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.accept();
    const writer = this.#writer;
    this.#checkWritable();
    if (writer === undefined || writer.isFull || bytes.length > SLICE_LENGTH) return this.#writeSlices(bytes);
    this.#movedAt = now();
    writer.write(bytes);
    return writer.isFull ? this.#room(writer) : undefined;
  }

  async #writeSlices(bytes: Uint8Array): Promise<void> {
    const writer = this.#writer ?? (await this.#begin());
    for (let at = 0; at < bytes.length; at += SLICE_LENGTH) {
      if (writer.isFull) await this.#room(writer);
      this.#movedAt = now();
      writer.write(bytes.subarray(at, at + SLICE_LENGTH));
    }
    if (writer.isFull) await this.#room(writer);
  }

  // A channel waits for its turn to begin.
  async #begin(): Promise<MessageWriter> {
    await new Promise<void>((resolve) => {
      this.#onBegun = resolve;
    });
    this.#checkError();
    return this.#writer as MessageWriter;
  }

  async #room(writer: MessageWriter): Promise<void> {
    await writer.room();
    this.#checkError();
    this.#movedAt = now();
  }

  async end(): Promise<void> {
    if (this.#isOver) return;
    this.accept();
    this.#checkWritable();
    this.#isEnding = true;
    const writer = this.#writer ?? (await this.#begin());
    writer.end();
    // The message takes up a stream as long as the peer does not read it.
    while (!writer.isDone) await this.#room(writer);
    this.#checkError();
    this.#isSent = true;
    this.#settle();
    if (!this.#isOver) this.#lookAhead();
  }

  // When this side has ended, the end of the other one is noticed although nobody reads: it is what the channel waits for.
  #lookAhead(): void {
    if (this.#isReading || this.#ahead !== undefined) return;
    this.#ahead = this.#read();
    this.#ahead.catch(() => {});
  }

  abort(error: unknown): void {
    if (error instanceof ChannelError) this.reset(error.channelCode, error.reason);
    else this.reset(error === null ? ChannelCode.None : ChannelCode.Failed, '');
  }

  /** Gives the channel up, or refuses it as long as it was not accepted, and tells the peer. */
  reset(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#giveUp(new ChannelError('CHANNEL_ABORTED', `the channel was given up: ${shown(code, reason)}`, code, reason));
  }

  /** The channel has failed: nothing more is sent, or read. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#error ??= error;
    this.#isLost = false;
    this.#reader?.stop();
    this.#end(error);
  }

  /** The connection has ended: nothing more is sent, and what has arrived is read. */
  lose(error: Error): void {
    if (this.#isOver) return;
    this.#error ??= error;
    this.#isLost = this.#reader !== undefined;
    this.#end(error);
  }

  /** The peer wants no more of our bytes: it gives the channel up, and says why. */
  async onStop(): Promise<void> {
    this.fail(await this.#reasonOf(new ChannelError('CHANNEL_RESET', 'the peer has given up the channel')));
  }

  #giveUp(error: ChannelError): void {
    this.#owner.giveUp(this, error.channelCode, error.reason);
    this.fail(error);
  }

  // The peer is given time to say why its bytes have ended, or wants no more of ours.
  async #reasonOf(error: Error): Promise<Error> {
    if (this.#error !== undefined || this.#isOver) return this.#error ?? error;
    let timer: Timer | undefined;
    await Promise.race([this.over, new Promise<void>((resolve) => (timer = after(REASON_DELAY, resolve)))]);
    timer?.cancel();
    return this.#error ?? error;
  }

  #checkError(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #checkWritable(): void {
    this.#checkError();
    if (this.#isEnding) throw new ChannelError('CHANNEL_ENDED', 'the channel was ended by this side');
  }

  #open(): void {
    if (this.#isOver || this.#isAccepted) return;
    this.#isAccepted = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#movedAt = now();
    if (this.#idleTimeout !== Number.POSITIVE_INFINITY) this.#watch(this.#idleTimeout);
    this.#onOpened();
  }

  #watch(time: number): void {
    this.#timer = after(time, () => {
      const left = this.#movedAt + this.#idleTimeout - now();
      if (left > 0) this.#watch(left);
      else this.#timeOut(`nothing has passed for ${this.#idleTimeout} ms`);
    });
  }

  #notAccepted(timeout: number): void {
    this.#timeOut(`${this.isOpener ? 'the peer' : 'its handler'} has not accepted the channel within ${timeout} ms`);
  }

  #timeOut(message: string): void {
    this.#giveUp(new ChannelError('CHANNEL_TIMEOUT', message, ChannelCode.TimedOut));
  }

  #settle(): void {
    if (this.#isRead && this.#isSent && !this.#isOver) this.#end(undefined);
  }

  #end(error: Error | undefined): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (error !== undefined && !this.#isSent) this.#writer?.abort();
    this.#writer?.release();
    this.#onBegun?.();
    this.#owner.forget(this);
    const ended = new ChannelError('CHANNEL_ENDED', 'both sides have ended the channel');
    this.#finish({ isExpected: error === undefined, error: error ?? ended });
    if (error !== undefined) this.#onNotOpened(error);
  }
}

/** A code and a reason, as an error shows them. */
export function shown(code: number, reason: string): string {
  return reason === '' ? `code ${code}` : `${reason} (code ${code})`;
}
