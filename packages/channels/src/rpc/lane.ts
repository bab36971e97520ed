import { type CloseInfo, type Connection, carrierOf, errorOf } from '@webson/connection/internal';
import type { ChannelEnds } from '../channel/channel-ends.js';
import { listenEnds, openEnds } from '../channel/opening.js';
import { ChannelCode } from '../channel-error.js';
import { encodeLong, encodeShort, isShort, type LaneMessage, LaneParser } from './lane-frames.js';
import { checkLaneOptions, type LaneOptions } from './options.js';
import { RpcError } from './rpc-error.js';

/** Nobody waits for these. */
const unheard = (): void => {};

/**
 * Whole messages in both directions through one channel, in order: as separate messages of a connection with streams they would
 * overtake each other.
 *
 * Invariants:
 * - The side that dialled opens the channel; the other takes the first of its name, and no other as long as that is open.
 * - What was sent in a turn of the event loop goes out together. What the peer does not read waits here, up to `maxQueueSize`.
 * - When it is over, `send` throws and `next` rejects, for good, with the reason; `next` not before all that has come was read.
 */
export class Lane {
  readonly #maxMessageSize: number;
  readonly #maxQueueSize: number;
  readonly #parser: LaneParser;
  readonly #leave: (() => void) | undefined;
  #ends: ChannelEnds | undefined;
  // Set while somebody waits for the channel.
  #onBegun: (() => void) | undefined;
  // What waits to be sent, short texts and frames, from `#at` on; and the length of it and of what is being written.
  #queue: LaneMessage[] = [];
  #at = 0;
  #queued = 0;
  // True while somebody sends, or is about to.
  #isFlushing = false;
  // Set while the peer takes no more for now.
  #room: Promise<void> | undefined;
  #settleRoom: ((error: Error | undefined) => void) | undefined;
  // This side wants to end it.
  #isEnding = false;
  // Why nothing more is sent, and why nothing more is read.
  #sendError: Error | undefined;
  #error: Error | undefined;
  #reading: Promise<LaneMessage[]> | undefined;

  /**
   * @throws what `openChannel` throws, on the side that dialled; what `onChannel` throws on the other; ConfigError for an option
   *   that is wrong.
   */
  constructor(connection: Connection<unknown>, options: LaneOptions, usualName: string) {
    const { name, maxMessageSize, maxQueueSize } = checkLaneOptions(options, usualName);
    this.#maxMessageSize = maxMessageSize;
    this.#maxQueueSize = maxQueueSize;
    this.#parser = new LaneParser(maxMessageSize);
    const carrier = carrierOf(connection);
    if (carrier.isClient) {
      this.#ends = openEnds(connection, name, {});
      return;
    }
    this.#leave = listenEnds(connection, (ends) => this.#begin(ends), { name, maxChannels: 1 });
    carrier.whenEnded((info: CloseInfo) => {
      if (this.#ends === undefined) this.#finish(errorOf(info));
    });
  }

  /** True once nothing more is sent. */
  get isOver(): boolean {
    return this.#sendError !== undefined;
  }

  /**
   * Sends a message, behind those before it.
   *
   * @returns undefined, or, when the peer does not read as fast as this side sends, a promise that resolves when it has caught up.
   *   Nobody has to wait for it; it rejects, without reaching the process, when the lane ends first.
   * @throws RpcError `RPC_MESSAGE_TOO_LARGE`, `RPC_QUEUE_FULL`: the lane goes on without that message; and what has ended it.
   */
  send(message: LaneMessage): Promise<void> | undefined {
    if (this.#sendError !== undefined) throw this.#sendError;
    const entry = isShort(message) ? message : encodeLong(message, this.#maxMessageSize);
    const queued = this.#queued + entry.length;
    if (queued > this.#maxQueueSize && this.#queued > 0) {
      const waiting = `${this.#queued} bytes wait for the peer, and a message of ${message.length} has no place`;
      throw new RpcError('RPC_QUEUE_FULL', `${waiting}: maxQueueSize is ${this.#maxQueueSize}`);
    }
    this.#queued = queued;
    this.#queue.push(entry);
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      queueMicrotask(this.#flush);
    }
    return this.#room;
  }

  /** The next messages, at least one. Rejects when the lane is over. Calls must not overlap. */
  next(): Promise<LaneMessage[]> {
    const reading = this.#read();
    this.#reading = reading;
    return reading;
  }

  /** Sends what waits, and then the end. What the peer still sends is dropped: call `next` no more. */
  end(): void {
    if (this.#sendError !== undefined) return;
    this.#isEnding = true;
    const error = new RpcError('RPC_ENDED', 'this side has ended the session');
    this.#sendError = error;
    if (this.#ends === undefined) this.#finish(error);
    else if (!this.#isFlushing) void this.#endChannel(this.#ends);
  }

  /** Gives the lane up in both directions. The peer hears why. */
  fail(error: Error): void {
    this.#finish(error);
    this.#ends?.reset(ChannelCode.Failed, error.message);
  }

  async #read(): Promise<LaneMessage[]> {
    const messages: LaneMessage[] = [];
    try {
      if (this.#error !== undefined) throw this.#error;
      const ends = this.#ends ?? (await this.#begun());
      while (messages.length === 0) {
        const piece = await ends.read();
        if (piece === undefined) throw this.#atEnd(ends);
        this.#parser.push(piece, messages);
      }
    } catch (error) {
      if (error instanceof RpcError && error.code !== 'RPC_ENDED') this.fail(error);
      else this.#finish(error as Error);
      // What has come before is read.
      if (messages.length === 0) throw this.#error;
    }
    return messages;
  }

  // The peer has ended its side, and this one ends its own.
  #atEnd(ends: ChannelEnds): RpcError {
    if (!this.#parser.isWhole) return new RpcError('RPC_MALFORMED', 'the peer has ended the session within a message');
    if (this.#isFlushing) ends.reset(ChannelCode.None, '');
    else if (!this.#isEnding) ends.end().catch(unheard);
    return new RpcError('RPC_ENDED', 'the peer has ended the session');
  }

  async #begun(): Promise<ChannelEnds> {
    await new Promise<void>((resolve) => {
      this.#onBegun = resolve;
    });
    if (this.#ends === undefined) throw this.#error;
    return this.#ends;
  }

  #begin(ends: ChannelEnds): void {
    ends.accept();
    this.#ends = ends;
    this.#onBegun?.();
    this.#flush();
  }

  readonly #flush = (): void => {
    const ends = this.#ends;
    if (ends === undefined) return;
    try {
      while (this.#at < this.#queue.length) {
        const written = this.#write(ends);
        if (written === undefined) continue;
        this.#room ??= new Promise((resolve, reject) => {
          this.#settleRoom = (error) => (error === undefined ? resolve() : reject(error));
        });
        this.#room.catch(unheard);
        written.then(this.#flush, this.#onUnsendable);
        return;
      }
    } catch (error) {
      this.#onUnsendable(error as Error);
      return;
    }
    this.#isFlushing = false;
    this.#empty(undefined);
    if (this.#isEnding) void this.#endChannel(ends);
  };

  #write(ends: ChannelEnds): Promise<void> | undefined {
    const first = this.#queue[this.#at] as LaneMessage;
    const { bytes, next } = isShort(first)
      ? encodeShort(this.#queue, this.#at)
      : { bytes: first as Uint8Array, next: this.#at + 1 };
    let length = 0;
    for (let i = this.#at; i < next; i++) length += (this.#queue[i] as LaneMessage).length;
    this.#at = next;
    const written = ends.write(bytes);
    if (written === undefined) {
      this.#queued -= length;
      return undefined;
    }
    // What was written is forgotten at once when more waits behind it.
    this.#queue.splice(0, next);
    this.#at = 0;
    return written.then(() => {
      this.#queued -= length;
    });
  }

  // Whoever reads hears of it, behind what has come before.
  readonly #onUnsendable = (error: Error): void => {
    this.#sendError ??= error;
    this.#isFlushing = false;
    this.#empty(error);
  };

  #empty(error: Error | undefined): void {
    this.#queue = [];
    this.#at = 0;
    this.#queued = 0;
    this.#settleRoom?.(error);
    this.#room = undefined;
    this.#settleRoom = undefined;
  }

  // Until the peer has ended its side, too, what it sends is read and dropped.
  async #endChannel(ends: ChannelEnds): Promise<void> {
    ends.end().catch(unheard);
    try {
      await this.#reading;
      for (;;) await this.next();
    } catch {}
  }

  #finish(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#sendError ??= error;
    this.#empty(error);
    this.#leave?.();
    this.#onBegun?.();
  }
}
